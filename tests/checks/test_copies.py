"""A checker may be copied in the middle of a run: original and copy go on alike, and leave each other alone."""

from __future__ import annotations

import copy
import random
import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from functools import cache
from typing import Any

import pytest

from ftrace_actors.checks import Check, Checker, Finding, Sometimes
from ftrace_actors.checks.cmodx import Unpredictables
from ftrace_actors.checks.completeness import Completeness
from ftrace_actors.checks.grace import GraceUse
from ftrace_actors.checks.grace_contract import GraceContract
from ftrace_actors.checks.life import Life
from ftrace_actors.events import CrossCall, Event, GracePeriod, SynchronizeRcu
from ftrace_actors.events.schema import EVENT_KINDS
from ftrace_actors.scenario.run import Run
from tests.checks.stream import Stream
from tests.scenario.runs import chooser, world_of

NAMES = (
    "teardown-tasks",
    "teardown-no-wait-w1",
    "teardown-no-wait-reuse",
    "list-only-no-wait",
    "two-teardown-no-wait",
    "dynamic-reuse",
    "dynamic-reuse-no-kick",
    "dynamic-poison-no-kick",
    "dynamic-teardown-no-wait-w1",
    "enable-call-first-stale-literal",
    "grace-period-several",
    "grace-period-rcu-in-reader",
    "grace-period-tasks-preemption",
    "guarded-survivor-recursion",
    "deadlock-spin",
)
"""Scenarios that hold and that break, of every design and with every check at work."""

RUNS = range(8)


@cache
def recorded(name: str, run: int) -> tuple[Event, ...]:
    """The events of one run."""
    made = Run(world_of(name).image, chooser(name, run), record=True)
    made.bare()
    return tuple(made.log.events or ())


def fresh(name: str) -> tuple[Checker, Sometimes]:
    seen = Sometimes(cpus=2)
    return Checker([*world_of(name).settings.checks(), seen]), seen


def fed(checker: Checker, events: tuple[Event, ...]) -> Checker:
    for event in events:
        checker.feed(event)
    return checker


def judged(name: str, events: tuple[Event, ...]) -> tuple[Finding, ...]:
    return fed(fresh(name)[0], events).finish()


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_finds_what_its_original_finds(name: str) -> None:
    draw = random.Random(name)
    for run in RUNS:
        events = recorded(name, run)
        at = draw.randrange(len(events))
        original, seen = fresh(name)
        fed(original, events[:at])
        twin = original.copy()
        assert twin.state() == original.state()
        assert twin.findings == original.findings
        for number, event in enumerate(events[at:]):
            original.feed(event)
            twin.feed(event)
            if number % 25 == 0:
                assert twin.state() == original.state()
        assert twin.finish() == original.finish() == judged(name, events)
        (its,) = [check for check in twin._checks if isinstance(check, Sometimes)]
        assert its.seen == seen.seen


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_leaves_its_original_alone(name: str) -> None:
    """The copy goes first, to the end of the run; then the original, which must not have noticed."""
    draw = random.Random(f"alone {name}")
    for run in RUNS:
        events = recorded(name, run)
        at = draw.randrange(len(events))
        original, seen = fresh(name)
        fed(original, events[:at])
        before, seen_before = original.state(), seen.seen.copy()
        ahead = fed(original.copy(), events[at:]).finish()
        assert original.state() == before
        assert seen.seen == seen_before
        assert fed(original, events[at:]).finish() == ahead


def test_some_of_these_runs_break_something() -> None:
    """Otherwise nothing was compared."""
    broken = {
        found.invariant for name in NAMES for run in RUNS for found in judged(name, recorded(name, run))
    }
    assert broken >= {"INV-LIFE", "INV-GP", "INV-GPSELF", "INV-QUIET", "INV-LIT", "INV-COMPL"}


