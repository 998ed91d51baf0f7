"""Where a run's events go: to the checks, and into a list when somebody wants to read them afterwards."""

from __future__ import annotations

from collections.abc import Callable

from .schema import EVENT_KINDS, Event

__all__ = ["Recorder"]


class Recorder:
    """Numbers events and hands them on.

    Args:
        feed: called with every event, in order.
        keep: also keep them in `events`.

    Attributes:
        seq: the number the next event must carry.
        skipped: kinds of events that nobody looks at, so that whoever would make one may call `skip` instead; the
            numbering is the same.
    """

    __slots__ = ("_feed", "events", "seq", "skipped")

    def __init__(
        self, feed: Callable[[Event], None], *, keep: bool, wants: Callable[[type[Event]], bool] | None = None
    ) -> None:
        self.seq = 0
        self.skipped: frozenset[type[Event]] = frozenset()
        if wants is not None and not keep:
            self.skipped = frozenset(kind for kind in EVENT_KINDS if not wants(kind))
        self.events: list[Event] | None = [] if keep else None
        self._feed = feed

    def copy(self, feed: Callable[[Event], None]) -> Recorder:
        """The same numbering and the same events so far; those to come go to `feed`."""
        other = Recorder(feed, keep=self.events is not None)
        other.seq = self.seq
        other.skipped = self.skipped
        if self.events is not None:
            other.events = self.events.copy()
        return other

    def skip(self) -> int:
        """Number an event that nobody looks at without making it; returns its `seq`."""
        seq = self.seq
        self.seq = seq + 1
        return seq

    def emit(self, event: Event) -> int:
        """Take an event; returns its `seq`, for others to name it as their cause."""
        seq = self.seq
        assert event.seq == seq
        self.seq = seq + 1
        if self.events is not None:
            self.events.append(event)
        self._feed(event)
        return seq
