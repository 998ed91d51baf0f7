"""Which parts can replace each other: the smallest sets that break something only when all of a set is left out.

Each part that may go by itself is a candidate.  A *breaking* set is one without which something breaks; it is minimal
when every set with one part less holds.  Where {a, b, c} is minimal, any one of the three is enough.

All sets of n parts are too many to try.  So this takes the usual assumption that leaving out more never helps: what
holds, holds with more of its parts, and what breaks, breaks with fewer.  Then the minimal breaking sets and the largest
holding ones determine each other (Reiter, AIJ 32, 1987).  A largest set that contains no known breaking set is tried.
If it holds, all that is in it does.  If it breaks, parts are put back one by one for as long as it still breaks, which
gives another minimal breaking set.

The sets with one part less than a minimal one were tried, or are part of one that was tried and held.  That there is no
other minimal set rests on the assumption alone.

A set is tried by whoever drives this: it yields sets, and is sent whether one breaks, or None when there is no time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

__all__ = ["Names", "Split", "Trying", "splitting"]

Names: TypeAlias = frozenset[str]
Trying: TypeAlias = Generator[Names, bool | None, "Split"]


@dataclass(frozen=True, slots=True)
class Split:
    """What was found, the smallest first.

    Attributes:
        breaking: minimal sets that break.
        holding: largest sets that hold.
        whole: there are no others; False when there were too many sets to try.
    """

    breaking: tuple[Names, ...]
    holding: tuple[Names, ...]
    whole: bool


class _Map:
    """What is known of the sets of some names."""

    def __init__(self, names: Sequence[str], tries_max: int) -> None:
        self.names = tuple(names)
        self.left = tries_max
        self.breaking: list[Names] = []
        self.holding: list[Names] = []

    def known(self, one: Names) -> bool | None:
        """Whether a set breaks, where that follows from others."""
        if any(found <= one for found in self.breaking):
            return True
        return False if not one or any(one <= found for found in self.holding) else None

    def untried(self) -> Names | None:
        """A largest set that contains no breaking one and is not known to hold; None when all do."""
        for left_out in _hitting(self.breaking, self.names):
            one = frozenset(self.names) - left_out
            if self.known(one) is None:
                return one
        return None


def _hitting(sets: Sequence[Names], names: Sequence[str]) -> Iterator[Names]:
    """Names of which every set has one, without any that could be missing, the fewest first."""
    found: list[Names] = []
    involved = [name for name in names if any(name in one for one in sets)]
    for size in range(len(involved) + 1):
        for chosen in combinations(involved, size):
            one = frozenset(chosen)
            if all(one & each for each in sets) and not any(each <= one for each in found):
                found.append(one)
                yield one


def splitting(names: Sequence[str], tries_max: int) -> Trying:
    """Yield sets of names, be sent whether each breaks, and return what was found; at most `tries_max` are tried.

    No name breaks by itself.
    """
    known = _Map(names, tries_max)
    while (one := known.untried()) is not None:
        breaks = yield from _tried(known, one)
        if breaks is None:
            break
        if not breaks:
            known.holding.append(one)
        elif not (yield from _shrunk(known, one)):
            break
    return Split(
        tuple(sorted(known.breaking, key=lambda each: (len(each), sorted(each)))),
        tuple(sorted(_largest(known.holding), key=lambda each: (len(each), sorted(each)))),
        known.untried() is None,
    )


def _tried(known: _Map, one: Names) -> Generator[Names, bool | None, bool | None]:
    """Whether a set breaks; None when that is not known and there are no tries left."""
    follows = known.known(one)
    if follows is not None:
        return follows
    if len(one) == 1:
        return False
    if not known.left:
        return None
    known.left -= 1
    found = yield one
    if found is None:
        known.left = 0
    return found


def _shrunk(known: _Map, one: Names) -> Generator[Names, bool | None, bool]:
    """Note a minimal breaking set in one that breaks; False when there are no tries left."""
    for name in known.names:
        if name not in one:
            continue
        smaller = one - {name}
        breaks = yield from _tried(known, smaller)
        if breaks is None:
            return False
        if breaks:
            one = smaller
        else:
            known.holding.append(smaller)
    known.breaking.append(one)
    return True


def _largest(sets: Sequence[Names]) -> set[Names]:
    return {one for one in sets if len(one) > 1 and not any(one < other for other in sets)}
