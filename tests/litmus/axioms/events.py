"""What a candidate execution is made of: events with the registers' dependencies they were made with."""

from __future__ import annotations

from dataclasses import dataclass, field

NONE: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Deps:
    """Reads of the same thread, as positions in its list of events.

    `basic`: their values flowed here through registers.  `pick`: they chose what flowed here (CSEL, CSET, CAS).
    """

    basic: frozenset[int] = NONE
    pick: frozenset[int] = NONE

    def __or__(self, other: Deps) -> Deps:
        return Deps(self.basic | other.basic, self.pick | other.pick)

    def chosen(self) -> Deps:
        """What these chose, having decided on it."""
        return Deps(NONE, self.basic | self.pick)

    @property
    def all(self) -> frozenset[int]:
        return self.basic | self.pick


@dataclass(frozen=True)
class Reg:
    """A register's content and where it came from."""

    value: int = 0
    deps: Deps = Deps()


@dataclass
class Event:
    """`kind`: R, W, F (fetch of a word that is written somewhere), DC, IC, cse, dmb.sy, dsb.ld and so on.

    `tags`: A (acquire), Q (acquirePC), L (release), NoRet (an atomic's read without destination), amo (of an atomic
    instruction), computed (an atomic's write whose value depends on its read).  An IC of everything has size 0.
    """

    kind: str
    at: int = 0
    size: int = 0
    value: int = 0
    tags: frozenset[str] = frozenset()
    addr: Deps = Deps()
    data: Deps = Deps()
    ctrl: Deps = Deps()
    rmw: int | None = None

    def key(self) -> tuple[object, ...]:
        """Equal for events that are the same."""
        return (
            self.kind, self.at, self.size, self.value, self.tags, self.addr, self.data, self.ctrl, self.rmw,
        )  # fmt: skip

    @property
    def memory(self) -> bool:
        return self.kind in {"R", "W"}

    def overlaps(self, other: Event) -> bool:
        return self.at < other.at + other.size and other.at < self.at + self.size

    def same_line(self, maintained: Event) -> bool:
        """Is some byte of this access in the line (one word) of a cache operation?"""
        line = maintained.at & ~3
        return maintained.size == 0 or (self.at < line + 4 and line < self.at + self.size)


@dataclass
class Run:
    """One way through a thread, under guesses of what its reads and fetches return.

    `registers`: the final contents by number.
    """

    events: list[Event] = field(default_factory=list)
    registers: dict[int, Reg] = field(default_factory=dict)

    def key(self) -> tuple[object, ...]:
        """Equal for runs that are the same."""
        return (
            *[e.key() for e in self.events],
            tuple(sorted(self.registers.items(), key=lambda each: each[0])),
        )


def local_sources(events: list[Event], read: Event) -> set[int]:
    """The newest own write before a read, of each of its bytes (local read successor, backwards)."""
    found = set()
    for byte in range(read.at, read.at + read.size):
        for number in range(len(events) - 1, -1, -1):
            event = events[number]
            if event.kind == "W" and event.at <= byte < event.at + event.size:
                found.add(number)
                break
    return found
