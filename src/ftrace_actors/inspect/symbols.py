"""Names for addresses, as far as whoever reads a run back knows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ..events import Alloc, Event, OpsDefined, RecordDefined

__all__ = ["EventSymbols", "Symbols"]


class Symbols(Protocol):
    """What the world's image offers, and what `EventSymbols` gets out of a log."""

    def describe(self, addr: int) -> str:
        """The address in words (``vfs_read+0x4``); hexadecimal when it has no name."""


class EventSymbols:
    """The symbols that a log itself carries: records, ops and allocations.

    Where an address was allocated more than once, the latest name counts.
    """

    __slots__ = ("_exact", "_ranges")

    def __init__(self, events: Iterable[Event]) -> None:
        """Look through a whole log."""
        self._exact: dict[int, str] = {}
        self._ranges: list[tuple[int, int, str]] = []
        for event in events:
            if isinstance(event, RecordDefined):
                if event.literal:
                    self._exact[event.literal] = f"literal of {event.function}"
                self._ranges.append((event.entry, event.site + 4, event.function))
            elif isinstance(event, OpsDefined):
                self._exact[event.addr] = event.name
            elif isinstance(event, Alloc):
                self._ranges.append((event.addr, event.addr + event.size, event.name))

    def describe(self, addr: int) -> str:
        """See `Symbols`."""
        if addr in self._exact:
            return self._exact[addr]
        for low, high, name in reversed(self._ranges):
            if low <= addr < high:
                return name if addr == low else f"{name}+{addr - low:#x}"
        return f"{addr:#x}"
