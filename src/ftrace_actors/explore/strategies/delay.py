"""Delay-bounded scheduling (Emmi, Qadeer, Rakamaric, POPL'11).

A deterministic scheduler, from which a run departs d times: actors have an order, the current one runs until it
blocks, then the next one in the order does; at d decisions the current one is *delayed*, which means that the next one
moves although it was not blocked. A schedule with d delays is hit with probability at least 1/(k+d)^d, k decisions,
for a given order of the actors.

Where we depart from the paper, and why:

- The paper enumerates; we draw. d is drawn per run from 1..8, and the decisions evenly from k, which comes from the
  dull run (half the runs stretch it by two, since other schedules are longer).
- The order of the actors is shuffled in each run: with one order, bugs that need another cost delays.
- An actor that won `patience` decisions in a row is delayed, as PCT does with it, or an actor that spins never ends.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...actors.choices import RunInfo
from .picking import Picking
from .profile import Profile
from .relaxation import NEVER

__all__ = ["Delay"]

_DELAYS_MAX = 8
_PATIENCE_MIN = 64


class Delay(Picking):
    """Round robin without preemption, departed from a few times.

    Attributes:
        delays: the decisions, numbered from 1, at which the current actor is delayed; ascending.
        order: the actors, in the order of the round robin.
    """

    __slots__ = ("_current", "_decisions", "_next", "_patience", "_points", "_streak", "delays", "order")

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        super().__init__(seed, run, profile, 0x64656C6179)
        rng = self._rng
        decisions = max(profile.schedule_choices, 1) * rng.choice((1, 2))
        points = min(rng.randint(1, _DELAYS_MAX), decisions)
        self.delays = tuple(sorted(rng.sample(range(1, decisions + 1), points)))
        self.order: list[int] = []
        self._patience = max(_PATIENCE_MIN, decisions)
        self._points = iter(self.delays)
        self._next = next(self._points, NEVER)
        self._decisions = 0
        self._current = -1
        self._streak = 0

    def begin(self, run: RunInfo) -> None:
        """Shuffle the order."""
        super().begin(run)
        self.order = list(range(len(run.actors)))
        self._rng.shuffle(self.order)

    def pick(self, actors: Sequence[int]) -> int:
        """The current actor, unless it is blocked or delayed."""
        self._decisions += 1
        delayed = self._decisions == self._next
        if delayed:
            self._next = next(self._points, NEVER)
        runs_on = self._current in actors and self._streak < self._patience
        first = self._current if runs_on else self._after(self._current, actors)
        return self._after(first, actors) if delayed else first

    def _after(self, actor: int, actors: Sequence[int]) -> int:
        """The next enabled actor in the order."""
        order = self.order
        start = order.index(actor) + 1 if actor >= 0 else 0
        return next(other for other in (*order[start:], *order[:start]) if other in actors)

    def moves(self, actor: int, actors: Sequence[int]) -> None:
        """It is the current one."""
        self._streak = self._streak + 1 if actor == self._current else 1
        self._current = actor
