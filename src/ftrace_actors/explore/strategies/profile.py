"""What a strategy may know about a scenario before its first run, and the dull run that finds it out.

A step is known by what it does and what it touches (`RunInfo.pending`).  Two steps of different actors *race* when
they touch the same thing and one of them writes: only the order of such steps can make a difference.  What a step
writes follows from its name, and a step of an unknown name counts as a write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TypeAlias

from ...actors.choices import DullChooser, Kind, RunInfo

__all__ = ["Place", "Profile", "Profiler", "Step", "races", "writes"]

Place: TypeAlias = int | str
"""What a step touches: an address, or a name."""

Step: TypeAlias = tuple[str, Place]
"""What a step does, and what it touches."""

_ANY, _RACED = 0.2, 0.6
"""A drawn step is any one below the first, an instruction that races below the second, and else any instruction."""
_READS = frozenset({"fetch", "mark", "isb", "dsb", "dmb", "start"})
_ATOMIC = ("ldadd", "ldclr", "ldeor", "ldset", "ldsmax", "ldsmin", "ldumax", "ldumin")


def writes(op: str) -> bool:
    """Whether a step of that name may change what it touches."""
    return op not in _READS and (not op.startswith("ld") or op.startswith(_ATOMIC))


def races(one: Step, other: Step) -> bool:
    """Whether the order of two steps of different actors can make a difference."""
    return one[1] == other[1] and (writes(one[0]) or writes(other[0]))


@dataclass(frozen=True)
class Profile:
    """Facts of the scenario's dull run, which are the same in every process.

    Attributes:
        schedule_choices: how often it asked which actor moves. A strategy that must spread its changes over
            the length of a run (PCT's k) cannot learn it from earlier runs, or runs would not be
            reproducible alone.
        steps: the visible steps of each actor, by id, as far as another actor could have moved instead.
        early: of each actor, after how many of its steps it could have made something visible early.
    """

    schedule_choices: int
    steps: tuple[tuple[Step, ...], ...] = ()
    early: tuple[tuple[int, ...], ...] = ()

    def work(self, actor: int) -> int:
        """How many steps an actor makes; 1 where nothing is known."""
        return max(1, len(self.steps[actor])) if actor < len(self.steps) else 1

    def instructions(self, actor: int) -> tuple[int, ...]:
        """The numbers of those of its steps that are at or on an address: it executes something there."""
        return self._instructions[actor]

    def races_of(self, actor: int) -> tuple[int, ...]:
        """The numbers of those of them that touch what another actor touches, one of the two writing."""
        return self._races[actor]

    def movers(self, actors: int) -> Sequence[int]:
        """Those of a number of actors that execute instructions; where nobody does, all that move in the dull run.

        Where nothing is known, everybody.
        """
        known = range(min(actors, len(self.steps)))
        executing = [actor for actor in known if self.instructions(actor)]
        return executing or [actor for actor in known if self.steps[actor]] or range(actors)

    def draw_step(self, rng: Random, actor: int) -> int:
        """The number of a step of an actor: an instruction, often one that races; or any, also of a longer run."""
        if actor >= len(self.steps):
            return rng.randrange(max(1, self.schedule_choices))
        at = rng.random()
        if at < _ANY:
            return rng.randrange(2 * self.work(actor))
        raced = self.races_of(actor)
        if raced and at < _RACED:
            return rng.choice(raced)
        return rng.choice(self.instructions(actor) or range(self.work(actor)))

    @cached_property
    def _instructions(self) -> tuple[tuple[int, ...], ...]:
        return tuple(
            tuple(i for i, (_, place) in enumerate(steps) if isinstance(place, int) and place)
            for steps in self.steps
        )

    @cached_property
    def _races(self) -> tuple[tuple[int, ...], ...]:
        racing = frozenset(self.racing)
        return tuple(
            tuple(i for i in places if steps[i][1] in racing)
            for steps, places in zip(self.steps, self._instructions, strict=True)
        )

    @cached_property
    def racing(self) -> tuple[Place, ...]:
        """What two actors touch and one of them writes, in the order in which it is first touched."""
        by: dict[Place, set[int]] = {}
        written: set[Place] = set()
        for actor, steps in enumerate(self.steps):
            for op, place in steps:
                by.setdefault(place, set()).add(actor)
                if writes(op):
                    written.add(place)
        return tuple(place for place, actors in by.items() if len(actors) > 1 and place in written)


class Profiler(DullChooser):
    """Makes the dull run and writes down what a `Profile` says of it."""

    __slots__ = ("_early", "_last", "_pending", "_steps", "choices")

    def begin(self, run: RunInfo) -> None:
        """Start the books of each actor."""
        self.choices = 0
        self._pending = run.pending
        self._steps: list[list[Step]] = [[] for _ in run.actors]
        self._early: list[list[int]] = [[] for _ in run.actors]
        self._last = -1

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Option 0."""
        if kind is Kind.SCHEDULE:
            self._last = actors[0]
            self._steps[self._last].append(self._pending(self._last))
        elif kind is Kind.EARLY and self._last >= 0:
            self._early[self._last].append(len(self._steps[self._last]))
        return 0

    def profile(self, schedule_choices: int) -> Profile:
        """What was found out; after the run."""
        return Profile(schedule_choices, tuple(map(tuple, self._steps)), tuple(map(tuple, self._early)))
