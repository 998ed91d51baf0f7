"""Walks weighted by the work that each actor has left: URW (Zhao et al., ASPLOS'25), and a sticky one of ours.

`urw`: an actor with r steps left is picked with probability r / sum of all r. With exact counts and nobody blocked all
interleavings are equally likely, where a uniform walk starves actors that have much to do.

`srw` (ours): as that, but a step keeps the actor that moved last with probability 1 - p, p drawn log-uniformly from
[0.05, 1] in each run. Uniform interleavings switch at every other step; bugs need few switches at the right places.

Where we depart from the paper: counts come from the dull run alone, and other schedules are longer or shorter, so a
count never falls below one; the steps of an actor that is woken by another one are its own from the beginning, and not
its waker's until then; actors wait for each other, and then interleavings are not equally likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

from ...actors.choices import RunInfo
from .picking import Picking, Work, weighted
from .profile import Profile
from .relaxation import draw_gap

__all__ = ["URW", "StickyURW"]

_SWITCH_MIN = 0.05


class URW(Picking):
    """The actor that moves is drawn in proportion to the work left."""

    __slots__ = ("_work",)

    def __init__(self, seed: int, run: int, profile: Profile, salt: int = 0x757277) -> None:
        super().__init__(seed, run, profile, salt)
        self._work = Work(profile)

    def begin(self, run: RunInfo) -> None:
        """Nobody has made a step."""
        super().begin(run)
        self._work.begin(len(run.actors))

    def pick(self, actors: Sequence[int]) -> int:
        """Draw one."""
        return actors[weighted(self._rng, actors, self._work.left)]

    def moves(self, actor: int, actors: Sequence[int]) -> None:
        """Count its work."""
        self._work.done(actor)


class StickyURW(URW):
    """Mostly the actor that moved last; else as `URW`.

    Attributes:
        switch: probability that a step asks for the next actor instead of keeping the current one.
    """

    __slots__ = ("_gap", "_last", "switch")

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        super().__init__(seed, run, profile, 0x737277)
        self.switch = exp(self._rng.random() * log(_SWITCH_MIN))
        self._gap = draw_gap(self._rng, self.switch)
        self._last = -1

    def pick(self, actors: Sequence[int]) -> int:
        """The last one until the next switch is due."""
        if actors[0] == self._last:
            if self._gap > 1:
                self._gap -= 1
                return self._last
            self._gap = draw_gap(self._rng, self.switch)
        return super().pick(actors)

    def moves(self, actor: int, actors: Sequence[int]) -> None:
        """Also remember it."""
        super().moves(actor, actors)
        self._last = actor
