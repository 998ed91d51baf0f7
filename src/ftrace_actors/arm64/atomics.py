"""Atomics: a read and a write with no write of another CPU between them.

Exclusives (LDXR/STXR), compare-and-swap and the LDADD family of FEAT_LSE.  Success and failure of a store-exclusive
are both explored; so are the two views Arm's model leaves open for what a successful CAS returns, and whether a failed
CAS writes the old value back (Arm ARM C6.2, `aarch64.cat`).
"""

from __future__ import annotations

from .access import ACQUIRE, ACQUIRE_PC, PRIVATE_HI, PRIVATE_LO, RELEASE
from .groups import Allow, Read
from .registers import WORD, Reg
from .timeline import Message, UnmappedError
from .wide import WideRules

__all__ = ["AtomicRules", "result_of"]


class AtomicRules(WideRules):
    """Access rules plus read-modify-writes."""

    __slots__ = ()

    def amo(self, a: Reg, size: int, op: str, operand: Reg, order: int, dest: bool) -> Reg:
        """LDADD, SWP and their kin: returns the old value, zero-extended."""
        if PRIVATE_LO <= a[0] < PRIVATE_HI:
            old = self.load_private(a[0], size)
            self.store_private(a[0], size, result_of(op, old, operand, size))
            return old
        if not self._writable(a, size):
            return (0, 0, 0, 0)
        got, read = self._read_for_write(a, size, order, dest, None)
        data = result_of(op, got, operand, size)
        self._write_after(a, size, data, order, read, computed=op != "swp")
        return got

    def cas(self, a: Reg, size: int, compare: Reg, new: Reg, order: int, dest: bool = True) -> Reg:
        """CAS: returns what the compare register becomes.  `dest`: it becomes anything, not being the zero register."""
        mask = (1 << 8 * size) - 1
        if PRIVATE_LO <= a[0] < PRIVATE_HI:
            old = self.load_private(a[0], size)
            if old[0] == compare[0] & mask:
                self.store_private(a[0], size, new)
            return old
        if not self._writable(a, size):
            return (0, 0, 0, 0)
        got, read = self._read_for_write(a, size, order, dest, compare[0] & mask)
        if got[0] != compare[0] & mask:
            if self._may_succeed(a[0], read) and self.choose("data", 2, a[0]):
                self._write_after(a, size, got, order, read, computed=False)
            return got
        pick = max(compare[1], compare[2], got[1], got[2])
        data = (new[0], new[1], max(new[2], pick), new[3])
        self._write_after(a, size, data, order, read, computed=False)
        if pick and self.choose("data", 2, a[0]):
            return (got[0], compare[1], max(compare[2], pick), got[3])
        return got

    def load_exclusive(self, a: Reg, size: int, order: int) -> Reg:
        """LDXR, LDAXR: a load that arms the exclusive monitor."""
        if PRIVATE_LO <= a[0] < PRIVATE_HI:
            self.monitor = (a[0], size, (Read(0, ()),))
            return self.load_private(a[0], size)
        if not self._writable(a, size):
            return (0, 0, 0, 0)
        got, read = self._read_for_write(a, size, order, True, None, may_follow=False)
        self.monitor = (a[0], size, (read,))
        return got

    def store_exclusive(self, a: Reg, size: int, data: Reg, order: int) -> Reg:
        """STXR, STLXR: returns the status register, 0 for success; its view is 0 either way."""
        monitor, self.monitor = self.monitor, None
        if monitor is None or monitor[0] != a[0] or monitor[1] != size:
            return (1, 0, 0, 0)
        if PRIVATE_LO <= a[0] < PRIVATE_HI:
            self.store_private(a[0], size, data)
            return (0, 0, 0, 0)
        if not self._may_succeed(a[0], monitor[2][0]):
            return (1, 0, 0, 0)
        if self.choose("data", 2, a[0]):
            return (1, 0, 0, 0)
        self._write_after(a, size, data, order, monitor[2][0], computed=False)
        return (0, 0, 0, 0)

    def clear_exclusive(self) -> None:
        """CLREX: the next store-exclusive fails."""
        self.monitor = None

    def _writable(self, a: Reg, size: int) -> bool:
        """Atomics must be aligned and mapped; otherwise they fault."""
        if a[0] & (size - 1):
            self._faulted("unaligned atomic", a)
            return False
        try:
            self.timeline.writes(a[0] & ~7)
        except UnmappedError:
            self._faulted("unmapped", a)
            return False
        return True

    def _may_succeed(self, addr: int, read: Read) -> bool:
        """Could a write of mine still follow this read with nobody else's write between?"""
        writes = self.timeline.writes(addr & ~7)
        return all(self._may_write_after(mask, t, writes) for mask, t in read.taken)

    def _may_write_after(self, mask: int, t: int, writes: list[Message]) -> bool:
        """The same for the bytes `mask` read at `t`.

        With open promises the write may fulfil one in the past; then the path itself finds out.
        """
        if self.promises:
            return True
        for other in reversed(writes):
            if other.t <= t:
                return True
            if other.cpu != self.cpu and other.mask & mask:
                return False
        return True

    def _read_for_write(
        self, a: Reg, size: int, order: int, dest: bool, compare: int | None, may_follow: bool = True
    ) -> tuple[Reg, Read]:
        """The read half: like a load, limited to messages the write half could still follow.

        With `compare`, messages of another value stay readable, for a compare-and-swap that fails.
        """
        addr = a[0]
        writes = self.timeline.writes(addr & ~7)
        want = ((1 << size) - 1) << (addr & 7)
        shift, wide = 8 * (addr & 7), (1 << 8 * size) - 1

        def allow(mask: int, message: Message) -> bool:
            if compare is not None and (mask != want or message.value >> shift & wide != compare):
                return True
            return self._may_write_after(mask, message.t, writes)

        return self._read_allowed(a, size, order, dest, allow if may_follow else None)

    def _read_allowed(
        self, a: Reg, size: int, order: int, dest: bool, allow: Allow | None
    ) -> tuple[Reg, Read]:
        """The read half, limited to the messages that `allow` lets pass."""
        addr = a[0]
        pre = self._read_floor(a, addr, order)
        taken = self._take(self.timeline.writes(addr & ~7), addr, size, pre, order, allow)
        value, t, prov, views = self._combine(taken, order)
        value = value >> 8 * (addr & 7) & (1 << 8 * size) - 1
        v = max(pre, views[0])
        self._note_read(a, addr, size, v, order, dest)
        if self.observer is not None:
            self.observer.loaded(addr, size, value, t, a[3], prov)
        got = (value, max(v, views[1]), max(a[2], views[2]), prov if size == 8 or prov == WORD else 0)
        return got, Read(v, tuple([(mask, message.t) for mask, message in taken]))

    def _write_after(
        self, a: Reg, size: int, data: Reg, order: int, read: Read, computed: bool, local: bool = False
    ) -> int:
        """The write half: its bound also joins what was read; nobody else's write strictly between.  Its time."""
        addr = a[0]
        t = self._write(a, addr, size, data, order, read.v, local)
        for other in reversed(self.timeline.writes(addr & ~7)):
            if other.t < t and other.cpu != self.cpu:
                for mask, taken in read.taken:
                    if other.t > taken and other.mask & mask:
                        self.dead = True
        v, d, _, _ = self.fwd[t]
        self.fwd[t] = (v, d, read.v, read.v if computed else 0)
        if order & (ACQUIRE | ACQUIRE_PC) and order & RELEASE:
            self.nr = max(self.nr, t)
            self.nw = max(self.nw, t)
        if self.observer is not None:
            self.observer.stored(addr, size, data[0] & (1 << 8 * size) - 1, t, a[3], data[3])
        return t


def _signed(value: int, size: int) -> int:
    top = 1 << 8 * size - 1
    return (value & top - 1) - (value & top)


def result_of(op: str, old: Reg, operand: Reg, size: int) -> Reg:
    """The value an atomic stores, with the views of what it was computed from."""
    mask = (1 << 8 * size) - 1
    x, y = old[0] & mask, operand[0] & mask
    match op:
        case "swp":
            return operand
        case "add":
            value = x + y
        case "clr":
            value = x & ~y
        case "eor":
            value = x ^ y
        case "set":
            value = x | y
        case "smax" | "smin":
            first = _signed(x, size) >= _signed(y, size)
            value = x if first == (op == "smax") else y
        case "umax" | "umin":
            value = x if (x >= y) == (op == "umax") else y
        case _:
            raise ValueError(f"unknown atomic operation {op!r}")
    return (value & mask, operand[1], operand[2], old[3] or operand[3])
