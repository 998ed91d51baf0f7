"""Places from which no run ends, whatever the schedule: a livelock, or a loop whose condition nobody can make true.

A place that was seen before is left out of a search, so a run that comes back to one is not followed for ever.  But of
a search that went through everything it is known from which places an end can still be reached.  Steps that are left
out (a persistent set) take no end away, so what cannot reach one here cannot reach one at all.
"""

from __future__ import annotations

from array import array
from collections import defaultdict

__all__ = ["Ways"]


class Ways:
    """Which place leads to which, by their keys, and where runs end."""

    __slots__ = ("_ends", "_steps")

    def __init__(self) -> None:
        self._steps = array("Q")
        self._ends = array("Q")

    def step(self, place: int, to: int) -> None:
        """From one place to another."""
        self._steps.extend((place, to))

    def end(self, place: int) -> None:
        """A run ends with a step from here."""
        self._ends.append(place)

    def add(self, others: Ways) -> None:
        """What somebody else went through."""
        self._steps.extend(others._steps)
        self._ends.extend(others._ends)

    def endless(self) -> int:
        """From how many places no run ends."""
        before: dict[int, list[int]] = defaultdict(list)
        places = set(self._ends)
        for place, to in zip(self._steps[::2], self._steps[1::2], strict=True):
            before[to].append(place)
            places.update((place, to))
        reached = set(self._ends)
        left = list(reached)
        while left:
            for place in before[left.pop()]:
                if place not in reached:
                    reached.add(place)
                    left.append(place)
        return len(places) - len(reached)
