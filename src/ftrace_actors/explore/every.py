"""Every run of a small world, fewest deviations first: a proposer.

A run is known by the choices that it answers with another option than 0.  So from a run come those that answer one
later choice otherwise, and from the dull run come all, each once.  Those with k such choices are made before those with
k+1.

Nothing is left out: two orders of steps that have nothing to do with each other count as two runs.  So this is for
worlds with some thousand runs; `exhaustive` is for those of the kernel, of which it knows what is the same.  A run that
does not end is ended by its conductor (`steps_max`), and what it asked until then counts.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from ..actors.choices import Kind, RunInfo
from ..actors.outcome import RunOutcome

__all__ = ["Every", "Going", "Tried", "every_run"]

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Tried:
    """How far it came: all runs with up to `deviations` were made, `runs` in all; `complete`: there are no others."""

    runs: int
    deviations: int
    complete: bool


class Going:
    """Answers some choices as given, and the others with 0; remembers how many options there were.

    Attributes:
        strayed: a choice that was to be answered had fewer options than an earlier run with the same answers, or was
            not asked, so that more than the choices decides the run.
    """

    __slots__ = ("_asked", "_picks", "_wanted", "strayed")

    def __init__(self, picks: Sequence[tuple[int, int]] = ()) -> None:
        self._picks = tuple(picks)
        self._wanted = dict(picks)
        self._asked: list[int] = []
        self.strayed = False

    def begin(self, run: RunInfo) -> None:
        """Start from the first choice, also when used once more."""
        self._asked = []
        self.strayed = False

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """The option that was given for this choice, else 0."""
        wanted = self._wanted.get(len(self._asked), 0)
        self._asked.append(count)
        if wanted < count:
            return wanted
        self.strayed = True
        return 0

    def end(self, outcome: RunOutcome) -> None:
        """Look whether all was asked."""
        self.strayed |= bool(self._picks) and self._picks[-1][0] >= len(self._asked)

    def one_more(self) -> list[tuple[tuple[int, int], ...]]:
        """What to answer in the runs that deviate from this one in one later choice."""
        first = self._picks[-1][0] + 1 if self._picks else 0
        return [
            (*self._picks, (at, option))
            for at in range(first, len(self._asked))
            for option in range(1, self._asked[at])
        ]


Every: TypeAlias = Generator[Going, R, Tried]
"""Yields choosers, is sent anything, returns how far it came."""


def every_run(runs_max: int) -> Every[R]:
    """Propose all runs of a world whose runs all end, but not more than that."""
    made = 0
    level: Iterator[Sequence[tuple[int, int]]] = iter([()])
    deviations = -1
    while True:
        following: list[Going] = []
        for picks in level:
            if made == runs_max:
                return Tried(made, deviations, complete=False)
            going = Going(picks)
            yield going
            made += 1
            following.append(going)
        if not following:
            return Tried(made, deviations, complete=True)
        deviations += 1
        level = (picks for going in following for picks in going.one_more())