@pytest.mark.parametrize("name", NAMES)
def test_to_ask_for_the_state_changes_nothing(name: str) -> None:
    """Races forget what is settled when they are asked."""
    for run in RUNS:
        events = recorded(name, run)
        checker, _ = fresh(name)
        for event in events:
            checker.feed(event)
            checker.state()
        assert checker.finish() == judged(name, events)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_becomes_visible_early_executes(name: str) -> None:
    """States rely on it: no other store can come to stand in the past."""
    for run in RUNS:
        positions: set[int] = set()
        early: set[int] = set()
        for event in recorded(name, run):
            order = getattr(event, "order", 0)
            match type(event).__name__:
                case "Early":
                    early.add(order)
                case "Store" | "Maintain" if order in early:
                    early.discard(order)
                case "Store" | "Maintain" if order:
                    assert order > max(positions, default=0)
                case _:
                    continue
            positions.add(order)
        checker, _ = fresh(name)
        assert not fed(checker, recorded(name, run))._scene.early


# -- no field is forgotten ------------------------------------------------------------------------------------------


class Element:
    """Something that changes, in a container."""

    def copy(self) -> Element:
        return self


class Sample(list[Element]):
    """A value that a test puts in a field: alone, in a container, or in place of a part that is copied too."""

    def copy(self, *_: object) -> Sample:
        return self

    def __hash__(self) -> int:  # type: ignore[override]
        return 1


SAMPLE = Sample([Element()])


def changed(value: object) -> object:
    """A value of the same kind that is not this one."""
    match value:
        case list():
            return [*value, SAMPLE]
        case dict():
            return {**value, "sample": SAMPLE}
        case set():
            return {*value, SAMPLE}
        case _:
            return SAMPLE


def shown(value: object) -> object:
    """A value that is equal for copies: objects of the checks compare by identity."""
    match value:
        case list() | tuple():
            return [shown(each) for each in value]
        case dict():
            return {key: shown(each) for key, each in value.items()}
        case _ if type(value).__module__.startswith("ftrace_actors.checks") and not is_dataclass(value):
            return {name: shown(getattr(value, name)) for name in slots_of(type(value))}
        case _:
            return value


def slots_of(kind: type[Any]) -> set[str]:
    return {name for base in kind.__mro__ for name in vars(base).get("__slots__", ())}


