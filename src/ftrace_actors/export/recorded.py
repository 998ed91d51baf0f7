"""A run that was recorded, as the forms of this room take it: events, words for them, and what proves the failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..events import Event
from ..inspect.phrases import Narrator
from ..terminal import one_line

__all__ = ["Recorded", "lane_of"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One run.

    Attributes:
        title: which run it was and what came of it, in a line.
        reason: why it failed, in a sentence; "" when it holds.
        events: all of them, in their order.
        narrator: puts an event into words.
        proof: the numbers of the events that prove the failure.
    """

    title: str
    reason: str
    events: Sequence[Event]
    narrator: Narrator
    proof: frozenset[int]

    def words(self, event: Event) -> str:
        """The event in words, on one line, without anything that a terminal or an editor would obey."""
        text, remark = self.narrator.phrase(event)
        return one_line(f"{text} {remark}".rstrip())

    @property
    def end(self) -> int:
        """The number after that of the last event."""
        return self.events[-1].seq + 1 if self.events else 0


def lane_of(event: Event) -> str:
    """Where an event is shown: at its CPU, or at its actor where it is on none."""
    return f"cpu{event.cpu}" if event.cpu >= 0 else event.actor
