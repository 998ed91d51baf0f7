"""Reads of bytes that writes of several sizes cover: which bytes go together, and which messages.

A location is an aligned 8-byte cell and a write has a byte mask.  Bytes covered by the same writes form a group; a
single-copy atomic read takes one message a group (Arm ARM B2.2.1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .timeline import Message

__all__ = ["Allow", "Read", "Taken", "byte_groups", "combinations", "common_prov", "wide_mask"]

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


def combinations(
    groups: list[tuple[int, list[Message]]], writes: list[Message], cpu: int
) -> list[list[Taken]]:
    """What one read may take together: a message for each (mask, messages it may take), dullest combination first.

    There is a moment at which the read happens: after every write it takes from other CPUs, before any write over
    what it takes.  (`obs; si` in `aarch64.cat`; so a write that covers two groups is seen by both or by neither.)
    What it takes from its own CPU may be forwarded, so it does not say when.
    """
    found: list[list[Taken]] = [[]]
    for mask, messages in groups:
        found = [
            [*taken, (mask, message)]
            for taken in found
            for message in messages
            if not any(
                _overtaken((mask, message), other, writes, cpu)
                or _overtaken(other, (mask, message), writes, cpu)
                for other in taken
            )
        ]
    return found


def _overtaken(old: Taken, new: Taken, writes: list[Message], cpu: int) -> bool:
    """Was `old` written over by the time of `new`, a write of another CPU?"""
    (mask, first), (_, last) = old, new
    if last.cpu == cpu:
        return False
    return any(write.mask & mask and first.t < write.t <= last.t for write in writes)


def common_prov(taken: list[Taken]) -> int:
    """The provenance of a value put together from several messages: that of all, else torn (-1)."""
    provs = {message.prov for _, message in taken}
    return provs.pop() if len(provs) == 1 else -1


def wide_mask(mask: int) -> int:
    """One bit a byte to eight bits a byte."""
    wide = 0
    for byte in range(8):
        if mask >> byte & 1:
            wide |= 0xFF << 8 * byte
    return wide
