"""Near the dull run: it is the dull run, but for one actor that is held back once.

A protocol is best understood by its smallest failure, and many need a single deviation: somebody is preempted at the
wrong instruction, and everything else happens as it usually does. The actor is drawn evenly from those that execute
instructions, and the step from its instructions, half of them such that race. Held back, it moves only when nobody else
can, one step at a time; in half the runs ticks come then, which is what a grace period that waits for this CPU would
otherwise wait for.

Such a run once came first in `auto`. In the half of the corpus that is for tuning (20 mutants, four seeds of each) it
found something three times, where `turns` does as well, so `near` is a member like the others.

Prior art: iterative context bounding (Musuvathi and Qadeer, PLDI'07) goes through all runs with one preemption before
any with two. We draw instead, hold the actor back for good, and do not count blocking.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ...actors.choices import Kind, RunInfo
from ...actors.outcome import RunOutcome
from .profile import Profile
from .seeds import mix_seed

__all__ = ["Near"]


class Near:
    """The dull run with one actor held back.

    Attributes:
        held: that actor.
        step: the number of the step before which it is held back, from 0.
    """

    __slots__ = ("_asked", "_holding", "_made", "_profile", "_rng", "_ticks", "held", "step")

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        self._rng = Random(mix_seed(seed, run) ^ 0x6E656172)
        self._profile = profile
        self._ticks = self._rng.random() < 0.5
        self._made = 0
        self._holding = False
        self._asked = False
        self.held = -1
        self.step = 0

    def begin(self, run: RunInfo) -> None:
        """Draw the actor and the step."""
        rng, profile = self._rng, self._profile
        self.held = rng.choice(profile.movers(len(run.actors)))
        self.step = profile.draw_step(rng.random(), self.held)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Pick one of `count` options: 0, but for the actor that is held back, and ticks."""
        if kind is Kind.SCHEDULE:
            self._asked = False
            holds = actors[0] == self.held and self._made >= self.step
            self._holding |= holds
            self._made += actors[holds] == self.held
            return int(holds)
        if kind is Kind.TIMER:
            # One actor asks at most once a step. Nobody was asked who moves, so it is alone, and that is the held one.
            alone, self._asked = self._asked, True
            return count - 1 if alone and self._holding and self._ticks else 0
        return 0

    def end(self, outcome: RunOutcome) -> None:
        """Nothing is learned: the next run must not depend on this one."""
