"""The keys of the places that a search has been to, in one process or shared by several."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol

__all__ = ["Keys", "Seen", "SharedSeen", "keys_in", "packed"]

_KEY = 8
"""Bytes of a key."""

_FULL = 0.7
"""Which part of a table may be used: above that, looking for a free entry takes long."""


class Keys(Protocol):
    """A set of keys."""

    def add(self, key: int) -> bool:
        """True when it is new."""

    def __contains__(self, key: int) -> bool:
        """Was it added before?"""


class Seen:
    """The keys of one process."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: set[int] = set()

    def add(self, key: int) -> bool:
        """True when it is new."""
        before = len(self._keys)
        self._keys.add(key)
        return len(self._keys) > before

    def __contains__(self, key: int) -> bool:
        return key in self._keys


class SharedSeen:
    """A table of keys in memory that several processes map: open addressing, 0 for a free entry.

    Args:
        file: descriptor of a file of `8 * entries` bytes, which is mapped.
        entries: a power of two.
        lock: held while a key is added, so that of two processes only one learns that it is new.
    """

    __slots__ = ("_lock", "_map", "_mask", "_table")

    def __init__(self, file: int, entries: int, lock: AbstractContextManager[bool]) -> None:
        self._map = mmap.mmap(file, _KEY * entries)
        self._table = memoryview(self._map).cast("Q")
        self._mask = entries - 1
        self._lock = lock

    def add(self, key: int) -> bool:
        """True when it is new."""
        key = key or 1
        if self._table[self._entry(key)] == key:
            return False
        with self._lock:
            at = self._entry(key)
            if self._table[at] == key:
                return False
            self._table[at] = key
            return True

    def __contains__(self, key: int) -> bool:
        key = key or 1
        return self._table[self._entry(key)] == key

    def _entry(self, key: int) -> int:
        """Where a key is, or would be."""
        at = key & self._mask
        table = self._table
        while table[at] and table[at] != key:
            at = at + 1 & self._mask
        return at

    def refill(self, keys: Iterable[int]) -> None:
        """Hold these keys and no others; no other process may use it meanwhile."""
        self._map.seek(0)
        self._map.write(bytes(len(self._map)))
        for key in keys:
            self.add(key)

    def close(self) -> None:
        """Unmap it."""
        self._table.release()
        self._map.close()

    @staticmethod
    def room(entries: int) -> int:
        """How many keys a table of that size takes."""
        return int(entries * _FULL)


def packed(keys: Iterable[int]) -> bytes:
    """Keys, eight bytes each."""
    return b"".join([key.to_bytes(_KEY, "little") for key in keys])


def keys_in(data: bytes) -> Iterable[int]:
    """The keys that were packed."""
    return struct.unpack(f"<{len(data) // _KEY}Q", data)
