"""What tasks executed although it had been overwritten: the cause of many a fault, and its proof.

A fetch that took an older word than it could have is nothing wrong by itself.  When the task then faults before it is
back from what it was called for, that fetch and the write that it missed say why.
"""

from __future__ import annotations

from typing import Final

from ..events import Early, Fetch, Returned, Store

__all__ = ["Missed"]

_WORD: Final = 4


class Missed:
    """Follows stale fetches and the writes that they missed."""

    __slots__ = ("_fetched", "_stale", "_writes")

    def __init__(self) -> None:
        self._writes: list[Store | Early] = []
        self._stale: dict[str, Fetch] = {}
        self._fetched: dict[tuple[str, int], Fetch] = {}

    def copy(self) -> Missed:
        """Independent of this one.  There is no `state`: all of it is words and proofs."""
        other = Missed()
        other._writes = self._writes.copy()
        other._stale = self._stale.copy()
        other._fetched = self._fetched.copy()
        return other

    def fetched(self, event: Fetch) -> None:
        """A modifiable word was fetched."""
        self._fetched[event.task, event.addr] = event
        if event.order < event.newest:
            self._stale[event.task] = event

    def written(self, event: Store | Early) -> None:
        """Something was written, or became visible before it was."""
        self._writes.append(event)

    def returned(self, event: Returned) -> None:
        """The task is done with what it executed: what it missed there has done no harm."""
        self._stale.pop(event.task, None)

    def stale(self, task: str) -> Fetch | None:
        """The last stale fetch on the way to where the task is now."""
        return self._stale.get(task)

    def fetch_of(self, task: str, addr: int) -> Fetch | None:
        """The task's last fetch of the word at `addr`."""
        return self._fetched.get((task, addr))

    def taken(self, fetch: Fetch) -> Store | Early | None:
        """The write that a fetch took; None when that is the initial word, or not known yet."""
        return next((write for write in self._writes if write.order == fetch.order), None)

    def write(self, stale: Fetch) -> Store | Early | None:
        """The oldest write that a stale fetch missed; None when it is not known yet."""
        newer = [write for write in self._writes if write.order > stale.order and _touches(write, stale.addr)]
        return min(newer, key=lambda write: (write.order, write.seq), default=None)


def _touches(write: Store | Early, addr: int) -> bool:
    """The write is of some byte of the word at `addr`; an early message says no size, and counts as one word."""
    if isinstance(write, Early):
        return write.what == "store" and abs(write.addr - addr) < _WORD
    return write.addr < addr + _WORD and addr < write.addr + write.size
