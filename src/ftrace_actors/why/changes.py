"""Which single change of the protocol forbids the run: the machinery of `needed FILE`, with a small sample.

Each change is tried by following the failing schedule in the changed world, and then by sampling that world. One that
is said to forbid the run was flipped by a run: the one that followed the schedule there and does not break.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..result import RunResult
from ..studies.needed import Budget, Help, Tried, breaks_in_sample, mends_of, try_each
from .source import Source

__all__ = ["Change", "Changes", "try_changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was tried.

    Attributes:
        tried: what came of it.
        result: the run that followed the schedule in the changed world, recorded; None where nothing was made.
        token: the word for it, "" without one.
    """

    tried: Tried
    result: RunResult | None = None
    token: str = ""

    @property
    def forbids(self) -> bool:
        """The schedule holds in the changed world, and so do the runs of the sample."""
        return self.tried.help is Help.FORBIDS

    @property
    def more(self) -> dict[str, str]:
        """What options say for it."""
        return {self.tried.mend.key: self.tried.mend.value}


@dataclass(frozen=True, slots=True)
class Changes:
    """All of them, the smallest first.

    Attributes:
        unchanged: the first run of the sample that breaks with the protocol as it is; None when none does, or where
            nothing forbids the run, so that nobody asks.
        runs: of the sample.
        left: how many changes were not tried, since time was up.
    """

    tried: tuple[Change, ...]
    unchanged: int | None
    runs: int
    left: int = 0

    @property
    def forbidding(self) -> tuple[Change, ...]:
        """Those that forbid the run."""
        return tuple(change for change in self.tried if change.forbids)


def try_changes(
    source: Source,
    budget: Budget,
    jobs: int,
    tried: Callable[[str, int, int], None] = lambda name, done, of: None,
) -> Changes:
    """Try every single change; `tried` hears what was done.  Raises DesignError for a user's design."""
    subject = source.subject
    mends = mends_of(source.world.image)
    found: dict[str, Tried] = {}
    for one in try_each(subject, source.result.picks, mends, budget, jobs):
        found[one.mend.name] = one
        tried(one.mend.name, len(found), len(mends))
    ordered = [found[mend.name] for mend in mends if mend.name in found]
    changes = tuple(_with_run(source, one) for one in ordered if one.help is not Help.UNKNOWN)
    sampled = any(one.forbids and one.tried.strength and not one.tried.strength.complete for one in changes)
    unchanged = breaks_in_sample(subject, budget) if sampled else None
    return Changes(changes, unchanged, budget.runs, len(mends) - len(changes))


def _with_run(source: Source, one: Tried) -> Change:
    if one.help not in {Help.FORBIDS, Help.NOT_SEEN} or one.run is None:
        return Change(one)
    more = {one.mend.key: one.mend.value}
    result = source.recorded(one.run, more)
    return Change(one, result, source.token(result, more))
