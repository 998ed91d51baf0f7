"""How often Python looks for cycles of objects while a search runs.

A search holds a million objects that stay, and what it drops it takes apart itself (`System.dismiss`).  At Python's
usual pace a third of its time went into looking through what stays.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collect_rarely", "collecting_rarely"]

_RARELY = (20_000, 10, 10)
"""As `gc.set_threshold` takes them: how many new objects, and how many collections of the younger ones, start one."""


def collect_rarely() -> None:
    """From now on, in this process."""
    gc.set_threshold(*_RARELY)


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """For as long as the block lasts."""
    before = gc.get_threshold()
    collect_rarely()
    try:
        yield
    finally:
        gc.set_threshold(*before)
