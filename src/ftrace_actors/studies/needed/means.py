"""How it is found out whether a world holds: all runs of it where that can be done, else a sample.

The means, in the order in which they are tried:

1. a few sampled runs, since most failures are found at once;
2. a search of all runs (`exhaustive`), which ends in *complete*, or breaks; where that is too much, the last level that
   was gone through counts;
3. unless the search was complete, the rest of the sample.

A world that holds says how far it was looked at (`Strength`); one that breaks gives a failing run.  Both are functions
of the world and the budget, unless that has a limit of time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...actors.choices import Pick
from ...exhaustive import Ending, Limits, Search, remake
from ...explore.chunk import profile_of
from ...explore.collection import collecting_rarely
from ...explore.portfolio import Learner
from ...explore.replay import EXPLORE
from ...explore.strategies import DEFAULT, is_independent, make_chooser
from ...explore.strength import failure_bound
from ...result import RunResult
from ...scenario import World
from ...words import Verdict

__all__ = ["FIRST_RUNS", "Broken", "Budget", "Strength", "examine", "never"]

FIRST_RUNS = 100
"""Sampled before a search begins: runs that are made anyway where the search is not complete."""


def never() -> bool:
    """A budget without a limit of time."""
    return False


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may be spent on one world.

    Attributes:
        places: of one pass of a search; 0: none is made.
        early: early stores of one run, where a search is made; None for any number.
        runs: of the sample.
        seed: of the sample.
        over: asked often; everything ends when it says yes.  It can be pickled, as a worker process asks it too.
    """

    places: int = 4_000
    early: int | None = None
    runs: int = 2_000
    seed: int = 0
    over: Callable[[], bool] = never


@dataclass(frozen=True, slots=True)
class Strength:
    """How far a world that holds was looked at.

    Attributes:
        complete: every run was, but for those with more early stores.
        deviations: the level (docs/search.md) up to which all was gone through; -1 for none.
        early: the bound for early stores in the two above; None for any number.
        runs: sampled.
        independent: how many of them were independent draws of one strategy.
        places: gone through by the search.
    """

    complete: bool = False
    deviations: int = -1
    early: int | None = None
    runs: int = 0
    independent: int = 0
    places: int = 0

    @property
    def looked(self) -> bool:
        """False when time was up before anything was made."""
        return self.complete or self.deviations >= 0 or self.runs > 0

    @property
    def bound(self) -> float:
        """With 95 % confidence an independent run fails with a probability below this; there must be one."""
        return failure_bound(self.independent)


@dataclass(frozen=True, slots=True)
class Broken:
    """A failing run.

    Attributes:
        result: what it came to, without events.
        strategy: what found it.
        run: its number in the sample; 0 for a search.
        deviations: for a search, the fewest with which anything breaks; None for a sample, or where the search was cut
            short before that was known.
    """

    result: RunResult
    strategy: str
    run: int = 0
    deviations: int | None = None

    @property
    def picks(self) -> tuple[Pick, ...]:
        """Its choices."""
        return tuple(self.result.picks)


def examine(world: World, budget: Budget) -> Broken | Strength:
    """Look for a failing run of a world; without one, how far it was looked for."""
    sample = _Sample(world, budget)
    with collecting_rarely():
        broken = sample.run_to(min(FIRST_RUNS, budget.runs))
        if broken is not None:
            return broken
        found = _search(world, budget) if budget.places else Strength()
        if isinstance(found, Broken) or found.complete:
            return found
        broken = sample.run_to(budget.runs)
    return broken or Strength(
        False, found.deviations, found.early, sample.made, sample.independent, found.places
    )


class _Sample:
    """Sampled runs, one after the other."""

    def __init__(self, world: World, budget: Budget) -> None:
        self._world = world
        self._budget = budget
        self._profile = profile_of(world)
        self._learner = Learner(budget.seed)
        self.made = 0
        self.independent = 0

    def run_to(self, runs: int) -> Broken | None:
        """Go on until there are `runs`, or one fails."""
        while self.made < runs and not self._budget.over():
            number, shares = self.made, self._learner.shares
            chooser = make_chooser(DEFAULT, self._budget.seed, number, self._profile, shares)
            result = self._world.run(chooser, driver="bare")
            if result.verdict != Verdict.HOLDS:
                return Broken(result, DEFAULT, number)
            self._learner.add(result)
            self.made += 1
            self.independent += is_independent(DEFAULT, number)
        return None


def _search(world: World, budget: Budget) -> Broken | Strength:
    """All runs, or those up to the level that was gone through when the budget was spent."""
    search = Search(world, Limits(None, budget.early, budget.places, first=True, stop=budget.over))
    for _ in search.levels():
        """What was found is asked for at the end of it."""
    if search.found:
        return _broken(world, search)
    complete = search.ending is Ending.COMPLETE
    return Strength(complete, -1 if complete else search.proven, budget.early, places=search.places)


def _broken(world: World, search: Search) -> Broken:
    """The finding that took the fewest deviations, as a run."""
    found = min(search.found.values(), key=lambda each: (each.deviations, each.early))
    known = search.ending is Ending.BROKEN and search.limits.early is None
    result = remake(world, found)
    return Broken(result, EXPLORE, deviations=found.deviations if known else None)
