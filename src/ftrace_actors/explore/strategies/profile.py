"""What a strategy may know about a scenario before its first run.

A step is known by what it does and what it touches (`RunInfo.pending`).  Two steps of different actors *race* when
they touch the same thing and one of them writes: only the order of such steps can make a difference.  What a step
writes follows from its name, and a step of an unknown name counts as a write.

Up to three runs are looked at (`numbered.profiling`), because none of them shows all.  In the dull run callers may be
over before anything is traced: so there is one in which they are *late*, which shows what their code is then.  And once
callers are over the patcher is alone; what one actor does alone is never chosen, so it is not seen.  So there is one in
which callers are *held* as long as anybody else can move.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

__all__ = ["Place", "Profile", "Shown", "Step", "is_instruction", "races", "writes"]

Place: TypeAlias = int | str
"""What a step touches: an address, or a name."""

Step: TypeAlias = tuple[str, Place]
"""What a step does, and what it touches."""

_ANY = 0.15
"""Probability that a drawn step is any one; else it is an instruction that is executed in company."""
_RACED = 0.5
"""Probability that it is then one that races."""
_READS = frozenset({"fetch", "mark", "isb", "dsb", "dmb", "start", "eret", "tick"})
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
class Shown:
    """What one run shows.

    Attributes:
        steps: the visible steps of each actor, by id, as far as another actor could have moved instead.
        early: of each actor, after how many of its steps it could have made something visible early.
        company: of each actor, how many of its steps it made before another one could execute an instruction. What it
            does before is hardly a matter of who moves: the others sleep.
    """

    steps: tuple[tuple[Step, ...], ...] = ()
    early: tuple[tuple[int, ...], ...] = ()
    company: tuple[int, ...] = ()

    def alone(self, actor: int) -> int:
        """How many steps an actor made before it had company; 0 where nothing is known."""
        return self.company[actor] if self.company else 0

    def in_company(self, steps: Sequence[int], actor: int) -> Sequence[int]:
        """Those of its steps, given by their numbers in order, that it made in company."""
        return steps[bisect_left(steps, self.alone(actor)) :]

    @cached_property
    def instructions(self) -> tuple[tuple[int, ...], ...]:
        """Of each actor, the numbers of those of its steps that are at or on an address: it executes something."""
        return tuple(tuple(i for i, step in enumerate(steps) if is_instruction(step)) for steps in self.steps)


@dataclass(frozen=True)
class Profile:
    """Facts of the scenario's dull run, and of two others; they are the same in every process.

    Attributes:
        schedule_choices: how often the dull run asked which actor moves, at most (`RunResult`). A strategy that must
            spread its changes over the length of a run (PCT's k) cannot learn it from earlier runs, or runs would not
            be reproducible alone.
        steps, early, company: as of `Shown`, in the dull run.
        late: the run in which all are late but the busiest.
        held: the run in which they are held.
    """

    schedule_choices: int
    steps: tuple[tuple[Step, ...], ...] = ()
    early: tuple[tuple[int, ...], ...] = ()
    company: tuple[int, ...] = ()
    late: Shown | None = None
    held: Shown | None = None

    @cached_property
    def dull(self) -> Shown:
        """The dull run."""
        return Shown(self.steps, self.early, self.company)

    @cached_property
    def runs(self) -> tuple[Shown, ...]:
        """All that were looked at."""
        return tuple(run for run in (self.dull, self.late, self.held) if run is not None)

    @cached_property
    def executes_nothing(self) -> bool:
        """Whether no actor executes an instruction; False where nothing is known."""
        return any(self.steps) and not any(self.dull.instructions)

    @cached_property
    def main(self) -> int:
        """The busiest of all actors that execute instructions; 0 where nothing is known."""
        return self.busiest(self.movers(len(self.steps) or 1))

    @cached_property
    def late_movers(self) -> frozenset[int]:
        """Those that are late in the other runs: all that execute instructions but the busiest; none where one does."""
        movers = self.movers(len(self.steps))
        return frozenset(movers) - {self.main} if len(movers) > 1 else frozenset()

    def busiest(self, movers: Sequence[int]) -> int:
        """Of some actors the one whose steps touch most different things, as a patcher's do; the lowest of such."""
        return max(movers, key=lambda actor: len(set(self.steps[actor])) if actor < len(self.steps) else 0)

    def work(self, actor: int) -> int:
        """How many steps an actor makes; 1 where nothing is known."""
        return max(1, len(self.steps[actor])) if actor < len(self.steps) else 1

    def movers(self, actors: int) -> Sequence[int]:
        """Those of a number of actors that execute instructions; where nobody does, all that move in the dull run.

        Where nothing is known, everybody.
        """
        known = range(min(actors, len(self.steps)))
        executing = [actor for actor in known if self.dull.instructions[actor]]
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

    def best(self, actor: int, *, traced: bool) -> Shown:
        """The run that shows the code of an actor best.

        Of one that may be late it is the dull one, or the late one where it is to be `traced`; of any other the one
        that shows most of what it executes in company.
        """
        if actor in self.late_movers:
            return self.late if traced and self.late else self.dull
        if actor >= len(self.steps):
            return self.dull
        return max(self.runs, key=lambda run: len(run.in_company(run.instructions[actor], actor)))

    def draw_step(self, at: float, actor: int, run: Shown | None = None) -> int:
        """The number of a step of an actor, for a number from 0 to 1: an instruction, often one that races; or any.

        It is of `run`, by default the dull one. Any step may also be one of a longer run.
        """
        run = run or self.dull
        if actor >= len(run.steps):
            return int(at * max(1, self.schedule_choices))
        work = max(1, len(run.steps[actor]))
        if at < _ANY:
            return int(at / _ANY * 2 * work)
        at = (at - _ANY) / (1 - _ANY)
        instructions = run.instructions[actor]
        raced = [i for i in instructions if run.steps[actor][i][1] in self._racing]
        # All where it is never in company.
        raced = list(run.in_company(raced, actor)) or raced
        instructions = tuple(run.in_company(instructions, actor)) or instructions
        if raced and at < _RACED:
            return raced[int(at / _RACED * len(raced))]
        if raced:
            at = (at - _RACED) / (1 - _RACED)
        return instructions[int(at * len(instructions))] if instructions else int(at * work)

    @cached_property
    def _racing(self) -> frozenset[Place]:
        return frozenset(self.racing)

    @cached_property
    def racing(self) -> tuple[Place, ...]:
        """What two actors touch and one of them writes, in the order in which it is first touched."""
        by: dict[Place, set[int]] = {}
        written: set[Place] = set()
        for run in self.runs:
            for actor, steps in enumerate(run.steps):
                for op, place in steps:
                    by.setdefault(place, set()).add(actor)
                    if writes(op):
                        written.add(place)
        return tuple(place for place, actors in by.items() if len(actors) > 1 and place in written)
