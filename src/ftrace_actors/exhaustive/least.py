"""With how few deviations at least something breaks: a proof that a short failing run cannot be shorter.

All runs are gone through by number of deviations (`search`), nothing fused: a deviation is then exactly one choice
that is not dull, as in the list of choices that a run is. Places that were seen before are left out; that changes no
number, since a place is reached first with the fewest deviations. Stores made early are counted apart, and so are
they here: a run with as many of them as the given one, or fewer, must not need fewer other deviations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..checks import Finding
from .search import Ending, Found, Limits, Reductions, Search

if TYPE_CHECKING:
    from ..scenario import World

__all__ = ["Least", "least_deviations"]


@dataclass(frozen=True, slots=True)
class Least:
    """What a search says of the fewest deviations.

    Attributes:
        at_least: no run with fewer breaks it.
        found: how it was reached with exactly that many, when they are fewer than were given.
        places: places gone through.
    """

    at_least: int
    found: Found | None
    places: int


def least_deviations(
    world: World,
    wanted: Callable[[Finding], bool],
    *,
    given: int,
    early: int,
    places_max: int,
    stop: Callable[[], bool] = lambda: False,
) -> Least:
    """Whether fewer than `given` deviations break it, with at most `early` early stores.

    `wanted` says which finding is meant. The answer is as far as `places_max` places lead: `at_least` is `given` when
    all runs with fewer were gone through.
    """
    if given == 0:
        return Least(0, None, 0)
    search = Search(world, reductions=Reductions(fuse=False, early_seen=False))
    complete = -1

    def fewest() -> Found | None:
        """What is meant, as it was found with so few that nothing can be found with fewer."""
        found = (each for each in search.found.values() if each.deviations < given and wanted(each.finding))
        least = min(found, key=lambda each: (each.deviations, each.early), default=None)
        return least if least is not None and least.deviations <= complete + 1 else None

    search.limits = Limits(
        deviations=given - 1,
        early=early,
        places=places_max,
        stop=lambda: stop() or fewest() is not None,
    )
    for level in search.levels():
        complete = level.deviations
    if (found := fewest()) is not None:
        return Least(found.deviations, found, search.places)
    done = search.ending in {Ending.COMPLETE, Ending.BOUND}
    return Least(given if done else complete + 1, None, search.places)
