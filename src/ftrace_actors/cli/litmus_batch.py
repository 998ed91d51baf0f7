"""Many tests in a row: answered in order, over worker processes, until somebody presses Ctrl-C."""

import multiprocessing.pool
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TypeVar

__all__ = ["in_order", "interrupts"]

A = TypeVar("A")
POLL = 0.1
"""Seconds between two looks at whether Ctrl-C was pressed, while workers are at work."""


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed.  The first asks us to finish up; the second ends the program as usual."""
    pressed = False

    def note(signal_number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:  # under nohup
        yield lambda: False
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def in_order(
    paths: Sequence[Path], answer: Callable[[Path], A], jobs: int, interrupted: Callable[[], bool]
) -> Iterator[A]:
    """The answers in order, from worker processes when there are jobs for several.

    After an interrupt, those that were ready.  `answer` runs in this process for one job, else it must be picklable.
    """
    if jobs == 1 or len(paths) == 1:
        for path in paths:
            if interrupted():
                return
            yield answer(path)
        return
    with _pool(min(jobs, len(paths))) as pool:
        ready = pool.imap(answer, paths)
        for _ in paths:
            found = _awaited(ready, interrupted)
            if found is None:
                return
            yield found


def _awaited(ready: "multiprocessing.pool.IMapIterator[A]", interrupted: Callable[[], bool]) -> A | None:
    """The next answer; None when it is not there and will not be waited for."""
    while True:
        stop = interrupted()
        try:
            return ready.next(timeout=0 if stop else POLL)
        except multiprocessing.TimeoutError:
            if stop:
                return None


def _pool(jobs: int) -> multiprocessing.pool.Pool:
    """Workers that an interrupt does not reach, from their first moment on: it is the parent's to handle."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return multiprocessing.get_context("spawn").Pool(jobs)
    finally:
        signal.signal(signal.SIGINT, before)
