"""Loads, stores and atomics: which messages a read may take, and where a write may stand.

One transition an instruction, in program order; every weak behaviour is a choice of *which message is seen* here, or
of *what becomes visible early* in `promises.py`.  The rules are those of Promising-ARM with the fetch view `tau` in
every bound, so that a fetch is ordered before everything later that is not a fetch.

Single-copy atomicity (Arm ARM B2.2.1): an aligned access up to 8 bytes is one access; an unaligned one is one access
a byte, and can tear, unless FEAT_LSE2 is there and it stays inside 16 aligned bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .groups import Allow, Read, Taken, byte_groups, combinations, common_prov
from .options import Options
from .private import PRIVATE_HI, PRIVATE_LO, PrivateMemory
from .registers import MASK64, WORD, Reg
from .timeline import IC, WRITE, Message, Timeline, UnmappedError

if TYPE_CHECKING:
    from .observer import Observer

__all__ = [
    "ACQUIRE",
    "ACQUIRE_PC",
    "NEVER",
    "PLAIN",
    "PRIVATE_HI",
    "PRIVATE_LO",
    "RELEASE",
    "AccessRules",
    "Choose",
]

PLAIN = 0
ACQUIRE = 1
ACQUIRE_PC = 2
RELEASE = 4

NEVER = 1 << 62
"""Later than everything."""


class Choose(Protocol):
    """Asks somebody else: `kind` is "load", "fetch" or "data"; returns an index below `count`; 0 is the dull one."""

    def __call__(self, kind: str, count: int, addr: int) -> int:
        """One of `count` answers, counted from 0."""


def never_asked(kind: str, count: int, addr: int) -> int:
    """The chooser of a PE that was given none: always the dull answer."""
    return 0


class AccessRules(PrivateMemory):
    """Views plus the rules of data accesses."""

    __slots__ = ("choose", "dead", "fault", "monitor", "observer")

    def __init__(self, cpu: int, timeline: Timeline, options: Options) -> None:
        super().__init__(cpu, timeline, options)
        self.choose: Choose = never_asked
        self.observer: Observer | None = None
        self.monitor: tuple[int, int, tuple[Read, ...]] | None = None
        self.dead = False
        self.fault = ""

    # -- loads --------------------------------------------------------------------------------------------------

    def load(self, a: Reg, size: int, order: int, dest: bool) -> Reg:
        """Read `size` bytes at address register `a`; zero-extended.  Sets `fault` when nothing is mapped there.

        A plain load counts as a read, and as an acquire, whether it has a destination or not (`dest`); only an atomic
        without one does not (Arm ARM B2.3.7; `NoRet` in `aarch64.cat`).
        """
        del dest
        addr = a[0]
        if PRIVATE_LO <= addr < PRIVATE_HI:
            return self.load_private(addr, size)
        if addr & (size - 1):
            return self._load_unaligned(a, size, order, True)
        return self._load_aligned(a, size, order, True)

    def _load_aligned(self, a: Reg, size: int, order: int, dest: bool) -> Reg:
        addr = a[0]
        pre = self._read_floor(a, addr, order)
        try:
            writes = self.timeline.writes(addr & ~7)
        except UnmappedError:
            return self._faulted("unmapped", a)
        shift = (addr & 7) * 8
        known = self.coherence(addr, size)
        readable = self._readable(writes, ((1 << size) - 1) << (addr & 7), max(known, pre))
        if readable is None:
            taken = self._take(writes, addr, size, pre, order)
            value, t, prov, views = self._combine(taken, order)
        else:
            message = readable[0] if len(readable) == 1 else self._pick(readable, addr)
            value, t, prov = message.value, message.t, message.prov
            views = self._seen(message, order)
        value = value >> shift & (1 << 8 * size) - 1
        v = max(pre, views[0])
        self._note_read(a, addr, size, v, order, dest)
        if self.observer is not None:
            self.observer.loaded(addr, size, value, t, a[3], prov)
        return (value, max(v, views[1]), max(a[2], views[2]), prov if size == 8 or prov == WORD else 0)

    def _read_floor(self, a: Reg, addr: int, order: int) -> int:
        """`pre`: what a read at `addr` must not be older than, its location's coherence aside."""
        pre = self.nr
        if self.tau > pre:
            pre = self.tau
        if a[1] > pre:
            pre = a[1]
        if self.vdc:
            pre = max(pre, self.vdc.get(self.line_of(addr), 0))
        if order & ACQUIRE and self.rel > pre:
            pre = self.rel
        return pre

    def _readable(self, writes: list[Message], want: int, floor: int) -> list[Message] | None:
        """The newest overlapping write at or before `floor` and all newer ones, newest first.

        None when one of them has only some of the bytes in `want`.  An own promise that is still open cannot be read;
        one at or before `floor` can no longer be kept.
        """
        readable: list[Message] = []
        promises = self.promises
        for message in reversed(writes):
            overlap = message.mask & want
            if not overlap:
                continue
            if promises and message.cpu == self.cpu and message in promises:
                if message.t <= floor:
                    self.dead = True
                continue
            if overlap != want:
                return None
            if message.local and message.cpu != self.cpu:
                counts_from = self._counts_from(message)
                if counts_from == NEVER:
                    continue
                readable.append(message)
                if counts_from <= floor:
                    break
                continue
            readable.append(message)
            if message.t <= floor:
                break
        return readable

    def _counts_from(self, message: Message) -> int:
        """When others can see a write: with its upper half, if it is the lower one of two (`wide.py`)."""
        if not message.local:
            return message.t
        uppers = self.timeline.writes(message.cell + 8)
        return next((m.t for m in uppers if m.t > message.t and m.cpu == message.cpu), NEVER)

    def _pick(self, readable: list[Message], addr: int) -> Message:
        if len(readable) == 1:
            return readable[0]
        return readable[self.choose("load", len(readable), addr)]

    def _seen(self, message: Message, order: int) -> tuple[int, int, int]:
        """What taking this message means: (v, extra register v, register d); forwarding when it is my own.

        An acquire waits for more of an own write than a plain read: for what the atomic read whose write it is, and
        for what chose its data or address.
        """
        if message.cpu == self.cpu:
            forwarded = self.fwd.get(message.t)
            if forwarded is not None:
                v, d, xv, rv = forwarded
                return (max(v, xv, d) if order & (ACQUIRE | ACQUIRE_PC) else v, rv, d)
        return (message.t if not message.local else self._counts_from(message), 0, 0)

    def _note_read(self, a: Reg, addr: int, size: int, v: int, order: int, dest: bool) -> None:
        """Raise the views a read raises."""
        self.raise_coherence(addr, size, v)
        if dest:
            if v > self.r:
                self.r = v
        elif v > self.rn:
            self.rn = v
        if a[1] or a[2]:
            self.address(a[1], a[2])
        if order & (ACQUIRE | ACQUIRE_PC) and dest:
            self.nr = max(self.nr, v)
            self.nw = max(self.nw, v)

    def _take(
        self, writes: list[Message], addr: int, size: int, pre: int, order: int, allow: Allow | None = None
    ) -> list[Taken]:
        """Choose what an aligned read takes: one message, or one for each group of bytes that narrow writes make.

        Single-copy atomicity narrows what goes together (see `groups.py`), and `allow` each choice.
        Empty, and the path dead, when nothing can be read.
        """
        want = ((1 << size) - 1) << (addr & 7)
        groups: list[tuple[int, list[Message]]] = []
        for mask in byte_groups(writes, want):
            floor = max(pre, self.coherence_of_bytes(addr & ~7, mask))
            readable = self._readable(writes, mask, floor) or ()
            groups.append((mask, [m for m in readable if allow is None or allow(mask, m)]))
        found = combinations(
            groups, lambda message: AccessRules._seen(self, message, order)[0], self._overtaken
        )
        if not found:
            self.dead = True
            return []
        return found[0] if len(found) == 1 else found[self.choose("load", len(found), addr)]

    def _overtaken(self, old: Taken, moment: int) -> bool:
        """Was this written over by then?  What was taken stays on the timeline no matter when it is read."""
        mask, message = old
        return any(
            write.mask & mask and write.t > message.t and self._counts_from(write) <= moment
            for write in self.timeline.writes(message.cell)
        )

    def _combine(self, taken: list[Taken], order: int) -> tuple[int, int, int, tuple[int, int, int]]:
        """The value in place, newest time and provenance of what was taken, and its views as `_seen`."""
        value, newest = 0, 0
        v, rv, d = 0, 0, 0
        for mask, message in taken:
            for byte in range(8):
                if mask >> byte & 1:
                    value |= message.value & 0xFF << 8 * byte
            seen = self._seen(message, order)
            v, rv, d = max(v, seen[0]), max(rv, seen[1]), max(d, seen[2])
            newest = max(newest, message.t)
        return value, newest, common_prov(taken), (v, rv, d)

    def _load_unaligned(self, a: Reg, size: int, order: int, dest: bool) -> Reg:
        """One access a byte; `wide.py` has what FEAT_LSE2 makes of it."""
        addr = a[0]
        value, v, d = 0, 0, 0
        provs: set[int] = set()
        watcher, self.observer = self.observer, None
        for byte in range(size):
            at = (addr + byte & MASK64, a[1], a[2], a[3])
            got = self._load_byte(at, order, dest)
            value |= got[0] << 8 * byte
            v, d = max(v, got[1]), max(d, got[2])
            provs.add(got[3])
        self.observer = watcher
        prov = 0 if size < 8 else (provs.pop() if len(provs) == 1 else -1)
        if self.observer is not None and not self.fault:
            self.observer.loaded(addr, size, value, v, a[3], prov)
        return (value, v, d, prov)

    def _load_byte(self, a: Reg, order: int, dest: bool) -> Reg:
        """A one-byte read that keeps the provenance of the pointer the byte is part of."""
        addr = a[0]
        pre = self._read_floor(a, addr, order)
        try:
            writes = self.timeline.writes(addr & ~7)
        except UnmappedError:
            return self._faulted("unmapped", a)
        readable = self._readable(writes, 1 << (addr & 7), max(pre, self._coherence_mixed(addr, 1)))
        if not readable:
            self.dead = True
            return (0, 0, 0, 0)
        message = self._pick(readable, addr)
        views = self._seen(message, order)
        v = max(pre, views[0])
        self._note_read(a, addr, 1, v, order, dest)
        byte = message.value >> 8 * (addr & 7) & 0xFF
        return (byte, max(v, views[1]), max(a[2], views[2]), message.prov)

    # -- stores -------------------------------------------------------------------------------------------------

    def store(self, a: Reg, size: int, data: Reg, order: int) -> None:
        """Write `size` bytes at address register `a`.  Sets `fault` when nothing is mapped there."""
        addr = a[0]
        if PRIVATE_LO <= addr < PRIVATE_HI:
            self.store_private(addr, size, data)
            return
        if addr & (size - 1):
            self._store_unaligned(a, size, data, order)
            return
        t = self._write(a, addr, size, data, order, 0)
        if t and self.observer is not None:
            self.observer.stored(addr, size, data[0] & (1 << 8 * size) - 1, t, a[3], data[3])

    def _store_unaligned(self, a: Reg, size: int, data: Reg, order: int) -> None:
        """One write a byte."""
        addr, t = a[0], 0
        for byte in range(size):
            piece = (data[0] >> 8 * byte, data[1], data[2], data[3])
            t = self._write(a, addr + byte & MASK64, 1, piece, order, 0)
            if not t:
                return
        if self.observer is not None:
            self.observer.stored(addr, size, data[0] & (1 << 8 * size) - 1, t, a[3], data[3])

    def _write(
        self, a: Reg, addr: int, size: int, data: Reg, order: int, extra: int, local: bool = False
    ) -> int:
        """Fulfil the smallest own promise on these bytes, or append; returns the position, 0 when it faulted."""
        bound = self._write_bound(a, addr, size, data)
        if extra > bound:
            bound = extra
        if order & RELEASE:
            bound = max(bound, self.r, self.rn, self.w)
        shift = (addr & 7) * 8
        mask = ((1 << size) - 1) << (addr & 7)
        value = (data[0] & (1 << 8 * size) - 1) << shift
        try:
            message = self.emit(WRITE, addr & ~7, mask, value, data[3], bound, local)
        except UnmappedError:
            self._faulted("unmapped", a)
            return 0
        t = message.t
        self.raise_coherence(addr, size, t)
        if t > self.w:
            self.w = t
        if order & RELEASE and t > self.rel:
            self.rel = t
        self.fwd[t] = (max(data[1], a[1]), max(data[2], a[2]), 0, 0)
        if a[1] or a[2]:
            self.address(a[1], a[2])
        return t

    def _write_bound(self, a: Reg, addr: int, size: int, data: Reg) -> int:
        """What a plain write must come after.  Spelled out, because every store of every path asks."""
        bound = self.coherence(addr, size)
        for view in (
            self.nw,
            self.tau,
            a[1],
            a[2],
            data[1],
            data[2],
            self.ctrl_v,
            self.ctrl_d,
            self.adr_v,
            self.adr_d,
            self.own_fetch,
        ):
            if view > bound:
                bound = view
        if self.vdc:
            cleaned = self.vdc.get(addr & -self.options.line, 0)
            if cleaned > bound:
                bound = cleaned
        return bound

    def emit(
        self, kind: int, cell: int, mask: int, value: int, prov: int, bound: int, local: bool = False
    ) -> Message:
        """Give this PE's next message its place: the smallest matching open promise, or the end.

        A promise that does not match, or is at or before `bound`, makes this path impossible (`dead`).
        """
        timeline = self.timeline
        if self.promises:
            for promise in self.promises:
                if promise.kind == kind and promise.cell == cell and (promise.mask & mask or kind != WRITE):
                    if promise.t <= bound and kind == IC:
                        continue  # ICs of one line are not ordered; a later one may be the promised one
                    if promise.value != value or promise.mask != mask or promise.t <= bound:
                        self.dead = True
                    if kind == WRITE and promise.local != local:
                        self.dead = True
                    self.promises.remove(promise)
                    return promise
        message = Message(len(timeline.messages) + 1, kind, cell, mask, value, prov, self.cpu, local)
        timeline.append(message)
        self.appended(message, bound)
        return message

    def appended(self, message: Message, bound: int) -> None:
        """A new message went to the end.  Searches that run ahead override this to collect candidates."""

    # -- faults ---------------------------------------------------------------------------------------------------

    def _faulted(self, reason: str, a: Reg) -> Reg:
        """A synchronous exception: nothing was read or written."""
        self.fault = reason
        if self.observer is not None:
            self.observer.faulted(reason, a[0], a[3])
        return (0, 0, 0, 0)
