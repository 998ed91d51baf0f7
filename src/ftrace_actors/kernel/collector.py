"""The actors waited for: a numbered request, and the reports that answer it.

An actor that waits for several others keeps one `Collector`: RCU for CPUs, RCU Tasks for holdouts and for the grace
periods inside its own, Tasks Rude for its kworkers, a task for the grace period it asked for and for the CPUs it
interrupted.

* A request has a number, one higher than the one before.  Every report carries the number of the request it answers,
  and belongs to that one alone.
* A party makes one report a request: `owes` asks whether that is still due, `report` makes it.
* A party counts as waited for until its report is *received* (`receive`), not until it is made: in between it is on its
  way, with a view that the request has not joined yet.  It comes by message, or is looked for where it was left.
* A report that is late (of an earlier request), foreign (of nobody who was asked) or a second one is not counted.

Where the kernel says so: docs/kernel.md, "Who is waited for".

    collector = Collector[int]()
    number = collector.begin(others)          # the one who asks
    ...
    if collector.owes(cpu):                   # a party, when it has something to report
        report = Quiesced(collector.report(cpu), cpu, view)
    ...
    while collector.waiting:                  # the one who asked
        collector.receive(await self.hear(...))
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from .published import NOTHING, Published
from .values import give, state_of

__all__ = ["Collector", "Report"]

P = TypeVar("P", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Report:
    """What `party` answers to request `number`; `view` is what it orders before whoever receives it."""

    number: int
    party: Hashable
    view: Published


class Collector(Generic[P]):
    """The requests of one that waits, one after the other.

    `number`: the newest request, 0 before the first.  `view`: what its reports have brought so far, joined.
    """

    __slots__ = ("_asked", "_made", "_received", "number", "view")

    STATE: ClassVar[tuple[str, ...]] = ("number", "view", "_asked", "_made", "_received")

    def __init__(self) -> None:
        self.number = 0
        self.view = NOTHING
        self._asked: dict[P, None] = {}
        self._made: dict[Hashable, int] = {}
        self._received: dict[Hashable, int] = {}

    def begin(self, parties: Iterable[P] = (), *, view: Published = NOTHING) -> int:
        """A new request to `parties`, whose answers to earlier ones no longer count; returns its number.

        `view` is joined.
        """
        self.number += 1
        self.view = view
        self._asked = dict.fromkeys(parties)
        return self.number

    def ask(self, party: P) -> None:
        """One more party for the request under way."""
        self._asked[party] = None

    def owes(self, party: P) -> bool:
        """Is a report of this party still due?"""
        return party in self._asked and self._made.get(party) != self.number

    def report(self, party: P) -> int:
        """The party makes its report now: the number it must carry."""
        assert self.owes(party), f"{party} owes nothing to request {self.number}"
        self._made[party] = self.number
        return self.number

    def receive(self, report: Report) -> bool:
        """A report arrives; False when it does not count for the request under way."""
        if report.party not in self.waiting or not self.belongs(report.number):
            return False
        self._received[report.party] = report.number
        self.view |= report.view
        return True

    @property
    def waiting(self) -> list[P]:
        """Those whose report has not been received, in the order they were asked."""
        received = self._received
        return [party for party in self._asked if not self.belongs(received.get(party, 0))]

    def copy(self) -> Collector[P]:
        """Independent, with the same requests and reports."""
        other: Collector[P] = Collector()
        give(self, other, self.STATE)
        return other

    def state(self) -> tuple[Hashable, ...]:
        """As a value."""
        return state_of(self, self.STATE)

    def belongs(self, number: int) -> bool:
        """Does a report of that number answer the request under way?"""
        return number == self.number
