"""One run, always the same: callers are held back, and who reads or executes anything gets the oldest there is.

Callers begin, and then move only when nobody else can, as in the profiler's run in which they are *held*. So the
patcher does all it has to do before they come, and they have missed everything: each load and each fetch returns the
oldest that it may. A lost cache operation often shows here at once, and so does a wait that does not wait for who is
late: of the half of the corpus (benchmarks/mutants) that is for tuning seven mutants of twenty.

Where nobody can be held back it is the dull run, but for what is old.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...actors.choices import Kind, RunInfo
from ...actors.outcome import RunOutcome
from .profile import Profile
from .profiler import Profiler

__all__ = ["Stale"]

_READS = frozenset({Kind.LOAD, Kind.FETCH})


class Stale:
    """Holds back who may be late, and gives everybody the oldest. The seed and the run make no difference."""

    __slots__ = ("_order",)

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        late = profile.late_movers
        self._order = Profiler(late, profile.main if late else -1)

    def begin(self, run: RunInfo) -> None:
        """Nobody has moved."""
        self._order.begin(run)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Pick one of `count` options: the oldest, or what the run in which callers are held has."""
        return count - 1 if kind in _READS else self._order.choose(kind, count, actors)

    def end(self, outcome: RunOutcome) -> None:
        """Nothing is learned: the next run must not depend on this one."""
