"""What strategies about who moves have in common: a generator, the relaxations, and what is left to do.

The choices other than who moves are answered by the relaxation mix (`relaxation`), whatever the strategy. After a
promise a decision may go to any other actor, whatever the strategy would have said: what was made visible early
matters only if somebody else looks.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from random import Random

from ...actors.choices import Kind, RunInfo
from ...actors.outcome import RunOutcome
from .profile import Profile
from .relaxation import Relaxation
from .seeds import mix_seed

__all__ = ["Picking", "Work", "swarm", "weighted"]

_SCHEDULE = Kind.SCHEDULE


def swarm(rng: Random, profile: Profile) -> Relaxation:
    """A little of every kind, at rates that each run draws."""
    return Relaxation(rng)


def weighted(rng: Random, actors: Sequence[int], weights: Sequence[float]) -> int:
    """The index of one of `actors`, drawn in proportion to the weights, which are by actor.

    `Random.choices` would want a list of cumulated weights at every step.
    """
    at = rng.random() * sum([weights[actor] for actor in actors])
    for index, actor in enumerate(actors):
        at -= weights[actor]
        if at < 0.0:
            return index
    return 0  # rounding


class Work:
    """How many steps each actor has still to make, by the profile; never less than one."""

    __slots__ = ("_profile", "left")

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.left: list[int] = []

    def begin(self, actors: int) -> None:
        """Nobody has made a step."""
        self.left = [self._profile.work(actor) for actor in range(actors)]

    def done(self, actor: int) -> None:
        """`actor` makes a step."""
        if self.left[actor] > 1:
            self.left[actor] -= 1


class Picking:
    """A chooser whose subclass says who moves.

    Args:
        seed, run: where draws come from.
        salt: makes the draws of one strategy differ from those of another.
        profile: as for any strategy.
        relaxing: makes what answers the other kinds.

    Attributes:
        relaxation: what the run drew for the other kinds.
    """

    __slots__ = ("_info", "_profile", "_relax", "_rng", "relaxation")

    _info: RunInfo

    def __init__(
        self,
        seed: int,
        run: int,
        profile: Profile,
        salt: int,
        relaxing: Callable[[Random, Profile], Relaxation] = swarm,
    ) -> None:
        self._rng = Random(mix_seed(seed, run) ^ salt)
        self._profile = profile
        self.relaxation = relaxing(self._rng, profile)
        self._relax = self.relaxation.choose

    def begin(self, run: RunInfo) -> None:
        """Remember whom to ask about pending steps; a subclass draws what depends on the actors."""
        self._info = run

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Pick one of `count` options."""
        if kind is not _SCHEDULE:
            return self._relax(kind, count)
        hands_over = self.relaxation.promised and self.relaxation.hands_over()
        actor = self.hand_over(actors) if hands_over else self.pick(actors)
        self.moves(actor, actors)
        self.relaxation.moved(actor)
        return actors.index(actor)

    def hand_over(self, actors: Sequence[int]) -> int:
        """The actor that moves when something was just made visible early: by default any but the first."""
        return actors[1 + int(self._rng.random() * (len(actors) - 1))]

    @abstractmethod
    def pick(self, actors: Sequence[int]) -> int:
        """The actor that moves, of two or more enabled ones."""

    def moves(self, actor: int, actors: Sequence[int]) -> None:
        """`actor` was picked of `actors`, here or because of a promise. By default nothing is remembered."""

    def end(self, outcome: RunOutcome) -> None:
        """Nothing is learned: the next run must not depend on this one."""
