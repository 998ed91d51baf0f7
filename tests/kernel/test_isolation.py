"""In a run that was put together no actor can reach another, and none writes to another's fields.

The rule that reads syntax trees (`tests/tidy/test_actors.py`) is a lint; here the objects themselves are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ftrace_actors.actors import Actor, Conductor, DullChooser, run_bare
from ftrace_actors.arm64.pe import PE
from ftrace_actors.events.recorder import Recorder
from ftrace_actors.kernel import books
from ftrace_actors.kernel.actor import KernelActor
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.image import Image
from ftrace_actors.kernel.machine import Machine
from ftrace_actors.scenario.run import Run

from .test_copies import world

SHARED = (
    *(getattr(books, name) for name in books.__all__),
    Machine,
    PE,  # its observer and its `choose` are those of its CPU
    Image,
    Recorder,
    Conductor,  # knows every actor; actors use its verbs only
)
"""What several actors hold; nobody looks for actors in there."""


@pytest.fixture
def system() -> System:
    return Run(world("dynamic-reuse").image, DullChooser()).system


def parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What an object holds, with how it is reached."""
    if isinstance(value, dict):
        yield from ((f"[{key!r}]", one) for key, one in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (("[]", one) for one in value)
    elif hasattr(value, "__self__"):
        yield ".__self__", value.__self__
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


def test_no_actor_can_reach_another(system: System) -> None:
    assert [way for actor in system.actors for way in others(actor)] == []


@pytest.mark.parametrize(
    "hide",
    [lambda other: other, lambda other: [[other]], lambda other: other.emit],
    ids=["itself", "in a list", "as a bound method"],
)
def test_an_actor_that_is_held_is_found(system: System, hide: Callable[[Actor], Any]) -> None:
    core = system.services["tracing_core"]
    core.request = hide(system.services["text_patcher"])
    assert others(core)


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


def test_no_actor_writes_to_another(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    assert written_from_outside(system, monkeypatch) == set()


def test_a_write_to_another_is_found(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    patcher, core = system.services["text_patcher"], system.services["tracing_core"]
    heard = core.heard

    def meddling(envelope: Any) -> Any:
        patcher.acting = "somebody"
        return heard(envelope)

    monkeypatch.setattr(type(core), "heard", lambda self, envelope: meddling(envelope))
    assert written_from_outside(system, monkeypatch) == {"TextPatcher.acting"}
