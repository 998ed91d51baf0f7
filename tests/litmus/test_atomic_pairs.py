"""Exclusive and compare-and-swap pairs: 8 bytes for W registers, twice 8 for X registers."""

import pytest

from ftrace_actors.litmus import parse, run
from ftrace_actors.litmus.judge import state_values

from .sampler import sample

INIT = "uint64_t p[2]={{1,2}}; {registers}"


def answer(threads: list[str], exists: str, extra: str = "") -> str:
    """Allowed or Forbidden: X0 is the pair, X8 and X9 hold 7 and 8."""
    init = INIT.format(
        registers=" ".join(f"{n}:X0=p; {n}:X1=y; {n}:X8=7; {n}:X9=8;" for n in range(len(threads)))
    )
    columns = [[part.strip() for part in thread.split(";")] for thread in threads]
    rows = [
        " | ".join(column[row] if row < len(column) else "" for column in columns)
        for row in range(max(map(len, columns)))
    ]
    header = " | ".join(f"P{n}" for n in range(len(columns)))
    code = " ;\n".join([header, *rows])
    test = parse(f"AArch64 pair\n{{ {init} {extra} }}\n{code} ;\nexists ({exists})\n")
    result = run(test)
    _sampled_states_are_found(result)
    return result.verdict


def _sampled_states_are_found(result: object) -> None:
    found = {final.values for final in result.finals}  # type: ignore[attr-defined]
    machine = result.machine  # type: ignore[attr-defined]
    for seed in range(40):
        assert state_values(machine, sample(machine.task, seed)) in found


READ = "0:X10=1 /\\ 0:X11=2"


