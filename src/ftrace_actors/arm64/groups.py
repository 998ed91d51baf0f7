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
    groups: list[tuple[int, list[Message]]],
    moment_of: Callable[[Message], int],
    overtaken: Callable[[Taken, int], bool],
) -> list[list[Taken]]:
    """What one read may take together: a message for each (mask, messages it may take), dullest combination first.

    There is a moment at which the read happens: not before `moment_of` any message it takes, and before any of what it
    takes is `overtaken`.  (`obs; si` in `aarch64.cat`; so a write that covers two groups is seen by both or by
    neither.)  A message of another CPU says by its place when the read happens.  One of its own may be forwarded long
    before it has a place, but not before what the read waits for: what the data came from and, if it is an acquire,
    what the atomic read that wrote it.
    """
    found: list[list[Taken]] = [[]]
    for mask, messages in groups:
        found = [
            [*taken, (mask, message)]
            for taken in found
            for message in messages
            if not any(
                overtaken((mask, message), moment_of(other[1])) or overtaken(other, moment_of(message))
                for other in taken
            )
        ]
    return found


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
