"""A run may be copied wherever it parks: original and copy go on alike, whatever the place.

The runs are made in steps, so that everybody is parked before every decision; a copy is compared with its original as a
value at once, and event by event at the end.
"""

from __future__ import annotations

import copy
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import trio

from ftrace_actors.actors import Conductor, DullChooser, Kind, RunOutcome, run_bare
from ftrace_actors.actors.drivers.stepping import run_in_steps
from ftrace_actors.actors.drivers.trio_driver import run_trio
from ftrace_actors.actors.stepping import SteppedConductor
from ftrace_actors.checks import Checker
from ftrace_actors.events import Event
from ftrace_actors.kernel import (
    actor,
    allocator,
    books,
    boot,
    collector,
    cpu,
    ftrace,
    locks,
    patcher,
    task,
)
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.values import give
from ftrace_actors.scenario import World, build, load
from ftrace_actors.scenario.run import Run
from tests.scenario.runs import SCENARIOS

NAMES = (
    "teardown-tasks",
    "two-teardown-tasks",
    "dynamic-reuse",
    "grace-period-several",
    "deadlock-spin",
    "guarded-survivor",
)
"""Scenarios that together use every actor, every item and every book."""


class Drawn(DullChooser):
    """Mostly dull; draws from a generator that is made anew for each choice, so that its state is one number."""

    def __init__(self, seed: int, asked: int = 0) -> None:
        self.seed = seed
        self.asked = asked

    def copy(self) -> Drawn:
        return Drawn(self.seed, self.asked)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        self.asked += 1
        draw = random.Random(f"{self.seed} {self.asked}")
        often = 0.25 if kind in (Kind.SCHEDULE, Kind.TIMER) else 0.1
        return draw.randrange(count) if draw.random() < often else 0


def nobody(event: Event) -> None:
    """Takes events that a recorder keeps anyhow."""


def world(name: str) -> World:
    return build(load(SCENARIOS / f"{name}.toml"))


def started(made: World, seed: int) -> tuple[System, Drawn]:
    chooser = Drawn(seed)
    return Run(made.image, chooser, record=True, conducting=SteppedConductor).system, chooser


def copies(
    made: World, seed: int, wanted: Callable[[int], bool], conducting: type[Conductor] = Conductor
) -> tuple[System, RunOutcome, list[System]]:
    """A run, over, with copies of it from before its decisions of those numbers."""
    system, chooser = started(made, seed)
    found: list[System] = []
    steps = run_in_steps(system.conductor)
    number = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return system, end.value, found
        if wanted(number):
            twin = system.copy(chooser.copy(), nobody, conducting)
            assert twin.state() == system.state()
            assert hash(twin.state()) == hash(system.state())
            found.append(twin)
        number += 1


def verdict(made: World, system: System) -> object:
    checker = Checker(made.settings.checks())
    for event in system.log.events or ():
        checker.feed(event)
    return checker.finish()


def same(original: System, twin: System, outcome: RunOutcome, ended: RunOutcome) -> None:
    assert ended == outcome
    assert twin.conductor.tape.picks == original.conductor.tape.picks
    assert twin.log.events == original.log.events
    assert twin.state() == original.state()
    assert twin.conductor.statistics() == original.conductor.statistics()


def follow(name: str, seeds: Iterator[int] | range, every: int) -> int:
    """How many copies went the way of their originals."""
    made, count = world(name), 0
    for seed in seeds:
        original, outcome, found = copies(
            made, seed, lambda number, seed=seed: number % every == seed % every
        )
        judged = verdict(made, original)
        for at, twin in enumerate(found):
            same(original, twin, outcome, run_bare(twin.conductor))
            if at % 10 == 0:
                assert verdict(made, twin) == judged
        count += len(found)
    return count


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_goes_the_way_of_its_original(name: str) -> None:
    assert follow(name, range(1), 31) > 3


@pytest.mark.soak
@pytest.mark.parametrize("name", NAMES)
def test_every_park_of_fifty_runs_can_be_copied(name: str) -> None:
    """Nine runs of each scenario, before every decision."""
    assert follow(name, range(100, 109), 1) > 500


def test_copies_leave_each_other_alone() -> None:
    """One original, copied twice at a place; one copy goes another way, the other does not notice."""
    made = world("teardown-tasks")
    system, chooser = started(made, 3)
    steps = run_in_steps(system.conductor)
    for _ in range(60):
        next(steps)
    before = system.state()
    kept = system.copy(chooser.copy(), nobody, Conductor)
    other = system.copy(Drawn(99), nobody, Conductor)
    run_bare(other.conductor)
    assert system.state() == kept.state() == before
    assert other.state() != before
    steps.close()


