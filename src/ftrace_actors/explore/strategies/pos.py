"""Partial order sampling (Yuan, Yang, Gu, CAV'18), and a form of ours weighted by work.

`pos`: each step that becomes pending draws a priority evenly from (0, 1); the enabled one of highest priority is made;
then every pending step that races with it draws anew. Without the last rule orders of independent steps would decide
how likely an order of racing steps is. The paper proves for it a bound that no random walk has.

`wpos` (ours): the priority is U^(1/r), r the number of steps the actor has left. Of steps that do not race the one of
an actor with more work is then more likely to come first, in proportion to it, as in `urw`; racing ones draw anew.

Where we depart from the paper, and why:

- What races is decided by what the step touches when it is pending, as far as the dull name of a step says so
  (`profile.races`): a message and its receiver, or accesses to the same eight bytes. What a step does besides (an
  interrupt that is taken there) is not known.
- A step of an actor that is blocked again keeps its priority.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from ...actors.choices import RunInfo
from .picking import Picking, Work
from .profile import Profile, races

__all__ = ["POS", "WeightedPOS"]


class POS(Picking):
    """The pending step of highest priority is made; those that race with it draw anew."""

    __slots__ = ("_late",)

    def __init__(self, seed: int, run: int, profile: Profile, salt: int = 0x706F73) -> None:
        super().__init__(seed, run, profile, salt)
        # How late a pending step comes, by actor: an exponential draw, so the least is the highest priority.
        self._late: dict[int, float] = {}

    def _draw(self, actor: int) -> float:
        """How late the pending step of `actor` is to come."""
        return -log(1.0 - self._rng.random())

    def pick(self, actors: Sequence[int]) -> int:
        """The enabled actor whose step is due first."""
        late = self._late
        for actor in actors:
            if actor not in late:
                late[actor] = self._draw(actor)
        return min(actors, key=late.__getitem__)

    def moves(self, actor: int, actors: Sequence[int]) -> None:
        """Forget the step that is made, and those that race with it."""
        late, pending = self._late, self._info.pending
        late.pop(actor, None)
        step = pending(actor)
        for other in actors:
            if other in late and races(step, pending(other)):
                del late[other]


class WeightedPOS(POS):
    """POS in which an actor with more work left is more likely to be first."""

    __slots__ = ("_work",)

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        super().__init__(seed, run, profile, 0x77706F73)
        self._work = Work(profile)

    def begin(self, run: RunInfo) -> None:
        """Nobody has made a step."""
        super().begin(run)
        self._work.begin(len(run.actors))

    def _draw(self, actor: int) -> float:
        return super()._draw(actor) / self._work.left[actor]

    def moves(self, actor: int, actors: Sequence[int]) -> None:
        """Also count its work."""
        super().moves(actor, actors)
        self._work.done(actor)
