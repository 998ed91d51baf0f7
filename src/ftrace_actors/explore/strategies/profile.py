"""What a strategy may know about a scenario before its first run, and who writes it down in the runs that show it.

A step is known by what it does and what it touches (`RunInfo.pending`).  Two steps of different actors *race* when
they touch the same thing and one of them writes: only the order of such steps can make a difference.  What a step
writes follows from its name, and a step of an unknown name counts as a write.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from ...actors.choices import DullChooser, Kind, RunInfo

__all__ = ["Place", "Profile", "Profiler", "Step", "races", "writes"]

Place: TypeAlias = int | str
"""What a step touches: an address, or a name."""

Step: TypeAlias = tuple[str, Place]
"""What a step does, and what it touches."""

_ANY = 0.15
"""Probability that a drawn step is any one; else it is an instruction that is executed in company."""
_RACED = 0.5
"""Probability that it is then one that races."""
_READS = frozenset({"fetch", "mark", "isb", "dsb", "dmb", "start"})
_ATOMIC = ("ldadd", "ldclr", "ldeor", "ldset", "ldsmax", "ldsmin", "ldumax", "ldumin")


def writes(op: str) -> bool:
    """Whether a step of that name may change what it touches."""
    return op not in _READS and (not op.startswith("ld") or op.startswith(_ATOMIC))


def is_instruction(step: Step) -> bool:
    """Whether a step executes something: it is at or on an address."""
    return isinstance(step[1], int) and step[1] != 0


def races(one: Step, other: Step) -> bool:
    """Whether the order of two steps of different actors can make a difference."""
    return one[1] == other[1] and (writes(one[0]) or writes(other[0]))


@dataclass(frozen=True)
class Profile:
    """Facts of the scenario's dull run, and of one in which actors are late; they are the same in every process.

    Attributes:
        schedule_choices: how often it asked which actor moves, at most (`RunResult`). A strategy that must spread its
            changes over the length of a run (PCT's k) cannot learn it from earlier runs, or runs would not be
            reproducible alone.
        steps: the visible steps of each actor, by id, as far as another actor could have moved instead.
        early: of each actor, after how many of its steps it could have made something visible early.
        company: of each actor, how many of its steps it made before another one executed its first instruction. What
            it does before is hardly a matter of who moves: the others sleep.
        late: the steps of another run, in which all actors are late but the busiest. In the dull run callers may be
            over before anything is traced, so it alone does not show what they share with a patcher.
    """

    schedule_choices: int
    steps: tuple[tuple[Step, ...], ...] = ()
    early: tuple[tuple[int, ...], ...] = ()
    company: tuple[int, ...] = ()
    late: tuple[tuple[Step, ...], ...] = ()

    def late_movers(self) -> frozenset[int]:
        """Those that are late in the second run: all that execute instructions but the busiest; none where one does."""
        movers = self.movers(len(self.steps))
        return frozenset(movers) - {self.busiest(movers)} if len(movers) > 1 else frozenset()

    def busiest(self, movers: Sequence[int]) -> int:
        """Of some actors the one whose steps touch most different things, as a patcher's do; the lowest of such."""
        return max(movers, key=lambda actor: len(set(self.steps[actor])) if actor < len(self.steps) else 0)

    def work(self, actor: int) -> int:
        """How many steps an actor makes; 1 where nothing is known."""
        return max(1, len(self.steps[actor])) if actor < len(self.steps) else 1

    def instructions(self, actor: int) -> tuple[int, ...]:
        """The numbers of those of its steps that are at or on an address: it executes something there."""
        return self._instructions[actor]

    def movers(self, actors: int) -> Sequence[int]:
        """Those of a number of actors that execute instructions; where nobody does, all that move in the dull run.

        Where nothing is known, everybody.
        """
        known = range(min(actors, len(self.steps)))
        executing = [actor for actor in known if self.instructions(actor)]
        return executing or [actor for actor in known if self.steps[actor]] or range(actors)

    def wakes(self, actor: int, others: Sequence[int]) -> bool:
        """Whether it sends to what one of the others receives from."""
        sent = {place for op, place in self.steps[actor] if op == "send"}
        received = {
            place
            for other in others
            if other < len(self.steps)
            for op, place in self.steps[other]
            if op == "receive"
        }
        return not sent.isdisjoint(received)

    def draw_step(self, at: float, actor: int) -> int:
        """The number of a step of an actor, for a number from 0 to 1: an instruction, often one that races; or any.

        Any step may also be one of a longer run.
        """
        if actor >= len(self.steps):
            return int(at * max(1, self.schedule_choices))
        if at < _ANY:
            return int(at / _ANY * 2 * self.work(actor))
        at = (at - _ANY) / (1 - _ANY)
        raced, instructions = (
            self._in_company(self._races[actor], actor),
            self._in_company(self._instructions[actor], actor),
        )
        if raced and at < _RACED:
            return raced[int(at / _RACED * len(raced))]
        if raced:
            at = (at - _RACED) / (1 - _RACED)
        return instructions[int(at * len(instructions))] if instructions else int(at * self.work(actor))

    def _in_company(self, steps: tuple[int, ...], actor: int) -> tuple[int, ...]:
        """Those of its steps that it makes when others are awake; all where it is never so."""
        return steps[bisect_left(steps, self.company[actor]) :] or steps if self.company else steps

    @cached_property
    def _instructions(self) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(i for i, step in enumerate(steps) if is_instruction(step)) for steps in self.steps)

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
        for actor, steps in (*enumerate(self.steps), *enumerate(self.late)):
            for op, place in steps:
                by.setdefault(place, set()).add(actor)
                if writes(op):
                    written.add(place)
        return tuple(place for place, actors in by.items() if len(actors) > 1 and place in written)


