"""What the lanes do not show twice: turns of a loop after the first are one line that counts them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..events import Event, Patch, Register
from .loops import Loop, key_of, loops
from .phrases import Narrator

__all__ = ["Folding", "endless", "folded_rows"]

ROWS_TURNS_MIN: Final = 3
"""Fewer turns of rows are shown one by one."""
ENDLESS_TURNS_MIN: Final = 20
"""Turns of events, most of which would not be shown at all: only what makes a run long is worth a row."""


@dataclass(frozen=True, slots=True)
class Folding:
    """What to leave out, and what to say instead.

    Attributes:
        first: the events of first turns.
        hidden: numbers of the events of all later turns.
        after: number of the last event of a first turn -> the line that follows it.
    """

    first: tuple[Event, ...]
    hidden: frozenset[int]
    after: dict[int, str]


def folded_rows(shown: Sequence[Event], narrator: Narrator, marked: Collection[int]) -> Folding:
    """Loops of rows that read alike; one that proves something is not like one that does not."""
    keys = [(event.actor, event.task, narrator.phrase(event)[0], event.seq in marked) for event in shown]
    found = [loop for loop in loops(keys, ROWS_TURNS_MIN) if not _is_of_patches(shown, loop)]
    return _folding(shown, found, "line")


def endless(events: Sequence[Event]) -> Folding:
    """Loops of a run that does the same for long, as one does that waits for a flag."""
    return _folding(events, loops([key_of(event) for event in events], ENDLESS_TURNS_MIN), "event")


def _is_of_patches(shown: Sequence[Event], loop: Loop) -> bool:
    """What services do is never a loop that anybody waits in: each time it is another registration."""
    return any(isinstance(event, (Patch, Register)) for event in shown[loop.start : loop.again])


def _folding(events: Sequence[Event], found: Iterable[Loop], what: str) -> Folding:
    first: list[Event] = []
    hidden: set[int] = set()
    after: dict[int, str] = {}
    for loop in found:
        first += events[loop.start : loop.again]
        hidden |= {event.seq for event in events[loop.again : loop.end]}
        same = what if loop.period == 1 else f"{loop.period} {what}s"
        more = f"... the same {same} {loop.turns - 1:,} more times, to event {events[loop.end - 1].seq}"
        after[events[loop.again - 1].seq] = more
    return Folding(tuple(first), frozenset(hidden), after)
