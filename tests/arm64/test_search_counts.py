"""A search that runs out of something stops there, says of what, and stops at the same place every time."""

import tracemalloc

import pytest

from ftrace_actors.arm64.budget import Limits
from ftrace_actors.arm64.search import Outcomes, search
from ftrace_actors.litmus import build, options_of, parse

FOUR = """AArch64 SB4
{ 0:X0=x; 0:X1=y; 1:X0=x; 1:X1=y; 2:X0=x; 2:X1=y; 3:X0=x; 3:X1=y; 0:X9=1; 1:X9=1; 2:X9=2; 3:X9=2; }
 P0          | P1          | P2          | P3          ;
 STR W9,[X0] | STR W9,[X1] | STR W9,[X0] | STR W9,[X1] ;
 LDR W2,[X1] | LDR W2,[X0] | LDR W2,[X1] | LDR W2,[X0] ;
locations [0:X2; 1:X2; 2:X2; 3:X2;]
exists (true)
"""

# One timeline only: nobody writes, and a register decides between many paths.
READS = "\n".join(
    [
        "AArch64 reads",
        "{ 0:X0=x; 1:X0=x; 0:X9=1; 0:X8=2; }",
        " P0 | P1 ;",
        " STR W9,[X0] | LDR W1,[X0] ;",
        " STR W8,[X0] | LDR W2,[X0] ;",
        *(f" STR W{8 + n % 2},[X0] | LDR W{n},[X0] ;" for n in range(3, 8)),
        "locations [" + " ".join(f"1:X{n};" for n in range(1, 8)) + "]",
        "exists (true)",
        "",
    ]
)


def searched(text: str, limits: Limits) -> Outcomes:
    test = parse(text)
    return search(build(test, options_of(test.meta)).task, limits)


def test_memory_ends_a_search_at_the_same_place_every_time() -> None:
    whole = searched(FOUR, Limits())
    assert not whole.unknown
    limits = Limits(memory_max=whole.memory // 2)
    first, second = searched(FOUR, limits), searched(FOUR, limits)
    assert first.unknown == second.unknown == "memory"
    assert limits.memory_max is not None
    assert limits.memory_max < first.memory < whole.memory
    assert list(first.states) == list(second.states)
    assert (first.timelines, first.paths, first.memory) == (second.timelines, second.paths, second.memory)
    assert 0 < first.timelines < whole.timelines


def test_the_memory_counted_is_about_what_is_used() -> None:
    test = parse(FOUR)
    task = build(test, options_of(test.meta)).task
    tracemalloc.start()
    counted = search(task).memory
    _, used = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.8 < counted / used < 2


def test_what_it_used_is_just_enough() -> None:
    whole = searched(FOUR, Limits())
    enough = Limits(steps_max=whole.paths, timelines_max=whole.timelines, memory_max=whole.memory)
    assert searched(FOUR, enough) == whole
    assert searched(FOUR, Limits(steps_max=whole.paths - 1)).unknown == "steps"
    assert searched(FOUR, Limits(memory_max=whole.memory - 1)).unknown == "memory"


@pytest.mark.parametrize("limits", [Limits(memory_max=0), Limits(steps_max=0)])
def test_nothing_allowed_finds_nothing(limits: Limits) -> None:
    outcomes = searched(FOUR, limits)
    assert outcomes.unknown
    assert not outcomes.states


def test_the_clock_is_asked_along_a_single_timeline_too() -> None:
    asked = []

    def expired() -> bool:
        asked.append(1)
        return False

    whole = searched(READS, Limits(expired=expired))
    assert len(asked) > whole.timelines


def test_one_budget_serves_a_search_that_starts_again() -> None:
    """A second write to a code word makes the search start again with completions of ICs."""
    text = """AArch64 twice
{ 0:X3=P1:L; 0:X6=NOP; 0:X5=instr:"B .+8"; 2:X3=P1:L; }
 P0          | P1         | P2          ;
 STR W6,[X3] | L: B .+8   | LDR W7,[X3] ;
 STR W5,[X3] | MOV W9,#1  | DC CVAU,X3  ;
             | NOP        | IC IVAU,X3  ;
locations [1:X9;]
exists (1:X9=1)
"""
    again = searched(text, Limits())
    assert again.options is not None
    assert again.options.exact_ic
    assert again.paths > again.timelines
    assert searched(text, Limits(memory_max=again.memory, steps_max=again.paths)) == again
    assert searched(text, Limits(steps_max=again.paths - 1)).unknown == "steps"


@pytest.mark.parametrize(("second", "words"), [("L", 1), ("M", 2)])
def test_it_counts_the_code_words_that_one_execution_writes(second: str, words: int) -> None:
    text = f"""AArch64 words
{{ 0:X3=P1:L; 0:X4=P1:{second}; 0:X6=NOP; 1:X3=P1:M; }}
 P0          | P1         ;
 STR W6,[X3] | L: B .+8   ;
 STR W6,[X4] | M: B .+4   ;
             | MOV W9,#1  ;
locations [1:X9;]
exists (1:X9=1)
"""
    assert searched(text, Limits()).modified == words
    assert searched(FOUR, Limits()).modified == 0
