"""Stores, cleaning and invalidation take effect ahead of their turn, often; who moves is simple.

What a lost barrier lets happen is rare in a run in which everything else is drawn as well. Two simple schedules show
it:

- *later*: the dull run, but for what is early. A DC or an IC that overtook what it was for is seen long after, by who
  fetches what was there before, so fetches and loads mostly return the oldest.
- *looking*: callers are held back, as in the profiler's run, until something is made visible early. Then one of them
  often moves for a while, before the store that was overtaken.

Each run draws one of them, how often something is early, how often and how long a caller looks, and how often what is
read is old. What becomes visible early is mostly the last thing that can, for that overtakes most.

This was tried on ten worlds of ours that lack a DSB between DC and IC, or every order between a literal and its BL.
Eight show it in a tenth of the runs of one of the two, or in more, where `turns` mostly shows it in one of fifty or
less. The other two need somebody to be late as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from ...actors.choices import Kind, RunInfo
from ...actors.outcome import RunOutcome
from .profile import Profile
from .profiler import Profiler
from .relaxation import draw_gap
from .seeds import mix_seed
from .spread import spread

__all__ = ["Ahead"]

_EARLY: Final = (0.1, 0.3, 0.3, 0.6)
"""Probabilities that something becomes visible early, at each step at which it can."""
_LAST: Final = 0.85
"""Probability that it is the last of what can."""
_LOOKS: Final = (0.3, 1.0)
"""Probabilities that somebody looks then."""
_LOOKING: Final = (10, 40)
"""About how many steps that takes, on the average."""
_OLD: Final = {False: (0.5, 1.0, 1.0), True: (0.0, 0.5, 0.5, 1.0)}
"""Probabilities that what is read is the oldest there is, by whether callers look."""
_READS: Final = frozenset({Kind.LOAD, Kind.FETCH})


class Ahead:
    """Makes things visible early.

    Attributes:
        looking: callers are held back, and look when something is made visible early.
    """

    __slots__ = (
        "_early", "_last", "_late", "_left", "_long", "_looker", "_looks", "_newest", "_old", "_order", "_promised",
        "_rng", "looking",
    )  # fmt: skip

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        self._rng = rng = Random(mix_seed(seed, run) ^ 0x6168656164)
        self._late = profile.late_movers
        self.looking = spread(seed, run)[0] < 0.5
        held = self.looking and self._late
        self._order = Profiler(self._late, profile.main) if held else Profiler()
        self._early = rng.choice(_EARLY)
        self._newest = rng.random() < _LAST
        self._old = rng.choice(_OLD[self.looking])
        self._looks = rng.choice(_LOOKS) if self.looking else 0.0
        self._long = rng.choice(_LOOKING)
        self._promised = False
        self._looker = self._last = -1
        self._left = 0

    def begin(self, run: RunInfo) -> None:
        """Nobody has moved."""
        self._order.begin(run)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Pick one of `count` options."""
        if kind is Kind.SCHEDULE:
            index = self._schedule(actors)
            self._last = actors[index]
            self._order.moves(self._last, actors)
            return index
        if kind is Kind.EARLY:
            return self._make_early(count)
        if kind in _READS:
            return count - 1 if self._rng.random() < self._old else 0
        return self._order.choose(kind, count, actors)

    def _make_early(self, count: int) -> int:
        if self._promised:
            # The second stage: which of the candidates.
            return count - 1 if self._newest else int(self._rng.random() * count)
        self._promised = not self._left and self._rng.random() < self._early
        return int(self._promised)

    def _schedule(self, actors: Sequence[int]) -> int:
        if self._promised:
            self._promised = False
            if self._rng.random() < self._looks:
                self._let_look(actors)
        if self._left:
            self._left -= 1
            if self._looker in actors:
                return actors.index(self._looker)
            self._left = 0
        return self._order.pick(actors)

    def _let_look(self, actors: Sequence[int]) -> None:
        """One of the callers moves for a while, or anybody else where nobody is known to be one."""
        others = [
            actor for actor in actors if actor != self._last and (actor in self._late or not self._late)
        ]
        if others:
            self._looker = self._rng.choice(others)
            self._left = draw_gap(self._rng, 1 / self._long)

    def end(self, outcome: RunOutcome) -> None:
        """Nothing is learned: the next run must not depend on this one."""
