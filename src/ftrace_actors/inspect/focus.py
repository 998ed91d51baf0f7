"""Which events of a run a person has to see.

Without findings: everything that is about code patching and teardown.  With findings the victims come to the front:
what services and patches do stays, but of calls, windows and task switches only those of a call that contains a
proof, with its interrupts, and nothing after the last proof.  Of instruction fetches that is those of patch sites, and
every stale one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..events import (
    Body,
    Call,
    Callback,
    Early,
    Event,
    Exc,
    Fault,
    Fetch,
    Free,
    GracePeriod,
    Load,
    Lock,
    Patch,
    Quiescent,
    Register,
    Store,
    Switch,
    TaskState,
    Tick,
    Unpredictable,
    Wait,
    Warn,
    Window,
)
from .phrases import Narrator

__all__ = ["ACROSS", "focus"]

ACROSS: Final = (Register, Wait, GracePeriod, Free, Patch)
"""What services do: it concerns everybody."""


def focus(events: Sequence[Event], proof: set[int], narrator: Narrator) -> list[Event]:
    """The events to show, in order."""
    end = max(proof, default=len(events))
    spans = _Spans(events, proof) if proof else None
    also = _releases(events) if proof else _releases(events) | _waiting(events)
    kept = [
        event
        for event in events
        if event.seq in proof
        or (spans is not None and event.seq <= end and _interrupts(event) and spans.has(event))
        or (
            event.seq <= end
            and (event.seq in also or (_matters(event, narrator) and (spans is None or spans.has(event))))
        )
    ]
    return _still_windows(kept, proof)


def _matters(event: Event, narrator: Narrator) -> bool:
    match event:
        case Store():
            return narrator.patches(event) and not narrator.was_early(event)
        case Early():
            store = narrator.store_of(event)
            return narrator.patches(event if store is None else store)
        case Load():
            return narrator.reads_literal(event)
        case Fetch():
            return narrator.at_site(event) or event.order < event.newest
        case Patch():
            return bool(event.errno)
        case Window():
            return bool(event.window)
        case GracePeriod():
            return event.phase != "scan"
        case _:
            return isinstance(event, (*ACROSS, Callback, Fault, Switch, Unpredictable, Warn))


def _interrupts(event: Event) -> bool:
    """An interrupt in a call that contains a proof: it synchronizes the CPU, and may preempt the task."""
    return isinstance(event, Exc) and event.entry


def _releases(events: Iterable[Event]) -> set[int]:
    """What each grace period ended for: the first quiescent state of everybody it waited for, and the tick it is of."""
    found: set[int] = set()
    awaited: dict[tuple[str, int], set[str]] = {}
    ticks: dict[int, Tick] = {}
    for event in events:
        if isinstance(event, GracePeriod):
            awaited.setdefault((event.flavour, event.number), set()).update(event.waiting)
            if event.phase == "end":
                awaited.pop((event.flavour, event.number))
        elif isinstance(event, Tick):
            ticks[event.cpu] = event
        elif isinstance(event, Quiescent) and event.who in awaited.get((event.flavour, event.number), ()):
            awaited[event.flavour, event.number].discard(event.who)
            found.add(event.seq)
            tick = ticks.get(event.cpu)
            if tick is not None and tick.step == event.step:
                found.add(tick.seq)
    return found


def _waiting(events: Iterable[Event]) -> set[int]:
    """Of a run that proves nothing, perhaps because it hangs: who took the locks that are held at its end, who had to
    wait for one, and what tasks are blocked on at its end.
    """
    contended: set[int] = set()
    held: dict[str, int] = {}
    blocked: dict[str, int] = {}
    for event in events:
        if isinstance(event, Lock):
            if event.state == "contended":
                contended.add(event.seq)
            elif event.state == "acquired":
                held[event.name] = event.seq
            else:
                held.pop(event.name, None)
        elif isinstance(event, TaskState):
            blocked.pop(event.who, None)
            if event.state == "blocked" and event.on != "work":
                blocked[event.who] = event.seq
    return contended | set(held.values()) | set(blocked.values())


class _Spans:
    """The calls that contain a proof: task -> (first, last) `seq` of each."""

    __slots__ = ("_of",)

    def __init__(self, events: Iterable[Event], proof: set[int]) -> None:
        self._of: dict[str, list[tuple[int, int]]] = {}
        open_calls: dict[str, list[int]] = {}
        proofs: dict[str, list[int]] = {}
        last = 0
        for event in events:
            last = event.seq
            if event.seq in proof:
                proofs.setdefault(event.task, []).append(event.seq)
            if isinstance(event, Call):
                open_calls.setdefault(event.task, []).append(event.seq)
            elif isinstance(event, Body) and open_calls.get(event.task):
                self._add(event.task, open_calls[event.task].pop(), event.seq, proofs)
        for task, starts in open_calls.items():
            for start in starts:
                self._add(task, start, last, proofs)

    def _add(self, task: str, start: int, end: int, proofs: dict[str, list[int]]) -> None:
        if any(start <= seq <= end for seq in proofs.get(task, ())):
            self._of.setdefault(task, []).append((start, end))

    def has(self, event: Event) -> bool:
        """True for what happens in one of the calls, and for what is not part of any call."""
        match event:
            case Switch():
                return self._inside(event.prev, event.seq) or self._inside(event.next, event.seq)
            case Fetch() | Load() | Window() | Callback() | Exc():
                return self._inside(event.task, event.seq)
            case _:
                return True

    def _inside(self, task: str, seq: int) -> bool:
        return any(start <= seq <= end for start, end in self._of.get(task, ()))


def _still_windows(events: list[Event], proof: set[int]) -> list[Event]:
    """Windows say where a task stood when something else happened: one entered and left at once says nothing."""
    kept: list[Event] = []
    for event in events:
        if kept and isinstance(event, Window):
            last = kept[-1]
            if isinstance(last, Window) and last.task == event.task and last.seq not in proof:
                kept.pop()
        kept.append(event)
    return kept
