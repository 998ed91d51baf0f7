"""Atomics on two X registers: LDXP, STXP, CASP and the read-modify-writes of FEAT_LSE128, of 16 bytes.

The two halves are two messages, the lower address first, each single-copy atomic, as in the published model: an
access to one half may see one without the other.  With FEAT_LSE2 they are one access (`wide.py`).  What is atomic
either way is the read-modify-write: no write of another CPU to *either* half stands between its reads and its writes,
so two such pairs never both win (Arm ARM B2.2.1, C6.2).
Pairs of W registers are one access of 8 bytes and need no rule of their own.
"""

from __future__ import annotations

from .access import PRIVATE_HI, PRIVATE_LO
from .atomics import AtomicRules, result_of
from .groups import Allow, Read, Taken, wide_mask
from .registers import Reg
from .timeline import FULL, Message, UnmappedError
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
        halves = self._read_pair(a, order) if self.options.lse2 else self._read_halves(a, order, None, None)
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
        if self.options.lse2:
            halves = self._read_pair(a, order, self._both_followed)
        else:
            halves = self._read_halves(a, order, self._followed(a[0]), self._followed(a[0] + 8))
        if not halves:
            return _NOTHING, _NOTHING
        (low, first), (high, second) = halves
        data = (result_of(op, low, operands[0], 8), result_of(op, high, operands[1], 8))
        self._write_pair(a, data, order, (first, second), computed=op != "swp")
        return low, high

    def _followed(self, addr: int) -> Allow:
        """Only what a write of mine could still follow."""
        writes = self.timeline.writes(addr)
        return lambda mask, message: self._may_write_after(mask, message.t, writes)

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
        """Both at once: FEAT_LSE2."""
        halves = self.read_both(a, 16, order, True, accept)
        self._report(a, halves)
        return [(half.got, half.read) for half in halves]

    def _read_halves(self, a: Reg, order: int, first: Allow | None, second: Allow | None) -> list[Loaded]:
        """One after the other, not ordered by one another."""
        before = self.nr, self.nw
        low = self._read_half(a, order, first)
        if self.dead:
            return []
        before = self._back_to(before)
        high = self._read_half(_high(a), order, second)
        self._join(before)
        return [] if self._lost() else [low, high]

    def _read_compared(self, a: Reg, compare: Pair, order: int) -> list[Loaded]:
        """What CASP reads; equal halves only where a write could still follow."""
        if self.options.lse2:
            wanted = (compare[0][0], compare[1][0])

            def accept(taken: list[list[Taken]]) -> bool:
                values = tuple([sum(m.value & wide_mask(mask) for mask, m in part) for part in taken])
                return values != wanted or self._both_followed(taken)

            return self._read_pair(a, order, accept)
        before = self.nr, self.nw
        low, first = self._read_half(a, order, self._low_allowed(a, compare, order))
        if self.dead:
            return []
        before = self._back_to(before)
        equal, follows = low[0] == compare[0][0], self._may_succeed(a[0], first)
        allowed = self._high_allowed(a[0] + 8, compare[1][0], equal, follows)
        high = self._read_half(_high(a), order, allowed)
        self._join(before)
        return [] if self._lost() else [(low, first), high]

    def _lost(self) -> bool:
        """Asked afresh after a second read, which a type checker does not know."""
        return self.dead

    def _both_followed(self, taken: list[list[Taken]]) -> bool:
        """Could writes of mine still follow all of this?"""
        return all(
            self._may_write_after(mask, message.t, self.timeline.writes(message.cell))
            for part in taken
            for mask, message in part
        )

    def _read_half(self, a: Reg, order: int, allow: Allow | None) -> Loaded:
        return self._read_allowed(a, 8, order, True, allow)

    def _back_to(self, bounds: tuple[int, int]) -> tuple[int, int]:
        """The halves are not ordered: what an acquire of the first raised must not bind the second."""
        raised = self.nr, self.nw
        self.nr, self.nw = bounds
        return raised

    def _join(self, bounds: tuple[int, int]) -> None:
        self.nr, self.nw = max(self.nr, bounds[0]), max(self.nw, bounds[1])

    def _low_allowed(self, a: Reg, compare: Pair, order: int) -> Allow:
        """An equal half that cannot be followed any more is for a comparison that fails in the other half."""
        writes, high = self.timeline.writes(a[0]), a[0] + 8
        floor = max(self._read_floor(_high(a), high, order), self.coherence(high, 8))
        other = self._readable(self.timeline.writes(high), FULL, floor)
        fails = other is None or any(m.value != compare[1][0] for m in other)

        def allow(mask: int, message: Message) -> bool:
            unequal = mask != FULL or message.value != compare[0][0]
            return unequal or fails or self._may_write_after(mask, message.t, writes)

        return allow

    def _high_allowed(self, addr: int, compare: int, equal: bool, follows: bool) -> Allow:
        writes = self.timeline.writes(addr)

        def allow(mask: int, message: Message) -> bool:
            if not equal or mask != FULL or message.value != compare:
                return True
            return follows and self._may_write_after(mask, message.t, writes)

        return allow

    def _write_pair(
        self, a: Reg, data: Pair, order: int, reads: tuple[Read, Read], computed: bool = False
    ) -> None:
        """Two writes; each waits for what both halves read, and is computed from its own."""
        both, joined = max(reads[0].v, reads[1].v), self.options.lse2
        bound, first, second = both, 0, 0
        if joined:
            bound = max(
                both, self._write_bound(a, a[0], 8, data[0]), self._write_bound(a, a[0] + 8, 8, data[1])
            )
        for at, value, read in ((a, data[0], reads[0]), (_high(a), data[1], reads[1])):
            # One access: what binds one half binds the other, and the upper one stands behind the lower one.
            after = Read(max(bound, second) if joined else both, read.taken)
            first, second = (
                second,
                self._write_after(at, 8, value, order, after, computed=False, local=joined and not second),
            )
            v, d, _, _ = self.fwd[second]
            self.fwd[second] = (v, d, both, read.v if computed else 0)
        if joined:
            self._nothing_between(a[0], first, second)
