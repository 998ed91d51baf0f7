"""What proposes runs, and the loop that makes them.

A proposer is a generator: it yields the chooser of a run, is sent the run's result, and returns what it has found out.
So it may learn from every run and may stop whenever it likes, and it makes no runs itself: the same proposer serves
either driver, and a run may be anything that has a result.

```
shrunk = drive(shrinking(picks, target), world.run)
shrunk = await drive_trio(shrinking(picks, target), world.run_trio)  # all runs in one event loop
```
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import TypeAlias, TypeVar

from ..actors.choices import Chooser

__all__ = ["Proposals", "drive", "drive_trio"]

R = TypeVar("R")
T = TypeVar("T")

Proposals: TypeAlias = Generator[Chooser, R, T]
"""Yields choosers, is sent results of type R, returns a T."""


def drive(proposals: Proposals[R, T], run: Callable[[Chooser], R]) -> T:
    """Make every run that is proposed; what the proposer returns.  Raises what a run raises."""
    try:
        chooser = next(proposals)
        while True:
            chooser = proposals.send(run(chooser))
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        proposals.close()


async def drive_trio(proposals: Proposals[R, T], run: Callable[[Chooser], Awaitable[R]]) -> T:
    """As `drive`, for runs that are awaited."""
    try:
        chooser = next(proposals)
        while True:
            chooser = proposals.send(await run(chooser))
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        proposals.close()
