"""Loops: found, as long as they can be, with their shortest period; and in the lanes once and counted."""

import re

from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.actors.choices import DullChooser
from ftrace_actors.checks import ranked
from ftrace_actors.events import Callback, Load
from ftrace_actors.inspect import render
from ftrace_actors.inspect.folding import ENDLESS_TURNS_MIN
from ftrace_actors.inspect.loops import PERIOD_MAX, Loop, key_of, loops
from ftrace_actors.scenario import build, load, loads
from ftrace_actors.words import Verdict
from tests.environment import REPO

SPIN = """\
format = 1
summary = "a reader waits for a flag that nobody sets"
steps = 200

[machine]
cpus = 2

[kernel]
profile = "v6.3"
ticks = 0

[[function]]
name = "vfs_read"

[[ops]]
name = "tracer_a"
functions = ["vfs_read"]

[[word]]
name = "done"
[[word]]
name = "other"

[[routine]]
name = "wait_for_done"
asm = '''
    adrp  x9, done
    add   x9, x9, :lo12:done
    adrp  x11, other
    add   x11, x11, :lo12:other
1:  ldr   w10, [x9]
    ldr   w12, [x11]
    cbz   w10, 1b
    ret
'''

[[task]]
name = "registrant"
cpu = 0
do = ["register tracer_a"]

[[task]]
name = "reader"
cpu = 1
do = ["call vfs_read", "run wait_for_done"]

[expect]
verdict = "livelock"
"""


def test_the_shortest_period_and_the_most_turns() -> None:
    assert list(loops("xabababy", 3)) == [Loop(1, 2, 3)]
    assert list(loops("aaaaaa", 3)) == [Loop(0, 1, 6)]
    assert list(loops("abcabcab", 2)) == [Loop(0, 3, 2)]
    assert list(loops("abab", 3)) == []
    assert [(loop.again, loop.end) for loop in loops("xabababy", 3)] == [(3, 7)]


@given(st.lists(st.sampled_from("ab"), max_size=40), st.integers(2, 5))
def test_what_is_said_to_be_a_loop_is_one(keys: list[str], turns_min: int) -> None:
    end = 0
    for loop in loops(keys, turns_min):
        assert loop.start >= end
        turn = keys[loop.start : loop.again]
        assert len(turn) == loop.period <= PERIOD_MAX
        assert keys[loop.start : loop.end] == turn * loop.turns
        assert keys[loop.end : loop.end + loop.period] != turn
        assert loop.turns >= turns_min
        end = loop.end


def test_a_run_that_never_ends_is_a_page() -> None:
    world = build(loads(SPIN, "spin.toml"))
    result = world.run(DullChooser(), driver="bare", record=True)
    assert result.verdict == Verdict.LIVELOCK
    text = render(result.events, [], world.image.symbols)
    assert len(text.splitlines()) < 30
    folded = re.findall(r"\.\.\. the same 2 events ([\d,]+) more times, to event (\d+)", text)
    assert folded
    turns, last = int(folded[-1][0].replace(",", "")), int(folded[-1][1])
    assert turns >= ENDLESS_TURNS_MIN
    first = result.events[last - 2 * turns - 1]
    assert isinstance(first, Load)
    assert {key_of(event) for event in result.events[last - 2 * turns - 1 : last + 1]} == {
        key_of(event) for event in result.events[last - 1 : last + 1]
    }
    assert f"{first.seq:>6}" in text
    gaps = [int(count) for count in re.findall(r"\.\.\. (\d+) events$", text, re.MULTILINE)]
    assert max(gaps) < ENDLESS_TURNS_MIN * 2, "what is counted as a loop is not counted as left out as well"


def test_rows_that_repeat_are_one_turn_and_a_count() -> None:
    """A callback that calls itself: what proves something is shown whatever it repeats."""
    world = build(load(REPO / "scenarios" / "unguarded-survivor-recursion.toml"))
    result = world.run(DullChooser(), driver="bare", record=True)
    text = render(result.events, ranked(result.findings), world.image.symbols)
    (folded,) = re.findall(r"\.\.\. the same (\d+) lines (\d+) more times, to event (\d+)", text)
    lines, turns, last = map(int, folded)
    rows = text.splitlines()
    at = next(index for index, row in enumerate(rows) if "the same 5 lines" in row)
    assert "..." not in rows[at + 1], "what is between rows of later turns is not counted apart"
    entered = [e.seq for e in result.events if isinstance(e, Callback) and e.begins]
    shown = [int(seq) for seq in re.findall(r"^.\s*(\d+) .* enters tracer_b_func", text, re.MULTILINE)]
    hidden = sorted(set(entered) - set(shown))
    assert len(hidden) == turns
    assert hidden[-1] == last
    assert lines == 5
    proof = {seq for finding in result.findings for seq in finding.events}
    assert not proof & set(hidden)
