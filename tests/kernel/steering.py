"""A chooser that a test steers, and the run it gives: who moves first, what is read, when an interrupt comes.

Steering needs to look at the run (where a CPU stands, which task it runs), so the chooser is a watcher of it as well;
`steered` says what came of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ftrace_actors.actors import Chooser, Kind, RunInfo, RunOutcome, Status, Tape
from ftrace_actors.checks import Finding
from ftrace_actors.events import Event, Load
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.cpu import Cpu
from ftrace_actors.scenario import Run, Watcher, World

__all__ = ["Ran", "Steered", "last", "ranked", "steered"]

E = TypeVar("E", bound=Event)
Answer = Callable[[System, int], int]
Rank = Callable[[System, str], int]


def last(_: System, count: int) -> int:
    """The least dull option: the oldest write, the oldest word."""
    return count - 1


def ranked(*names: str) -> Rank:
    """Actors whose names are given move last, the one named last only when nobody else can."""
    return lambda _, name: names.index(name) + 1 if name in names else 0


class Steered(Watcher):
    """Asks `rank` for the actor to move (lowest first, ties as they stand), `answers` for everything else."""

    def __init__(self, rank: Rank | None = None, answers: Mapping[Kind, Answer] | None = None) -> None:
        self.rank = rank
        self.answers = answers or {}
        self.system: System | None = None
        self.names: tuple[str, ...] = ()

    def start(self, system: System) -> None:
        self.system = system

    def begin(self, run: RunInfo) -> None:
        self.names = run.actors

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        system = self.system
        assert system is not None
        if kind is Kind.SCHEDULE:
            rank = self.rank
            if rank is None:
                return 0
            return min(range(count), key=lambda index: rank(system, self.names[actors[index]]))
        answer = self.answers.get(kind)
        return min(answer(system, count), count - 1) if answer is not None else 0

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""


@dataclass(frozen=True)
class Ran:
    """A run, over."""

    system: System
    outcome: RunOutcome
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]
    tape: Tape

    def all(self, kind: type[E], **fields: object) -> list[E]:
        """Events of a kind whose fields have these values."""
        return [
            event
            for event in self.events
            if isinstance(event, kind) and all(getattr(event, key) == value for key, value in fields.items())
        ]

    def reads(self, word: str, task: str) -> list[int]:
        """What a task read from a shared word."""
        addr = self.system.image.symbols[word]
        return [event.value for event in self.all(Load, addr=addr, task=task)]

    @property
    def broken(self) -> set[str]:
        """Names of the invariants that broke."""
        return {finding.invariant for finding in self.findings}


def current(system: System) -> Cpu | None:
    """The CPU that is asking, if it is one."""
    actor = system.conductor.current
    return actor if isinstance(actor, Cpu) else None


class _Prepared(Watcher):
    """Lets a test change the system before the first step."""

    def __init__(self, prepare: Callable[[System], None]) -> None:
        self._prepare = prepare

    def start(self, system: System) -> None:
        self._prepare(system)


async def steered(
    world: World, chooser: Chooser, *, done: bool = True, prepare: Callable[[System], None] | None = None
) -> Ran:
    """Run a world, each actor a trio task; every kernel task must get to its end unless `done` is false.

    `prepare` may change the system before the first step.
    """
    watchers: list[Watcher] = [chooser] if isinstance(chooser, Steered) else []
    if prepare is not None:
        watchers.append(_Prepared(prepare))
    run = Run(world.image, chooser, checks=world.settings.checks(), watchers=watchers, record=True)
    outcome = await run.trio()
    assert not done or outcome.status is Status.DONE, outcome.render()
    return Ran(run.system, outcome, tuple(run.log.events or ()), run.checker.finish(), run.tape)
