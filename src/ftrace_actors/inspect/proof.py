"""What proves a finding, for people: both sides of the race.

A check names the events by which it decided, which may be one alone: a callback that is handed the wrong ops, a fetch
that is old.  A reader asks what it raced with.  So to those events are added

* for a fetch that took an old word: the store of the newest one, and of a word that was never in memory before;
* for a load that took an old literal or pointer: the store that had overwritten it by then;
* for a callback, a fault or what is unpredictable, when it is alone: the fetch at that place, or the loads that handed
  the callback its ops;
* for a fault of text that is as it always was: the last loads of the task of words that others write, by which it came
  there, and those writes.

Nothing is taken away, and findings stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..checks import Finding
from ..events import Callback, Early, Event, Fault, Fetch, Load, Store, Unpredictable

__all__ = ["proof_of"]

_DECIDING_MAX: Final = 2
"""Words by which a task came to a fault."""


def proof_of(events: Sequence[Event], finding: Finding) -> tuple[int, ...]:
    """The numbers of the events that prove a finding, both sides, ascending."""
    by_seq = {event.seq: event for event in events}
    proof = {seq: by_seq[seq] for seq in finding.events if seq in by_seq}
    if len(proof) == 1:
        for event in list(proof.values()):
            led = _came_from(events, event) or _decided(events, event)
            proof |= {other.seq: other for other in led}
    last = max(proof, default=0)
    for event in list(proof.values()):
        other = _overwriting(events, event, last)
        if other is not None:
            proof[other.seq] = other
    return tuple(sorted(proof))


def _came_from(events: Sequence[Event], event: Event) -> list[Event]:
    """What led the task to an event that is the whole proof."""
    before = [other for other in events if other.seq < event.seq and other.task == event.task]
    for one in reversed(before):
        match event, one:
            case Callback(), Load() if one.value == event.ops:
                return [one]
            case ((Fault() | Unpredictable()), Fetch()) if one.addr == event.addr:
                return [one]
            case _:
                """Something else the task did."""
    return []


def _decided(events: Sequence[Event], event: Event) -> list[Event]:
    """The last loads before a fault of words that others write, and for each the write that it saw or missed."""
    if not isinstance(event, Fault) or not event.task:
        return []
    written: dict[int, list[Store]] = {}
    for other in events:
        if isinstance(other, Store) and other.task != event.task:
            written.setdefault(other.addr, []).append(other)
    found: dict[int, list[Event]] = {}
    for one in reversed(events[: event.seq]):
        if isinstance(one, Load) and one.task == event.task and one.addr in written:
            stores = [store for store in written[one.addr] if store.order >= one.order]
            found.setdefault(one.addr, [one, *stores[:1]])
            if len(found) == _DECIDING_MAX:
                break
    return [other for group in found.values() for other in group]


def _overwriting(events: Sequence[Event], event: Event, last: int) -> Event | None:
    """The store whose value an event did not see, up to event `last`; None where it saw the newest."""
    match event:
        case Fetch() if event.order < event.newest:
            return _store_at(events, event.addr, event.newest)
        case Load() if event.prov or event.pointer:
            newer = (
                other
                for other in events
                if isinstance(other, Store)
                and other.addr == event.addr
                and other.order > event.order
                and other.seq < last
            )
            return next(newer, None)
        case _:
            return None


def _store_at(events: Iterable[Event], addr: int, order: int) -> Event | None:
    """The store that made the message at `order`; where it was early, when it became visible."""
    found: Event | None = None
    for event in events:
        if isinstance(event, (Store, Early)) and event.addr == addr and event.order == order:
            if isinstance(event, Early):
                return event
            found = found or event
    return found
