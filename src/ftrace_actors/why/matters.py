"""Which events of a run matter to its failure: calls, waits and stores that are about the victim's words and ops."""

from __future__ import annotations

from itertools import combinations
from typing import Final

from ..events import Alloc, CrossCall, Fetch, Free, Load, OpsDefined, Register, Store, Wait
from .reading import Reading

__all__ = ["freed", "registering", "store_at", "torn_words", "unseen", "waits_that_matter"]

_POINTER_BYTES: Final = 8
_MOMENT: Final = 4
"""Visible steps."""


def registering(reading: Reading) -> frozenset[int]:
    """Events of each register and unregister, its waits among them, that is about an ops or a word that matters."""
    found: set[int] = set()
    inside: list[int] = []
    matters = False
    for event in reading.events[: reading.last + 1]:
        if isinstance(event, Register):
            if not event.returns:
                inside, matters = [], False
            inside.append(event.seq)
            matters = matters or event.ops in reading.ops
            if event.returns and matters:
                found.update(inside)
        elif isinstance(event, (Wait, CrossCall, Alloc)):
            inside.append(event.seq)
        elif isinstance(event, Store):
            matters = matters or event.addr in reading.words
        matters = matters or (bool(inside) and event.seq in reading.proof and event.task != reading.victim)
    return frozenset(found | set(inside) if matters else found)


def waits_that_matter(reading: Reading) -> frozenset[int]:
    """The begin of each wait that was not over when the victim's call began, and that began before the end."""
    found: set[int] = set()
    open_at = -1
    for event in reading.events[: reading.last + 1]:
        if isinstance(event, Wait) and event.begins:
            open_at = event.seq
        elif isinstance(event, Wait):
            found.update([open_at] if event.seq > reading.first else [])
            open_at = -1
    return frozenset(found | ({open_at} if open_at >= 0 else set()))


def unseen(reading: Reading) -> frozenset[int]:
    """Stores that their own task overwrites a moment later: memory that is cleared before it is filled."""
    stores = [event for event in reading.events if isinstance(event, Store)]
    return frozenset(
        one.seq
        for at, one in enumerate(stores)
        if one.seq not in reading.proof
        and any(
            one.task == after.task and after.step - one.step <= _MOMENT and _covers(after, one)
            for after in stores[at + 1 : at + 3]
        )
    )


def _covers(store: Store, other: Store) -> bool:
    return store.addr <= other.addr and other.addr + other.size <= store.addr + store.size


def freed(reading: Reading, event: Fetch | Load) -> str:
    """That memory was given back, where the proof says so."""
    for seq in sorted(reading.proof):
        free = reading.event(seq)
        if (
            isinstance(free, Free)
            and free.seq < event.seq in reading.proof
            and free.addr <= event.addr < free.addr + free.size
        ):
            return ", which is freed by now"
    return ""


def torn_words(reading: Reading, load: Load) -> str:
    """Of which two pointers to ops a torn one is made: each of its bytes is that of one of them.

    Those that were written there come first, then what is there by itself.
    """
    ops = [event for event in reading.events if isinstance(event, OpsDefined)]
    written = {
        event.value for event in reading.events if isinstance(event, Store) and event.addr == load.addr
    }
    ops.sort(key=lambda each: (each.addr not in written, each.role != "nop", each.name))
    for one, other in combinations(ops, 2):
        words = [word.to_bytes(_POINTER_BYTES, "little") for word in (load.value, one.addr, other.addr)]
        if all(mine in {first, second} for mine, first, second in zip(*words, strict=True)):
            return f"some of its bytes are as in &{one.name}, the others as in &{other.name}"
    return "part of it is of one write and part of another"


def store_at(reading: Reading, addr: int, order: int) -> Store | None:
    """The store of the message at `order`."""
    return next(
        (
            event
            for event in reading.events
            if isinstance(event, Store) and event.addr == addr and event.order == order
        ),
        None,
    )
