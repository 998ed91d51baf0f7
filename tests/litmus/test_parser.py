"""The format, and what is said about text that is not in it."""

import pytest

from ftrace_actors.litmus import LitmusError, build, parse, run
from ftrace_actors.litmus.syntax import Address, Cell, Fault, Instr, Label, Number, Register

FULL = r"""AArch64 everything
"some info = not meta"
Variant=ExS,EIS
Stable=X9
(* a comment | with ; all { kinds } of things *)
{
 uint64_t x; int y=-1; 0:X1=x; 0:X2=&y; 0:X3=P1:L0; 1:X4=label:"P1:L0";
 1:X5=instr:"B .+8"; 1:X6=NOP; int z[3]={1,2,3}; 1:X7=z[1]; [w]=0x10;
}
 P0          | P1                    | P1.F            ;
 LDR W0,[X1] | L0: NOP               | MRS X8,ELR_EL1  ;
             | SVC #0                | ERET            ;
             | Lend:                 |                 ;
locations [uint64_t x; 1:X8; z[2];]
filter (0:X0=0)
~exists (0:X0=1 /\ ~(y=-1) \/ 1:X8 in {1,2} => [w]=16)
"""


def minimal(init: str = "", code: str = "NOP", ending: str = "exists (0:X0=0)") -> str:
    return f"AArch64 t\n{{ {init} }}\n P0 ;\n {code} ;\n{ending}\n"


def test_everything_the_format_has() -> None:
    test = parse(FULL, "full.litmus")
    assert (test.name, test.quantifier) == ("everything", "~exists")
    assert test.meta == {"Variant": "ExS,EIS", "Stable": "X9"}
    values = {str(item.target): item.values for item in test.init}
    assert values["0:X1"] == (Address("x"),)
    assert values["0:X2"] == (Address("y"),)
    assert values["0:X3"] == values["1:X4"] == (Label(1, "L0"),)
    assert values["1:X5"] == (Instr("B .+8"),)
    assert values["1:X6"] == (Instr("NOP"),)
    assert values["[z]"] == (Number(1), Number(2), Number(3))
    assert values["1:X7"] == (Address("z", 1),)
    assert values["[w]"] == (Number(16),)
    assert [(column.thread, column.handler) for column in test.columns] == [(0, False), (1, False), (1, True)]
    assert test.columns[1].labels == {"L0": 0, "Lend": 2}
    assert test.locations == (Cell("x"), Register(1, "X8"), Cell("z", 2, element=True))
    assert run(test).verdict in {"Allowed", "Forbidden"}


def test_variants_choose_the_machine() -> None:
    options = build(parse(FULL)).task.options
    assert (options.eis, options.eos) == (True, False)
    dic = build(parse(minimal().replace("{", "CacheType=DIC\n{", 1))).task.options
    assert dic.dic
    assert dic.idc


def test_an_exception_handler_runs_and_returns() -> None:
    text = (
        "AArch64 svc\n{ }\n P0 | P0.F ;\n MOV W1,#1 | MOV W2,#2 ;\n SVC #0 | ERET ;\n MOV W3,#3 | ;\n"
        "forall (0:X1=1 /\\ 0:X2=2 /\\ 0:X3=3)"
    )
    assert run(parse(text)).verdict == "Required"


def test_a_fault_ends_a_thread_and_can_be_asked_for() -> None:
    result = run(
        parse(minimal("0:X1=0x10; 0:X3=x", "L: LDR W0,[X1] ;\n MOV W2,#1", "forall (fault(P0:L) /\\ 0:X2=0)"))
    )
    assert result.verdict == "Required"
    assert Fault(0, "L") in result.machine.observed


def test_loops_are_unrolled_twice_and_flagged() -> None:
    text = (
        "AArch64 spin\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n L: LDR W0,[X1] | MOV W0,#1 ;\n"
        " CBZ W0,L | STR W0,[X1] ;\nexists (0:X0=0)"
    )
    result = run(parse(text))
    assert (result.verdict, result.flags) == ("Forbidden", ("loop-bound",))


def test_racing_with_an_instruction_outside_the_list_is_flagged() -> None:
    text = (
        'AArch64 race\n{{ 0:X0=instr:"{new}"; 0:X1=P1:m; }}\n P0 | P1 ;\n STR W0,[X1] | m: NOP ;\n'
        "exists (1:X9=0)"
    )
    assert run(parse(text.format(new="MOV W9,#3"))).flags == ("unpredictable",)
    assert run(parse(text.format(new="B .+4"))).flags == ()


def test_negative_numbers_match_at_the_width_of_the_place() -> None:
    test = parse(minimal("int x=-1; 0:X1=x", "LDR W0,[X1]", "forall (x=-1 /\\ 0:X0=-1)"))
    assert run(test).verdict == "Required"


def test_an_observed_address_prints_by_name() -> None:
    result = run(parse(minimal("0:X0=x", "NOP", "exists (0:X0=x)")))
    assert [result.state(final) for final in result.finals] == [{"0:X0": "x"}]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "first line"),
        ("X86 t\n{}\nP0;\nexists(x=1)", 1, 1, "architecture 'X86'"),
        ("AArch64 t\nP0;\nNOP;\nexists (x=1)", 4, 13, "init block"),
        ("AArch64 t\n{ 0:X1=x;\nP0;\nexists (x=1)", 2, 1, "closes"),
        (minimal("0:X1==x"), 2, 8, "value"),
        (minimal("0:X1=x; 0:-X=1"), 2, 11, "item"),
        (minimal("0:Q1=1"), 2, 3, "'Q1'"),
        (minimal("0:X1=P0:nowhere"), 2, 3, "no label 'nowhere'"),
        (minimal(code="FROB X0"), 4, 2, "frob"),
        (minimal(code="NOP ;\n LDR X0,[Q1]"), 5, 10, "Q1"),
        (minimal(code="L: NOP ;\n L: NOP"), 5, 2, "twice"),
        (minimal(code="NOP | NOP"), 4, 2, "2 cells"),
        (minimal(ending=""), 6, 1, "exists"),
        (minimal(ending="exists (0:X0=)"), 5, 14, "a value"),
        (minimal(ending="exists (0:X0 1)"), 5, 14, "'='"),
        (minimal(ending="exists (0:X0=1"), 6, 1, "')'"),
        (minimal(ending="exists (0:X0=1 @)"), 5, 16, "unexpected '@)'"),
        (minimal(ending="exists (7:X0=1)"), 5, 9, "7:X0"),
    ],
)
def test_errors_say_where_and_what(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(LitmusError) as caught:
        build(parse(text, "bad.litmus"))
    error = caught.value
    assert words in error.message
    assert (error.line, error.column) == (line, column)
    assert str(error).startswith(f"bad.litmus:{line}:{column}: ")
