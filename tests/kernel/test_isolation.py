"""In a run, at any place of it, no actor can reach another, and none changes another.

The rule that reads syntax trees (`tests/tidy/test_actors.py`) is a lint; here the objects themselves are looked at, in
worlds of every design.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType
from typing import Any

import pytest

from ftrace_actors.actors import Actor, Conductor, run_bare
from ftrace_actors.actors.drivers.stepping import run_in_steps
from ftrace_actors.actors.stepping import SteppedConductor
from ftrace_actors.events.recorder import Recorder
from ftrace_actors.kernel.actor import KernelActor
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.designs import DESIGNS
from ftrace_actors.kernel.image import Image
from ftrace_actors.scenario.run import Run
from tests.kernel_books import SHARED_STATE

from .test_copies import NAMES, Drawn, world

SHARED = (Image, Recorder, Conductor)
"""What every actor holds and nobody looks into for actors.

The conductor knows all of them; to actors it is a `Conducting`, which has no list of actors.  The recorder feeds the
checks, and the image, which never changes, is large.  Books, PEs and the timeline are looked into.
"""

WORLDS = (*NAMES, "list-only-teardown", "pair-global-ops-tasks", "two-handover-wait")
"""Every design, every actor, every book."""


class Watched(SteppedConductor):
    """Remembers whose decisions it made since somebody looked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.moved: set[int] = set()

    def decide(self, actor: Actor) -> Actor:
        self.moved.add(actor.id)
        return super().decide(actor)


def begun(name: str, conducting: type[Conductor] = Conductor) -> System:
    return Run(world(name).image, Drawn(3), conducting=conducting).system


@pytest.fixture
def system() -> System:
    return begun("dynamic-reuse")


def parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What an object holds, with how it is reached."""
    if isinstance(value, dict):
        yield from ((f"[{key!r}]", one) for key, one in value.items())
        yield from ((".keys()", key) for key in value)
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (("[]", one) for one in value)
    elif isinstance(value, partial):
        yield from ((f".{name}", getattr(value, name)) for name in ("func", "args", "keywords"))
    elif isinstance(value, FunctionType):
        yield from ((".__closure__", cell.cell_contents) for cell in value.__closure__ or ())
        yield from ((".__defaults__", one) for one in value.__defaults__ or ())
    elif inspect.isgenerator(value):
        if value.gi_frame is not None:
            yield from ((f".{name}", one) for name, one in value.gi_frame.f_locals.items())
    elif inspect.ismethod(value):
        yield ".__self__", value.__self__
        yield ".__func__", value.__func__
    elif type(value).__module__.startswith("ftrace_actors."):
        names = {name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())}
        names |= set(getattr(value, "__dict__", ()))
        yield from ((f".{name}", getattr(value, name)) for name in sorted(names) if hasattr(value, name))


def others(actor: Actor) -> list[str]:
    """Ways from an actor to another one."""
    found, met, waiting = [], {id(actor)}, [(actor.name, actor)]
    while waiting:
        way, value = waiting.pop()
        for step, part in parts(value):
            if id(part) in met or isinstance(part, SHARED):
                continue
            met.add(id(part))
            if isinstance(part, Actor):
                found.append(way + step)
            else:
                waiting.append((way + step, part))
    return found


def test_worlds_have_every_design() -> None:
    assert {world(name).scenario.spec.design.name for name in WORLDS} == set(DESIGNS)


@pytest.mark.parametrize("name", WORLDS)
def test_no_actor_can_reach_another_wherever_a_run_is(name: str) -> None:
    system = begun(name, SteppedConductor)
    found = [way for actor in system.actors for way in others(actor)]
    for number, _ in enumerate(run_in_steps(system.conductor)):
        if number % 60 == 30:
            found += [way for actor in system.actors for way in others(actor)]
    assert found + [way for actor in system.actors for way in others(actor)] == []


def asking_for(other: Any) -> Iterator[Any]:
    yield other


def started_on(other: Any) -> Iterator[Any]:
    steps = asking_for(other)
    next(steps)
    return steps


@pytest.mark.parametrize(
    "hide",
    [
        lambda other: other,
        lambda other: [[other]],
        lambda other: {other: 1},
        lambda other: other.emit,
        lambda other: lambda: other,
        lambda other: lambda it=other: it,
        lambda other: partial(print, other),
        started_on,
    ],
    ids=["itself", "in a list", "as a key", "a method", "a closure", "a default", "a partial", "a generator"],
)
def test_an_actor_that_is_held_is_found(system: System, hide: Callable[[Actor], Any]) -> None:
    core = system.services["tracing_core"]
    core.request = hide(system.services["text_patcher"])
    assert others(core)


def test_an_actor_that_is_in_a_book_is_found(system: System) -> None:
    system.books.ops.texts["mine"] = system.services["text_patcher"]
    assert others(system.services["tracing_core"])


@pytest.mark.parametrize("name", WORLDS)
def test_no_actor_changes_while_others_move(name: str) -> None:
    """However it is done: by an attribute, a list that both hold, or a method."""
    assert changed_from_outside(begun(name, Watched)) == set()


def test_a_change_by_way_of_a_list_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    system = begun("dynamic-reuse", Watched)
    patcher, core = system.services["text_patcher"], system.services["tracing_core"]
    heard, both_hold = core.heard, patcher.agenda

    def meddling(envelope: Any) -> Any:
        both_hold.append("something")
        return heard(envelope)

    monkeypatch.setattr(type(core), "heard", lambda self, envelope: meddling(envelope))
    assert changed_from_outside(system) == {"text_patcher"}


def changed_from_outside(system: System) -> set[str]:
    """Make the run until it is found; names of actors whose state changed while only others moved."""
    conductor = system.conductor
    assert isinstance(conductor, Watched)
    known = {actor.id: actor.state() for actor in system.actors}
    found: set[str] = set()
    for _ in run_in_steps(conductor):
        for actor in system.actors:
            state = actor.state()
            if state != known[actor.id] and actor.id not in conductor.moved:
                found.add(actor.name)
            known[actor.id] = state
        conductor.moved.clear()
        if found:
            break
    return found


def written_from_outside(system: System, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Run; fields of actors that were assigned while another actor held the baton."""
    runtime = set(Actor.__slots__)  # the conductor's book about an actor
    found: set[str] = set()
    conductor = system.conductor

    def noted(self: KernelActor[Any], name: str, value: object) -> None:
        if name not in runtime and conductor.current is not self:
            found.add(f"{type(self).__name__}.{name}")
        object.__setattr__(self, name, value)

    monkeypatch.setattr(KernelActor, "__setattr__", noted)
    run_bare(conductor)
    return found


