"""The two sides of a race: of all that proves a finding, the two events that conflict.

`why`, `log --causes failure` and `report` all ask here, so they name the same pair.

The *victim* is the task that made the last event of the proof that a caller makes: an access, a fetch, a call. Where
the victim alone made all of the proof, the stores of others that it read from there belong to it too, and of a torn
value the two stores that it is made of.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ..checks import Finding
from ..events import (
    Body,
    Call,
    Callback,
    Early,
    Event,
    Fault,
    Fetch,
    Free,
    Load,
    Store,
    Unpredictable,
    Window,
)
from .proof import proof_of

__all__ = ["SUFFERED", "Conflict", "Evidence", "evidence_of", "race_of"]

SUFFERED: Final = (Body, Call, Callback, Fault, Fetch, Load, Unpredictable, Window)
"""Kinds of event that a caller makes; the other side of a race makes stores, waits and frees."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves a finding, both sides, by number, and the victim; "" for a run in which nobody suffers."""

    proof: frozenset[int]
    victim: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two events of different actors, of which a finding says that one should have been before the other.

    Attributes:
        late: what the victim did: an access, a call, a fetch.
        other: what somebody else did.
    """

    late: Event
    other: Event

    @property
    def in_order(self) -> tuple[Event, Event]:
        """The two as they happened."""
        early, late = sorted((self.late, self.other), key=lambda event: event.seq)
        return early, late


def evidence_of(events: Sequence[Event], finding: Finding) -> Evidence:
    """Both sides of a finding; `events` are all of a run, numbered in their order."""
    proof = frozenset(proof_of(events, finding)) | _torn_from(events, finding)
    victim = _victim(events, proof)
    return Evidence(proof | _read_from(events, proof, victim), victim)


def race_of(events: Sequence[Event], evidence: Evidence) -> Conflict | None:
    """The two events that conflict; None where one task made all of the proof.

    A store that the victim did not see comes before any other pair, then memory that was freed under it, then a store
    that it read from, and last the ends of the proof.
    """
    proof = [events[seq] for seq in sorted(evidence.proof, reverse=True)]
    victim = evidence.victim
    return (
        _unseen(proof, victim) or _freed(proof, victim) or _read_store(proof, victim) or _last_of_both(proof)
    )


# -- what belongs to the proof -----------------------------------------------------------------------------------------


def _torn_from(events: Sequence[Event], finding: Finding) -> frozenset[int]:
    """The stores that a torn value was made of: the last two before the load that overlap it."""
    found: set[int] = set()
    for seq in finding.events:
        load = events[seq]
        if isinstance(load, Load) and load.prov < 0:
            overlapping = [
                event.seq
                for event in events
                if isinstance(event, Store)
                and event.addr < load.addr + load.size
                and load.addr < event.addr + event.size
            ]
            found |= {seq for seq in overlapping if seq < load.seq or events[seq].step == load.step} or set(
                overlapping[:1]
            )
            found = set(sorted(found)[-2:])
    return frozenset(found)


def _read_from(events: Sequence[Event], proof: frozenset[int], victim: str) -> frozenset[int]:
    """Where the victim alone made all of a proof: the stores of others that it read from there."""
    if not victim or any(events[seq].task != victim for seq in proof):
        return frozenset()
    orders = {(e.addr, e.order) for e in (events[seq] for seq in proof) if isinstance(e, Load) and e.order}
    return frozenset(
        event.seq
        for event in events
        if isinstance(event, Store) and event.task != victim and (event.addr, event.order) in orders
    )


def _victim(events: Sequence[Event], proof: Collection[int]) -> str:
    for seq in sorted(proof, reverse=True):
        event = events[seq]
        if isinstance(event, SUFFERED) and event.task:
            return event.task
    return ""


# -- pairs, of a proof whose last event comes first ------------------------------------------------------------------


def _unseen(proof: Sequence[Event], victim: str) -> Conflict | None:
    """An access of the victim's, and the store at its place that it did not see."""
    stores = _stores(proof, victim)
    is_freed = any(isinstance(event, Free) for event in proof)
    for access in proof:
        if not isinstance(access, (Fetch, Load)) or access.task != victim:
            continue
        for store in stores:
            # What came after the access is the other side only where nothing was freed: then that is.
            unseen = store.order > access.order and (store.seq < access.seq or not is_freed)
            if unseen and store.addr == access.addr:
                return Conflict(access, store)
    return None


def _freed(proof: Sequence[Event], victim: str) -> Conflict | None:
    """A free, and the first thing that the victim did after it, an access if there is one."""
    suffered = [event for event in proof if event.task == victim and not isinstance(event, Free)]
    free = next((event for event in proof if isinstance(event, Free)), None)
    if free is None or not suffered or free.seq > suffered[0].seq:
        return None
    accessed = [event for event in suffered if isinstance(event, (Fetch, Load, Store))]
    return Conflict(next((event for event in accessed if event.seq > free.seq), suffered[0]), free)


def _read_store(proof: Sequence[Event], victim: str) -> Conflict | None:
    """A load of the victim's and the store that it read from, where the proof has nothing else of others."""
    stores = _stores(proof, victim)
    if not all(event.task == victim or event in stores for event in proof):
        return None
    for access in proof:
        if isinstance(access, Load) and access.task == victim:
            for store in stores:
                if (store.addr, store.order) == (access.addr, access.order):
                    return Conflict(access, store)
    return None


def _last_of_both(proof: Sequence[Event]) -> Conflict | None:
    """The last access of the proof, and the last event of it that somebody else made."""
    if not proof:
        return None
    late = next((event for event in proof if isinstance(event, (Fetch, Load, Store))), proof[0])
    others = [event for event in proof if _doer(event) != _doer(late)]
    if not others:
        return None
    stores = [event for event in others if isinstance(event, (Store, Early))]
    stale = isinstance(late, Fetch) and late.order < late.newest
    return Conflict(late, stores[0] if stale and stores else others[0])


def _stores(proof: Sequence[Event], victim: str) -> list[Store | Early]:
    return [event for event in proof if isinstance(event, (Store, Early)) and event.task != victim]


def _doer(event: Event) -> str:
    """The task, or the actor where it works for none."""
    return event.task or event.actor
