"""Streams in which one CPU fetches a word that another one writes."""

from __future__ import annotations

from ftrace_actors.events import Barrier, Fetch, Join, Maintain, Store, Sync
from tests.checks.stream import Stream

WORD = 0x2000
MOV, ADD = 0xAA1E03E9, 0x91000400
FAR = 0x7000


class Race(Stream):
    """cpu1 fetches `WORD`, cpu0 writes it."""

    def fetched(self, order: int, word: int = MOV, sync: int = 0, cpu: int = 1) -> int:
        return self.add(Fetch, WORD, word, order, 0, order, sync, cpu=cpu, task="reader")

    def written(self, order: int, word: int = ADD, addr: int = WORD, size: int = 4, cpu: int = 0) -> int:
        return self.add(Store, addr, size, word, order, 0, 0, cpu=cpu)

    def maintained(self, name: str, order: int, addr: int = WORD, cpu: int = 0) -> int:
        return self.add(Maintain, name, addr, order, cpu=cpu)

    def publishes(self) -> int:
        """From here a message may carry what was before: the `seq` of the next event."""
        return len(self.events)

    def joins(self, ordering: str, publisher: int, until: int, cpu: int = 0) -> int:
        return self.add(Join, ordering, publisher, until, cpu=cpu)

    def barrier(self, name: str, cpu: int) -> int:
        return self.add(Barrier, name, 0, cpu=cpu)

    def synchronizes(self, cpu: int) -> int:
        return self.add(Sync, "isb", 0, cpu=cpu)

    def races(self, idc: bool = True) -> int:
        found = self.findings(frozenset({WORD}), idc=idc, invariant="UNPREDICTABLE")
        assert all(one.severity == "unpredictable" for one in found)
        return len(found)
