"""Two logs side by side: where they part, and what each then has that the other has not.

Two runs of one scenario under different choices have the same events up to a point.  From there on numbers differ
(`seq`, timeline positions) although the same things happen, so what followed is compared by what happened: the events
that the first different one led to (by the relations of `causes`), for which the other log has no counterpart with the
same kind, place and values, numbering aside.  Each event of the other log is the counterpart of one.

Where the two worlds have their symbols at other addresses, addresses are compared by their names, and a BL or B by
where it leads; of one in an event that does not say where it is, only that it is one.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

import msgspec

from ..events.base import Numbering
from ..events.encoding import BAD_JSON, HEX_NAMES, KINDS, json_fault
from ..events.fields import fields_of
from ..reading import number
from .causes import related
from .logfile import ADDED, LogFile
from .phrases import branch_offset

__all__ = ["Divergence", "Side", "diverge"]

_NUMBERED: Final[dict[str, dict[str, Numbering]]] = {
    name: {field.name: field.numbering for field in fields_of(kind) if field.numbering is not None}
    for name, kind in KINDS.items()
}
"""Kind of event -> its fields that may differ as soon as anything before differs."""


@dataclass(frozen=True, slots=True)
class Side:
    """One log from the point of divergence on.

    Attributes:
        event: its first different line; None when the log ends there.
        followed: lines, the first ones, of what followed in this log only.
        count: how many those are altogether.
        led_to: how many events the first different one led to.
    """

    event: bytes | None
    followed: tuple[bytes, ...]
    count: int
    led_to: int


@dataclass(frozen=True, slots=True)
class Divergence:
    """How two logs differ.

    Attributes:
        at: `seq` of the first event that is not in both.
        common: the last lines before it.
        fields: names of fields that the two events have in different ways; () unless both are of one kind.
        a, b: the two sides.
    """

    at: int
    common: tuple[bytes, ...]
    fields: tuple[str, ...]
    a: Side
    b: Side


def diverge(a: LogFile, b: LogFile, *, context: int) -> Divergence | None:
    """Where two logs part; None when their events are the same.

    Two runs draw apart in `step` before anything else happens in one of them; so they part there only when that is all.
    `context` is how many lines to give of what is common, and of what followed on each side.  Raises `InputError`.
    """
    common: deque[bytes] = deque(maxlen=context)
    in_step: _Parting | None = None
    elsewhere = a.header.symbols != b.header.symbols
    reading_a, reading_b = _Reading(a, by_name=elsewhere), _Reading(b, by_name=elsewhere)
    for at, (one, other) in enumerate(zip_longest(a.lines(), b.lines())):
        if one != other:
            ours, theirs = reading_a.event(at, one), reading_b.event(at, other)
            parting = _Parting(at, tuple(common), one, other, _differing(ours, theirs))
            if ours is None or theirs is None or _but_step(ours) != _but_step(theirs):
                return _parted(reading_a, reading_b, parting, context)
            if ours != theirs:
                in_step = in_step or parting
        common.append(one)
    return None if in_step is None else _parted(reading_a, reading_b, in_step, context)


@dataclass(frozen=True, slots=True)
class _Parting:
    """The first lines that differ, in which fields, and some before them."""

    at: int
    common: tuple[bytes, ...]
    one: bytes | None
    other: bytes | None
    fields: tuple[str, ...]


class _Reading:
    """Reads the events of one log to compare them; `by_name`: addresses by their names, as far as they have any."""

    __slots__ = ("_by_name", "log")

    def __init__(self, log: LogFile, *, by_name: bool) -> None:
        self.log = log
        self._by_name = by_name

    def event(self, at: int, line: bytes | None) -> dict[str, Any] | None:
        """The event on the line of number `at`, without what follows from it and from those before."""
        if line is None:
            return None
        try:
            event = msgspec.json.decode(line, type=dict[str, Any])
        except BAD_JSON as error:
            raise self.log.at_line(at + 2, f"expected an event: {json_fault(error)}") from None
        for name in ADDED:
            event.pop(name, None)
        if self._by_name:
            addr = _number(event.get("addr"))
            for name in HEX_NAMES & event.keys():
                event[name] = self._named(event[name], addr)
        return event

    def _named(self, value: object, addr: int | None) -> object:
        """A value in words: an address by its name, a branch found at `addr` by its target."""
        if isinstance(value, list):
            return [self._named(part, addr) for part in value]
        found = _number(value)
        if found is None:
            return value  # `ops` holds addresses in one kind of event and names in others
        offset = branch_offset(found) if found < 1 << 32 else None
        if offset is None:
            return self.log.symbols.describe(found)
        target = "" if addr is None else self.log.symbols.describe(addr + offset)
        return f"{'bl' if found >> 31 else 'b'} {target}"

    def happening(self, at: int, line: bytes) -> bytes:
        """What happened, numbering aside."""
        event = self.event(at, line) or {}
        numbered = _NUMBERED.get(str(event.get("kind")), {})
        return msgspec.json.encode([_unnumbered(value, numbered.get(name)) for name, value in event.items()])

    def happenings(self, start: int) -> Counter[bytes]:
        """How often what happened, from event `start` on."""
        return Counter(self.happening(at, line) for at, line in enumerate(self.log.lines()) if at >= start)


def _unnumbered(value: object, numbering: Numbering | None) -> object:
    """A value as far as it means the same in two runs: of an allocation, only whether there is one."""
    if numbering is Numbering.POSITION:
        return None
    if numbering is Numbering.ALLOCATION and isinstance(value, int):
        return min(value, 1)
    return value


def _number(value: object) -> int | None:
    return number(value) if isinstance(value, str) else None


def _parted(a: _Reading, b: _Reading, parting: _Parting, context: int) -> Divergence:
    at, one, other = parting.at, parting.one, parting.other
    ours, theirs = a.happenings(at), b.happenings(at)
    return Divergence(
        at,
        parting.common,
        parting.fields,
        _side(a, at, one, theirs, context),
        _side(b, at, other, ours, context),
    )


def _but_step(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "step"}


def _differing(one: dict[str, Any] | None, other: dict[str, Any] | None) -> tuple[str, ...]:
    if one is None or other is None or one["kind"] != other["kind"]:
        return ()
    return tuple(name for name in one if one[name] != other.get(name))


def _side(reading: _Reading, at: int, event: bytes | None, others: Counter[bytes], context: int) -> Side:
    followed: list[bytes] = []
    count = led_to = 0
    remaining = Counter(others)
    for line, seq, follows in _following(reading.log, at):
        what = reading.happening(seq, line)
        paired = remaining[what] > 0
        if paired:
            remaining[what] -= 1
        if not follows:
            continue
        led_to += seq != at
        if not paired and seq != at:
            count += 1
            if len(followed) < context:
                followed.append(line)
    return Side(event, tuple(followed), count, led_to)


def _following(log: LogFile, start: int) -> Iterator[tuple[bytes, int, bool]]:
    """(line, seq, whether it follows from event `start`) from there on."""
    led_to = {start}
    for line, item, sources in related(log):
        if item.seq >= start:
            follows = item.seq == start or any(source in led_to for _, source in sources)
            if follows:
                led_to.add(item.seq)
            yield line, item.seq, follows