@pytest.mark.parametrize(
    ("threads", "exists", "expected"),
    [
        (["LDXP X10,X11,[X0]"], READ, "Allowed"),
        (["LDXP X10,X11,[X0]; STXP W12,X8,X9,[X0]"], "0:X12=0 /\\ p={7,8}", "Allowed"),
        (["LDXP X10,X11,[X0]; STXP W12,X8,X9,[X0]"], "0:X12=0 /\\ ~(p={7,8})", "Forbidden"),
        (["LDXP X10,X11,[X0]; STXP W12,X8,X9,[X0]"], "0:X12=1 /\\ ~(p={1,2})", "Forbidden"),
        (["LDXP X10,X11,[X0]; STXR W12,X8,[X0]"], "0:X12=0", "Forbidden"),  # sizes have to match
        (["MOV X2,#1; MOV X3,#2; CASP X2,X3,X8,X9,[X0]"], "0:X2=1 /\\ 0:X3=2 /\\ p={7,8}", "Allowed"),
        (["MOV X2,#1; MOV X3,#2; CASP X2,X3,X8,X9,[X0]"], "p[0]=1", "Forbidden"),
        (["MOV X2,#1; MOV X3,#3; CASP X2,X3,X8,X9,[X0]"], "0:X3=2 /\\ p={1,2}", "Allowed"),
        (["MOV X2,#1; MOV X3,#3; CASP X2,X3,X8,X9,[X0]"], "p[0]=7 \\/ p[1]=8", "Forbidden"),
        # P0 takes the pair from 1,2 to 7,8; a store of another CPU to either half is before both or after both
        (["LDXP X10,X11,[X0]; STXP W12,X8,X9,[X0]", "STR X9,[X0,#8]"], f"{READ} /\\ 0:X12=0 /\\ p[1]=8", "Allowed"),
        (["LDXP X10,X11,[X0]; STXP W12,X8,X8,[X0]", "STR X9,[X0,#8]"], f"{READ} /\\ 0:X12=0 /\\ p[1]=7", "Forbidden"),
        (["LDXP X10,X11,[X0]; STXP W12,X8,X8,[X0]", "STR X9,[X0]"], f"{READ} /\\ 0:X12=0 /\\ p[0]=7", "Forbidden"),
        # of two that start from the same pair, one wins
        (
            ["LDXP X10,X11,[X0]; STXP W12,X8,X9,[X0]"] * 2,
            "0:X12=0 /\\ 1:X12=0 /\\ 0:X10=1 /\\ 1:X10=1",
            "Forbidden",
        ),
        (
            ["LDXP X10,X11,[X0]; STXP W12,X8,X9,[X0]"] * 2,
            "0:X12=0 /\\ 1:X12=0 /\\ 0:X10=1 /\\ 1:X11=2",  # not even one half each
            "Forbidden",
        ),
        (
            ["MOV X2,#1; MOV X3,#2; CASP X2,X3,X8,X9,[X0]"] * 2,
            "0:X2=1 /\\ 0:X3=2 /\\ 1:X2=1 /\\ 1:X3=2",
            "Forbidden",
        ),
        (
            ["MOV X2,#1; MOV X3,#2; CASP X2,X3,X8,X9,[X0]"] * 2,
            "0:X2=1 /\\ 0:X3=2 /\\ 1:X2=7 /\\ 1:X3=8",
            "Allowed",
        ),
        # a comparison that fails may have read one half when the other was not yet written, one that succeeds may not
        (
            [
                "MOV X2,#1; MOV X3,#3; LDR X10,[X1]; CBNZ X10,L; L: CASP X2,X3,X8,X9,[X0]",
                "STR X8,[X0]; DMB ST; STR X9,[X1]",
            ],
            "0:X10=8 /\\ 0:X2=1 /\\ 0:X3=2",
            "Allowed",
        ),
        (
            [
                "MOV X2,#1; MOV X3,#2; LDR X10,[X1]; CBNZ X10,L; L: CASP X2,X3,X8,X9,[X0]",
                "STR X8,[X0]; DMB ST; STR X9,[X1]",
            ],
            "0:X10=8 /\\ 0:X2=1 /\\ 0:X3=2",
            "Forbidden",
        ),
        # what is compared with chooses whether anything is stored, so the stores wait for it
        (
            [
                "LDR X10,[X1]; EOR X2,X10,X10; ADD X2,X2,#1; MOV X3,#2; CASP X2,X3,X8,X9,[X0]",
                "LDR X10,[X0]; SUB X11,X10,#6; STR X11,[X1]",
            ],
            "0:X10=1 /\\ 1:X10=7",
            "Forbidden",
        ),
        (
            [
                "LDR X10,[X1]; EOR X2,X10,X10; ADD X2,X2,#1; MOV X3,#2; CASP X2,X3,X8,X9,[X0]",
                "LDR X10,[X0,#8]; SUB X11,X10,#7; STR X11,[X1]",
            ],
            "0:X10=1 /\\ 1:X10=8",
            "Forbidden",
        ),
        (["LDXR X10,[X0]; STXP W12,X8,X9,[X0]"], "0:X12=0", "Forbidden"),
        # W registers: one access, so a store of both words is seen whole
        (["LDXP W10,W11,[X0]", "MOV X2,#7; MOVK X2,#7,LSL #32; STR X2,[X0]"], "0:X10=7 /\\ 0:X11=0", "Forbidden"),
        (["LDP W10,W11,[X0]", "MOV X2,#7; MOVK X2,#7,LSL #32; STR X2,[X0]"], "0:X10=7 /\\ 0:X11=0", "Allowed"),
        (["MOV W2,#1; CASP W2,W3,W8,W9,[X0]"], "0:X2=1 /\\ p[0]=0x800000007", "Allowed"),
        (
            ["LDXP W2,W3,[X0]; STXP W4,W8,W9,[X0]", "STR W8,[X0,#4]"],
            "0:X4=0 /\\ 0:X3=0 /\\ p[0]=0x800000007",
            "Forbidden",
        ),
        (
            ["LDXP W2,W3,[X0]; STXP W4,W8,W9,[X0]", "STR W8,[X0,#4]"],
            "0:X4=0 /\\ 0:X3=0 /\\ p[0]=0x700000007",
            "Allowed",
        ),
    ],
)  # fmt: skip
def test_a_pair_is_read_and_written_as_one(threads: list[str], exists: str, expected: str) -> None:
    assert answer(threads, exists) == expected


