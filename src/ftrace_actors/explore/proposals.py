"""What proposes runs, and the loop that makes them.

A proposer is a generator: it yields the chooser of a run, is sent the run's result, and returns what it has found out.
So it may learn from every run and may stop whenever it likes, and it makes no runs itself: the same proposer serves
either driver, and a run may be anything that has a result.

```
shrunk = drive(shrinking(picks, target), world.run)
shrunk = await drive_trio(shrinking(picks, target), world.run_trio)  # all runs in one event loop
```

Sampling (`chunk`, `api.sample`), shrinking (`shrink.shrinking`) and the cells of the table are proposers; tests/explore
has one that visits every schedule, depth first.  A proposer whose runs must see more of their world than choices, as a
cell must, yields what makes the run instead of a chooser.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import TypeAlias, TypeVar

from ..actors.choices import Chooser

__all__ = ["Proposals", "drive", "drive_trio"]

P = TypeVar("P")
R = TypeVar("R")
T = TypeVar("T")

Proposals: TypeAlias = Generator[Chooser, R, T]
"""Yields choosers, is sent results of type R, returns a T."""


def drive(proposals: Generator[P, R, T], run: Callable[[P], R]) -> T:
    """Make every run that is proposed; what the proposer returns.  Raises what a run raises."""
    try:
        proposed = next(proposals)
        while True:
            proposed = proposals.send(run(proposed))
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        proposals.close()


async def drive_trio(proposals: Generator[P, R, T], run: Callable[[P], Awaitable[R]]) -> T:
    """As `drive`, for runs that are awaited."""
    try:
        proposed = next(proposals)
        while True:
            proposed = proposals.send(await run(proposed))
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        proposals.close()
