"""Two logs side by side: where they part, and what each then has that the other has not.

Two runs of one scenario under different choices have the same events up to a point.  From there on numbers differ
(`seq`, timeline positions) although the same things happen, so what followed is compared by what happened: the events
that the first different one led to (by the relations of `causes`), for which the other log has no counterpart with the
same kind, place and values, numbering aside.  Each event of the other log is the counterpart of one.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

import msgspec

from ..events.encoding import BAD_JSON, json_fault
from .causes import related
from .logfile import LogFile

__all__ = ["Divergence", "Side", "diverge"]

NUMBERING: Final = frozenset(
    {
        "seq",
        "step",
        "cause",
        "order",
        "number",
        "view",
        "floor",
        "newest",
        "sync",
        "completed",
        "tau",
        "symbol",
    }
)
"""Fields that differ as soon as anything before differs."""


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
    for at, (one, other) in enumerate(zip_longest(a.lines(), b.lines())):
        if one != other:
            ours, theirs = _event(a, at, one), _event(b, at, other)
            parting = _Parting(at, tuple(common), one, other)
            if ours is None or theirs is None or _but_step(ours) != _but_step(theirs):
                return _parted(a, b, parting, context)
            if ours != theirs:
                in_step = in_step or parting
        common.append(one)
    return None if in_step is None else _parted(a, b, in_step, context)


@dataclass(frozen=True, slots=True)
class _Parting:
    """The first lines that differ, and some before them."""

    at: int
    common: tuple[bytes, ...]
    one: bytes | None
    other: bytes | None


def _parted(a: LogFile, b: LogFile, parting: _Parting, context: int) -> Divergence:
    at, one, other = parting.at, parting.one, parting.other
    ours, theirs = _happenings(a, at), _happenings(b, at)
    return Divergence(
        at,
        parting.common,
        _differing(one, other),
        _side(a, at, one, theirs, context),
        _side(b, at, other, ours, context),
    )


def _but_step(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "step"}


def _event(log: LogFile, at: int, line: bytes | None) -> dict[str, Any] | None:
    """The event without the name of its address, which is not the run's."""
    if line is None:
        return None
    try:
        event = msgspec.json.decode(line, type=dict[str, Any])
    except BAD_JSON as error:
        raise log.at_line(at + 2, f"expected an event: {json_fault(error)}") from None
    event.pop("symbol", None)
    return event


def _differing(one: bytes | None, other: bytes | None) -> tuple[str, ...]:
    if one is None or other is None:
        return ()
    a, b = msgspec.json.decode(one), msgspec.json.decode(other)
    if a["kind"] != b["kind"]:
        return ()
    return tuple(name for name in a if a[name] != b.get(name))


def _happening(line: bytes) -> bytes:
    """What happened, numbering aside."""
    event: dict[str, Any] = msgspec.json.decode(line)
    return msgspec.json.encode([value for name, value in event.items() if name not in NUMBERING])


def _happenings(log: LogFile, start: int) -> Counter[bytes]:
    return Counter(_happening(line) for at, line in enumerate(log.lines()) if at >= start)


def _side(log: LogFile, at: int, event: bytes | None, others: Counter[bytes], context: int) -> Side:
    followed: list[bytes] = []
    count = led_to = 0
    remaining = Counter(others)
    for line, seq, follows in _following(log, at):
        what = _happening(line)
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
