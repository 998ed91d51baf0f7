"""How often what a campaign prints is right, where the truth is known exactly.

Campaigns of the model in `models/` under a memoryless strategy: there the probability that a run fails, and that of
each way in which a run ends, are sums over all states (`models.places`).  Every second campaign ends at its first
failure.

    python -m benchmarks.bounds [--campaigns N] [--write]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from ftrace_actors.explore.sampled import Sampled
from ftrace_actors.explore.strength import strength_of
from ftrace_actors.words import Verdict

from .models.ftp import Ftp
from .models.places import Weights, ends, failing, sticky, uniform
from .models.world import Memoryless, behaviour_of, run
from .page import put

__all__ = ["WORLDS", "Known", "Right", "campaigns", "report"]

_RUNS = (10, 60, 300)
"""How long campaigns are, by turns."""


@dataclass(frozen=True, slots=True)
class Known:
    """A model under a strategy."""

    ftp: Ftp
    weights: Weights


WORLDS = (
    Known(Ftp(1, calls=2, quiesce=False, shown=True), sticky(0.3)),
    Known(Ftp(2, calls=2, quiesce=False, shown=True), sticky(0.3)),
    Known(Ftp(2, calls=3, quiesce=False, shown=True), uniform),
    Known(Ftp(2, calls=2, late=True, sync_again=False, shown=True), sticky(0.3)),
)
"""Runs fail with probability 0.009, 0.013, 0.016 and 0.003, and can end in 7, 49, 169 and 64 ways."""


@dataclass(slots=True)
class Right:
    """How many statements were made about something, and how many of them were right."""

    made: int = 0
    right: int = 0

    def add(self, right: bool) -> None:
        """One more."""
        self.made += 1
        self.right += right


def campaigns(known: Known, count: int, seed: int = 0) -> tuple[Right, Right, Right]:
    """Make campaigns: how often the bound, the interval after failures, and the bound of what is new were right."""
    p = failing(known.ftp, known.weights)
    probability = {behaviour_of(end): weight for end, weight in ends(known.ftp, known.weights).items()}
    bounds, intervals, new = Right(), Right(), Right()
    for number in range(count):
        sampled, stopped = _campaign(
            known, seed * count + number, _RUNS[number % len(_RUNS)], number % 2 == 1
        )
        strength = strength_of(sampled, ended_by_itself=stopped)
        (said,) = strength.failing
        (intervals if said.failed else bounds).add(said.low <= p <= said.high)
        if strength.unseen is not None and strength.unseen.bound is not None:
            seen = sum(probability[behaviour] for behaviour in sampled.behaviours)
            new.add(1.0 - seen <= strength.unseen.bound)
    return bounds, intervals, new


def _campaign(known: Known, seed: int, runs: int, stops: bool) -> tuple[Sampled, bool]:
    """Its runs, and whether one of them ended it."""
    sampled = Sampled()
    for number in range(runs):
        result = run(known.ftp, Memoryless(seed, number, known.weights))
        sampled.add(number, "random", result, independent=True)
        if stops and result.verdict != Verdict.HOLDS:
            return sampled, True
    return sampled, False


def report(count: int, *, write: bool) -> None:
    """Print how often each statement was right."""
    total = Right(), Right(), Right()
    for at, known in enumerate(WORLDS):
        share = count // len(WORLDS) + (at < count % len(WORLDS))
        for whole, part in zip(total, campaigns(known, share, at), strict=True):
            whole.made += part.made
            whole.right += part.right
    lines = ["| statement | made | right |", "| --- | --- | --- |"]
    for what, right in zip(_STATEMENTS, total, strict=True):
        lines.append(f"| {what} | {right.made} | {100 * right.right / max(1, right.made):.1f} % |")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if write:
        put("bounds", text)


_STATEMENTS = (
    "`p(fail)` below ..., nothing failed",
    "fails with probability ... to ...",
    "a new behaviour with probability below ...",
)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bounds", description=__doc__)
    parser.add_argument("--campaigns", type=int, default=500)
    parser.add_argument("--write", action="store_true", help="put the table into docs/exploration.md")
    options = parser.parse_args()
    report(options.campaigns, write=options.write)
