"""A sticky random walk over who moves, with a bias of its own in every run.

A uniform walk (each enabled actor equally likely at each step) is the baseline of every comparison, and poor: the
schedules that break protocols let one actor run far while another sits between two instructions, and a uniform
walk makes those exponentially rare. Two things are drawn for every run instead (swarm testing, as in
:mod:`.relaxation`):

- p, log-uniformly from [0.05, 1]: a step keeps the current actor with probability 1 - p. The uniform walk (p = 1)
  is one end of what is tried and long undisturbed stretches are the other.
- a weight for each actor, log-uniformly over more than three decades (in one run of ten all are equal): who is
  drawn when another actor is to move. So in most runs some actor is starved for long, which is what it takes to hold
  a task between two instructions through a whole grace period. On the teardown scenarios this multiplied the
  failures found by ten and more.

An actor that blocks leaves the choice open too: option 0, the lowest id, is then no more than a convention.

Departures from what was measured as best elsewhere: weights are drawn, not taken from the work each actor has left,
which :mod:`.urw` does, and relaxations share the run.
"""

from collections.abc import Sequence
from math import exp, log
from random import Random

from ...actors.choices import Kind, RunInfo
from ...actors.outcome import RunOutcome
from .picking import weighted
from .profile import Profile
from .relaxation import Relaxation, draw_gap
from .seeds import mix_seed

__all__ = ["RandomWalk"]

_SCHEDULE = Kind.SCHEDULE
_SWITCH_MIN = 0.05
_WEIGHT_MIN = 0.0003
_UNEVEN = 0.9


class RandomWalk:
    """A random walk that prefers to stay with one actor; each run draws how much.

    Attributes:
        switch: probability that a step asks for the next actor instead of keeping the current one.
        weights: how likely each actor is to be drawn, by id; drawn when the run begins.
        relaxation: what the run drew for the other kinds.
    """

    __slots__ = ("_gap", "_last", "_relax", "_rng", "relaxation", "switch", "weights")

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        self._rng = rng = Random(mix_seed(seed, run))
        self.switch = exp(rng.random() * log(_SWITCH_MIN))
        self._gap = draw_gap(rng, self.switch)
        self.relaxation = Relaxation(rng)
        self._relax = self.relaxation.choose
        self.weights: list[float] = []
        self._last = -1

    def begin(self, run: RunInfo) -> None:
        """Draw the weights of the run's actors."""
        rng = self._rng
        spread = log(_WEIGHT_MIN) if rng.random() < _UNEVEN else 0.0
        self.weights = [exp(rng.random() * spread) for _ in run.actors]

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Pick one of `count` options."""
        if kind is not _SCHEDULE:
            return self._relax(kind, count)
        if self.relaxation.promised and self.relaxation.hands_over():
            index = 1 + weighted(self._rng, actors[1:], self.weights)
            self._last = actors[index]
            return index
        if actors[0] == self._last:
            gap = self._gap
            if gap > 1:
                self._gap = gap - 1
                return 0
            self._gap = draw_gap(self._rng, self.switch)
        index = weighted(self._rng, actors, self.weights)
        self._last = actors[index]
        return index

    def end(self, outcome: RunOutcome) -> None:
        """Nothing is learned: the next run must not depend on this one."""
