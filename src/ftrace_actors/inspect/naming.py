"""A name for an event that survives what its number does not: ``cpu1/fetch/vfs_read+0x4#2``.

That is the third fetch of actor cpu1 from that place; without a place, ``tracing_core/wait#0``, it is the first wait of
that actor.  Choices are named alike (`actors.choices.Pick`).  The `seq` of an event changes when anything before it
does, and its address when anything is laid out elsewhere; its name only when that actor has done the same before more
or less often.  So one can look for an event of one log in the log of a shorter, longer or relocated run.

Nothing of this is counted in a run.  `symbol` and `occurrence` are worked out when a log is written.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

import msgspec

from ..errors import InputError
from ..events import Event
from ..events.encoding import BAD_JSON, to_plain
from ..reading import shortened
from .logfile import LogFile
from .query import Names, compile_query
from .select import scan
from .symbols import Symbols

__all__ = ["EventName", "Plain", "seq_of"]

_NAME: Final = re.compile(r"([^/#]+)/([a-z-]+)(?:/([^#]+))?#([0-9]{1,10})", re.ASCII)


class Plain:
    """Events as a log holds them, one after the other from the first of a run: plain values by name, `kind` first.

    Added are `symbol`, where the address has a name, and `occurrence`: how many events of that kind the actor had made
    at that place before.
    """

    __slots__ = ("_seen", "_symbols")

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._seen: Counter[tuple[str, str, str]] = Counter()

    def __call__(self, event: Event) -> dict[str, Any]:
        """The next event."""
        plain = to_plain(event)
        addr = getattr(event, "addr", None)
        place = self._symbols.describe(addr) if addr else ""
        if place and not place.startswith("0x"):
            plain["symbol"] = place
        asked = plain["kind"], event.actor, place
        plain["occurrence"] = self._seen[asked]
        self._seen[asked] += 1
        return plain


@dataclass(frozen=True, slots=True)
class EventName:
    """See the module; `place` is a symbol with its offset, an address without a name, or "" for no address."""

    actor: str
    kind: str
    place: str
    occurrence: int

    def __str__(self) -> str:
        place = f"/{self.place}" if self.place else ""
        return f"{self.actor}/{self.kind}{place}#{self.occurrence}"

    @classmethod
    def of(cls, line: bytes) -> Self | None:
        """The name of an event of a log; None when the line does not say."""
        try:
            event = msgspec.json.decode(line, type=_Named)
        except BAD_JSON:
            return None
        if event.occurrence is None:
            return None
        return cls(event.actor, event.kind, _place(event), event.occurrence)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The name as people write it; None for anything else."""
        match = _NAME.fullmatch(text)
        return None if match is None else cls(match[1], match[2], match[3] or "", int(match[4]))


def seq_of(log: LogFile, name: EventName, option: str) -> int:
    """The number of the event of that name.  Raises `InputError`, said to be in `option`, when the log has none."""
    wanted = name.actor, name.kind, name.place
    count = 0
    for _, items, _ in scan(log, compile_query(None, Names(), _FIELDS)):
        for item in items:
            if (item.actor, item.kind, _place(item)) == wanted:
                if item.occurrence == name.occurrence:
                    return int(item.seq)
                count += 1
    there = (
        f"has {count} like it, from #0" if count else f"has no {name.kind} of {shortened(name.actor)} there"
    )
    raise InputError(str(log.path), f"{option} {shortened(str(name))}", f"no such event; this log {there}")


_FIELDS: Final = ("seq", "actor", "addr", "symbol", "occurrence")


class _Named(msgspec.Struct, gc=False):
    actor: str
    kind: str
    addr: str | None = None
    symbol: str | None = None
    occurrence: int | None = None


class _Placed(Protocol):
    """An event of a log as far as it says where it is: an address as it is written, and its name."""

    @property
    def addr(self) -> str | None: ...

    @property
    def symbol(self) -> str | None: ...


def _place(event: _Placed) -> str:
    """Where an event of a log is, in words; as `Plain` counts it."""
    if event.addr is None or event.addr == "0x0":
        return ""
    return event.symbol or event.addr
