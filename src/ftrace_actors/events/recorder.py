"""Where a run's events go: to the checks, and into a list when somebody wants to read them afterwards."""

from __future__ import annotations

from collections.abc import Callable

from .schema import Event

__all__ = ["Recorder"]


class Recorder:
    """Numbers events and hands them on.

    Args:
        feed: called with every event, in order.
        keep: also keep them in `events`.

    Attributes:
        seq: the number the next event must carry.
    """

    __slots__ = ("_feed", "events", "seq")

    def __init__(self, feed: Callable[[Event], None], *, keep: bool) -> None:
        self.seq = 0
        self.events: list[Event] | None = [] if keep else None
        self._feed = feed

    def emit(self, event: Event) -> int:
        """Take an event; returns its `seq`, for others to name it as their cause."""
        seq = self.seq
        assert event.seq == seq
        self.seq = seq + 1
        if self.events is not None:
            self.events.append(event)
        self._feed(event)
        return seq
