"""Which runs are one behaviour."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from ftrace_actors.actors import DullChooser
from ftrace_actors.checks import Behaviour, Checker
from ftrace_actors.events import (
    Early,
    Event,
    Exc,
    Fetch,
    Free,
    GracePeriod,
    Load,
    Quiescent,
    Store,
    Switch,
    TaskState,
    Window,
)
from ftrace_actors.result import RunResult
from tests.scenario.runs import runs, world_of

X, Y = 0x1000, 0x2000
Step = tuple[str, type[Event], tuple[Any, ...]]


def store(actor: str, addr: int, value: int, order: int) -> Step:
    return actor, Store, (addr, 8, value, order, 0, -1)


def load(actor: str, addr: int, value: int, order: int, pointer: int = 0) -> Step:
    return actor, Load, (addr, 8, value, order, pointer, -1)


def made(seq: int, step: Step) -> Event:
    actor, kind, fields = step
    return kind(seq, seq, actor, 0, "", -1, *fields)


def behaviour(*steps: Step) -> int:
    seen = Behaviour()
    checker = Checker([seen])
    for seq, step in enumerate(steps):
        checker.feed(made(seq, step))
    return seen.digest()


ONE = [store("a", X, 1, 1), store("b", Y, 2, 2), load("a", Y, 2, 2)]


def test_the_order_of_independent_steps_does_not_count() -> None:
    other = [store("b", Y, 2, 1), store("a", X, 1, 2), load("a", Y, 2, 1)]
    assert behaviour(*ONE) == behaviour(*other)


def test_neither_does_when_a_load_was_made_as_long_as_it_took_the_same_write() -> None:
    before = [load("a", X, 0, 0), store("b", X, 1, 1)]
    assert behaviour(*before) == behaviour(*reversed(before))


@pytest.mark.parametrize(
    "other",
    [
        [store("a", X, 1, 1), load("a", Y, 0, 0), store("b", Y, 2, 2)],  # it took another write
        [store("a", X, 1, 1), store("b", Y, 3, 2), load("a", Y, 3, 2)],  # another value was written
        [store("b", Y, 2, 1), load("a", Y, 2, 1), store("a", X, 1, 2)],  # a did it in another order
        [store("a", X, 1, 1), store("b", Y, 2, 2)],
        [("a", Exc, (True, "tick")), *ONE],
        [*ONE, ("a", Window, ("W1",))],
    ],
    ids=["read", "value", "order", "shorter", "interrupted", "window"],
)
def test_what_was_done_and_read_counts(other: list[Step]) -> None:
    assert behaviour(*ONE) != behaviour(*other)


def test_the_order_of_writes_to_one_place_counts_by_the_timeline() -> None:
    early = [store("a", X, 1, 2), store("b", X, 1, 1)]
    assert behaviour(store("a", X, 1, 1), store("b", X, 1, 2)) != behaviour(*early)
    assert behaviour(store("b", X, 1, 1), store("a", X, 1, 2)) == behaviour(*early)
    # Only the order of positions counts, and a set does not have it.
    assert behaviour(store("a", X, 1, 64), store("b", X, 1, 1)) == behaviour(*early)


def test_a_cache_operation_that_is_made_early_is_no_write() -> None:
    def early(what: str) -> list[Step]:
        return [("a", Early, (what, X, 0, 1)), store("a", X, 1, 2), load("b", X, 1, 2)]

    cleaned: Step = ("a", Early, ("dc", X, 0, 3))
    assert behaviour(*early("dc")) == behaviour(cleaned, store("a", X, 1, 1), load("b", X, 1, 1))
    assert behaviour(*early("store")) != behaviour(*early("dc"))


def test_a_fetch_that_takes_a_stale_word_counts() -> None:
    written = store("a", X, 1, 1)
    assert behaviour(written, ("b", Fetch, (X, 1, 1, 0, 1, 0))) != behaviour(
        written, ("b", Fetch, (X, 1, 0, 0, 1, 0))
    )


def test_whether_something_was_freed_before_it_was_read_counts() -> None:
    freed: Step = ("b", Free, ("ops", X, 64, 7, 0))
    read = load("a", X, 0, 0, 7)
    assert behaviour(freed, read) != behaviour(read, freed)
    elsewhere = load("a", X, 0, 0, 8)
    assert behaviour(freed, elsewhere) == behaviour(elsewhere, freed)


def test_what_caused_an_event_does_not_count() -> None:
    freed: Step = ("b", Free, ("ops", X, 64, 7, 0))
    fetch = Fetch(1, 1, "a", 0, "", 7, X, 1, 0, 0, 0, 0)
    hashes = []
    for events in ([made(0, freed), fetch], [fetch, made(0, freed)]):
        seen = Behaviour()
        checker = Checker([seen])
        for event in events:
            checker.feed(event)
        hashes.append(seen.digest())
    assert hashes[0] == hashes[1]


def test_changes_of_one_task_are_ordered_and_changes_of_two_are_not() -> None:
    def changes(first: str, second: str) -> tuple[Step, Step]:
        return ("a", TaskState, (first, "runnable", "")), ("b", TaskState, (second, "runnable", ""))

    same, different = changes("t", "t"), changes("t", "u")
    assert behaviour(*same) != behaviour(*reversed(same))
    assert behaviour(*different) == behaviour(*reversed(different))
    switch: Step = ("c", Switch, ("", "t", True))
    assert behaviour(different[0], switch) != behaviour(switch, different[0])
    assert behaviour(different[1], switch) == behaviour(switch, different[1])


def test_reports_to_a_grace_period_come_in_any_order_but_after_its_start() -> None:
    start: Step = ("rcu", GracePeriod, ("rcu", 1, "start", ("0", "1"), 0))
    reports: list[Step] = [(f"cpu{i}", Quiescent, ("rcu", f"{i}", "tick", 1, 0)) for i in range(2)]
    assert behaviour(start, *reports) == behaviour(start, *reversed(reports))
    assert behaviour(start, *reports) != behaviour(reports[0], start, reports[1])


def test_a_copy_goes_on_by_itself() -> None:
    seen = Behaviour()
    checker = Checker([seen])
    checker.feed(made(0, ONE[0]))
    twin = seen.copy(seen.scene, {})
    checker.feed(made(1, ONE[1]))
    assert twin.digest() == behaviour(ONE[0])
    assert seen.digest() == behaviour(*ONE[:2])


def test_runs_of_one_behaviour_came_to_the_same() -> None:
    by_behaviour: defaultdict[int | None, list[RunResult]] = defaultdict(list)
    for result in runs("teardown-no-wait-w2", 120):
        by_behaviour[result.behaviour].append(result)
    again = [results for results in by_behaviour.values() if len({result.picks for result in results}) > 1]
    assert again, "no behaviour came about in two ways, so nothing is compared"
    for first, *others in again:
        for other in others:
            assert (other.verdict, other.seen, other.instructions) == (
                first.verdict,
                first.seen,
                first.instructions,
            )


def test_a_behaviour_has_the_same_hash_under_both_drivers_and_with_its_events_recorded() -> None:
    world = world_of("teardown-tasks")
    hashes = {
        world.run(DullChooser(), driver=driver, record=record).behaviour
        for driver in ("bare", "trio")
        for record in (False, True)
    }
    assert len(hashes) == 1
    assert None not in hashes
