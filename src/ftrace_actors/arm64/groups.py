"""Reads of bytes that writes of several sizes cover: which bytes go together, and which messages.

A location is an aligned 8-byte cell and a write has a byte mask.  Bytes covered by the same writes form a group; a
single-copy atomic read takes one message a group (Arm ARM B2.2.1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .timeline import Message

__all__ = ["Allow", "Read", "Taken", "byte_groups", "common_prov", "compatible"]

Taken = tuple[int, Message]
"""The bytes of a group, as a mask, and the message they came from."""

Allow = Callable[[int, Message], bool]
"""May the bytes of this mask come from this message?"""


class Read(NamedTuple):
    """The read half of an atomic: its view, and for each group of bytes (mask, time of the message taken)."""

    v: int
    taken: tuple[tuple[int, int], ...]


def byte_groups(writes: list[Message], want: int) -> list[int]:
    """The masks of the groups that make up `want`, lowest byte first."""
    groups: dict[tuple[int, ...], int] = {}
    for byte in range(8):
        if want >> byte & 1:
            cover = tuple([m.t for m in writes if m.mask >> byte & 1])
            groups[cover] = groups.get(cover, 0) | 1 << byte
    return list(groups.values())


def compatible(message: Message, mask: int, taken: list[Taken], writes: list[Message]) -> bool:
    """May the group `mask` take `message`, given what other groups of the same read took?"""
    for other_mask, other in taken:
        for write in writes:
            if (
                write.mask & mask
                and write.mask & other_mask
                and (write.t <= other.t) != (write.t <= message.t)
            ):
                return False
    return True


def common_prov(taken: list[Taken]) -> int:
    """The provenance of a value put together from several messages: that of all, else torn (-1)."""
    provs = {message.prov for _, message in taken}
    return provs.pop() if len(provs) == 1 else -1
