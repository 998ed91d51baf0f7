"""Explanations: what reaches a state, and which rules cut what would."""

import pytest

from ftrace_actors.arm64.relaxed import executions
from ftrace_actors.arm64.search import Limits, State, search
from ftrace_actors.litmus import LitmusError, build, parse
from ftrace_actors.litmus.why import explain, own_state

from .shapes import shape

SYNC = "DC CVAU,X3; DSB ISH; IC IVAU,X3; DSB ISH"
WRITER = f"STR W6,[X3]; {SYNC}; STR W9,[X0]"
SB = shape("SB", ["STR W9,[X0]; LDR W10,[X1]", "STR W9,[X1]; LDR W10,[X0]"], "0:X10=0 /\\ 1:X10=0")
FENCED = shape(
    "SB+dmbs",
    ["STR W9,[X0]; DMB SY; LDR W10,[X1]", "STR W9,[X1]; DMB SY; LDR W10,[X0]"],
    "0:X10=0 /\\ 1:X10=0",
)


def why(threads: list[str], state: str) -> list[str]:
    return list(explain(shape("test", threads, state), state))


def test_an_allowed_state_is_shown_as_a_timeline_with_views() -> None:
    lines = list(explain(SB, "0:X10=0; 1:X10=0;"))
    assert lines[0] == "SB: 0:X10=0; 1:X10=0; is allowed"
    assert lines[1:5] == [
        "timeline:",
        "  0      the initial state",
        "  1      P0  W x=0x1",
        "  2      P1  W y=0x1",
    ]
    assert "  LDR W10,[X1]              reads y = 0x0 of 0" in lines


def test_views_are_those_behind_the_instruction() -> None:
    lines = list(explain(FENCED, "0:X10=0 /\\ 1:X10=1"))
    barrier = next(line for line in lines if line.startswith("  DMB SY"))
    assert barrier.split()[2:] == ["nr=1", "nw=1", "ndc=1"]


def test_a_forbidden_state_names_the_barrier_that_cuts_each_candidate() -> None:
    lines = list(explain(FENCED, "0:X10=0 /\\ 1:X10=0"))
    assert lines[0] == "SB+dmbs: 0:X10=0 /\\ 1:X10=0 is forbidden"
    assert lines[1] == "candidates that break one rule, and what cuts each:"
    assert [line for line in lines if "cut by" in line] == ["      cut by: nr (raised by `DMB SY`)"] * 2
    assert "   P1 `LDR W10,[X0]` reads x as of 0, but knows of the write at 1" in lines


@pytest.mark.parametrize(
    ("threads", "state", "cuts"),
    [
        (
            ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; EOR W12,W10,W10; LDR W11,[X0,W12,SXTW]"],
            "1:X10=1 /\\ 1:X11=0",
            {"address dependency", "nw (raised by `DMB ST`)"},
        ),
        (
            ["LDR W10,[X0]; STR W10,[X1]", "LDR W10,[X1]; CBNZ W10,L; L: STR W9,[X0]"],
            "0:X10=1 /\\ 1:X10=1",
            {"data dependency", "control dependency"},
        ),
        (
            [
                "LDR W10,[X0]; CMP W10,#0; CSEL W11,W9,W9,EQ; STR W11,[X1]",
                "LDR W10,[X1]; DMB SY; STR W9,[X0]",
            ],
            "0:X10=1 /\\ 1:X10=1",
            {"pick dependency", "nw (raised by `DMB SY`)"},
        ),
        (["STR W9,[X0]", "LDR W10,[X0]; LDR W11,[X0]"], "1:X10=1 /\\ 1:X11=0", {"coherence"}),
        (["LDADD W9,W10,[X0]", "LDADD W9,W11,[X0]"], "0:X10=0 /\\ 1:X11=0", {"atomicity", "coherence"}),
        (
            [WRITER, "LDR W10,[X0]; DSB LD; ISB; FETCH 11"],
            "1:X10=1 /\\ 1:X11=1",
            {
                "tau (raised by `ISB`)",
                "nw (raised by `DSB ISH`, `DSB ISH`)",
                "nw (raised by `DSB ISH`)",
                "nic (raised by `DSB ISH`)",
                "line order",
            },
        ),
    ],
)
def test_each_rule_has_its_name(threads: list[str], state: str, cuts: set[str]) -> None:
    lines = why(threads, state)
    found = {line.removeprefix("      cut by: ") for line in lines if "cut by" in line}
    assert found
    assert found <= cuts
    assert ("pick dependency" in found) == ("pick dependency" in cuts)