class Profiler(DullChooser):
    """Makes the dull run, or one in which some actors are late, and writes down what a `Profile` says of a run.

    Args:
        late: actors that move only when nobody else can, once they have begun; then it is not the dull run.
    """

    __slots__ = ("_begun", "_early", "_last", "_late", "_pending", "_steps")

    def __init__(self, late: Iterable[int] = ()) -> None:
        self._late = frozenset(late)

    @property
    def is_dull(self) -> bool:
        """Whether it makes the dull run."""
        return not self._late

    def begin(self, run: RunInfo) -> None:
        """Start the books of each actor."""
        self._pending = run.pending
        self._steps: list[list[Step]] = [[] for _ in run.actors]
        self._early: list[list[int]] = [[] for _ in run.actors]
        # For each actor that has executed something: how many steps all had made then.
        self._begun: dict[int, tuple[int, ...]] = {}
        self._last = -1

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Option 0, but for actors that are late."""
        index = 0
        if kind is Kind.SCHEDULE:
            if self._late:
                index = min(range(len(actors)), key=lambda i: (self._lateness(actors[i]), i))
            self._last = actors[index]
            step = self._pending(self._last)
            if self._last not in self._begun and is_instruction(step):
                self._begun[self._last] = tuple(map(len, self._steps))
            self._steps[self._last].append(step)
        elif kind is Kind.EARLY and self._last >= 0:
            self._early[self._last].append(len(self._steps[self._last]))
        return index

    def _lateness(self, actor: int) -> int:
        """The last actor of all is the latest: as long as it can move, there is a choice, and steps are seen."""
        if actor == len(self._steps) - 1:
            return 2
        return int(actor in self._late and bool(self._steps[actor]))

    def profile(self, schedule_choices: int) -> Profile:
        """What was found out; after the run."""
        company = tuple(
            min((made[actor] for other, made in self._begun.items() if other != actor), default=0)
            for actor in range(len(self._steps))
        )
        steps, early = tuple(map(tuple, self._steps)), tuple(map(tuple, self._early))
        return Profile(schedule_choices, steps, early, company)
