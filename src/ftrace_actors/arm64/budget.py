"""What a search may use, and how much of it is left.

Steps, timelines and memory are counted the same way everywhere, so a search that they end ends at the same place on
every machine; only `expired`, the caller's clock, does not.  Memory is an estimate from what a search keeps (walks
already made, timelines already visited, states found), with the sizes CPython 3.11 gives them on a 64-bit machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ENTRY", "RESUMED", "STATE", "WORD", "Budget", "LimitError", "Limits"]

ENTRY = 300
"""Bytes of a remembered walk or timeline in addition to what follows: tables, tuples, numbers of messages."""
WORD = 8
"""Bytes of each further number or reference in a tuple."""
STATE = 160
"""Bytes of a final state, its tuples and its numbers."""
RESUMED = 3500
"""Bytes of a CPU kept where a walk may continue: registers, views, tables."""

PATHS_A_CLOCK = 1 << 8
"""Paths between two questions to the clock."""


class LimitError(Exception):
    """A search ran out of what it was given.  The argument says of what: steps, timelines, time or memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When to give up.

    `steps_max` paths; `timelines_max` timelines; `memory_max` bytes kept by the search, an estimate that is the same
    on every machine (None: no limit of its own).  `expired` is asked once a timeline and every few hundred paths, so
    that a caller with a clock, or an eye on the whole process, can stop a search.
    """

    steps_max: int = 20_000_000
    timelines_max: int = 500_000
    expired: Callable[[], bool] | None = None
    memory_max: int | None = None


class Budget:
    """What is left of the limits.  Shared by all attempts of one search; every method may raise `LimitError`."""

    __slots__ = ("held", "held_most", "limits", "memory_max", "steps")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.steps = 0
        self.held = 0
        self.held_most = 0
        self.memory_max = limits.memory_max if limits.memory_max is not None else 1 << 62

    def step(self) -> None:
        """One more path."""
        self.steps += 1
        if self.steps > self.limits.steps_max:
            raise LimitError("steps")
        if not self.steps % PATHS_A_CLOCK:
            self.clock()

    def clock(self) -> None:
        """Ask the caller."""
        expired = self.limits.expired
        if expired is not None and expired():
            raise LimitError("time")

    def timeline(self, visited: int) -> None:
        """One more timeline, after `visited` others."""
        if visited > self.limits.timelines_max:
            raise LimitError("timelines")
        self.clock()

    def hold(self, size: int) -> None:
        """The search now keeps `size` bytes more."""
        self.held += size
        if self.held > self.held_most:
            self.held_most = self.held
            if self.held > self.memory_max:
                raise LimitError("memory")

    def release(self) -> None:
        """The search starts again: what was kept is gone."""
        self.held = 0
