"""Selectively uniform random walk (SURW; Zhao et al., ASPLOS'25).

Each run draws one object that several actors touch, and cares for the order of the steps on it alone: every order of
those is equally likely, with exact counts and nobody blocked otherwise. One actor is *intended* to make the next of
them, drawn in proportion to how many it has left. Anybody may move whose step is on something else; an actor that would
touch the object and is not the intended one is held back, until the intended one has touched it.

Where we depart from the paper, and why:

- Counts are those of the dull run, and another schedule may have more or fewer. An actor that has used up its count is
  intended again only when all have.
- When everybody who could move is held back, one of them moves all the same, drawn evenly, and that counts as the step
  of the intended one: the intended one may wait for something that only they can bring about.
- The object is drawn from those that race (`Profile.racing`): two actors touch it and one of them writes, in one of the
  runs of the profile. Where nothing races, it is a uniform walk.
- An object that the dull run does not show has a count of zero for everybody: then all are intended equally often.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...actors.choices import RunInfo
from .picking import Picking
from .profile import Profile

__all__ = ["SURW"]


class SURW(Picking):
    """Every order of the steps on one object is equally likely.

    Attributes:
        object: the object that this run drew; None where nothing is shared.
    """

    __slots__ = ("_held", "_intended", "_left", "object")

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        super().__init__(seed, run, profile, 0x73757277)
        self.object = self._rng.choice(profile.racing) if profile.racing else None
        self._left: list[int] = []
        self._held: set[int] = set()
        self._intended = -1

    def begin(self, run: RunInfo) -> None:
        """Count the steps on the object, and draw who is to make the first."""
        super().begin(run)
        known = self._profile.steps
        self._left = [
            sum(place == self.object for _, place in known[actor]) if actor < len(known) else 0
            for actor in range(len(run.actors))
        ]
        self._intend()

    def _intend(self) -> None:
        """Draw who makes the next step on the object; one that used up its count only where all have."""
        weights = self._left if any(self._left) else [1] * len(self._left)
        self._intended = self._rng.choices(range(len(weights)), weights)[0]
        self._held.clear()

    def pick(self, actors: Sequence[int]) -> int:
        """Draw until somebody is not to be held back."""
        if self.object is None:
            return actors[int(self._rng.random() * len(actors))]
        free = [actor for actor in actors if actor not in self._held]
        while free:
            actor = free[int(self._rng.random() * len(free))]
            if actor == self._intended or self._info.pending(actor)[1] != self.object:
                return actor
            self._held.add(actor)
            free.remove(actor)
        return actors[int(self._rng.random() * len(actors))]

    def moves(self, actor: int, actors: Sequence[int]) -> None:
        """Count a step on the object, and draw who makes the next."""
        if self.object is None or self._info.pending(actor)[1] != self.object:
            return
        if self._left[actor]:
            self._left[actor] -= 1
        self._intend()