@pytest.mark.parametrize("name", WORLDS)
def test_no_actor_writes_to_another(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert written_from_outside(begun(name), monkeypatch) == set()


def test_a_write_to_another_is_found(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    patcher, core = system.services["text_patcher"], system.services["tracing_core"]
    heard = core.heard

    def meddling(envelope: Any) -> Any:
        patcher.acting = "somebody"
        return heard(envelope)

    monkeypatch.setattr(type(core), "heard", lambda self, envelope: meddling(envelope))
    assert written_from_outside(system, monkeypatch) == {"TextPatcher.acting"}


def writers(system: System, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Run; of each class of shared state, the modules of the kernel that assigned one of its fields."""
    found: dict[str, set[str]] = {}

    def noting(name: str) -> Callable[[object, str, object], None]:
        def noted(self: object, field: str, value: object) -> None:
            room, _, module = sys._getframe(1).f_globals["__name__"].rpartition(".")
            if room.endswith(".kernel"):
                found.setdefault(name, set()).add(module)
            object.__setattr__(self, field, value)

        return noted

    for kind in {written.kind for written in SHARED_STATE}:
        monkeypatch.setattr(kind, "__setattr__", noting(kind.__name__))
    run_bare(system.conductor)
    return found


def allowed() -> dict[str, frozenset[str]]:
    """The table as far as classes go."""
    found: dict[str, frozenset[str]] = {}
    for written in SHARED_STATE:
        name = written.kind.__name__
        found[name] = found.get(name, frozenset()) | written.modules
    return found


@pytest.mark.parametrize("name", WORLDS)
def test_shared_state_is_written_where_the_table_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the variable is called by which it is written."""
    found, table = writers(begun(name), monkeypatch), allowed()
    assert {kind: modules - table[kind] for kind, modules in found.items() if modules - table[kind]} == {}
    assert {"Task", "RunQueue", "Record", "PE"} <= found.keys()


def test_a_write_from_another_module_is_found(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """A patcher that calls a task by another name, as text alone does not show."""
    patcher = system.services["text_patcher"]
    source = "def meddling(self, envelope):\n    self._ops.records[0].count += 0\n    return heard(self, envelope)\n"
    room = {"__name__": "ftrace_actors.kernel.patcher", "heard": type(patcher).heard}
    exec(source, room)
    monkeypatch.setattr(type(patcher), "heard", room["meddling"])
    assert "patcher" in writers(system, monkeypatch)["Record"] - allowed()["Record"]
