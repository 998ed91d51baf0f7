"""What counts of runs say, with which certainty.

Three statements, each of them right in 95 % of the campaigns in which it is made:

**Failure.** Of n independent draws of one strategy none failed: then a draw fails with probability below
1 - 0.05^(1/n).  This holds whenever somebody stops to look, since it is only said as long as nothing has failed: it is
wrong when (1-p)^n <= 0.05, and the first n for which that is so must be reached without a failure, which happens with
probability (1-p)^n.  After failures there is an interval instead, in which the probability is: the p that a bet against
it, spread evenly over all p, has not made twenty times the stake (Ville's inequality; a confidence sequence by the
method of mixtures, Robbins 1970).  It is valid however the campaign ended as well, and wider than an interval
for a number of runs that was fixed before.  Draws of two strategies by turns have two probabilities; where none
failed, the bound is one for their mean (their product of 1-p is at most that of equal ones).

**What was not seen.** The probability that one more draw shows a behaviour that no draw showed is about f/n, where f
behaviours came about in one draw only (Good, Biometrika 1953).  It is at most f/n + (1+sqrt 2) sqrt(ln(2/0.05)/n): the
probability of what was not seen exceeds its mean by sqrt(ln(1/d)/n) with probability d at most (McAllester and Ortiz,
JMLR 2003), f/n falls short of its own mean by sqrt(2 ln(1/d)/n) likewise (McDiarmid's inequality: one draw changes f by
two at most), and the mean of f/n is not the smaller one.  Both hold for independent draws of different distributions,
and for a number of draws that does not depend on what they show.  So it is not said of a campaign that what it saw
ended.

**Order.** Burckhardt et al. (ASPLOS'10): with n actors and k decisions a run of `pct` with one change point shows each
failure that needs two ordering constraints with probability 1/(nk) at least.  Counted are the runs with one change
point and no early store, which would make others move; k is what they drew it from, which is more than the decisions
that there were, since it also counts steps that nobody else could have made.  Other choices must be answered as the
failure needs them.  Nothing is said of three constraints and more: later change points always put an actor below
earlier ones here, where the paper draws which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import expm1, inf, lgamma, log, log1p, sqrt
from typing import Final

from .sampled import PctRuns, Sampled

__all__ = [
    "CONFIDENCE",
    "Failing",
    "Ordered",
    "Strength",
    "Unseen",
    "failure_bound",
    "failure_interval",
    "strength_of",
    "unseen_bound",
]

CONFIDENCE: Final = 0.95
_ERROR: Final = 1.0 - CONFIDENCE
_HALVINGS: Final = 60
"""Steps of bisection: more than a float has bits."""


@dataclass(frozen=True, slots=True)
class Failing:
    """How often draws of one strategy fail: `low` to `high`, after `failed` of `runs` did."""

    strategy: str
    runs: int
    failed: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Unseen:
    """How probable it is that one more draw shows a new behaviour.

    Attributes:
        runs: independent draws.
        once: behaviours that came about in one of them only.
        estimate: Good and Turing's.
        bound: what it is below; None for a campaign that what it saw ended.
    """

    runs: int
    once: int
    estimate: float
    bound: float | None


@dataclass(frozen=True, slots=True)
class Ordered:
    """What `pct` promises for failures that need two ordering constraints.

    Attributes:
        runs: made by `pct`; `counted`: those of which something is said.
        actors: n.  drawn_from: k, the largest.  decisions: no run had more.
        one: the least probability that a run of the weakest kind shows such a failure; `all_runs`: that some run does.
    """

    runs: int
    counted: int
    actors: int
    drawn_from: int
    decisions: int
    one: float
    all_runs: float


@dataclass(frozen=True, slots=True)
class Strength:
    """All that is said of a campaign.

    Attributes:
        looked_at: runs whose behaviour is known.  behaviours: how many different ones.
        unseen: None without an independent draw, or where behaviours are not known.
        failing: one for each strategy that made independent draws.
        ordered: None where `pct` made no run of which something can be said.
    """

    looked_at: int
    behaviours: int
    unseen: Unseen | None
    failing: tuple[Failing, ...]
    ordered: Ordered | None


def strength_of(sampled: Sampled, *, ended_by_itself: bool) -> Strength:
    """What the runs of a campaign say; `ended_by_itself`: a run of it ended it (`judge.ends_campaign`)."""
    return Strength(
        sampled.looked_at,
        len(sampled.behaviours),
        _unseen(sampled, ended_by_itself),
        tuple(_failing(name, runs, sampled.failed[name]) for name, runs in sorted(sampled.drawn.items())),
        _ordered(sampled.pct),
    )


def failure_bound(runs: int) -> float:
    """What the probability that a run fails is below with 95 % confidence, after `runs` that did not."""
    return 1.0 if runs <= 0 else 1.0 - _ERROR ** (1.0 / runs)


def failure_interval(runs: int, failed: int) -> tuple[float, float]:
    """What that probability is between with 95 % confidence, after `failed` of `runs` did; see the head."""
    if not failed:
        return 0.0, failure_bound(runs)
    held = runs - failed
    paid = lgamma(failed + 1) + lgamma(held + 1) - lgamma(runs + 2)

    def is_possible(p: float) -> bool:
        return paid - _times(failed, p) - _times(held, 1.0 - p) < -log(_ERROR)

    most = failed / runs
    return _edge(is_possible, most, 0.0), _edge(is_possible, most, 1.0) if held else 1.0


def unseen_bound(once: int, runs: int) -> float:
    """What the probability of a new behaviour is below with 95 % confidence; see the head."""
    return min(1.0, once / runs + (1.0 + sqrt(2.0)) * sqrt(log(2.0 / _ERROR) / runs))


def _times(count: int, p: float) -> float:
    """The logarithm of the probability of `count` events of probability `p`."""
    if not count:
        return 0.0
    return count * log(p) if p > 0.0 else -inf


def _edge(is_possible: Callable[[float], bool], inside: float, outside: float) -> float:
    """Where between a possible and another value the possible ones end; a value beyond the end."""
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if is_possible(middle):
            inside = middle
        else:
            outside = middle
    return outside


def _failing(strategy: str, runs: int, failed: int) -> Failing:
    return Failing(strategy, runs, failed, *failure_interval(runs, failed))


def _unseen(sampled: Sampled, ended_by_itself: bool) -> Unseen | None:
    runs = sampled.looked_at_drawn
    if not runs:
        return None
    once = sum(drawn == 1 for drawn in sampled.behaviours.values())
    return Unseen(runs, once, once / runs, None if ended_by_itself else unseen_bound(once, runs))


def _ordered(pct: PctRuns) -> Ordered | None:
    """Of runs whose change point was drawn from fewer decisions than there may be nothing is said, nor of one actor."""
    ranges = {drawn_from: runs for drawn_from, runs in pct.drawn_from.items() if drawn_from >= pct.decisions}
    if not ranges or pct.actors < 2:
        return None
    missed = sum(
        runs * log1p(-1.0 / (pct.actors * drawn_from)) for drawn_from, runs in sorted(ranges.items())
    )
    widest = max(ranges)
    return Ordered(
        pct.runs,
        sum(ranges.values()),
        pct.actors,
        widest,
        pct.decisions,
        1.0 / (pct.actors * widest),
        -expm1(missed),
    )