def test_a_copy_of_a_copy_is_a_copy() -> None:
    made = world("teardown-tasks")
    original, outcome, (twin,) = copies(made, 5, lambda number: number == 40, SteppedConductor)
    chooser = twin.conductor.tape.chooser
    assert isinstance(chooser, Drawn)
    steps = run_in_steps(twin.conductor)
    for _ in range(30):
        next(steps)
    again = twin.copy(chooser.copy(), nobody, Conductor)
    steps.close()
    same(original, again, outcome, run_bare(again.conductor))


@pytest.mark.parametrize("name", ["teardown-tasks", "deadlock-spin"])
def test_a_copy_goes_on_under_trio(name: str) -> None:
    made = world(name)
    original, outcome, found = copies(made, 1, lambda number: number % 50 == 7)
    assert found
    for twin in found:
        same(original, twin, outcome, trio.run(run_trio, twin.conductor))


def test_a_run_in_steps_is_the_run() -> None:
    made = world("two-teardown-tasks")
    system, outcome, _ = copies(made, 7, lambda number: False)
    plain = Run(made.image, Drawn(7), record=True).system
    assert run_bare(plain.conductor) == outcome
    assert plain.log.events == system.log.events
    assert plain.state() == system.state()


STATEFUL: list[tuple[type[Any], frozenset[str]]] = [
    (cpu.Cpu, frozenset({"arrived", "books", "config", "inbox", "machine", "mail", "number", "pe", "rq"})),
    (ftrace.TracingCore, frozenset({"core_view"})),
    (patcher.TextPatcher, frozenset()),
    (allocator.OpsAllocator, frozenset()),
    (boot.TextAllocator, frozenset()),
    (boot.Rcu, frozenset({"flavour"})),
    (boot.RcuTasks, frozenset({"flavour"})),
    (boot.RcuTasksRude, frozenset({"flavour"})),
    (boot.Scheduler, frozenset()),
    (boot.Timekeeper, frozenset()),
    (task.Task, frozenset({"actions", "cpus", "kthread", "mailbox", "name", "number"})),
    (books.RunQueue, frozenset({"current", "number", "queue"})),
    (books.GraceBook, frozenset()),
    (locks.Mutex, frozenset({"name"})),
    (collector.Collector, frozenset()),
]
"""Classes with a `STATE`, and which of their public slots are wiring: given when they are made, or copied by hand."""

OF_ANY_ACTOR = {"conductor", "cpu_number", "drop", "image", "log"}


def derived(kind: type[Any]) -> Iterator[type[Any]]:
    """All classes below one, however far."""
    for below in kind.__subclasses__():
        yield below
        yield from derived(below)


def test_every_class_with_a_state_is_listed() -> None:
    """Actors are found by their base; whatever else has a `STATE` of its own, in the modules of the kernel."""
    package = boot.KernelActor.__module__.rpartition(".")[0]
    actors = {kind for kind in derived(boot.KernelActor) if kind.__module__.startswith(package)}
    concrete = {kind for kind in actors if not actors & set(kind.__subclasses__())}
    others = {
        kind
        for name, module in sys.modules.items()
        if name.startswith(f"{package}.")
        for kind in vars(module).values()
        if isinstance(kind, type) and "STATE" in vars(kind) and not issubclass(kind, boot.KernelActor)
    }
    assert concrete | others == {kind for kind, _ in STATEFUL}


@pytest.mark.parametrize(("kind", "wiring"), STATEFUL, ids=lambda value: getattr(value, "__name__", ""))
def test_every_field_is_state_or_wiring(kind: type[Any], wiring: frozenset[str]) -> None:
    """A field that nobody decided about is neither copied nor compared."""
    slots = {
        name
        for base in kind.__mro__
        for name in getattr(base, "__slots__", ())
        if base.__module__ != "typing"
    }
    runtime = {
        "daemon",
        "due",
        "finished",
        "fired",
        "guard",
        "id",
        "inboxes",
        "name",
        "obj",
        "op",
        "point",
        "timed",
    }
    if issubclass(kind, boot.KernelActor):
        slots -= OF_ANY_ACTOR | runtime | {"waits_for"}
    private = {name for name in slots if name.startswith("_")} - set(kind.STATE)
    assert slots - private - wiring == set(kind.STATE)
    assert private <= {
        "_book", "_books", "_conductor", "_cpus", "_image", "_inbox", "_kernel", "_numbers", "_ops", "_patcher",
        "_queues", "_rcu", "_replies", "_reports", "_reserved", "_scheduler", "_steps", "_tasks", "_template",
        "_text_allocator",
        "_timeline", "_warn",
    }  # fmt: skip


SENTINEL = "left here by a test"


