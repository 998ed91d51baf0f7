"""The timeline: every write, cache operation and completion in one global order.

Promising-ARM (Pulte, Pichon-Pharabod, Kang, Lee, Hur, PLDI 2019) keeps memory as an append-only list of messages; a
timestamp is a position in it and time 0 is the initial state.  We add DC, IC and COMP messages, so instruction
fetches can be bounded by them.

A *location* is not stored as such: writes are kept per aligned 8-byte cell with a byte mask, and every rule that
speaks of a location means the bytes that overlap.  Nothing here decides anything; the rules are in `access.py` and
`fetch.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

__all__ = ["ALL_LINES", "COMP", "DC", "IC", "WRITE", "Message", "Timeline", "UnmappedError"]

WRITE = 0
DC = 1
IC = 2
COMP = 3

ALL_LINES = -1
"""The `cell` of an IC that invalidates everything."""

FULL = 0xFF


class UnmappedError(Exception):
    """An access to an address that nothing was ever placed at.  Carries the cell's address."""

    def __init__(self, cell: int) -> None:
        super().__init__(f"nothing is mapped at {cell:#x}")
        self.cell = cell


class Message:
    """One position of the timeline.

    `cell` is the aligned 8-byte address of a write, the line address of a DC or IC (`ALL_LINES` for all).  `mask` has
    one bit a byte of the cell, `value` is in place inside the cell.  `prov` is the allocation a stored pointer came
    from.  `local` marks an IC that reaches only its own CPU, and the lower half of a write to two cells (`wide.py`).
    """

    __slots__ = ("cell", "cpu", "kind", "local", "mask", "prov", "t", "value")

    def __init__(
        self,
        t: int,
        kind: int,
        cell: int,
        mask: int,
        value: int,
        prov: int,
        cpu: int,
        local: bool = False,
    ) -> None:
        self.t = t
        self.kind = kind
        self.cell = cell
        self.mask = mask
        self.value = value
        self.prov = prov
        self.cpu = cpu
        self.local = local

    def same_effect(self, other: Message) -> bool:
        """True when both would do the same to memory, wherever they stand."""
        return (
            self.kind == other.kind
            and self.cell == other.cell
            and self.mask == other.mask
            and self.value == other.value
            and self.prov == other.prov
            and self.cpu == other.cpu
            and self.local == other.local
        )

    def value_of(self) -> tuple[int, ...]:
        """As a value."""
        return (
            self.t,
            self.kind,
            self.cell,
            self.mask,
            self.value,
            self.prov,
            self.cpu,
            self.local,
        )

    def __repr__(self) -> str:
        name = ("W", "DC", "IC", "COMP")[self.kind]
        return f"{name}@{self.t}({self.cell:#x}/{self.mask:02x}={self.value:#x} cpu{self.cpu})"


class Timeline:
    """An append-only list of messages over an initial memory, with indices by cell and by line.

    `initial` maps aligned cells to (value, prov); it is shared by all runs and never changed.  `truncate` takes
    messages back, for searches that look ahead and return.
    """

    __slots__ = ("cells", "comps", "dcs", "ics", "initial", "messages")

    def __init__(self, initial: Mapping[int, tuple[int, int]]) -> None:
        self.initial = initial
        self.messages: list[Message] = []
        self.cells: dict[int, list[Message]] = {}
        self.dcs: dict[int, list[Message]] = {}
        self.ics: dict[int, list[Message]] = {}
        self.comps: dict[int, list[int]] = {}

    @property
    def end(self) -> int:
        """The newest timestamp; 0 when nothing has happened."""
        return len(self.messages)

    def writes(self, cell: int) -> list[Message]:
        """All writes to a cell, oldest first; the first is the initial state at time 0.

        Raises `UnmappedError` when nothing is placed there.
        """
        found = self.cells.get(cell)
        if found is None:
            content = self.initial.get(cell)
            if content is None:
                raise UnmappedError(cell)
            found = [Message(0, WRITE, cell, FULL, content[0], content[1], -1)]
            self.cells[cell] = found
        return found

    def append(self, message: Message) -> None:
        """Put a message at the end; its `t` must be `end + 1`.  Raises `UnmappedError`."""
        assert message.t == len(self.messages) + 1
        kind = message.kind
        if kind == WRITE:
            # First: where nothing is mapped this raises, and then nothing may have been appended.
            writes = self.cells.get(message.cell)
            (self.writes(message.cell) if writes is None else writes).append(message)
        elif kind == DC:
            self.dcs.setdefault(message.cell, []).append(message)
        elif kind == IC:
            self.ics.setdefault(message.cell, []).append(message)
        else:
            self.comps.setdefault(message.cpu, []).append(message.t)
        self.messages.append(message)

    def truncate(self, end: int) -> None:
        """Take back every message after timestamp `end`."""
        while len(self.messages) > end:
            message = self.messages.pop()
            kind = message.kind
            if kind == WRITE:
                self.cells[message.cell].pop()
            elif kind == DC:
                self.dcs[message.cell].pop()
            elif kind == IC:
                self.ics[message.cell].pop()
            else:
                self.comps[message.cpu].pop()

    def copy(self) -> Timeline:
        """The same messages in lists of their own; a message never changes."""
        other = Timeline(self.initial)
        other.messages = self.messages.copy()
        other.cells = {cell: messages.copy() for cell, messages in self.cells.items()}
        other.dcs = {line: messages.copy() for line, messages in self.dcs.items()}
        other.ics = {line: messages.copy() for line, messages in self.ics.items()}
        other.comps = {cpu: times.copy() for cpu, times in self.comps.items()}
        return other

    def state(self) -> tuple[Hashable, ...]:
        """As a value: everything else is an index over the messages."""
        return tuple(message.value_of() for message in self.messages)

    def newest_value(self, cell: int) -> int:
        """What the cell holds at the end of the timeline, bytes of partial writes merged."""
        value = 0
        for message in self.writes(cell):
            wide = 0
            for byte in range(8):
                if message.mask >> byte & 1:
                    wide |= FULL << (8 * byte)
            value = (value & ~wide) | (message.value & wide)
        return value
