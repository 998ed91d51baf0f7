"""How often the cyclic garbage collector looks, while many runs follow each other.

Every run makes one web of actors that point at each other and lets all of it go at the end.  With the interpreter's
defaults the collector looks a dozen times into webs that are still in use; a tenth of a campaign's time went there.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collecting_rarely"]

_ALLOCATIONS = 50_000
"""Allocations between two looks: a few runs' worth, some ten MB."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Within it the collector looks every few runs; then as before."""
    before = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