def instances(system: System, kind: type[Any]) -> list[Any]:
    """Every object of a class in a run."""
    tasks = system.tasks
    grace = list(system.books.grace.values())
    collectors = (
        [book.collector for book in grace] + [each.awaits for each in tasks] + [each.kick for each in tasks]
    )
    found: list[Any] = [
        *system.actors,
        *tasks,
        *system.books.queues,
        *grace,
        *collectors,
        *system.books.locks.mutexes.values(),
    ]
    return [each for each in found if type(each) is kind]


@pytest.fixture(scope="module")
def parked() -> Iterator[System]:
    """A run in its middle."""
    system, _ = started(world("dynamic-reuse"), 2)
    steps = run_in_steps(system.conductor)
    for _ in range(80):
        next(steps)
    yield system
    steps.close()


@pytest.mark.parametrize("kind", [kind for kind, _ in STATEFUL], ids=lambda kind: kind.__name__)
def test_a_field_that_is_left_out_of_a_copy_is_found(
    kind: type[Any], parked: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each field in turn has a value of its own: a copy has it too, and without it is no equal of the original."""
    running = [each.current for each in parked.cpus]
    found = instances(parked, kind)
    assert found, "no object of this class is in the run, so nothing would be tried"
    for instance in found:
        # The context of a task that runs is copied with its PE.
        elsewhere = {"private", "regs"} if instance in running else set()
        for field in sorted(set(kind.STATE) - elsewhere):
            with monkeypatch.context() as patch:
                patch.setattr(instance, field, SENTINEL)
                assert parked.copy(Drawn(0), nobody).state() == parked.state(), field
                leave_out(kind, field, patch)
                assert parked.copy(Drawn(0), nobody).state() != parked.state(), field


def leave_out(kind: type[Any], field: str, patch: pytest.MonkeyPatch) -> None:
    def give_all_but_one(source: object, target: object, names: Sequence[str]) -> None:
        give(source, target, [name for name in names if not (name == field and isinstance(source, kind))])

    for module in (actor, books, collector, locks, task):
        patch.setattr(module, "give", give_all_but_one)


def test_all_of_a_pe_is_copied(parked: System) -> None:
    wiring = {"choose", "cpu", "observer", "options", "program", "timeline"}
    mine = copy.copy(parked.pes[0])
    slots = sorted({name for base in type(mine).__mro__ for name in getattr(base, "__slots__", ())} - wiring)
    for name in slots:
        setattr(mine, name, other_than(getattr(mine, name)))
    its = parked.copy(Drawn(0), nobody).pes[0]
    mine.copy_to(its)
    assert {name: getattr(its, name) for name in slots} == {name: getattr(mine, name) for name in slots}
    changing = [name for name in slots if isinstance(getattr(mine, name), list | dict | set)]
    assert not [name for name in changing if getattr(its, name) is getattr(mine, name)]


def other_than(value: object) -> object:
    """A value of the same kind that is not this one."""
    match value:
        case list():
            return [*value, SENTINEL]
        case dict():
            return {**value, -1: SENTINEL}
        case bool():
            return not value
        case int():
            return value + 1
        case _:
            return SENTINEL


def test_all_of_a_conductor_is_copied(parked: System) -> None:
    """What it knows of the run; hooks and the driver's things are set anew."""
    source = parked.conductor
    anew = {
        "_choose", "_early", "_entering", "_factory", "_failures", "_outcome", "actors", "closing", "finished", "park",
        "rounds", "steps_max", "suffix_max", "tape", "wait_edges",
    }  # fmt: skip
    numbers = {"_limit", "_messages", "_passes", "_preemptions", "now", "progress", "steps"}
    plainly = {"_hash", "_ready", "_reason", "_suffix", "_true"}
    by_name = {"_asking", "_copied", "_guarded", "_letters", "_listed", "_rounds", "current"}
    assert set(vars(source)) == anew | numbers | plainly | by_name
    with pytest.MonkeyPatch.context() as patch:
        for at, name in enumerate(sorted(numbers)):
            patch.setattr(source, name, 1000 + at)
        patch.setattr(source, "_reason", SENTINEL)
        other = parked.copy(Drawn(0), nobody).conductor
    for name in plainly - {"_reason"}:
        assert getattr(other, name) == getattr(source, name), name
    assert other._reason == SENTINEL
    assert [getattr(other, name) for name in sorted(numbers)] == [1000 + at for at in range(len(numbers))]
    assert repr(other._asking) == repr(source._asking)
    assert repr(other._guarded) == repr(source._guarded)
    assert other.mail() == source.mail()
    for mine, its in zip(other.actors, source.actors, strict=True):
        assert (mine.timed, mine.due, mine.fired) == (its.timed, its.due, its.fired)
