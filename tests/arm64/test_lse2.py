"""FEAT_LSE2: 16 aligned bytes in one access.

The yardstick is the same program on one 8-byte location: an access of two X registers to 16 bytes has to give exactly
what the access of one register gives there, each register standing for half of it.
"""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftrace_actors.litmus import parse, run

Threads = list[list[str]]

# One access, to 16 bytes with two X registers, and to 8 with one.  {a} is the location, {v} a value, {r} a target.
ACCESSES = {
    "read": ("LDP X{r},X{q},[X{a}]", "LDR X{r},[X{a}]"),
    "write": ("STP X{v},X{v},[X{a}]", "STR X{v},[X{a}]"),
    "acquire": ("LDIAPP X{r},X{q},[X{a}]", "LDAPR X{r},[X{a}]"),
    "release": ("STILP X{v},X{v},[X{a}]", "STLR X{v},[X{a}]"),
    "swap": ("MOV X{r},X{v}\nMOV X{q},X{v}\nSWPP X{r},X{q},[X{a}]", "MOV X{r},X{v}\nSWP X{r},X{r},[X{a}]"),
    "swap al": (
        "MOV X{r},X{v}\nMOV X{q},X{v}\nSWPPAL X{r},X{q},[X{a}]",
        "MOV X{r},X{v}\nSWPAL X{r},X{r},[X{a}]",
    ),
    "set": ("MOV X{r},X{v}\nMOV X{q},X{v}\nLDSETP X{r},X{q},[X{a}]", "MOV X{r},X{v}\nLDSET X{r},X{r},[X{a}]"),
    "cas": (
        "MOV X{r},#0\nMOV X{q},#0\nMOV X6,X{v}\nMOV X7,X{v}\nCASP X{r},X{q},X6,X7,[X{a}]",
        "MOV X{r},#0\nCAS X{r},X{v},[X{a}]",
    ),
    "exclusive": ("LDXP X{r},X{q},[X{a}]\nSTXP W5,X{v},X{v},[X{a}]", "LDXR X{r},[X{a}]\nSTXR W5,X{v},[X{a}]"),
}
FENCES = ["DMB SY", "DMB LD", "DMB ST", "DSB SY"]
VALUES = (8, 9)


def programs(threads: list[list[tuple[str, ...]]]) -> tuple[str, str]:
    """The program with accesses of 16 bytes, and the one with accesses of 8."""
    made: list[Threads] = [[], []]
    for code in threads:
        lines: tuple[list[str], list[str]] = ([], [])
        targets = itertools.count(10, 2)
        for kind, *rest in code:
            if kind in ACCESSES:
                where, value = rest
                register = next(targets)
                for column, text in zip(lines, ACCESSES[kind], strict=True):
                    column.extend(text.format(r=register, q=register + 1, a=where, v=value).split("\n"))
            else:
                for column in lines:
                    column.append(kind)
        for column, program in zip(lines, made, strict=True):
            program.append(column)
    return text_of(made[0], wide=True), text_of(made[1], wide=False)


def text_of(threads: Threads, wide: bool) -> str:
    height = max(map(len, threads))
    rows = [" | ".join(f"P{n}" for n in range(len(threads)))]
    rows += [" | ".join(code[row] if row < len(code) else "" for code in threads) for row in range(height)]
    count = "[2]" if wide else ""
    declared = " ".join(f"uint64_t {name}{count};" for name in "xy")
    init = " ".join(f"{n}:X0=x; {n}:X1=y; {n}:X8=1; {n}:X9=2;" for n in range(len(threads)))
    registers = " ".join(f"{n}:X{r};" for n in range(len(threads)) for r in range(10, 18, 1 if wide else 2))
    memory = "x[0]; x[1]; y[0]; y[1];" if wide else "x; y;"
    code = "".join(f" {row} ;\n" for row in rows)
    return (
        f"AArch64 wide\n{'Variant=lse2' if wide else ''}\n{{ {declared} {init} }}\n{code}"
        f"locations [{registers} {memory}]\nexists (true)\n"
    )


def states(text: str, wide: bool) -> set[tuple[int, ...]]:
    result = run(parse(text))
    assert not result.unknown
    finals = {final.values for final in result.finals}
    if wide:
        assert all(values[at] == values[at + 1] for values in finals for at in range(0, len(values), 2)), (
            "torn"
        )
        return {values[::2] for values in finals}
    return finals


