"""Many tests in a row: answered in order, over worker processes, until somebody presses Ctrl-C."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from ..explore.pool import WorkersLost, open_pool

__all__ = ["in_order"]

A = TypeVar("A")
T = TypeVar("T")
POLL = 0.1
"""Seconds between two looks at whether Ctrl-C was pressed, while workers are at work."""


def in_order(
    tests: Sequence[T],
    answer: Callable[[T], A],
    lost: Callable[[T], A],
    jobs: int,
    interrupted: Callable[[], bool],
) -> Iterator[A]:
    """The answers in order, from worker processes when there are jobs for several.

    After an interrupt, those that were ready.  `answer` runs in this process for one job, else it must be picklable;
    `lost` is the answer to a test that killed its process twice.  Raises `NoWorkers`.
    """
    if jobs == 1 or len(tests) == 1:
        for test in tests:
            if interrupted():
                return
            yield answer(test)
        return
    with open_pool(min(jobs, len(tests))) as pool:
        for test, future in [(test, pool.submit(partial(answer, test))) for test in tests]:
            while not _is_ready(future, interrupted):
                if interrupted():
                    return
            try:
                yield future.result()
            except WorkersLost:
                yield lost(test)


def _is_ready(future: "Future[A]", interrupted: Callable[[], bool]) -> bool:
    """Wait a moment; none at all when it will not be waited for."""
    try:
        future.exception(timeout=0 if interrupted() else POLL)
    except TimeoutError:
        return False
    return True
