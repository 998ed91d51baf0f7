"""The portfolio: which strategy makes which run, and how much of a campaign each of them has.

No strategy is the best everywhere, so each gets a share. Run 0 is `stale`, which is near the dull run and shows more. A
quarter is plain `random`, the last eight of every thirty-two: those are independent draws of one strategy whatever was
learned, so what is said about probability counts them alone. The others of the first thirty-two are `turns`, which is
the best on the average, but one in five is `ahead`, which is better by far at lost barriers and at nothing else. The
last of them is the dull run: a scenario that fails or hangs only there is rare, but simple to understand. What these
have not found then they find rarely, so all other runs draw one of the members, in proportion to their *shares*.

Shares are learned from the campaign itself (`explore.portfolio`), and change only at runs 64, 128, 256 and so on. None
of them ever falls below half of what it was in the beginning, nor rises above twice of that, so nobody is starved.

Prior art: portfolios of strategies that are weighted anew as a campaign goes are usual for fuzzers; we update rarely,
and from counts that do not depend on time, so that run i of seed s can be made again alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from .seeds import mix_seed

__all__ = [
    "FIRST",
    "LEARNS_AT",
    "MEMBERS",
    "PLAIN",
    "Shares",
    "boundary",
    "member_of",
    "next_boundary",
    "position",
]

_BEGINNING: Final = {
    "ahead": 4,
    "delay": 1,
    "near": 1,
    "pct": 4,
    "pos": 1,
    "srw": 1,
    "surw": 1,
    "turns": 24,
    "urw": 1,
    "wpos": 1,
}
"""The shares of a new campaign; tuned on that half of the corpus (benchmarks/mutants) which is for it."""

MEMBERS: Final = tuple(_BEGINNING)
PLAIN: Final = "random"
"""The strategy of a quarter of the runs."""
LEARNS_AT: Final = 64
"""The first run with shares of its own."""
_SCALE: Final = 1000
_BEST: Final = "turns"
_SECOND: Final = "ahead"
_EVERY: Final = 5
"""Of the first runs, those whose numbers this divides are of the second, and not of the best."""
_APART: Final = {0: "stale", 23: "dull"}
"""Runs that are the same in every campaign."""
_BLOCK: Final = 32
_PLAIN_FROM: Final = 24
"""Of each block of runs, those from here on are plain: late in it, since most that is found is found in few runs."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many runs each member gets, relative to the others; whole numbers, in the order of `MEMBERS`."""

    of: tuple[int, ...]

    def scaled(self, by: tuple[float, ...]) -> Shares:
        """Each times a factor, and at least 1."""
        return Shares(tuple(max(1, round(share * factor)) for share, factor in zip(self.of, by, strict=True)))


FIRST: Final = Shares(tuple(share * _SCALE for share in _BEGINNING.values()))
"""The shares of a new campaign."""


def member_of(seed: int, run: int, shares: Shares = FIRST) -> str:
    """The name of the strategy that makes a run."""
    if run % _BLOCK >= _PLAIN_FROM:
        return PLAIN
    if run < _BLOCK:
        return _APART.get(run, _BEST if run % _EVERY else _SECOND)
    drawn: str = Random(mix_seed(seed, run) ^ 0x6175746F).choices(MEMBERS, shares.of)[0]
    return drawn


def position(run: int) -> int:
    """The number that a run which is not plain has for its strategy; members spread their draws over successive ones.

    Of the first runs each of the two strategies has numbers of its own; all members share those of the others.
    """
    if run >= _BLOCK:
        return run // _BLOCK * _PLAIN_FROM + run % _BLOCK
    seconds = run // _EVERY
    return run - seconds - 1 if run % _EVERY else max(0, seconds - 1)


def boundary(run: int) -> int:
    """The last run up to `run` at which shares change; 0 when they have not."""
    return 0 if run < LEARNS_AT else LEARNS_AT << (run // LEARNS_AT).bit_length() - 1


def next_boundary(run: int) -> int:
    """The first run after `run` at which shares change."""
    return max(LEARNS_AT, 2 * boundary(run))
