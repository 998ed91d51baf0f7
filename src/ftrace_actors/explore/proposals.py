"""What proposes runs, and the loop that makes them.

A proposer is a generator: it yields the chooser of a run, is sent the run's result, and returns what it has found out.
So it may learn from every run and may stop whenever it likes, and it makes no runs itself: the same proposer serves
either driver, and a run may be anything that has a result.

```
shrunk = drive(shrinking(picks, target), world.run)
shrunk = await drive_async(shrinking(picks, target), world.run_trio)  # all runs in one event loop
```

Every loop over runs in this package is one of these: the runs of which a profile is made and the numbered ones after
them (`numbered`), the runs of a chunk (`chunk`), shrinking (`shrink.shrinking`), the cells of the table
(`studies.matrix`), and tests under `@explore` with their pins (`testing.exploration`).  tests/explore has one that
visits every schedule, depth first.  What a proposer yields is whatever makes a run: a cell yields an attempt, since its
runs must see more of their world than choices, a test's exploration the `Schedule` that the test gets, and a numbered
run is a `Draw`, of which a chooser can be made more than once.  `through` lets one proposer use another one that yields
something else.

In a campaign the unit is a range of numbered runs, and what comes back is their merged report.  Run i of seed s must be
the same whichever worker makes it, so nothing is learned inside a range: what the runs before it taught is known when
it begins (`portfolio.relearned`, `campaign`).  tests/explore/ranges.py is another proposer of ranges.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import closing
from typing import Generic, TypeAlias, TypeVar

from ..actors.choices import Chooser

__all__ = ["Proposals", "drive", "drive_async", "through"]

P = TypeVar("P")
Q = TypeVar("Q")
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")

Proposals: TypeAlias = Generator[Chooser, R, T]
"""Yields choosers, is sent results of type R, returns a T."""


def drive(proposals: Generator[P, R, T], run: Callable[[P], R]) -> T:
    """Make every run that is proposed; what the proposer returns.  Raises what a run raises."""
    __tracebackhide__ = True
    with closing(proposals):
        asked = _Asked(proposals)
        while not asked.over:
            asked.send(run(asked.proposed))
    return asked.returned


async def drive_async(proposals: Generator[P, R, T], run: Callable[[P], Awaitable[R]]) -> T:
    """As `drive`, for runs that are awaited, in whichever event loop."""
    __tracebackhide__ = True
    with closing(proposals):
        asked = _Asked(proposals)
        while not asked.over:
            asked.send(await run(asked.proposed))
    return asked.returned


def through(proposals: Generator[P, R, T], convert: Callable[[P], Generator[Q, S, R]]) -> Generator[Q, S, T]:
    """The same proposer under a driver of another kind of run: `convert` proposes the run that stands for one.

    It yields once or more often, and returns the result that `proposals` is sent.
    """
    __tracebackhide__ = True
    with closing(proposals):
        asked = _Asked(proposals)
        while not asked.over:
            asked.send((yield from convert(asked.proposed)))
    return asked.returned


class _Asked(Generic[P, R, T]):
    """A proposer at work: what it proposed last, or, once it is over, what it returned.

    Only the generator's own end is taken for its end: a `StopIteration` out of a run is the run's mistake.
    """

    __slots__ = ("_proposals", "over", "proposed", "returned")

    proposed: P
    returned: T

    def __init__(self, proposals: Generator[P, R, T]) -> None:
        __tracebackhide__ = True
        self._proposals = proposals
        self.over = False
        try:
            self.proposed = next(proposals)
        except StopIteration as end:
            self._end(end)

    def send(self, result: R) -> None:
        """Tell it what the run came to that it proposed last."""
        __tracebackhide__ = True
        try:
            self.proposed = self._proposals.send(result)
        except StopIteration as end:
            self._end(end)

    def _end(self, end: StopIteration) -> None:
        self.over = True
        self.returned = end.value
