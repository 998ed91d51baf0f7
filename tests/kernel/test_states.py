"""Two runs that would go on differently have different states, and looking at a run does not change its state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from ftrace_actors.actors import copying
from ftrace_actors.actors.drivers.stepping import run_in_steps
from ftrace_actors.kernel.boot import System

from .test_copies import Drawn, nobody, other_than, started, world


@pytest.fixture(scope="module")
def parked() -> Iterator[System]:
    """A run in its middle, with a task that waits for its turn to take a lock."""
    system, _ = started(world("deadlock-spin"), 2)
    steps = run_in_steps(system.conductor)
    for _ in range(40):
        next(steps)
    yield system
    steps.close()


def changed(value: object) -> object:
    return "another" if value is None or isinstance(value, str) else other_than(value)


def of_the_run(system: System) -> Iterator[tuple[str, Any, str]]:
    """What the runtime keeps that decides how a run goes on: a name, the object, and its field."""
    run = system.conductor
    for name in copying._KEPT:
        yield f"conductor.{name}", run, name
    for name in copying._KEPT_OF_ACTORS:
        yield f"actor.{name}", system.cpus[0], name
    for name in run._rounds.__slots__:
        yield f"rounds.{name}", run._rounds, name
    yield "tape.frozen", run.tape, "frozen"
    yield "log.seq", system.log, "seq"
    yield "letters.waiter", next(iter(run._letters.values())), "waiter"


def test_every_book_of_the_runtime_is_in_the_state(parked: System, monkeypatch: pytest.MonkeyPatch) -> None:
    before = parked.state()
    names = []
    for name, owner, field in of_the_run(parked):
        with monkeypatch.context() as patch:
            patch.setattr(owner, field, changed(getattr(owner, field)))
            assert parked.state() != before, name
            hash(parked.state())
        names.append(name)
    assert parked.state() == before
    assert {"actor.timed", "actor.due", "actor.fired", "conductor.now", "conductor.progress"} <= set(names)


def test_who_waits_with_a_guard_and_whose_turn_it_is_are_in_the_state(parked: System) -> None:
    run, before = parked.conductor, parked.state()
    run._guarded.append(parked.cpus[0])
    assert parked.state() != before
    run._guarded.pop()
    asking, run._asking = run._asking, None
    assert parked.state() != before
    run._asking = asking
    assert parked.state() == before


def test_all_locks_are_there_before_anybody_uses_or_looks_at_one() -> None:
    system, _ = started(world("deadlock-spin"), 2)
    before = system.state()
    locks = system.books.locks
    assert locks.FTRACE_LOCK in locks.mutexes
    assert len(locks.mutexes) > 1
    for name in reversed(locks.mutexes):
        assert system.mutex(name).name == name
    with pytest.raises(KeyError):
        system.mutex("a lock that no task uses")
    assert system.state() == before


class Part(NamedTuple):
    """A field of something that copies itself by hand, and what gives it another value."""

    owner: Callable[[System], Any]
    field: str
    change: Callable[[Any], object]


PARTS = [
    Part(lambda run: run.books.ops, "ops", lambda book: setattr(next(iter(book.ops.values())), "prov", 99)),
    Part(lambda run: run.books.ops, "records", lambda book: setattr(book.records[0], "word", 7)),
    Part(
        lambda run: run.books.ops,
        "registered",
        lambda book: book.registered.append(book.ops["ftrace_nop_ops"]),
    ),
    Part(lambda run: run.books.ops, "texts", lambda book: book.texts.update(nobody="a text")),
    Part(lambda run: run.books.tasks, "tasks", lambda book: setattr(book.tasks[0], "position", 7)),
    Part(lambda run: run.books.locks, "mutexes", lambda book: book.mutex("ftrace_lock").waiters.append("x")),
    Part(lambda run: run.books.numbers, "drawn", lambda book: book.draw()),
    Part(lambda run: run.machine, "reserved", lambda machine: machine.reserved.update({7: frozenset({8})})),
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.field)
def test_what_copies_itself_by_hand_leaves_nothing_out(
    part: Part, parked: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy has each changed field; a copy that keeps the old one is found out."""
    run, old = parked.copy(Drawn(0), nobody), parked.copy(Drawn(0), nobody)
    before = run.state()
    part.change(part.owner(run))
    assert run.state() != before
    assert run.copy(Drawn(0), nobody).state() == run.state()
    kind = type(part.owner(run))
    whole = kind.copy

    def all_but_one(self: object, *args: object) -> object:
        made = whole(self, *args)
        setattr(made, part.field, getattr(part.owner(old), part.field))
        return made

    monkeypatch.setattr(kind, "copy", all_but_one)
    assert run.copy(Drawn(0), nobody).state() != run.state()