def test_values_nobody_writes_have_no_candidate() -> None:
    assert why(["STR W9,[X0]"], "x=5")[1].startswith("no execution comes near")


def test_a_search_that_gives_up_explains_nothing() -> None:
    lines = list(explain(SB, "0:X10=0", limits=Limits(timelines_max=0)))
    assert lines == ["SB: 0:X10=0 is unknown: the search ran out of timelines"]


def test_a_state_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(LitmusError, match="<state>"):
        list(explain(SB, "0:X10=="))
    with pytest.raises(LitmusError, match="not a register of this test"):
        list(explain(SB, "7:X10=0"))


@pytest.mark.parametrize(
    "threads",
    [
        ["STR W9,[X0]; LDR W10,[X1]", "STR W9,[X1]; LDR W10,[X0]"],
        ["LDR W10,[X0]; STR W9,[X1]", "LDR W10,[X1]; STR W9,[X0]"],
        ["STLR W9,[X0]; LDAR W10,[X1]", "SWPAL W9,W10,[X1]; LDR W11,[X0]"],
        ["STR W8,[X0]; STR W9,[X1]", "STR W8,[X1]; DMB ST; STR W9,[X0]"],
        ["LDXR W10,[X0]; STXR W11,W9,[X0]", "LDADD W9,W11,[X0]"],
        ["STR W6,[X3]; DC CVAU,X3; IC IVAU,X3; DSB ISH", "FETCH 10; LDR W11,[X0]"],
        ["STR W9,[X0]; STR W6,[X3]", "FETCH 10; LDR W11,[X0]; FETCH 12"],
    ],
)
def test_the_relaxed_machine_is_exact_when_it_may_break_nothing(threads: list[str]) -> None:
    registers = " /\\ ".join(f"{cpu}:X{number}=0" for cpu in (0, 1) for number in (10, 11, 12))
    task = build(shape("test", threads, f"{registers} /\\ x=0 /\\ y=0")).task
    outcomes = search(task)
    assert outcomes.options is not None
    found: set[State] = set()

    def keep(state: State) -> bool:
        found.add(state)
        return False

    assert list(executions(task, outcomes.options, keep, 0, Limits())) == []
    assert found == set(outcomes.states)


PATCHED = shape(
    "patched",
    [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", "LDR W10,[X0]; DSB LD; ISB; FETCH 11"],
    "1:X10=1 /\\ 1:X11=1",
)


@pytest.mark.parametrize("state", ["1:X10=1 /\\ 1:X11=1", "1:X10=0 /\\ 1:X11=1"])
def test_no_line_is_wider_than_a_terminal_and_views_have_words(state: str) -> None:
    lines = list(explain(PATCHED, state))
    assert max(map(len, lines)) <= 80
    assert "what later writes come after" in " ".join(line.strip() for line in lines)


def test_a_cell_of_code_has_the_name_that_the_test_uses() -> None:
    """The label `f` is in the same 8 bytes, and before it."""
    text = """AArch64 labels
{ 0:X0=x; 0:X1=P1:site; 1:X0=x; 1:X1=P1:site; 0:X9=1; 0:X8=instr:"B .+8"; }
 P0          | P1           ;
 STR W9,[X0] | LDR W2,[X1]  ;
 DMB ST      | DMB SY       ;
 STR W8,[X1] | LDR W4,[X0]  ;
             | B end        ;
             | f: NOP       ;
             | site: NOP    ;
             | end: NOP     ;
exists (1:X2=instr:"B .+8" /\\ 1:X4=0)
"""
    test = parse(text, "labels")
    lines = " ".join(explain(test, own_state(test)))
    assert "the write of label" in lines
    assert "P1:f" not in lines


@pytest.mark.parametrize(("quantifier", "asked"), [("exists", "{}"), ("~exists", "{}"), ("forall", "~({})")])
def test_the_state_a_test_asks_about_is_its_condition(quantifier: str, asked: str) -> None:
    condition = "(0:X10=0 /\\ 1:X10=0)"
    test = parse(
        "AArch64 sb\n{ 0:X0=x; 0:X1=y; 1:X0=x; 1:X1=y; 0:X9=1; 1:X9=1; }\n P0 | P1 ;\n"
        " STR W9,[X0] | STR W9,[X1] ;\n LDR W10,[X1] | LDR W10,[X0] ;\n"
        f"{quantifier} {condition}\n",
        "sb",
    )
    assert own_state(test) == asked.format(condition)
    assert next(iter(explain(test, own_state(test)))).endswith("is allowed")
