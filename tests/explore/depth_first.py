"""Every schedule of a small world, depth first: a proposer that learns from its runs where the next one turns off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ftrace_actors.actors.choices import Kind, RunInfo
from ftrace_actors.actors.outcome import RunOutcome
from ftrace_actors.explore.proposals import Proposals

__all__ = ["depth_first"]

R = TypeVar("R")


class _Path:
    """Takes the options of a path, then the dull one; remembers what was taken, of how many."""

    def __init__(self, start: Sequence[int]) -> None:
        self._start = start
        self.taken: list[tuple[int, int]] = []

    def begin(self, run: RunInfo) -> None:
        """Nothing to prepare."""

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        at = len(self.taken)
        picked = self._start[at] if at < len(self._start) else 0
        self.taken.append((picked, count))
        return picked

    def end(self, outcome: RunOutcome) -> None:
        """The proposer concludes."""

    def next_start(self) -> list[int] | None:
        """The path with the last option that has a sibling left replaced by it; None when everything was visited."""
        options = [picked for picked, _ in self.taken]
        for at in range(len(self.taken) - 1, -1, -1):
            picked, count = self.taken[at]
            if picked + 1 < count:
                return [*options[:at], picked + 1]
        return None


def depth_first() -> Proposals[R, list[R]]:
    """All runs of a world whose runs all end; what they came to, in the order of their paths."""
    came: list[R] = []
    start: list[int] | None = []
    while start is not None:
        path = _Path(start)
        came.append((yield path))
        start = path.next_start()
    return came