def in_the_middle(name: str = "dynamic-reuse") -> Checker:
    events = recorded(name, 3)
    return fed(fresh(name)[0], events[: len(events) // 2])


def parts() -> Iterator[tuple[Any, tuple[Any, ...], set[str]]]:
    """Each object that is copied: with what its copy is given, and the fields that those are for."""
    checker = in_the_middle()
    scene = checker._scene.copy()
    yield checker._scene, (), set()
    for check in checker._checks:
        yield check, (scene, {}), {"scene", "_findings"}
        match check:
            case Life():
                yield check._generations, (), set()
                yield check._missed, (), set()
            case GraceUse():
                yield check._reach, (scene,), {"_scene"}
            case Completeness():
                yield check._patches, (), set()
                yield check._patches._by_number[1], (), set()
            case Unpredictables():
                yield check._races, (), set()
            case Sometimes():
                yield check._quiescence, (set(),), {"_seen"}
    yield from records()


def records() -> Iterator[tuple[Any, tuple[Any, ...], set[str]]]:
    """What is only there now and then."""
    stream = Stream()
    stream.call()
    stream.add(GracePeriod, "rcu", 1, "start", ("cpu0",), 0)
    stream.add(SynchronizeRcu, True, "rcu")
    stream.add(CrossCall, "do_sync_core", 1, "start", ("cpu1",))
    contract = GraceContract()
    checker = fed(Checker([contract]), tuple(stream.events))
    yield checker._scene.calls["reader"][0], (), set()
    yield checker._scene.registrations, (), set()
    yield contract._periods["rcu", 1], (), set()
    yield contract._asked["patcher"], (), set()
    yield contract._calls["patcher", 1], (), set()


PARTS = list(range(26))
"""By number, so that no world is built while tests are collected."""

ONCE_A_RUN = {"Behaviour", "Checker", "Horizon", "Horizons", "Owed"}
"""Made for one answer, or (the checker, and what says which runs are the same) copied by hand elsewhere."""


@cache
def all_parts() -> list[tuple[Any, tuple[Any, ...], set[str]]]:
    return list(parts())


def test_every_class_that_remembers_something_is_tried() -> None:
    package = Check.__module__.rpartition(".")[0]
    kinds = {
        kind
        for name, module in sys.modules.items()
        if name.startswith(f"{package}.")
        for kind in vars(module).values()
        if isinstance(kind, type) and kind.__module__ == name and not is_dataclass(kind)
    }
    remembering = {
        kind for kind in kinds if slots_of(kind) - {"scene", "_findings"} and "_" not in kind.__name__[1:]
    }
    tried = {type(part) for part, _, _ in all_parts()}
    assert {kind.__name__ for kind in remembering - tried} == ONCE_A_RUN
    assert len(all_parts()) == len(PARTS)


@pytest.mark.parametrize("number", PARTS)
def test_every_field_is_copied(number: int) -> None:
    part, given, wiring = all_parts()[number]
    for field in sorted(slots_of(type(part)) - wiring):
        mine = copy.copy(part)
        setattr(mine, field, changed(getattr(part, field)))
        twin = mine.copy(*given)
        assert shown(getattr(twin, field)) == shown(getattr(mine, field)), field
        if isinstance(getattr(part, field), list | dict | set):
            assert getattr(twin, field) is not getattr(mine, field), field
    twin = part.copy(*given)
    for field in wiring:
        assert getattr(twin, field) in given or any(getattr(twin, field) is each for each in given)


def test_what_is_inside_of_a_field_is_copied_too() -> None:
    """Lists in dicts, and objects that change: nothing of that kind is shared, however deep."""
    for name in NAMES:
        for run in RUNS:
            events = recorded(name, run)
            checker = fed(fresh(name)[0], events[: len(events) // 2])
            twin = checker.copy()
            assert not set(changeable(checker)) & set(changeable(twin))


def changeable(value: object) -> Iterator[int]:
    """The identities of all that may change, below an object."""
    if isinstance(value, list | dict | set):
        yield id(value)
        inside = [*value.keys(), *value.values()] if isinstance(value, dict) else list(value)
    elif isinstance(value, tuple):
        inside = list(value)
    elif type(value).__module__.startswith("ftrace_actors.checks") and not is_dataclass(value):
        yield id(value)
        inside = [getattr(value, name) for name in slots_of(type(value)) if name not in SHARED]
    else:
        return
    for each in inside:
        yield from changeable(each)


SHARED = {"_filters", "_handled", "_routines", "_hazards", "_kinds", "_table", "ended"}
"""What is given when a check is made and never changed; a table of methods; a call that is through, which is over."""


def test_a_checker_is_copied_whole() -> None:
    checker = in_the_middle()
    checker._finished = True
    twin = checker.copy()
    assert slots_of(Checker) == {"_checks", "_findings", "_finished", "_handled", "_scene", "_table"}
    assert twin._finished
    assert twin._findings == checker._findings
    assert twin._findings is not checker._findings
    assert all(check.scene is twin._scene and check._findings is twin._findings for check in twin._checks)
    for each in (checker, twin):
        for kind in EVENT_KINDS:
            each._bind(kind)
    mine = {id(check) for check in (*checker._checks, checker._scene)}
    handlers = [handler for table in twin._table.values() for handler in table]
    owners = {id(getattr(handler, "__self__", None)) for handler in handlers}
    assert {kind: len(table) for kind, table in twin._table.items()} == {
        kind: len(table) for kind, table in checker._table.items()
    }
    assert not owners & mine
