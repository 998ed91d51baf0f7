"""A sticky random walk over who moves.

A uniform walk (each enabled actor equally likely at each step) is the baseline of every comparison, and
poor: the schedules that break protocols let one actor run far while another sits between two instructions,
and a uniform walk makes those exponentially rare. So a step keeps the current actor with probability 1 - p
and is uniform over the enabled actors otherwise; p is drawn log-uniformly from [0.05, 1] for every run, so
the uniform walk (p = 1) is one end of what is tried and long undisturbed stretches are the other.

Departures from what was measured as best elsewhere: the draw is not weighted by the work each actor has
left (no profile of it is kept), and relaxations share the run (see :mod:`.relaxation`).
"""

from collections.abc import Sequence
from math import exp, log
from random import Random

from ...actors.choices import Kind, RunInfo
from ...actors.outcome import RunOutcome
from .profile import Profile
from .relaxation import Relaxation, draw_gap
from .seeds import mix_seed

__all__ = ["RandomWalk"]

_SCHEDULE = Kind.SCHEDULE
_SWITCH_MIN = 0.05


class RandomWalk:
    """See the module.

    Attributes:
        switch: probability that a step asks for the next actor instead of keeping the current one.
        relaxation: what the run drew for the other kinds.
    """

    __slots__ = ("_gap", "_relax", "_rng", "relaxation", "switch")

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        self._rng = rng = Random(mix_seed(seed, run))
        self.switch = exp(rng.random() * log(_SWITCH_MIN))
        self._gap = draw_gap(rng, self.switch)
        self.relaxation = Relaxation(rng)
        self._relax = self.relaxation.choose

    def begin(self, run: RunInfo) -> None:
        """Everything was drawn when the chooser was made."""

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Pick one of `count` options."""
        if kind is not _SCHEDULE:
            return self._relax(kind, count)
        if self.relaxation.promised and self.relaxation.hands_over():
            return 1 + int(self._rng.random() * (count - 1))
        gap = self._gap
        if gap > 1:
            self._gap = gap - 1
            return 0
        self._gap = draw_gap(self._rng, self.switch)
        return int(self._rng.random() * count)

    def end(self, outcome: RunOutcome) -> None:
        """Nothing is learned: the next run must not depend on this one."""
