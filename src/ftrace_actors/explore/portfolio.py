"""What the portfolio (`strategies.auto`) learns from a campaign: which of its members shows most for what it costs.

A run may show the properties that a scenario wants to see (`RunResult.seen`). Each property is worth the same, however
often it is seen, and is shared out among the members by how often each of them showed it: so a member that alone shows
something rare is worth much. What a member showed is divided by what it cost, in visible steps and instructions, never
in seconds. A share becomes at most twice, and at least half, what it was in the beginning.

Shares after run n are a function of the results of runs 0 to n-1, merged, and of nothing else. So it does not matter
which process made which run, and a run can be made again alone: `chunk.shares_for` makes those before it once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ..result import RunResult
from .strategies.auto import FIRST, MEMBERS, Shares, boundary, member_of

__all__ = ["Learner", "Tallies", "Tally", "learned", "relearned"]

_FACTOR_MAX: Final = 2.0
_PRIOR: Final = 0.05
"""Added to what a member showed and to what it cost, so that few runs say little."""


@dataclass(slots=True)
class Tally:
    """The runs of one strategy: their cost, and how many of them showed each property."""

    cost: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Add other runs."""
        self.cost += other.cost
        self.seen += other.seen


@dataclass(slots=True)
class Tallies:
    """The runs of a campaign, by the strategy that made them."""

    of: dict[str, Tally] = field(default_factory=dict)

    def add(self, member: str, result: RunResult) -> None:
        """Count one more run."""
        self._tally(member).add(Tally(result.steps + result.instructions, Counter(result.seen)))

    def merge(self, other: Tallies) -> None:
        """Add other runs."""
        for member, tally in other.of.items():
            self._tally(member).add(tally)

    def _tally(self, member: str) -> Tally:
        return self.of.setdefault(member, Tally())


class Learner:
    """Learns from the runs of one campaign, given one after the other.

    Attributes:
        shares: those of the next run.
    """

    __slots__ = ("_run", "_seed", "_tallies", "shares")

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._run = 0
        self._tallies = Tallies()
        self.shares = FIRST

    def add(self, result: RunResult) -> None:
        """Count the next run."""
        self._tallies.add(member_of(self._seed, self._run, self.shares), result)
        self._run += 1
        self.shares = relearned(self._run, self._tallies) or self.shares


def relearned(run: int, tallies: Tallies) -> Shares | None:
    """The shares from `run` on, given what all runs before it came to; None where they do not change there."""
    return learned(tallies) if boundary(run) == run else None


def learned(tallies: Tallies) -> Shares:
    """The shares that follow from all runs so far."""
    cost = sum(tally.cost for tally in tallies.of.values())
    total: Counter[str] = Counter()
    for tally in tallies.of.values():
        total += tally.seen
    if not cost or not total:
        return FIRST
    return FIRST.scaled(tuple(_factor(tallies.of.get(member, Tally()), cost, total) for member in MEMBERS))


def _factor(tally: Tally, cost: int, total: Mapping[str, int]) -> float:
    """What a member showed, as a share of all, by what it cost; 1 is as good as the average."""
    # In a fixed order, since a sum of floating-point numbers depends on it.
    shown = sum(tally.seen[name] / total[name] for name in sorted(total)) / len(total)
    factor = (shown + _PRIOR) / (tally.cost / cost + _PRIOR)
    return min(_FACTOR_MAX, max(1 / _FACTOR_MAX, factor))
