"""A failing run as short as it gets, in a scenario as small as it gets, and a proof that nothing shorter breaks it.

Four steps, each of which may be cut short and keeps the best so far: the schedule (`explore.shrink`), then the
scenario (`explore.smaller`, which leaves the schedule no longer than it was), then the schedule once more in what is
left, and the proof (`exhaustive.least`). The proof goes through all runs with fewer deviations. It is what ends a
doubt, and it takes many places; so it has a budget, and beyond that the answer is how many deviations it takes at
least.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ..actors.choices import Kind, Pick
from ..checks import Finding
from ..exhaustive import Least, least_deviations, remake
from ..explore.shrink import Target, shrink
from ..explore.smaller import make_smaller
from ..result import RunResult
from ..scenario import World
from ..scenario.smaller import reductions, whole

__all__ = ["Part", "Shortest", "deviations_of", "shortest"]

_SHORT = 8
"""Choices up to which a shrunk schedule is only looked at again in a smaller scenario.  A longer one may have been
stuck, and gets all passes once more: one of 24 came from 16 choices to 10 by that."""


@dataclass(frozen=True, slots=True)
class Part:
    """A scenario: its text, and what options replace in it."""

    text: str
    overrides: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shortest:
    """What became of a failing run.

    Attributes:
        part: the scenario it is of now; the given one when nothing was left out.
        result: the run (not recorded).
        dropped: what was left out of the scenario.
        before: non-dull choices of the given run.
        minimal: shrinking was not cut short.
        least: what the proof says; None when none was tried.
    """

    part: Part
    result: RunResult
    dropped: tuple[str, ...]
    before: int
    minimal: bool
    least: Least | None = None

    @property
    def proven(self) -> bool:
        """Whether nothing shorter breaks it."""
        return self.least is not None and self.least.at_least == deviations_of(self.result)


def deviations_of(result: RunResult) -> int:
    """Choices of a run that were not dull, early stores aside."""
    return sum(pick.kind is not Kind.EARLY for pick in result.picks)


def shortest(
    part: Part,
    picks: Sequence[Pick],
    target: Target,
    *,
    load: Callable[[Part], World],
    scenario: bool = True,
    places_max: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> Shortest | None:
    """Shorten a failing run, and its scenario too unless `scenario` is false.

    `load` builds worlds and raises `InputError` for those that make no sense. `places_max` is the budget of the proof,
    0 for none. None when the picks do not lead to the target.
    """

    def build(each: Part) -> partial[RunResult]:
        return partial(load(each).run, driver="bare")

    first = shrink(build(part), picks, target, stop=stop)
    if first is None:
        return None
    found = Shortest(part, first.result, (), len(picks), first.minimal)
    if scenario:
        found = _smaller(found, target, build, stop)
    if places_max:
        found = _proven(found, target, load(found.part), places_max, stop)
    return found


def _smaller(
    found: Shortest,
    target: Target,
    build: Callable[[Part], partial[RunResult]],
    stop: Callable[[], bool],
) -> Shortest:
    text = whole(found.part.text, "<scenario>", found.part.overrides)
    smaller = make_smaller(
        text,
        found.result.picks,
        target,
        build=lambda less: build(Part(less, {})),
        reductions=reductions,
        stop=stop,
    )
    if smaller is None or not smaller.dropped:
        return replace(found, minimal=found.minimal and smaller is not None and smaller.minimal)
    part = Part(smaller.text, {})
    picks = smaller.result.picks
    again = shrink(build(part), picks, target, stop=stop, again=len(picks) <= _SHORT)
    minimal = found.minimal and smaller.minimal and again is not None and again.minimal
    result = smaller.result if again is None else again.result
    return replace(found, part=part, result=result, dropped=smaller.dropped, minimal=minimal)


def _proven(
    found: Shortest, target: Target, world: World, places_max: int, stop: Callable[[], bool]
) -> Shortest:
    """With what a search says of the fewest deviations, and the shorter run if it finds one."""
    if not target.invariant:
        return found  # a search has findings, and this is about a verdict alone
    given = deviations_of(found.result)
    least = least_deviations(
        world,
        partial(_is_meant, target),
        given=given,
        early=len(found.result.picks) - given,
        places_max=places_max,
        stop=stop,
    )
    if least.found is not None:
        remade = remake(world, least.found)
        if not target.met(remade):
            # It breaks there, but something else comes first: that is another story.
            return found
        return replace(found, result=remade, least=least)
    return replace(found, least=least)


def _is_meant(target: Target, finding: Finding) -> bool:
    wanted = (target.invariant, target.subject)
    return (finding.invariant, finding.subject) == wanted and (
        target.expect is None or finding.window == target.window
    )
