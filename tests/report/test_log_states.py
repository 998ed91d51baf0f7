"""What a report of a log says of the machine agrees with what that of the run itself says."""

from bisect import bisect_left

import pytest

from ftrace_actors.actors import ReplayChooser
from ftrace_actors.events import Switch
from ftrace_actors.explore import make_chooser
from ftrace_actors.inspect.phrases import Narrator
from ftrace_actors.report import states_of_log
from ftrace_actors.report.watched_run import states_of_run
from tests.report.made import expanded, made
from tests.scenario.runs import profile_of, world_of

NAMES = ["teardown-no-wait-w2", "patch-without-inval", "grace-period-orders-nothing", "two-teardown-tasks"]


@pytest.mark.parametrize("name", NAMES)
def test_it_agrees_with_the_run_wherever_it_says_something(name: str) -> None:
    of = made(name)
    from_log = expanded(states_of_log(of.result.events, of.narrator))
    from_run = expanded(states_of_run(of.world, ReplayChooser(of.result.picks), of.narrator))
    compared = 0
    for upto in from_log.keys() & from_run.keys():
        mine, its = from_log[upto], from_run[upto]
        for field in mine.keys() & its.keys():
            if field[0] in {"memory", "locks"} and mine[field] and not mine[field].startswith("not known"):
                assert mine[field] == its[field], (upto, field)
                compared += 1
    assert compared > 200


@pytest.mark.parametrize("name", NAMES)
def test_who_runs_is_the_same_after_each_switch(name: str) -> None:
    of = made(name)
    from_log = expanded(states_of_log(of.result.events, of.narrator))
    from_run = expanded(states_of_run(of.world, ReplayChooser(of.result.picks), of.narrator))
    ends = sorted(from_log.keys() & from_run.keys())
    seen = set()
    for event in of.result.events:
        if isinstance(event, Switch):
            at, field = ends[bisect_left(ends, event.seq)], (f"cpu{event.cpu}", "runs")
            # A task that another one leaves for comes only with its next step, if its CPU was not idle.
            on_the_way = f"__schedule, {event.next} is next" if event.prev and event.next else ""
            words = on_the_way or event.next or "idle"
            assert from_log[at][field] == from_run[at][field] == words
            seen.add(words)
    assert "idle" in seen


@pytest.mark.parametrize("run", range(3))
def test_who_runs_is_the_same_after_every_step(run: int) -> None:
    """Also where a CPU takes an interrupt, or receives mail, between one task and the next."""
    name = "grace-period-orders-nothing"
    world = world_of(name)
    picks = world.run(make_chooser("auto", 0, run, profile_of(name)), driver="bare").picks
    result = world.run(ReplayChooser(picks), driver="bare", record=True)
    narrator = Narrator(result.events, world.image.symbols, world.image.watched)
    from_log = expanded(states_of_log(result.events, narrator))
    from_run = expanded(states_of_run(world, ReplayChooser(picks), narrator))
    fields = [(f"cpu{cpu}", "runs") for cpu in range(3)]
    for upto in from_log.keys() & from_run.keys():
        for field in fields:
            assert from_log[upto][field] == from_run[upto][field], (upto, field)


@pytest.mark.parametrize("name", NAMES)
def test_early_stores_are_open_from_where_they_are_seen_until_their_turn(name: str) -> None:
    of = made(name)
    from_log = expanded(states_of_log(of.result.events, of.narrator))
    from_run = expanded(states_of_run(of.world, ReplayChooser(of.result.picks), of.narrator))
    for upto in from_log.keys() & from_run.keys():
        for field, value in from_run[upto].items():
            if field[1] == "early stores" and field in from_log[upto]:
                assert (value == "none") == (from_log[upto][field] == "none"), (upto, field)


def test_it_says_what_it_cannot_know() -> None:
    of = made("patch-without-inval")
    states = states_of_log(of.result.events, of.narrator)
    assert states.source == "log"
    assert "Which words a CPU could fetch, and its views, are not in a log" in states.note
    assert not any(name.startswith(("fetch vfs", "load")) or "view" in name for _, name in states.fields)