def access_of(kinds: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.tuples(st.sampled_from(kinds), st.sampled_from((0, 1)), st.sampled_from(VALUES))  # type: ignore[return-value]


PLAIN = access_of(["read", "write", "acquire", "release"])
THREAD = st.tuples(
    access_of(sorted(ACCESSES)), st.one_of(PLAIN, st.tuples(st.sampled_from(FENCES))), PLAIN
).flatmap(st.permutations)


@settings(max_examples=40)
@given(st.lists(THREAD, min_size=2, max_size=2))
def test_sixteen_bytes_are_as_eight(threads: list[list[tuple[str, ...]]]) -> None:
    wide, narrow = programs(threads)
    assert states(wide, wide=True) == states(narrow, wide=False)


@pytest.mark.parametrize("read", ["read", "acquire", "swap", "set", "cas", "exclusive"])
@pytest.mark.parametrize("write", ["write", "release", "swap al", "cas", "exclusive"])
def test_each_kind_against_each_other_kind(read: str, write: str) -> None:
    wide, narrow = programs([[(write, 0, 8), (write, 0, 9)], [(read, 0, 9), ("read", 0, 9)]])
    assert states(wide, wide=True) == states(narrow, wide=False)


def torn(variant: str, write: str, read: str) -> str:
    text = (
        f"AArch64 torn\n{variant}\n{{ uint64_t x[2]; 0:X0=x; 1:X0=x; 0:X9=1; }}\n P0 | P1 ;\n {write} | {read} ;\n"
        "exists (1:X2<>1:X3)\n"
    ).replace("1:X2<>1:X3", "(1:X2=0 /\\ 1:X3=1) \\/ (1:X2=1 /\\ 1:X3=0)")
    return run(parse(text)).verdict


@pytest.mark.parametrize("read", ["LDP X2,X3,[X0]", "LDXP X2,X3,[X0]", "LDNP X2,X3,[X0]"])
@pytest.mark.parametrize("write", ["STP X9,X9,[X0]", "STNP X9,X9,[X0]"])
def test_without_it_halves_are_seen_apart(write: str, read: str) -> None:
    assert torn("", write, read) == "Allowed"
    assert torn("Variant=lse2", write, read) == "Forbidden"


@pytest.mark.parametrize(
    ("offset", "width", "split"), [(1, "X", False), (4, "X", False), (7, "H", False), (15, "H", True)]
)
def test_an_unaligned_access_is_whole_inside_sixteen_bytes(offset: int, width: str, split: bool) -> None:
    store, load, all_ones = ("STR X9", "LDR X2", -1) if width == "X" else ("STRH W9", "LDRH W2", 0xFFFF)
    text = (
        "AArch64 unaligned\nVariant=lse2\n{ uint64_t x[4]; 0:X0=x; 1:X0=x; 0:X9=-1; }\n P0 | P1 ;\n"
        f" ADD X1,X0,#{offset} | ADD X1,X0,#{offset} ;\n {store},[X1] | {load},[X1] ;\n"
        f"exists (~(1:X2=0 \\/ 1:X2={all_ones}))\n"
    )
    assert run(parse(text)).verdict == ("Allowed" if split else "Forbidden")


def test_an_access_of_eight_bytes_sees_its_half_alone() -> None:
    """Two readers of one half each may disagree on the order; a reader of both may not be told half of it."""
    text = (
        "AArch64 halves\nVariant=lse2\n{ uint64_t x[2]; 0:X0=x; 1:X0=x; 0:X9=1; }\n P0 | P1 ;\n"
        " STP X9,X9,[X0] | LDR X2,[X0,#8] ;\n | DMB SY ;\n | LDP X3,X4,[X0] ;\n"
        "exists (1:X2=1 /\\ ~(1:X3=1 /\\ 1:X4=1))\n"
    )
    assert run(parse(text)).verdict == "Forbidden"


@pytest.mark.parametrize("other", ["STP X8,X8,[X0]", "SWPP X8,X3,[X0]"])
@pytest.mark.parametrize("one", ["STP X9,X9,[X0]", "SWPP X9,X7,[X0]"])
def test_of_two_writes_one_is_last_as_a_whole(one: str, other: str) -> None:
    """What is between the halves of the one is nothing of the other."""
    for variant, verdict in (("Variant=lse2", "Forbidden"), ("", "Allowed")):
        text = (
            f"AArch64 last\n{variant}\n"
            "{ uint64_t x[2]; 0:X0=x; 1:X0=x; 0:X9=1; 0:X7=1; 1:X8=2; 1:X3=2; }\n P0 | P1 ;\n"
            f" {one} | {other} ;\nexists (x[0]=1 /\\ x[1]=2)\n"
        )
        atomic = "SWPP" in one and "SWPP" in other  # without FEAT_LSE2 these two still exclude one another
        assert run(parse(text)).verdict == ("Forbidden" if atomic else verdict)


@pytest.mark.parametrize("last", [1, 2])
def test_a_half_that_nobody_else_looks_at_has_its_place_with_the_other(last: int) -> None:
    """Putting the lower half first would put another CPU's write to the upper one between the two."""
    text = (
        "AArch64 lonely\nVariant=lse2\n{ uint64_t x[2]; 0:X0=x; 1:X0=x; 0:X9=1; 1:X8=2; }\n P0 | P1 ;\n"
        f" STP X9,X9,[X0] | STR X8,[X0,#8] ;\nexists (x[0]=1 /\\ x[1]={last})\n"
    )
    assert run(parse(text)).verdict == "Allowed"


@pytest.mark.parametrize(
    ("write", "lse2", "verdict"),
    [
        ("STP X9,X9,[X0]", False, "Allowed"),
        ("STP X9,X9,[X0]", True, "Forbidden"),
        # atomics of 16 bytes are one access without FEAT_LSE2 as well
        ("SWPP X9,X7,[X0]", False, "Forbidden"),
        ("SWPP X9,X7,[X0]", True, "Forbidden"),
        ("CASP X2,X3,X6,X7,[X0]", False, "Forbidden"),
        ("CASP X2,X3,X6,X7,[X0]", True, "Forbidden"),
    ],
)
def test_a_write_to_one_half_is_before_or_after_both(write: str, lse2: bool, verdict: str) -> None:
    """P1 looks after its own write has become visible; that write is last, so what P0 wrote is before it, all of it."""
    text = (
        f"AArch64 between\n{'Variant=lse2' if lse2 else ''}\n"
        "{ uint64_t x[2]; 0:X0=x; 1:X0=x; 0:X9=1; 0:X6=1; 0:X7=1; 1:X8=2; }\n P0 | P1 ;\n"
        f" {write} | STR X8,[X0] ;\n | DMB SY ;\n | LDP X4,X5,[X0] ;\n"
        "exists (1:X4=2 /\\ 1:X5=0 /\\ x[0]=2 /\\ x[1]=1)\n"
    )
    assert run(parse(text)).verdict == verdict
