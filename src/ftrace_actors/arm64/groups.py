"""Reads of bytes that writes of several sizes cover: which bytes go together, and which messages.

A location is an aligned 8-byte cell and a write has a byte mask.  Bytes covered by the same writes form a group; a
single-copy atomic read takes one message a group (Arm ARM B2.2.1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .timeline import Message

__all__ = ["Allow", "Read", "Taken", "byte_groups", "combinations", "common_prov"]

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
    """What one read may take together: a message for each (mask, messages it may take), dullest combination first."""
    found: list[list[Taken]] = [[]]
    for mask, messages in groups:
        found = [
            [*taken, (mask, message)]
            for taken in found
            for message in messages
            if all(_compatible((mask, message), other, writes, cpu) for other in taken)
        ]
    return found


def _compatible(one: Taken, other: Taken, writes: list[Message], cpu: int) -> bool:
    """May one read take both?

    A write that covers both groups is seen by both or by neither, up to newer writes.  And there is a moment at which
    the read happens: after what it takes from other CPUs, before whatever they write over what it takes.  (`obs; si`
    in `aarch64.cat`.)  What it takes from its own CPU may be forwarded, so it has no moment.
    """
    if _overtaken(one, other, writes, cpu) or _overtaken(other, one, writes, cpu):
        return False
    (mask, message), (other_mask, other_message) = one, other
    return not any(
        write.mask & mask
        and write.mask & other_mask
        and (write.t <= other_message.t) != (write.t <= message.t)
        for write in writes
    )


def _overtaken(old: Taken, new: Taken, writes: list[Message], cpu: int) -> bool:
    """Did another CPU write over `old` before the write of another CPU that is `new`?"""
    (mask, first), (_, last) = old, new
    if last.cpu == cpu:
        return False
    return any(write.mask & mask and first.t < write.t <= last.t and write.cpu != cpu for write in writes)


def common_prov(taken: list[Taken]) -> int:
    """The provenance of a value put together from several messages: that of all, else torn (-1)."""
    provs = {message.prov for _, message in taken}
    return provs.pop() if len(provs) == 1 else -1
