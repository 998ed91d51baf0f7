"""What of a campaign's runs says how much was looked at: their behaviours, and who failed how often.

Only counts are kept, so chunks of runs can be added in any grouping; `strength` makes statements of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from ..result import RunResult
from ..words import Verdict
from .strategies import PCT

__all__ = ["RUNS_LOOKED_AT", "PctRuns", "Sampled"]

RUNS_LOOKED_AT: Final = 1 << 18
"""Behaviours of later runs are not counted: each takes some hundred bytes."""


@dataclass(slots=True)
class PctRuns:
    """The runs that `pct` made.

    Attributes:
        runs: how many.
        actors: in each of them.
        decisions: no run had more decisions between several actors (`RunResult.schedule_choices`).
        drawn_from: of the runs with one change point and no early store, from how many decisions it was drawn -> how
            many such runs.
    """

    runs: int = 0
    actors: int = 0
    decisions: int = 0
    drawn_from: Counter[int] = field(default_factory=Counter)

    def add(self, chooser: PCT, actors: int, result: RunResult) -> None:
        """Count one more run of `actors` actors, made by `chooser` or one that drew the same."""
        self.runs += 1
        self.actors = max(self.actors, actors)
        self.decisions = max(self.decisions, result.schedule_choices)
        if chooser.depth == 2 and not chooser.relaxation.promises:
            self.drawn_from[chooser.drawn_from] += 1

    def merge(self, later: PctRuns) -> None:
        """Add other runs."""
        self.runs += later.runs
        self.actors = max(self.actors, later.actors)
        self.decisions = max(self.decisions, later.decisions)
        self.drawn_from += later.drawn_from


@dataclass(slots=True)
class Sampled:
    """Runs of a campaign, counted.

    Attributes:
        drawn: the independent draws, by the strategy that made them.
        failed: how many of these did not hold.
        looked_at: how many runs count below, and `looked_at_drawn`, how many of those were independent draws.
        behaviours: behaviour -> how many independent draws came to it, 0 where only other runs did.
        pct: the runs that `pct` made.
    """

    drawn: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    looked_at: int = 0
    looked_at_drawn: int = 0
    behaviours: dict[int, int] = field(default_factory=dict)
    pct: PctRuns = field(default_factory=PctRuns)

    def add(self, run: int, maker: str, result: RunResult, *, independent: bool) -> None:
        """Count one more run, number `run`, which the strategy `maker` made."""
        if independent:
            self.drawn[maker] += 1
            self.failed[maker] += result.verdict != Verdict.HOLDS
        if result.behaviour is not None and run < RUNS_LOOKED_AT:
            self.looked_at += 1
            self.looked_at_drawn += independent
            self.behaviours[result.behaviour] = self.behaviours.get(result.behaviour, 0) + independent

    def merge(self, later: Sampled) -> None:
        """Add other runs."""
        self.drawn += later.drawn
        self.failed += later.failed
        self.looked_at += later.looked_at
        self.looked_at_drawn += later.looked_at_drawn
        for behaviour, runs in later.behaviours.items():
            self.behaviours[behaviour] = self.behaviours.get(behaviour, 0) + runs
        self.pct.merge(later.pct)
