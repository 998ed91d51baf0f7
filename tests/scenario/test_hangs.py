"""Who waits for whom, doing what, and at which instruction."""

from typing import Any

import pytest

from ftrace_actors.actors import DullChooser
from ftrace_actors.actors.choices import Kind
from ftrace_actors.api import loads as world_in
from ftrace_actors.api import sample
from ftrace_actors.explore.shrink import shrink, target_of
from ftrace_actors.scenario import build, loads
from tests.scenario.runs import world_of

SPINS = """
format = 1
summary = "a routine that spins on a word that nobody writes"

[kernel]
profile = "v6.12"

[[function]]
name = "vfs_read"

[[word]]
name = "flag"

[[routine]]
name = "wait_for_flag"
asm = '''
    adrp  x9, flag
    add   x9, x9, :lo12:flag
1:  ldr   w10, [x9]
    cbz   w10, 1b
    ret
'''

[[task]]
name = "waiter"
cpu = 0
do = ["run wait_for_flag"]

[expect]
verdict = "livelock"
"""


def test_a_deadlock_says_what_each_is_in_the_middle_of() -> None:
    result = world_of("deadlock-spin").run(DullChooser(), driver="bare")
    lines = result.wait_for.splitlines()
    assert lines[0].startswith("deadlock after ")
    assert "* registrant, blocked, in 'unregister tracer_a', waits for rcu_tasks" in lines
    assert "* spinner, in 'spin m', waits for the holder of m" in lines
    assert "* m is held by registrant" in lines
    assert lines[-1].startswith("cycle: ")


def test_a_livelock_says_which_instruction_a_task_is_at() -> None:
    result = build(loads(SPINS, "spins.toml")).run(DullChooser(), driver="bare")
    assert result.verdict == "livelock"
    busy = result.wait_for.splitlines()[1]
    assert busy.startswith("  waiter on cpu0, in 'run wait_for_flag', at wait_for_flag+0x")
    assert "more steps after everybody had got turns" in busy


class _Early(DullChooser):
    """As dull, but every store that may become visible early is looked for."""

    def choose(self, kind: Kind, *rest: Any) -> int:
        return 1 if kind is Kind.EARLY else super().choose(kind, *rest)


def test_code_that_spins_is_looked_through_without_end_of_the_stack() -> None:
    """Each load of the loop is a fork of the look-ahead for early stores; there are hundreds."""
    world = build(loads(SPINS.replace("summary", "steps = 100\nsummary"), "spins.toml"))
    assert world.run(_Early(), driver="bare").verdict == "livelock"


def test_a_livelock_that_needs_no_choice_is_shrunk_to_nothing_at_once() -> None:
    world = build(loads(SPINS.replace("summary", "steps = 100\nsummary"), "spins.toml"))
    first = world.run(_Early(), driver="bare")
    assert first.picks
    found = shrink(lambda chooser: world.run(chooser, driver="bare"), first.picks, target_of("livelock"))
    assert found is not None
    assert (found.result.picks, found.replays, found.minimal) == ((), 1, True)


@pytest.mark.parametrize("strategy", ["mix", "turns"])
def test_a_loop_that_waits_for_a_flag_is_left_when_it_is_set(strategy: str) -> None:
    setter = '[[task]]\nname = "setter"\ncpu = 1\ndo = ["store flag 1"]\n[expect]\nverdict = "holds"'
    text = SPINS.replace('[expect]\nverdict = "livelock"', setter)
    runs = sample(world_in(text), runs=10, strategy=strategy)
    assert {run.verdict for run in runs} == {"holds"}