@pytest.mark.parametrize(
    ("writer", "reader", "expected"),
    [
        # MP through the pair: what is acquired, released or neither
        ("STR X9,[X1]; DMB ST; STR X8,[X0]", "LDXP X10,X11,[X0]; LDR X12,[X1]", "Allowed"),
        ("STR X9,[X1]; DMB ST; STR X8,[X0]", "LDAXP X10,X11,[X0]; LDR X12,[X1]", "Forbidden"),
        ("STR X9,[X1]; DMB ST; STR X8,[X0,#8]", "LDAXP X11,X10,[X0]; LDR X12,[X1]", "Forbidden"),
        ("STR X9,[X1]; DMB ST; STR X8,[X0]", "CASP X10,X11,X2,X3,[X0]; LDR X12,[X1]", "Allowed"),
        ("STR X9,[X1]; DMB ST; STR X8,[X0]", "CASPA X10,X11,X2,X3,[X0]; LDR X12,[X1]", "Forbidden"),
        (
            "STR X9,[X1]; MOV X2,#1; MOV X3,#2; CASP X2,X3,X8,X9,[X0]",
            "LDAR X10,[X0]; LDR X12,[X1]",
            "Allowed",
        ),
        (
            "STR X9,[X1]; MOV X2,#1; MOV X3,#2; CASPL X2,X3,X8,X9,[X0]",
            "LDAR X10,[X0]; LDR X12,[X1]",
            "Forbidden",
        ),
        ("STR X9,[X1]; LDXP X2,X3,[X0]; STXP W4,X8,X9,[X0]", "LDAR X10,[X0]; LDR X12,[X1]", "Allowed"),
        ("STR X9,[X1]; LDXP X2,X3,[X0]; STLXP W4,X8,X9,[X0]", "LDAR X10,[X0]; LDR X12,[X1]", "Forbidden"),
    ],
)
def test_pairs_order_as_their_letters_say(writer: str, reader: str, expected: str) -> None:
    assert answer([writer, reader], "1:X10=7 /\\ 1:X12=0") == expected


RISING = "STR X8,[X0]; DMB ST; STR X9,[X0,#8]"
FALLING = "STR X9,[X0,#8]; DMB ST; STR X8,[X0]"


@pytest.mark.parametrize(
    ("reader", "rising", "falling"),
    [
        ("LDXP X10,X11,[X0]", "Forbidden", "Forbidden"),
        ("LDAXP X10,X11,[X0]", "Forbidden", "Forbidden"),
        ("MOV X10,#0; MOV X11,#0; CASP X10,X11,X2,X3,[X0]", "Forbidden", "Forbidden"),
        ("LDP X10,X11,[X0]", "Allowed", "Allowed"),
        (
            "LDIAPP X10,X11,[X0]",
            "Allowed",
            "Forbidden",
        ),  # lower half first: it may miss what is written later
    ],
)
def test_an_atomic_pair_is_read_at_one_moment(reader: str, rising: str, falling: str) -> None:
    assert answer([RISING, reader], "1:X10=1 /\\ 1:X11=8") == rising
    assert answer([FALLING, reader], "1:X10=7 /\\ 1:X11=2") == falling


UP = "LDR X10,[X0]; DMB LD; LDR X11,[X0,#8]"
DOWN = "LDR X11,[X0,#8]; DMB LD; LDR X10,[X0]"


@pytest.mark.parametrize(
    ("writer", "lower_first", "upper_first"),
    [
        ("STP X8,X9,[X0]", "Allowed", "Allowed"),
        ("STILP X8,X9,[X0]", "Allowed", "Forbidden"),
        ("ADD X0,X0,#16; STILP X8,X9,[X0,#-16]!", "Forbidden", "Allowed"),
        ("LDXP X2,X3,[X0]; STXP W4,X8,X9,[X0]", "Forbidden", "Forbidden"),
        ("MOV X2,#1; MOV X3,#2; CASP X2,X3,X8,X9,[X0]", "Forbidden", "Forbidden"),
    ],
)
def test_in_which_order_the_halves_of_a_pair_are_seen(
    writer: str, lower_first: str, upper_first: str
) -> None:
    """`lower_first`: the lower half is new to somebody for whom the upper one is old."""
    assert answer([writer, UP], "1:X10=7 /\\ 1:X11=2") == lower_first
    assert answer([writer, DOWN], "1:X10=1 /\\ 1:X11=8") == upper_first


def test_halves_seen_by_two_others_stand_at_one_moment() -> None:
    """WRC and ISA2 through a half: who hears of the lower one from somebody else knows of the upper one."""
    writer = "LDXP X2,X3,[X0]; STXP W4,X8,X9,[X0]"
    teller = "LDR X10,[X0]; DMB SY; STR X9,[X1]"
    reader = "LDAR X10,[X1]; LDR X11,[X0,#8]"
    assert answer([writer, teller, reader], "1:X10=7 /\\ 2:X10=8 /\\ 2:X11=2") == "Forbidden"


def test_a_pair_that_is_not_aligned_to_its_size_faults() -> None:
    text = "AArch64 t\n{ uint64_t p[4]; 0:X0=p[1]; }\nP0 ;\n LDXP X1,X2,[X0] ;\nforall (fault(P0))"
    assert run(parse(text)).verdict == "Required"
