"""Exceptions in a litmus test: where they go, what a handler can read, how it returns."""

import pytest

from ftrace_actors.arm64.syndrome import data_abort, trapped
from ftrace_actors.litmus import parse, run

HANDLER = ["MRS X10,ESR_EL1", "MRS X11,FAR_EL1", "MRS X12,SPSR_EL1", "MRS X13,ELR_EL1"]


def states(code: list[str], handler: list[str], seen: str, init: str = "") -> list[dict[str, str]]:
    height = max(len(code), len(handler))
    rows = [
        f" {line} | {other} ;"
        for line, other in zip(
            [*code, *[""] * (height - len(code))], [*handler, *[""] * (height - len(handler))], strict=True
        )
    ]
    text = "\n".join(
        ["AArch64 exc", f"{{ {init} }}", " P0 | P0.F ;", *rows, f"locations [{seen}]", "exists (true)", ""]
    )
    result = run(parse(text))
    assert not result.unknown
    return [result.state(final) for final in result.finals]


def number(text: str) -> int:
    return int(text, 0)


@pytest.mark.parametrize(
    ("instruction", "syndrome", "returned"),
    [
        ("SVC #3", 0x15 << 26 | 1 << 25 | 3, 4),
        ("HVC #0xffff", 0x16 << 26 | 1 << 25 | 0xFFFF, 4),
        ("SMC #1", 0x17 << 26 | 1 << 25 | 1, 4),
        ("BRK #0x800", 0x3C << 26 | 1 << 25 | 0x800, 0),
        ("UDF #9", 1 << 25, 0),
    ],
)
def test_a_handler_reads_what_the_exception_was(instruction: str, syndrome: int, returned: int) -> None:
    code = ["ADR X14,L0", f"L0: {instruction}", "NOP"]
    (state,) = states(code, [*HANDLER, "SUB X13,X13,X14"], "0:X10; 0:X13;")
    assert (number(state["0:X10"]), number(state["0:X13"])) == (syndrome, returned)


@pytest.mark.parametrize(
    ("instruction", "syndrome", "offset"),
    [
        ("LDR W2,[X1]", 0x25 << 26 | 1 << 25 | 0b000111, 0),
        ("STR W2,[X1,#8]", 0x25 << 26 | 1 << 25 | 0b000111 | 1 << 6, 8),
        ("LDADD W2,W3,[X1]", 0x25 << 26 | 1 << 25 | 0b000111, 0),
    ],
)
def test_a_handler_reads_where_an_access_went(instruction: str, syndrome: int, offset: int) -> None:
    (state,) = states([instruction], HANDLER, "0:X10; 0:X11;", "0:X1=0x123000;")
    assert (number(state["0:X10"]), number(state["0:X11"])) == (syndrome, 0x12_3000 + offset)


def test_an_alignment_fault_is_one() -> None:
    (state,) = states(
        ["ADD X2,X1,#1", "LDADD W3,W4,[X2]"], [*HANDLER, "SUB X11,X11,X1"], "0:X10; 0:X11;", "int x; 0:X1=x;"
    )
    assert (number(state["0:X10"]), number(state["0:X11"])) == (0x25 << 26 | 1 << 25 | 0b100001, 1)


def test_flags_come_back_with_the_return() -> None:
    code = ["CMP X2,#0", "SVC #0", "CSET X5,EQ"]
    handler = ["MRS X12,SPSR_EL1", "CMP X12,#0", "ERET"]
    (state,) = states(code, handler, "0:X5; 0:X12;")
    assert number(state["0:X5"]) == 1
    assert number(state["0:X12"]) >> 28 == 0b0110


def test_flags_written_to_the_saved_state_are_those_returned_to() -> None:
    code = ["CMP X2,#0", "SVC #0", "CSET X5,EQ"]
    (state,) = states(code, ["MSR SPSR_EL1,X2", "ERET"], "0:X5;")
    assert number(state["0:X5"]) == 0


def test_every_kind_has_a_syndrome_of_its_own() -> None:
    kinds = [trapped(kind, 5) for kind in ("svc", "hvc", "smc", "brk", "udf")]
    aborts = [data_abort("unmapped", name) for name in ("ldr", "str", "dc")]
    assert len({*kinds, *aborts, data_abort("unaligned atomic", "cas")}) == 9


# -- what exceptions order ---------------------------------------------------------------------------------------------

MP = """AArch64 MP+dmb.st+{name}
{variant}{{ 0:X0=x; 0:X1=y; 0:X9=1; 1:X0=x; 1:X1=y; 1:X7=bad; }}
 P0          | P1          | P1.F        ;
 STR W9,[X0] | LDR W2,[X1] | {handled} ;
 DMB ST      | {between}   |             ;
 STR W9,[X1] | {then}      |             ;
exists (1:X2=1 /\\ 1:X4=0)
"""


@pytest.mark.parametrize(
    ("name", "between", "then", "handled", "verdict"),
    [
        ("svc", "SVC #0", "LDR W4,[X0]", "ERET", "Allowed"),  # the exception depends on nothing
        ("ctrl-svc", "CBNZ W2,L0", "L0: SVC #0", "LDR W4,[X0]", "Forbidden"),
        ("addr-fault", "SUB X5,X2,X2", "LDR W6,[X5]", "LDR W4,[X0]", "Forbidden"),
        ("po-fault", "MOV X5,#0", "LDR W6,[X5]", "LDR W4,[X0]", "Allowed"),
    ],
)
def test_an_exception_synchronizes_what_it_depends_on(
    name: str, between: str, then: str, handled: str, verdict: str
) -> None:
    text = MP.format(name=name, between=between, then=then, handled=handled, variant="")
    assert run(parse(text)).verdict == verdict


def test_without_synchronization_on_entry_it_does_not() -> None:
    text = MP.format(
        name="ctrl-svc-exs",
        between="CBNZ W2,L0",
        then="L0: SVC #0",
        handled="LDR W4,[X0]",
        variant="Variant=exs\n",
    )
    assert run(parse(text)).verdict == "Allowed"
