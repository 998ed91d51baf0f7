"""Atomics on two X registers: LDXP, STXP, CASP and the read-modify-writes of FEAT_LSE128, of 16 bytes.

Each of their reads and writes is one single-copy atomic access of 16 bytes, with FEAT_LSE2 or without (Arm ARM
B2.2.1); how two cells are read and written at once is in `wide.py`.  No write of another CPU to *either* half comes
between the read and the write of one of them.  A plain reader of both halves, LDP without FEAT_LSE2, is two accesses
and may see one half without the other.
Pairs of W registers are one access of 8 bytes and need no rule of their own.
"""

from __future__ import annotations

from .access import PRIVATE_HI, PRIVATE_LO
from .atomics import AtomicRules, result_of
from .groups import Read, Taken, wide_mask
from .registers import Reg
from .timeline import UnmappedError
from .wide import Accept

__all__ = ["Pair", "PairRules"]

Pair = tuple[Reg, Reg]
"""Lower address first."""

Loaded = tuple[Reg, Read]
"""What a read of one half gives."""

_NOTHING: Reg = (0, 0, 0, 0)


def _high(a: Reg) -> Reg:
    """Where the half at the higher address is."""
    return (a[0] + 8, a[1], a[2], a[3])


class PairRules(AtomicRules):
    """Atomic rules plus pairs."""

    __slots__ = ()

    def load_exclusive_pair(self, a: Reg, order: int) -> Pair:
        """LDXP, LDAXP: two loads that arm the exclusive monitor for both."""
        if PRIVATE_LO <= a[0] < PRIVATE_HI:
            self.monitor = (a[0], 16, (Read(0, ()), Read(0, ())))
            return self.load_private(a[0], 8), self.load_private(a[0] + 8, 8)
        if not self._pair_writable(a):
            return _NOTHING, _NOTHING
        halves = self._read_pair(a, order)
        if not halves:
            return _NOTHING, _NOTHING
        self.monitor = (a[0], 16, (halves[0][1], halves[1][1]))
        return halves[0][0], halves[1][0]

    def store_exclusive_pair(self, a: Reg, low: Reg, high: Reg, order: int) -> Reg:
        """STXP, STLXP: returns the status register, 0 for success; its view is 0 either way."""
        monitor, self.monitor = self.monitor, None
        if monitor is None or monitor[0] != a[0] or monitor[1] != 16:
            return (1, 0, 0, 0)
        if PRIVATE_LO <= a[0] < PRIVATE_HI:
            self.store_private(a[0], 8, low)
            self.store_private(a[0] + 8, 8, high)
            return _NOTHING
        first, second = monitor[2]
        if not (self._may_succeed(a[0], first) and self._may_succeed(a[0] + 8, second)):
            return (1, 0, 0, 0)
        if self.choose("data", 2, a[0]):
            return (1, 0, 0, 0)
        self._write_pair(a, (low, high), order, (first, second))
        return _NOTHING

    def cas_pair(self, a: Reg, compare: Pair, new: Pair, order: int) -> Pair:
        """CASP: returns what the two compare registers become."""
        if PRIVATE_LO <= a[0] < PRIVATE_HI:
            return self._cas_private(a[0], compare, new)
        if not self._pair_writable(a):
            return _NOTHING, _NOTHING
        halves = self._read_compared(a, compare, order)
        if not halves:
            return _NOTHING, _NOTHING
        (low, first), (high, second) = halves
        got, reads = (low, high), (first, second)
        if (low[0], high[0]) != (compare[0][0], compare[1][0]):
            both = self._may_succeed(a[0], first) and self._may_succeed(a[0] + 8, second)
            if both and self.choose("data", 2, a[0]):
                self._write_pair(a, got, order, reads)
            return got
        return self._swap(a, compare, new, order, got, reads)

    def _swap(
        self, a: Reg, compare: Pair, new: Pair, order: int, got: Pair, reads: tuple[Read, Read]
    ) -> Pair:
        """A compare-and-swap that succeeds: both writes wait for both comparisons."""
        pick = max(view for reg in (*compare, *got) for view in (reg[1], reg[2]))
        low, high = ((data[0], data[1], max(data[2], pick), data[3]) for data in new)
        self._write_pair(a, (low, high), order, reads)
        if pick and self.choose("data", 2, a[0]):
            first, second = (
                (old[0], kept[1], max(kept[2], pick), old[3]) for old, kept in zip(got, compare, strict=True)
            )
            return first, second
        return got

    def amo_pair(self, a: Reg, op: str, operands: Pair, order: int) -> Pair:
        """LDCLRP, LDSETP, SWPP: an atomic read-modify-write of both; returns what was there."""
        if PRIVATE_LO <= a[0] < PRIVATE_HI:
            old = (self.load_private(a[0], 8), self.load_private(a[0] + 8, 8))
            for at, was, operand in zip((0, 8), old, operands, strict=True):
                self.store_private(a[0] + at, 8, result_of(op, was, operand, 8))
            return old
        if not self._pair_writable(a):
            return _NOTHING, _NOTHING
        halves = self._read_pair(a, order, self._both_followed)
        if not halves:
            return _NOTHING, _NOTHING
        (low, first), (high, second) = halves
        data = (result_of(op, low, operands[0], 8), result_of(op, high, operands[1], 8))
        self._write_pair(a, data, order, (first, second), computed=op != "swp")
        return low, high

    def _cas_private(self, addr: int, compare: Pair, new: Pair) -> Pair:
        old = (self.load_private(addr, 8), self.load_private(addr + 8, 8))
        if (old[0][0], old[1][0]) == (compare[0][0], compare[1][0]):
            self.store_private(addr, 8, new[0])
            self.store_private(addr + 8, 8, new[1])
        return old

    # -- the halves -----------------------------------------------------------------------------------------------

    def _pair_writable(self, a: Reg) -> bool:
        """Pairs must be aligned to 16 bytes and mapped; otherwise they fault."""
        if a[0] & 15:
            self._faulted("unaligned atomic", a)
            return False
        try:
            self.timeline.writes(a[0])
            self.timeline.writes(a[0] + 8)
        except UnmappedError:
            self._faulted("unmapped", a)
            return False
        return True

    def _read_pair(self, a: Reg, order: int, accept: Accept | None = None) -> list[Loaded]:
        """Both at once."""
        halves = self.read_both(a, 16, order, True, accept)
        self._report(a, halves)
        return [(half.got, half.read) for half in halves]

    def _read_compared(self, a: Reg, compare: Pair, order: int) -> list[Loaded]:
        """What CASP reads; a pair that is equal only where a write could still follow."""
        wanted = (compare[0][0], compare[1][0])

        def accept(taken: list[list[Taken]]) -> bool:
            values = tuple([sum(m.value & wide_mask(mask) for mask, m in part) for part in taken])
            return values != wanted or self._both_followed(taken)

        return self._read_pair(a, order, accept)

    def _both_followed(self, taken: list[list[Taken]]) -> bool:
        """Could writes of mine still follow all of this?"""
        return all(
            self._may_write_after(mask, message.t, self.timeline.writes(message.cell))
            for part in taken
            for mask, message in part
        )

    def _write_pair(
        self, a: Reg, data: Pair, order: int, reads: tuple[Read, Read], computed: bool = False
    ) -> None:
        """One write of both: what binds one half binds the other, and the upper one comes after the lower one."""
        both = max(reads[0].v, reads[1].v)
        bound = max(both, self._write_bound(a, a[0], 8, data[0]), self._write_bound(a, a[0] + 8, 8, data[1]))
        first = self._write_after(
            a, 8, data[0], order, Read(bound, reads[0].taken), computed=False, local=True
        )
        after = Read(max(bound, first), reads[1].taken)
        second = self._write_after(_high(a), 8, data[1], order, after, computed=False)
        (v, d, _, _), (w, e, _, _) = self.fwd[first], self.fwd[second]
        self.fwd[first] = self.fwd[second] = (max(v, w), max(d, e), both, both if computed else 0)
        self._stands_as_one(a[0], 8, first, second)
