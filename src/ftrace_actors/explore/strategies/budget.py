"""Which relaxations a run may have, decided apart from who moves.

A run of the swarm (`relaxation`) has a little of every kind, so a bug that needs one old word at one place often drowns
in others. Here a run has one of four budgets:

- `NONE`: no load, fetch or store is out of order; what matters is who moves.
- `OLD`: loads and fetches often return something old, since a CPU that is late must miss what others wrote.
- `EARLY`: at some points something is made visible before its turn. The points are drawn shortly before a *racing*
  write (`Profile.racing`), because to make anything else visible early changes nothing; and afterwards somebody else
  moves, because it matters only to who looks meanwhile. What is made visible is mostly the last thing that can be: a
  lost barrier shows when what comes after it overtakes what comes before. In most of these runs fetches often return
  something old, too: that an IC or a DC took effect early shows only to a CPU that fetches what was there before. In
  half of them writes count that are made while the others sleep: an IC that overtook its DC shows long after.
- `SWARM`: as `relaxation` has it.

All other kinds of choice (interrupts, ticks, messages, addresses, inputs) are answered by the swarm in each of them.
"""

from __future__ import annotations

from enum import Enum, auto
from math import log
from random import Random

from ...actors.choices import Kind
from .profile import Profile, writes
from .relaxation import Relaxation

__all__ = ["Budget", "Budgeted"]


class Budget(Enum):
    """Which relaxations a run may have; see the head of the module."""

    NONE = auto()
    OLD = auto()
    EARLY = auto()
    SWARM = auto()


_BUDGETS = (Budget.NONE,) * 3 + (Budget.OLD,) * 6 + (Budget.EARLY,) * 2 + (Budget.SWARM,) * 2
_OLD = (0.15, 0.5, 0.5, 0.9, 1.0)
"""Probabilities of something old where that is the budget; low ones for who has to see one new thing and one old."""
_LOADS = 0.7
"""Probability that loads are old then, as fetches are."""
_OLDEST = 0.7
"""Probability that it is the oldest there is, and not any."""
_POINTS = (8, 16, 32)
"""How many points are drawn at which something may become visible early."""
_REACH = 0.5
"""Of the steps before a racing write, each one more is that much less likely to be the point."""
_HAND_OVER = 0.6
_LAST = 0.7
"""Probability that what becomes visible early is the last of what can, and not any."""
_ALONE = 0.5
"""Probability that points may be before writes that are made while the others sleep."""
_STALE_TOO = 0.75
"""Probability that fetches are often old where something is made visible early."""


class Budgeted(Relaxation):
    """Answers every choice of a run but SCHEDULE, within a budget.

    Args:
        rng, profile: as for any strategy.
        at: a number from 0 to 1 that says which budget.

    Attributes:
        budget: what the run drew.
        points: (actor, after how many of its steps) at which something is made visible early.
    """

    __slots__ = ("_last", "_last_of_them", "_made", "_old", "_oldest", "_reads", "budget", "points")

    def __init__(self, rng: Random, profile: Profile, at: float) -> None:
        super().__init__(rng)
        self.budget = _BUDGETS[int(at * len(_BUDGETS))]
        self._oldest = rng.random() < _OLDEST
        loads = rng.random() < _LOADS
        self._old = {Kind.FETCH: rng.choice(_OLD), Kind.LOAD: rng.choice(_OLD) if loads else 0.0}
        self._last_of_them = rng.random() < _LAST
        alone = rng.random() < _ALONE
        before = _before_racing_writes(profile, alone=alone) if self.budget is Budget.EARLY else []
        self.points = {_near(rng, *rng.choice(before)) for _ in range(rng.choice(_POINTS)) if before}
        early = self.budget is Budget.EARLY and rng.random() < _STALE_TOO
        self._reads = early or self.budget is Budget.OLD
        self._made: dict[int, int] = {}
        self._last = -1

    def moved(self, actor: int) -> None:
        """Count a step."""
        self._last = actor
        self._made[actor] = self._made.get(actor, 0) + 1

    def choose(self, kind: Kind, count: int) -> int:
        """Pick one of `count` >= 2 options."""
        if self.budget is Budget.SWARM or (kind not in self._old and kind is not Kind.EARLY):
            return super().choose(kind, count)
        if kind is not Kind.EARLY:
            return self._read(kind, count) if self._reads else 0
        if self.promised:
            # The second stage: which of the candidates. None of them is duller than the others.
            return count - 1 if self._last_of_them else int(self._rng.random() * count)
        if (self._last, self._made.get(self._last)) not in self.points:
            return 0
        self.promised = True
        return count - 1

    def _read(self, kind: Kind, count: int) -> int:
        if self._rng.random() >= self._old[kind]:
            return 0
        return count - 1 if self._oldest else 1 + int(self._rng.random() * (count - 1))

    def hands_over(self) -> bool:
        """As of the swarm; more often where the point was chosen with care."""
        if self.budget is Budget.SWARM or not self.promised:
            return super().hands_over()
        self.promised = False
        return self._rng.random() < _HAND_OVER


def _near(rng: Random, actor: int, at: int) -> tuple[int, int]:
    """A point some steps before that one."""
    return actor, at - int(log(1.0 - rng.random()) / log(_REACH))


def _before_racing_writes(profile: Profile, *, alone: bool) -> list[tuple[int, int]]:
    """(actor, last point before one of its racing writes at which it may make something visible early).

    Of all such writes where those that it makes `alone` count, else of those in company.
    """
    racing = frozenset(profile.racing)
    points: list[tuple[int, int]] = []
    for actor in range(len(profile.early)):
        run = profile.best(actor, traced=True)
        for i, (op, place) in enumerate(run.steps[actor]):
            known = alone or i >= run.alone(actor)
            if known and place in racing and isinstance(place, int) and writes(op):
                points += [(actor, at) for at in run.early[actor] if at <= i + 1][-1:]
    return points
