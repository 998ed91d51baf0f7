"""The proposers of numbered runs, and of the few that strategies learn from before the first of them.

One of each serves everybody: the library, tests under `@explore`, and those who need what the runs before some run
taught. What they yield differs from one user to the next (a world's run, an execution of a test), so they say what is
drawn and leave making it to whoever drives them. Chunks of a campaign are different: a range of runs is made with
shares that are known before, so nothing is learned in it (`chunk`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TypeAlias

from ..actors.choices import Chooser
from ..result import RunResult
from .portfolio import Learner
from .strategies import AUTO, Profile, Profiler, make_chooser
from .strategies.auto import Shares

__all__ = ["Draw", "Drawing", "Profiling", "numbered", "profiling"]


@dataclass(frozen=True, slots=True)
class Draw:
    """One numbered run of a seed, to be made: everything that its chooser depends on."""

    strategy: str
    seed: int
    run: int
    profile: Profile
    shares: Shares

    def chooser(self) -> Chooser:
        """A fresh one; each call gives another that answers alike."""
        return make_chooser(self.strategy, self.seed, self.run, self.profile, self.shares)


Drawing: TypeAlias = Generator[Draw, RunResult, Shares]
"""Yields draws, is sent what they came to, returns the shares that the next run has."""

Profiling: TypeAlias = Generator[Profiler, int, Profile]
"""Yields choosers, is sent how often each run asked who moves (`RunResult.schedule_choices`), returns a profile."""


def profiling() -> Profiling:
    """Propose the runs of which a `Profile` is made: the dull one, and those in which all actors are late but one.

    The others are left out where nobody would be late.
    """
    profiler = Profiler()
    dull = profiler.profile((yield profiler))
    if not dull.late_movers:
        return dull
    late, held = Profiler(dull.late_movers), Profiler(dull.late_movers, dull.main)
    yield late
    yield held
    return replace(dull, late=late.shown(), held=held.shown())


def numbered(
    strategy: str,
    seed: int,
    runs: int,
    profile: Profile,
    until: Callable[[RunResult], bool] = lambda _: False,
) -> Drawing:
    """Propose runs 0 up to `runs`, each with the shares that those before it taught, where the strategy learns.

    No further than the first that `until`, which is asked about each in turn, says yes to.
    """
    learner = Learner(seed)
    for run in range(runs):
        result = yield Draw(strategy, seed, run, profile, learner.shares)
        if strategy == AUTO:
            learner.add(result)
        if until(result):
            break
    return learner.shares
