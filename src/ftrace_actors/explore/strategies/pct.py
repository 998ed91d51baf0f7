"""Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS'10).

Actors get random distinct priorities; the enabled actor of highest priority runs; at d-1 change points,
drawn uniformly from the k scheduling decisions of a run, the actor about to run drops below everybody else.
A bug that needs d ordering constraints is hit with probability at least 1/(n k^(d-1)) a run, n actors.
What that says of runs of ours is in `explore.strength`.

Where we depart from the paper, and why:

- d is drawn per run from 2..5 instead of being an option: depth 3 and more is where teardown bugs live, and
  the cheap depths cost nothing.
- k comes from the scenario's dull run, not from earlier runs, which a run must not depend on. It is an upper
  bound, the number of its visible steps: those at which nobody else could move count as well. Other schedules
  are longer, so half the runs stretch it by two. A change point counts decisions between several actors only,
  as in the paper, so one drawn late may never come.
- PCT is unfair: an actor that spins keeps its priority for ever. An actor that won `patience` decisions in
  a row is dropped below the others, as the paper does for threads that yield.
- A later change point always puts an actor below an earlier one; in the paper that is drawn as well. So for
  d > 2 we do not claim the probability of the paper.
- After a promise (see `.relaxation`) a decision may go to any other actor, whatever its priority.
- The choices other than who moves are answered by the relaxation mix; the bound above is for runs in which
  the relaxations the bug needs happen as well.
"""

from collections.abc import Sequence
from random import Random

from ...actors.choices import Kind, RunInfo
from ...actors.outcome import RunOutcome
from .profile import Profile
from .relaxation import NEVER, Relaxation
from .seeds import mix_seed

__all__ = ["PCT"]

_SCHEDULE = Kind.SCHEDULE
_DEPTH_MIN, _DEPTH_MAX = 2, 5
_PATIENCE_MIN = 64


class PCT:
    """Probabilistic concurrency testing: the actor with the highest random priority moves.

    Attributes:
        depth: d, the number of ordering constraints this run is made for.
        change_points: the decisions, numbered from 1, at which the leader drops; ascending.
        drawn_from: how many decisions they were drawn from.
        patience: decisions one actor may win in a row.
        relaxation: what the run drew for the other kinds.
    """

    __slots__ = (
        "_bottom",
        "_changes",
        "_decisions",
        "_leader",
        "_next_change",
        "_priority",
        "_relax",
        "_rng",
        "_streak",
        "change_points",
        "depth",
        "drawn_from",
        "patience",
        "relaxation",
    )

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        # A stream of its own: with one seed, `random` and `pct` must not be two readings of the same draws.
        self._rng = rng = Random(mix_seed(seed, run) ^ 0x706374)
        self.depth = rng.randint(_DEPTH_MIN, _DEPTH_MAX)
        self.drawn_from = drawn_from = max(profile.schedule_choices, 1) * rng.choice((1, 2))
        points = min(self.depth - 1, drawn_from)
        self.change_points = tuple(sorted(rng.sample(range(1, drawn_from + 1), points)))
        self.patience = max(_PATIENCE_MIN, drawn_from)
        self.relaxation = Relaxation(rng)
        self._relax = self.relaxation.choose
        self._priority: list[int] = []
        self._decisions = 0
        self._changes = iter(self.change_points)
        self._next_change = next(self._changes, NEVER)
        self._bottom = -1
        self._leader = -1
        self._streak = 0

    def begin(self, run: RunInfo) -> None:
        """Shuffle the priorities of the run's actors."""
        self._priority = list(range(len(run.actors)))
        self._rng.shuffle(self._priority)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Pick one of `count` options."""
        if kind is not _SCHEDULE:
            return self._relax(kind, count)
        self._decisions += 1
        leader = max(actors, key=self._priority.__getitem__)
        if leader == self._leader:
            self._streak += 1
        else:
            self._leader = leader
            self._streak = 1
        if self._decisions == self._next_change:
            self._next_change = next(self._changes, NEVER)
            leader = self._drop(leader, actors)
        elif self._streak > self.patience or (self.relaxation.promised and self.relaxation.hands_over()):
            leader = self._drop(leader, actors)
        return actors.index(leader)

    def _drop(self, leader: int, actors: Sequence[int]) -> int:
        """Put the leader below everybody, and say who leads now."""
        self._priority[leader] = self._bottom
        self._bottom -= 1
        self._leader = max(actors, key=self._priority.__getitem__)
        self._streak = 1
        return self._leader

    def end(self, outcome: RunOutcome) -> None:
        """Nothing is learned: the next run must not depend on this one."""
