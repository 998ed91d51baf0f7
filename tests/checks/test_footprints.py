"""What commutes by the table of footprints commutes for the checks: their state is the same after both orders."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import groupby
from random import Random
from typing import Any

import msgspec
import pytest

from ftrace_actors.checks import Checker, default_checks
from ftrace_actors.checks.footprints import EVENTS, WRITERS, read_by, written_by
from ftrace_actors.events import (
    Early,
    Event,
    Fetch,
    Free,
    GracePeriod,
    Join,
    Load,
    Maintain,
    Quiescent,
    Reader,
    RecordState,
    Store,
    Switch,
    Sync,
    SynchronizeRcu,
    TaskState,
    Window,
)
from ftrace_actors.events.schema import EVENT_KINDS
from ftrace_actors.explore import make_chooser
from ftrace_actors.ordinals import At, Seq
from ftrace_actors.scenario.run import Run
from tests.checks.stream import Stream
from tests.checks.test_copies import NAMES, fresh
from tests.scenario.runs import profile_of, world_of

_BACK = 6
"""How many steps a step is moved back over at most."""

_RUNS = 2

_FAR = 200
"""From how many events later one is taken, and `_SHARE`, before which part of all events."""

_SHARE = 0.4
_TIMELINE = ("timeline",)

Steps = list[list[Event]]


def test_every_event_that_a_check_looks_at_is_in_the_table() -> None:
    """But for context synchronization: that is remembered of its CPU alone."""
    checker = Checker(default_checks())
    assert {kind for kind in EVENT_KINDS if checker.wants(kind)} - EVENTS == {Sync}


@pytest.mark.parametrize("name", NAMES)
def test_independent_steps_lead_to_one_state_of_the_checks(name: str) -> None:
    compared = 0
    for run in range(_RUNS):
        checker = fresh(name)[0]
        steps = steps_of(recorded(name, run))
        for at, step in enumerate(steps):
            for last in moved_back(steps, at):
                between = steps[at : last + 1]
                assert state_after(checker, between) == state_after(checker, [steps[last], *between[:-1]]), (
                    between
                )
                compared += 1
            for event in step:
                checker.feed(event)
    assert compared > 5


@pytest.mark.parametrize("name", NAMES)
def test_independent_events_from_anywhere_in_a_run_commute(name: str) -> None:
    """An event that comes much later is fed before and after one: no such run may exist, but checks need not know."""
    draw = Random(name)
    compared = 0
    checker = fresh(name)[0]
    events = recorded(name, 1)
    for at, event in enumerate(events):
        if type(event) in EVENTS and draw.random() < _SHARE:
            later = [
                each
                for each in events[at + 1 : at + _FAR]
                if type(each) in EVENTS and independent([event], [each])
            ]
            writers = [each for each in later if type(each) in WRITERS]
            for each in (
                *draw.sample(later, min(1, len(later))),
                *draw.sample(writers, min(1, len(writers))),
            ):
                assert state_after(checker, [[event], [each]]) == state_after(checker, [[each], [event]]), (
                    event,
                    each,
                )
                compared += 1
        checker.feed(event)
    assert compared > 25


def recorded(name: str, run: int) -> tuple[Event, ...]:
    """The events of a run in which actors take turns often."""
    made = Run(world_of(name).image, make_chooser("random", 0, run, profile_of(name)), record=True)
    made.bare()
    return tuple(made.log.events or ())


def steps_of(events: tuple[Event, ...]) -> Steps:
    """Events by the step that they are of."""
    return [list(step) for _, step in groupby(events, key=lambda event: (event.step, event.actor))]


def moved_back(steps: Steps, at: int) -> Iterator[int]:
    """The steps soon after that one that are independent of it and of all in between."""
    for last in range(at + 1, min(at + 1 + _BACK, len(steps))):
        later = steps[last]
        if judged(later) and judged(steps[at]) and all(independent(step, later) for step in steps[at:last]):
            yield last


def judged(step: list[Event]) -> bool:
    return any(type(event) in EVENTS for event in step)


def independent(one: list[Event], two: list[Event]) -> bool:
    """Neither writes what the other touches, and neither is why the other came about."""
    if one[0].actor == two[0].actor or one[0].step == two[0].step:
        return False
    numbers = {event.seq for event in one}
    for event in two:
        if event.cause in numbers:
            return False
        if isinstance(event, Join) and event.publisher == one[0].cpu and event.until > one[0].seq:
            return False
    read, written = touched(one)
    its_read, its_written = touched(two)
    return not written & (its_read | its_written) and not read & its_written


def touched(step: list[Event]) -> tuple[set[Hashable], set[Hashable]]:
    """What a step reads and writes: of the checks by the table, and of memory."""
    reads: set[Hashable] = set()
    writes: set[Hashable] = set()
    for event in step:
        reads.update(read_by(event))
        writes.update(written_by(event))
        match event:
            case Load():
                reads |= {("cell", event.addr & ~7), ("cell", event.addr + event.size - 1 & ~7)}
            case Fetch():
                reads.add(("cell", event.addr & ~7))
            case Store() | Early():
                writes |= {_TIMELINE, ("cell", event.addr & ~7)}
            case Maintain():
                writes.add(_TIMELINE)
            case Free() | RecordState():
                reads.add(_TIMELINE)
            case TaskState():
                writes.add(("task", event.who))
            case _:
                pass
    return reads, writes


def state_after(checker: Checker, steps: Steps) -> Hashable:
    """The state of the checks when these steps follow; their events get new numbers, by which joins name them."""
    after = checker.copy()
    events = [event for step in steps for event in step]
    first = min(event.seq for event in events)
    for seq, event in enumerate(events, first):
        if isinstance(event, Join):
            published = [
                at for at, each in enumerate(events) if each.cpu == event.publisher and each.seq < event.until
            ]
            until = first + published[-1] + 1 if published else min(event.until, first)
            after.feed(msgspec.structs.replace(event, seq=seq, until=until))
        else:
            after.feed(msgspec.structs.replace(event, seq=seq))
    return comparable(after.state())


# -- states without numbers -------------------------------------------------------------------------------------------


def comparable(state: Hashable) -> Hashable:
    """A state in which numbers are ranks; the order of what different CPUs fetched (UNPREDICTABLE) is left out.

    Of events of different CPUs no check asks which came first: their rows are sorted, and only joins refer to others.
    """
    numbers: dict[type[int], set[int]] = {At: {0}, Seq: set()}
    _collect(state, numbers)
    ranks = {kind: {each: at for at, each in enumerate(sorted(of))} for kind, of in numbers.items()}
    return _with_ranks(state, ranks)


def _collect(value: object, numbers: dict[type[int], set[int]]) -> None:
    if isinstance(value, At | Seq):
        numbers[type(value)].add(int(value))
    elif isinstance(value, tuple):
        for each in value:
            _collect(each, numbers)


def _with_ranks(value: Hashable, ranks: dict[type[int], dict[int, int]]) -> Hashable:
    if isinstance(value, At):
        return ranks[At][value]
    if isinstance(value, Seq):
        return ranks[Seq][value]
    if isinstance(value, tuple):
        if value and all(_is_row(each) for each in value):
            return _by_cpu(value, ranks)
        return tuple(_with_ranks(each, ranks) for each in value)
    return value


def _is_row(value: object) -> bool:
    return isinstance(value, tuple) and len(value) > 1 and isinstance(value[0], Seq)


def _by_cpu(rows: tuple[Hashable, ...], ranks: dict[type[int], dict[int, int]]) -> Hashable:
    """Rows (number, CPU, what happened) by CPU, in the order of each; a number is how many of its CPU come before."""
    found: dict[int, list[Hashable]] = {}
    seqs: dict[int, list[int]] = {}
    for row in rows:
        assert isinstance(row, tuple)
        found.setdefault(row[1], []).append(row)
        seqs.setdefault(row[1], []).append(row[0])

    def place(row: Hashable) -> Hashable:
        assert isinstance(row, tuple)
        if row[2] != "join":
            return _with_ranks(row[2:], ranks)
        return (*row[2:-1], sum(seq < row[-1] for seq in seqs.get(row[-2], ())))

    return tuple((cpu, tuple(place(row) for row in found[cpu])) for cpu in sorted(found))


# -- pairs in which the order counts --------------------------------------------------------------------------------

_READER: dict[str, Any] = {"task": "reader", "cpu": 1}
_KTHREAD: dict[str, Any] = {"task": "kthread"}
_RUNNING = (TaskState, ("reader", "running", ""), _READER)

Made = tuple[type[Event], tuple[object, ...], dict[str, Any]]


def period(flavour: str, phase: str, *waiting: str, view: int = 9) -> Made:
    return GracePeriod, (flavour, 1, phase, waiting, view), _KTHREAD


def began(flavour: str, *waiting: str) -> Made:
    return period(flavour, "start", *waiting)


def state(name: str) -> Made:
    return TaskState, ("reader", name, ""), _READER


def switch(*, voluntary: bool) -> Made:
    return Switch, ("reader", "other", voluntary), _READER


_BEGINS: Made = (Reader, (True,), _READER)
_STORES: Made = (Store, (0x7000, 8, 1, 5, 0, 0), _READER)

COUNTS: dict[str, tuple[tuple[Made, ...], Made, Made]] = {
    "a finding names the window": (
        (_BEGINS, began("rcu")),
        (Window, ("W1",), _READER),
        period("rcu", "end"),
    ),
    "a reader begins, rcu starts": ((), _BEGINS, began("rcu")),
    "a reader dies, rcu ends": ((_RUNNING, _BEGINS, began("rcu")), state("dead"), period("rcu", "end")),
    "a task runs, rcu starts": ((), state("running"), began("rcu")),
    "a task runs, rude starts": ((), state("running"), began("rude")),
    "a task is runnable, tasks starts": ((), state("runnable"), began("tasks")),
    "a task blocks, tasks ends": ((_RUNNING, began("tasks")), state("blocked"), period("tasks", "end")),
    "a CPU switches, rude ends": ((_RUNNING, began("rude")), switch(voluntary=False), period("rude", "end")),
    "a CPU switches, rcu ends": ((_RUNNING, began("rcu")), switch(voluntary=False), period("rcu", "end")),
    "a task switches, tasks ends": (
        (_RUNNING, began("tasks")),
        switch(voluntary=True),
        period("tasks", "end"),
    ),
    "a quiescent state, rcu ends": (
        (_RUNNING, began("rcu")),
        (Quiescent, ("rcu", "cpu1", "tick", 1, 0), _READER),
        period("rcu", "end"),
    ),
    **{f"a store, {flavour} starts": ((), _STORES, began(flavour)) for flavour in ("rcu", "tasks", "rude")},
    "a wait begins, rcu starts": ((), (SynchronizeRcu, (True, "rcu"), _READER), began("rcu")),
}
"""What was before, and two events whose order a check can tell."""


@pytest.mark.parametrize("name", COUNTS)
def test_events_whose_order_counts_are_dependent(name: str) -> None:
    before, *pair = COUNTS[name]
    stream = Stream()
    for kind, values, of in before:
        stream.add(kind, *values, **of)
    checker = Checker(default_checks())
    for event in stream.events:
        checker.feed(event)
    first = len(stream.events)
    for kind, values, of in pair:
        stream.add(kind, *values, **of)
    one, two = stream.events[first:]
    assert state_after(checker, [[one], [two]]) != state_after(checker, [[two], [one]]), (
        "or it proves nothing"
    )
    assert not independent([one], [two])
