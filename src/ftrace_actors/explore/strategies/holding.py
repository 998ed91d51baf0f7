"""Holding a task where it is while something is taken away from under it.

What a wait fails to wait for shows only when a task sits in a window from before the wait until after the memory is
gone.  A walk does that now and then; this strategy does it on purpose: CPUs whose running task is *held* move only
when nobody else can, and then interrupts and ticks come early, since all that is wanted of such a CPU is that it
reports what a grace period asks for.  When the wait begins a held CPU may be *eager* to come to a later window, with
what it loads on the way; then it moves before all others, for a limited number of steps.  When the memory is gone
everybody is free again.

A `Watch` says who is held. It sees the run's events; it is a function of the choices made so far, so a run is
still a pure function of its choices.  Everything that is not about held CPUs is answered by a random walk.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import exp, log
from random import Random
from typing import Protocol

from ...actors.choices import Kind, RunInfo
from ...actors.outcome import RunOutcome
from .profile import Profile
from .seeds import mix_seed
from .walk import RandomWalk

__all__ = ["Holding", "Watch"]

_EAGER_MAX = 64
"""Steps that eager CPUs move before all others, in one run."""
_EAGER = 0.6
"""Probability that they do at all where no goal is given."""
_TICK = (0.0, 0.8)
"""Probabilities of a tick while somebody is held; the first only where late comers are looked for, without goal."""
_STALE = (0.0, 0.5, 0.9)
"""Probabilities of an old value for a load after the wait began, and of an old word for a fetch where late comers are
looked for; not the first then."""
_NEXT = 0.5
"""Probability that the old one is the one before the newest; else any."""
_DELAYED = (0.0, 0.0, 0.5)
"""Probabilities of putting an interrupt off, where late comers are looked for."""


class Watch(Protocol):
    """What a run looks like from outside, kept up to date by its events."""

    @property
    def held(self) -> Collection[int]:
        """The CPUs whose running task is to be held, by actor id."""

    @property
    def eager(self) -> Collection[int]:
        """Those of them that are to get on first."""

    @property
    def began(self) -> bool:
        """The wait has begun (where nothing is waited for: the text is updated)."""

    preferred: int
    """Told to the watch: the actor chosen although another was free to move; -1 when only held ones could."""


class Holding:
    """Holds the tasks that a watch names; everything else is a random walk.

    Args:
        seed, run: where draws come from.
        profile: as for any strategy.
        watch: who is held now.
        outside: what is looked for are tasks that come in late, through old instructions.
        goal: eager CPUs stop being so by themselves.
    """

    __slots__ = ("_delayed", "_eager", "_outside", "_rng", "_stale", "_tick", "_walk", "_watch")

    def __init__(
        self, seed: int, run: int, profile: Profile, watch: Watch, *, outside: bool, goal: bool
    ) -> None:
        self._rng = rng = Random(mix_seed(seed, run) ^ 0x686F6C64)
        self._walk = RandomWalk(seed, run, profile)
        self._watch = watch
        self._outside = outside
        self._eager = _EAGER_MAX
        if not goal:
            self._eager = int(exp(rng.random() * log(_EAGER_MAX))) if rng.random() < _EAGER else 0
        self._tick = rng.choice(_TICK) if outside and not goal else _TICK[-1]
        self._stale = rng.choice(_STALE[outside:])
        self._delayed = rng.choice(_DELAYED)

    def begin(self, run: RunInfo) -> None:
        """Let the walk draw."""
        self._walk.begin(run)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Pick one of `count` options."""
        watch = self._watch
        if kind is Kind.SCHEDULE:
            index = self._schedule(count, actors) if watch.held else self._walk.choose(kind, count, actors)
            forced = watch.held and all(actor in watch.held for actor in actors)
            watch.preferred = -1 if forced and actors[index] not in watch.eager else actors[index]
            return index
        if kind is Kind.TIMER and watch.held:
            # A CPU has few ticks in a run: none before the wait begins, none for who is on the way.
            spare = watch.began and not (self._eager and watch.eager)
            return count - 1 if spare and self._rng.random() < self._tick else 0
        if kind is Kind.INTERRUPT and (watch.held or self._outside):
            late = self._outside and watch.began and self._rng.random() < self._delayed
            return count - 1 if late else 0
        old = kind is Kind.LOAD or (kind is Kind.FETCH and self._outside)
        if old and watch.began and self._rng.random() < self._stale:
            return 1 if self._rng.random() < _NEXT else 1 + int(self._rng.random() * (count - 1))
        return self._walk.choose(kind, count, actors)

    def _schedule(self, count: int, actors: Sequence[int]) -> int:
        held, eager = self._watch.held, self._watch.eager
        if eager and self._eager:
            for index, actor in enumerate(actors):
                if actor in eager:
                    self._eager -= 1
                    return index
        free = [actor for actor in actors if actor not in held]
        if not free or len(free) == count:
            return self._walk.choose(Kind.SCHEDULE, count, actors)
        chosen = free[self._walk.choose(Kind.SCHEDULE, len(free), free)] if len(free) > 1 else free[0]
        return actors.index(chosen)

    def end(self, outcome: RunOutcome) -> None:
        """Nothing is learned: the next run must not depend on this one."""
