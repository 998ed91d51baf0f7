"""Many tests in a row: answered in order, over worker processes, until somebody presses Ctrl-C."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..explore.pool import WorkersLost, open_pool

__all__ = ["in_order"]

A = TypeVar("A")
POLL = 0.1
"""Seconds between two looks at whether Ctrl-C was pressed, while workers are at work."""


def in_order(
    paths: Sequence[Path],
    answer: Callable[[Path], A],
    lost: Callable[[Path], A],
    jobs: int,
    interrupted: Callable[[], bool],
) -> Iterator[A]:
    """The answers in order, from worker processes when there are jobs for several.

    After an interrupt, those that were ready.  `answer` runs in this process for one job, else it must be picklable;
    `lost` is the answer to a test that killed its process twice.
    """
    if jobs == 1 or len(paths) == 1:
        for path in paths:
            if interrupted():
                return
            yield answer(path)
        return
    with open_pool(min(jobs, len(paths))) as pool:
        for path, future in [(path, pool.submit(partial(answer, path))) for path in paths]:
            while not _is_ready(future, interrupted):
                if interrupted():
                    return
            try:
                yield future.result()
            except WorkersLost:
                yield lost(path)


def _is_ready(future: "Future[A]", interrupted: Callable[[], bool]) -> bool:
    """Wait a moment; none at all when it will not be waited for."""
    try:
        future.exception(timeout=0 if interrupted() else POLL)
    except TimeoutError:
        return False
    return True
