"""Accesses of 16 bytes that are single-copy atomic: FEAT_LSE2 (Arm ARM B2.2.1.1).

With it LDP, STP, LDIAPP, STILP, exclusive and atomic pairs of X registers in 16 aligned bytes are one access each, and
so is an unaligned access that stays inside them.  Without it they are two, as in the published model.

A write of both cells is two messages, the lower half marked `local`: it counts from the moment its upper half stands,
and no write of another CPU to either cell may come between the two.  A read takes one message for each group of bytes
of each cell, of those that go together: as in `groups.py`, there is a moment at which the read happens.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

from .access import PRIVATE_HI, PRIVATE_LO, AccessRules
from .groups import Read, Taken, byte_groups
from .registers import Reg
from .timeline import FULL

__all__ = ["Accept", "Half", "WideRules"]

_NOTHING: Reg = (0, 0, 0, 0)


Accept = Callable[[list[list[Taken]]], bool]
"""May this be read together?  What is taken of each cell."""


class Half(NamedTuple):
    """What was read of one cell: value in place with its views, the read half of an atomic, the newest time."""

    got: Reg
    read: Read
    t: int


class WideRules(AccessRules):
    """Access rules plus accesses to two neighbouring cells at once."""

    __slots__ = ()

    def joined(self, addr: int, size: int) -> bool:
        """Is an access of `size` bytes here one access, though it is in no single aligned cell?"""
        return self.options.lse2 and (addr & 15) + size <= 16 and not PRIVATE_LO <= addr < PRIVATE_HI

    # -- reads ----------------------------------------------------------------------------------------------------

    def read_both(
        self, a: Reg, size: int, order: int, dest: bool, accept: Accept | None = None
    ) -> list[Half]:
        """Read `size` bytes of two cells at once; for each cell the value in place and what was read.

        `accept` narrows what may be read together.  Empty when it faulted or nothing can be read.
        """
        low, mask = a[0] & ~7, ((1 << size) - 1) << (a[0] & 7)
        cells = [(low, mask & FULL), (low + 8, mask >> 8)]
        places = [(max(a[0], cell), cell, wanted) for cell, wanted in cells if wanted]
        floors = [self._read_floor(a, addr, order) for addr, _, _ in places]
        if not all(self._mapped(a, cell) for _, cell, _ in places):
            return []
        pre = max(floors)
        taken = self._take_both([(cell, wanted) for _, cell, wanted in places], pre, order, accept)
        if not taken:
            return []
        parts = [self._combine(part, order) for part in taken]
        v = max(pre, *(views[0] for _, _, _, views in parts))
        halves: list[Half] = []
        for (addr, cell, wanted), part, (value, t, prov, views) in zip(places, taken, parts, strict=True):
            self._note_read(a, addr, (wanted >> (addr - cell)).bit_length(), v, order, dest)
            got = (value, max(v, views[1]), max(a[2], views[2]), prov)
            halves.append(Half(got, Read(v, tuple([(m, message.t) for m, message in part])), t))
        return halves

    def _take_both(
        self, cells: list[tuple[int, int]], pre: int, order: int, accept: Accept | None
    ) -> list[list[Taken]]:
        """What a read of some bytes of some cells takes of each; empty, and the path dead, when it can take nothing."""
        groups = [group for cell, mask in cells for group in self._choices(cell, mask, pre)]
        found: list[list[list[Taken]]] = []
        for combination in product(*groups):
            if self._together(combination, order):
                taken = [
                    [(m, message) for m, message in combination if message.cell == cell] for cell, _ in cells
                ]
                if accept is None or accept(taken):
                    found.append(taken)
        if not found:
            self.dead = True
            return []
        return found[0] if len(found) == 1 else found[self.choose("load", len(found), cells[0][0])]

    def _choices(self, cell: int, mask: int, pre: int) -> list[list[Taken]]:
        """For each group of bytes of one cell, what it may take."""
        writes = self.timeline.writes(cell)
        groups: list[list[Taken]] = []
        for group in byte_groups(writes, mask):
            floor = max(pre, self.coherence_of_bytes(cell, group))
            readable = self._readable(writes, group, floor) or ()
            groups.append([(group, message) for message in readable])
        return groups

    def _together(self, taken: tuple[Taken, ...], order: int) -> bool:
        """Is there a moment at which all of this could be read?  As `groups.combinations`."""
        moment = max([AccessRules._seen(self, message, order)[0] for _, message in taken])
        return not any(self._overtaken(old, moment) for old in taken)

    def load_wide(self, a: Reg, order: int) -> tuple[Reg, Reg]:
        """Read 16 aligned bytes at once."""
        halves = self.read_both(a, 16, order, True)
        if not halves:
            return _NOTHING, _NOTHING
        self._report(a, halves)
        return halves[0].got, halves[1].got

    def _report(self, a: Reg, halves: list[Half]) -> None:
        if self.observer is not None:
            for number, half in enumerate(halves):
                self.observer.loaded(a[0] + 8 * number, 8, half.got[0], half.t, a[3], half.got[3])

    def _load_unaligned(self, a: Reg, size: int, order: int, dest: bool) -> Reg:
        if not self.joined(a[0], size):
            return super()._load_unaligned(a, size, order, dest)
        halves = self.read_both(a, size, order, dest)
        if not halves:
            return _NOTHING
        value = sum(half.got[0] << 64 * number for number, half in enumerate(halves))
        value = value >> 8 * (a[0] & 7) & (1 << 8 * size) - 1
        provs = {half.got[3] for half in halves}
        prov = 0 if size < 8 else provs.pop() if len(provs) == 1 else -1
        t = max(half.t for half in halves)
        if self.observer is not None:
            self.observer.loaded(a[0], size, value, t, a[3], prov)
        return (value, max(half.got[1] for half in halves), max(half.got[2] for half in halves), prov)

    def _mapped(self, a: Reg, cell: int) -> bool:
        if cell in self.timeline.initial:
            return True
        self._faulted("unmapped", a)
        return False

    # -- writes ---------------------------------------------------------------------------------------------------

    def store_wide(self, a: Reg, low: Reg, high: Reg, order: int) -> None:
        """Write 16 aligned bytes at once."""
        times = self.write_both(a, [(a[0], 8, low), (a[0] + 8, 8, high)], order)
        if times and self.observer is not None:
            for number, (t, data) in enumerate(zip(times, (low, high), strict=True)):
                self.observer.stored(a[0] + 8 * number, 8, data[0], t, a[3], data[3])

    def _store_unaligned(self, a: Reg, size: int, data: Reg, order: int) -> None:
        if not self.joined(a[0], size):
            super()._store_unaligned(a, size, data, order)
            return
        cut = min(size, 8 - (a[0] & 7))
        pieces = [(a[0], cut, data)]
        if cut < size:
            pieces.append((a[0] + cut, size - cut, (data[0] >> 8 * cut, data[1], data[2], data[3])))
        times = self.write_both(a, pieces, order)
        if times and self.observer is not None:
            self.observer.stored(a[0], size, data[0] & (1 << 8 * size) - 1, times[-1], a[3], data[3])

    def write_both(self, a: Reg, pieces: list[tuple[int, int, Reg]], order: int, extra: int = 0) -> list[int]:
        """Writes that count as one, each (address, bytes, data); their times, none when it faulted."""
        if not all(self._mapped(a, addr & ~7) for addr, _, _ in pieces):
            return []
        data = (0, max(piece[2][1] for piece in pieces), max(piece[2][2] for piece in pieces), 0)
        bound = max(extra, *(self._write_bound(a, addr, size, data) for addr, size, _ in pieces))
        times: list[int] = []
        for number, (addr, size, value) in enumerate(pieces):
            lower = number + 1 < len(pieces)
            times.append(self._write(a, addr, size, value, order, max(bound, *times, 0), lower))
        if len(times) > 1:
            self._stands_as_one(pieces[0][0], pieces[0][1], times[0], times[1])
        return times

    def _stands_as_one(self, addr: int, size: int, first: int, last: int) -> None:
        """My lower half, `size` bytes at `addr`, counts from its upper half on, for my own later writes too.

        No write of another CPU to either cell may come between the two.
        """
        self.raise_coherence(addr, size, last)
        low = addr & ~7
        for cell in (low, low + 8):
            for other in self.timeline.writes(cell):
                if first < other.t < last and other.cpu != self.cpu:
                    self.dead = True
