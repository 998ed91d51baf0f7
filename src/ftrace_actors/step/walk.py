"""Where one is in a run, and how to get elsewhere; the screen asks this and draws."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ..events import Alloc, Fetch, OpsDefined, RecordDefined, WordDefined
from ..inspect import EventName, render_events
from ..inspect.naming import Plain
from ..terminal import one_line

if TYPE_CHECKING:
    from ..events import Event
    from .decisions import Decision
    from .run import SteppedRun

__all__ = ["FieldNow", "Walk"]

_WORLD: Final = (Alloc, OpsDefined, RecordDefined, WordDefined)


@dataclass(frozen=True, slots=True)
class FieldNow:
    """A field of the machine; `changed` by the step before."""

    group: str
    name: str
    value: str
    changed: bool


class Walk:
    """A place in a run.

    Attributes:
        run: the run.
        at: the number of the event one is at: it has happened.
        watched: a symbol, "" for none.
    """

    def __init__(self, run: SteppedRun, at: int | None = None) -> None:
        self.run = run
        self.watched = ""
        first = next((event.seq for event in run.events if not isinstance(event, _WORLD)), 0)
        last = max(len(run.events) - 1, 0)
        self.at = min(first if at is None else at, last)

    @property
    def event(self) -> Event | None:
        """Where one is; None in a run without events."""
        return self.run.events[self.at] if self.run.events else None

    # -- going ----------------------------------------------------------------------------------------------------

    def by(self, count: int) -> bool:
        """Some events forward, or back; whether that led anywhere."""
        return self.to(max(0, min(self.at + count, len(self.run.events) - 1)))

    def to(self, seq: int) -> bool:
        """To an event by its number; whether there is one."""
        there = 0 <= seq < len(self.run.events)
        moved = there and seq != self.at
        if there:
            self.at = seq
        return moved

    def to_name(self, text: str) -> bool:
        """To an event by its number or its name, as `log --around` takes them."""
        if text.isascii() and text.isdigit() and len(text) < 10:
            return int(text) == self.at or self.to(int(text))
        name = EventName.parse(text)
        found = None if name is None else self._named.get(str(name))
        return found is not None and (found == self.at or self.to(found))

    def to_next(self, wanted: Callable[[Event], bool], step: int = 1) -> bool:
        """To the next event, or by -1 to the one before, for which something holds."""
        events = self.run.events
        at = self.at + step
        while 0 <= at < len(events):
            if wanted(events[at]):
                return self.to(at)
            at += step
        return False

    def same_kind(self, step: int = 1) -> bool:
        """To the next event of the kind one is at."""
        here = type(self.event)
        return self.to_next(lambda event: type(event) is here, step)

    def marked(self, step: int = 1) -> bool:
        """To the next event that proves the failure, or that is a stale fetch."""
        return self.to_next(self._is_marked, step)

    def touching(self, step: int = 1) -> bool:
        """To the next event at the symbol that is watched."""
        return bool(self.watched) and self.to_next(lambda event: self.touches(event, self.watched), step)

    def with_text(self, text: str, step: int = 1) -> bool:
        """To the next event whose words have that text in them."""
        return self.to_next(lambda event: text.lower() in self.words(event).lower(), step)

    def to_decision(self, step: int = 1, *, taken: bool = False) -> bool:
        """To the event before the next decision; with `taken` to the next that was not dull."""
        found = [max(decision.seq - 1, 0) for decision in self.run.decisions if not taken or decision.picked]
        index = bisect_right(found, self.at) if step > 0 else bisect_left(found, self.at) - 1
        return 0 <= index < len(found) and self.to(found[index])

    def _is_marked(self, event: Event) -> bool:
        stale = isinstance(event, Fetch) and event.order < event.newest
        return stale or event.seq in self.run.proof

    # -- looking --------------------------------------------------------------------------------------------------

    def words(self, event: Event) -> str:
        """An event in words."""
        return one_line(" ".join(self.run.narrator.phrase(event)).rstrip())

    def touches(self, event: Event, symbol: str) -> bool:
        """Whether an event is at an address of a symbol."""
        addr: int = getattr(event, "addr", 0)
        place = self.run.symbols.describe(addr) if addr else ""
        return place == symbol or place.startswith(f"{symbol}+")

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that events are at, without offsets."""
        places = (
            self.run.symbols.describe(getattr(event, "addr", 0))
            for event in self.run.events
            if getattr(event, "addr", 0)
        )
        return tuple(sorted({place.partition("+")[0] for place in places if not place.startswith("0x")}))

    def decisions(self) -> tuple[Decision, ...]:
        """Those made after this event and before the next one."""
        return tuple(decision for decision in self.run.decisions if decision.seq == self.at + 1)

    def fields(self) -> Iterator[FieldNow]:
        """The machine after the last step that is complete here; what the event is about comes first."""
        states = self.run.states
        values = list(states.first)
        changed: set[int] = set()
        for change in states.changes:
            if int(change[0]) > self.at:
                break
            pairs = list(zip(change[1::2], change[2::2], strict=True))
            changed = {int(at) for at, _ in pairs}
            for at, value in pairs:
                values[int(at)] = str(value)
        event = self.event
        here = f"cpu{event.cpu}" if event is not None and event.cpu >= 0 else ""
        order = sorted(range(len(values)), key=lambda at: states.fields[at][0] != here)
        for at in order:
            group, name = states.fields[at]
            yield FieldNow(group, name, values[at], at in changed)

    def lanes(self, width: int, height: int) -> list[str]:
        """The lanes around this event, `height` lines of them; the event has a star."""
        around = [
            event
            for event in self.run.events[max(0, self.at - height) : self.at + height + 1]
            if not isinstance(event, _WORLD) or event.seq == self.at
        ]
        if not around:
            return ["nothing happened in this run"]
        text = render_events(around, self.run.narrator, width, frozenset({self.at}))
        heading, *lines = (one_line(line) for line in text.rstrip("\n").split("\n"))
        at = next((index for index, line in enumerate(lines) if line.startswith("*")), 0)
        room = max(height - 1, 1)
        start = max(0, min(at - room // 2, len(lines) - room))
        return [heading, *lines[start : start + room]]

    @cached_property
    def _named(self) -> dict[str, int]:
        plain = Plain(self.run.symbols)
        found = {}
        for event in self.run.events:
            fields = plain(event)
            place = str(fields.get("symbol") or fields.get("addr") or "")
            name = EventName(
                event.actor, fields["kind"], "" if place == "0x0" else place, fields["occurrence"]
            )
            found[str(name)] = event.seq
        return found

    @property
    def name(self) -> str:
        """The name of the event one is at."""
        return next((name for name, seq in self._named.items() if seq == self.at), "")
