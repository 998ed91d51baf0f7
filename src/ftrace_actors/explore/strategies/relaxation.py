"""How often a run does something other than the dull thing, for every kind of choice but who moves.

Most choices must be dull, or a run drowns in weirdness and gets nowhere; but a bug that needs five stale
loads is not found at one in fifty. So every run draws its own probabilities, one for each kind (swarm
testing: Groce et al., ISSTA'12; TigerBeetle's simulator does the same), and some draws are zero: a run
without any stale load sees effects of stale fetches that would otherwise be masked.

Asking a generator at every choice would cost more than the choice. The distance to the next non-dull answer
of a kind is geometric, so it is drawn once and counted down: one dictionary read and one write a choice.
"""

from collections.abc import Mapping
from math import log
from random import Random

from ...actors.choices import Kind

__all__ = ["NEVER", "RATES", "Relaxation", "draw_gap"]

NEVER = 1 << 62
"""A gap that no run outlives."""

RATES: Mapping[Kind, tuple[float, ...]] = {
    Kind.LOAD: (0.0, 0.02, 0.2, 0.5),
    Kind.FETCH: (0.0, 0.02, 0.2, 0.5),
    Kind.EARLY: (0.0, 0.01, 0.04, 0.15),
    Kind.INTERRUPT: (0.0, 0.02, 0.2, 0.5),
    Kind.DELIVER: (0.0, 0.02, 0.2, 0.5),
    Kind.TIMER: (0.0, 0.01, 0.05, 0.25),
    Kind.ALLOC: (0.0, 0.02, 0.2, 0.5),
    # Inputs of the scenario have no dull side worth staying on.
    Kind.DATA: (0.2, 0.5, 0.8),
}
"""Probabilities of a non-dull answer that a run draws from, evenly."""

_EARLY = Kind.EARLY
_HAND_OVER = 0.5

_OLDEST = (0.0, 0.0, 0.5, 0.9)
"""Probabilities of taking the last option (the oldest write or word) rather than any of the non-dull ones."""


def draw_gap(rng: Random, probability: float) -> int:
    """How many choices until, and including, the next success of independent trials; `NEVER` for 0."""
    if probability <= 0.0:
        return NEVER
    if probability >= 1.0:
        return 1
    return 1 + int(log(1.0 - rng.random()) / log(1.0 - probability))


class Relaxation:
    """Answers every choice of a run but SCHEDULE.

    Attributes:
        probability: what the run drew, by kind.
        oldest: probability that a non-dull answer is the last option.
        promised: something was just made visible early, and nobody has been asked who moves since.
    """

    __slots__ = ("_gaps", "_rng", "oldest", "probability", "promised")

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.promised = False
        self.probability = {kind: rng.choice(rates) for kind, rates in RATES.items()}
        self.oldest = rng.choice(_OLDEST)
        self._gaps = {kind: draw_gap(rng, p) for kind, p in self.probability.items()}

    def choose(self, kind: Kind, count: int) -> int:
        """Pick one of `count` >= 2 options."""
        if kind is _EARLY and self.promised:
            # The second stage: which of the candidates. None of them is duller than the others.
            return int(self._rng.random() * count)
        gap = self._gaps[kind]
        if gap > 1:
            self._gaps[kind] = gap - 1
            return 0
        rng = self._rng
        self._gaps[kind] = draw_gap(rng, self.probability[kind])
        self.promised = kind is _EARLY
        if count == 2 or rng.random() < self.oldest:
            return count - 1
        return 1 + int(rng.random() * (count - 1))

    @property
    def promises(self) -> bool:
        """Whether something may become visible early in this run."""
        return self.probability[_EARLY] > 0.0

    def moved(self, actor: int) -> None:
        """An actor makes a step. Nothing here depends on it."""

    def hands_over(self) -> bool:
        """Whether the next decision about who moves should go to somebody else.

        What was made visible early matters only if another CPU looks before its turn comes, so after a promise
        others move at once in half the cases.
        """
        if not self.promised:
            return False
        self.promised = False
        return self._rng.random() < _HAND_OVER
