"""What one PE has seen and must still respect: its views, and the rules that only move views.

A *view* is a timestamp of the timeline, join is max, initially 0.  `v` is a dependency view, `d` a *pick* view (what
chose the value).  Names follow the axiomatic relations they stand for:

=============  =====================================================================================================
`r`, `rn`, `w`  joins over past reads, reads without a destination register, and writes
`dcs`, `ics`    joins over past DC and IC
`rel`           join over past store-releases
`ctrl`, `adr`   control and address dependencies, each as (v, d)
`dsb`           what a DSB has completed
`nr`, `nw`      lower bounds of every later read and write; `ndc`, `nic` of every later DC and IC
`tau`           the fetch view: a lower bound of every later fetch *and* of everything after it
`tau_sync`      the part of `tau` that context synchronization raised
=============  =====================================================================================================

Sources: Promising-ARM (PLDI 2019) for data; Arm ARM B2.3 and K11.5 for barriers, B2.7.4 and D24 for context
synchronization.  The extension to fetch, DC and IC is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .registers import Reg, fresh

if TYPE_CHECKING:
    from .options import Options
    from .timeline import Message, Timeline

__all__ = ["Forward", "Views"]

Forward = tuple[int, int, int, int]
"""What a read gains by taking its own store's value: (v, d, xv, rv)."""


class Views:
    """The view state of one PE, and the register context it is running.

    The register context (`regs`, `nzcv`, flag views, `pc`, `daif`, `private`) belongs to a task and moves with it;
    the views belong to the PE.
    """

    __slots__ = (
        "adr_d",
        "adr_v",
        "coh",
        "cpu",
        "ctrl_d",
        "ctrl_v",
        "daif",
        "dcs",
        "dsb",
        "flags_d",
        "flags_v",
        "fwd",
        "ics",
        "ndc",
        "nic",
        "nr",
        "nw",
        "nzcv",
        "options",
        "own_fetch",
        "pc",
        "pending_ic",
        "private",
        "promises",
        "r",
        "regs",
        "rel",
        "rn",
        "tau",
        "tau_sync",
        "timeline",
        "units",
        "vdc",
        "w",
    )

    def __init__(self, cpu: int, timeline: Timeline, options: Options) -> None:
        self.cpu = cpu
        self.timeline = timeline
        self.options = options
        self.regs: list[Reg] = fresh()
        self.nzcv = 0
        self.flags_v = 0
        self.flags_d = 0
        self.pc = 0
        self.daif = 0
        self.private: dict[int, Reg] = {}
        self.coh: dict[int, int] = {}
        self.units: dict[int, int] = {}
        self.vdc: dict[int, int] = {}
        self.fwd: dict[int, Forward] = {}
        self.promises: list[Message] = []
        self.pending_ic = False
        self.r = self.rn = self.w = self.rel = 0
        self.dcs = self.ics = self.dsb = 0
        self.ctrl_v = self.ctrl_d = self.adr_v = self.adr_d = 0
        self.nr = self.nw = self.ndc = self.nic = 0
        self.tau = self.tau_sync = 0
        self.own_fetch = 0

    def copy_views_to(self, other: Views) -> None:
        """Give `other` an independent copy of everything here, so it can run ahead alone."""
        other.regs = self.regs.copy()
        other.nzcv, other.flags_v, other.flags_d = self.nzcv, self.flags_v, self.flags_d
        other.pc, other.daif = self.pc, self.daif
        other.private = self.private.copy()
        other.coh = self.coh.copy()
        other.units = self.units.copy()
        other.vdc = self.vdc.copy()
        other.fwd = self.fwd.copy()
        other.promises = self.promises.copy()
        other.pending_ic = self.pending_ic
        other.r, other.rn, other.w, other.rel = self.r, self.rn, self.w, self.rel
        other.dcs, other.ics, other.dsb = self.dcs, self.ics, self.dsb
        other.ctrl_v, other.ctrl_d = self.ctrl_v, self.ctrl_d
        other.adr_v, other.adr_d = self.adr_v, self.adr_d
        other.nr, other.nw, other.ndc, other.nic = self.nr, self.nw, self.ndc, self.nic
        other.tau, other.tau_sync = self.tau, self.tau_sync
        other.own_fetch = self.own_fetch

    # -- dependencies -------------------------------------------------------------------------------------------

    def control(self, v: int, d: int) -> None:
        """A conditional or indirect branch depends on (v, d): later writes and cache operations wait for it."""
        if v > self.ctrl_v:
            self.ctrl_v = v
        if d > self.ctrl_d:
            self.ctrl_d = d

    def address(self, v: int, d: int) -> None:
        """An access used an address that depends on (v, d): later writes in program order wait for it."""
        if v > self.adr_v:
            self.adr_v = v
        if d > self.adr_d:
            self.adr_d = d

    # -- barriers (Arm ARM B2.3.12) -----------------------------------------------------------------------------

    def dmb(self, reads: bool, writes: bool) -> None:
        """DMB: full when both, LD when only `reads`, ST when only `writes`.  Never orders IC."""
        if reads and writes:
            y = max(self.r, self.rn, self.w, self.dcs)
            if y > self.nr:
                self.nr = y
            if y > self.nw:
                self.nw = y
            if y > self.ndc:
                self.ndc = y
        elif reads:
            if self.r > self.nr:
                self.nr = self.r
            if self.r > self.nw:
                self.nw = self.r
        elif self.w > self.nw:
            self.nw = self.w

    def dsb_views(self, reads: bool, writes: bool, completed: int) -> None:
        """DSB, with `completed` the time at which its pending ICs were done.

        Orders everything later except fetches, so `tau` is not raised.
        """
        if reads and writes:
            y = max(self.r, self.rn, self.w, self.dcs, self.ics, self.tau, completed)
        elif reads:
            y = self.r
        else:
            y = self.w
        if y > self.nr:
            self.nr = y
        if y > self.nw:
            self.nw = y
        if y > self.ndc:
            self.ndc = y
        if y > self.nic:
            self.nic = y
        if y > self.dsb:
            self.dsb = y

    def dsb_bound(self) -> int:
        """The lower bound of the completion a full DSB waits for."""
        return max(self.r, self.rn, self.w, self.dcs, self.ics, self.tau)

    def context_synchronization(self) -> None:
        """ISB, exception entry or return: the one thing that raises the fetch view."""
        y = max(self.ctrl_v, self.ctrl_d, self.adr_v, self.adr_d, self.dsb)
        if y > self.nr:
            self.nr = y
        if y > self.nw:
            self.nw = y
        if y > self.ndc:
            self.ndc = y
        if y > self.nic:
            self.nic = y
        if y > self.tau:
            self.tau = y
        if y > self.tau_sync:
            self.tau_sync = y

    def speculation_barrier(self) -> None:
        """SB: a DSB that also waits for control and address dependencies, but leaves fetches alone."""
        self.dsb_views(reads=True, writes=True, completed=0)
        y = max(self.ctrl_v, self.ctrl_d, self.adr_v, self.adr_d, self.dsb)
        if y > self.nr:
            self.nr = y
        if y > self.nw:
            self.nw = y
        if y > self.ndc:
            self.ndc = y
        if y > self.nic:
            self.nic = y

    # -- what a message between actors may carry ----------------------------------------------------------------

    def release_bound(self) -> int:
        """The bound of a store-release without address or data: what a wake-up or lock hand-over is ordered after."""
        return max(
            self.nw, self.tau, self.ctrl_v, self.ctrl_d, self.adr_v, self.adr_d, self.r, self.rn, self.w
        )

    def completed_bound(self) -> int:
        """What earlier DSBs completed, with own writes: the source of an IPI."""
        return max(self.w, self.dsb, self.nw)

    def acquire(self, view: int) -> None:
        """Join a wake-up, completion or lock hand-over: later accesses, and fetches after a later ISB."""
        if view > self.nr:
            self.nr = view
        if view > self.nw:
            self.nw = view
        if view > self.ctrl_v:
            self.ctrl_v = view

    def join_completed(self, view: int) -> None:
        """Join an IPI's, migration's or grace period's view: as if a DSB here had completed it.  Never `tau`."""
        self.nr = max(self.nr, view)
        self.nw = max(self.nw, view)
        self.ndc = max(self.ndc, view)
        self.nic = max(self.nic, view)
        self.dsb = max(self.dsb, view)

    # -- coherence, per overlapping bytes -----------------------------------------------------------------------

    def coherence(self, addr: int, size: int) -> int:
        """The newest time this PE knows for any of the `size` bytes at `addr` (inside one cell)."""
        step = size if size >= 4 else 1
        known = self.units.get(addr & ~7)
        if known is None:
            return 0
        if known == step and step > 1:
            return self.coh.get(addr << 4 | step, 0)
        return self._coherence_mixed(addr, size)

    def _coherence_mixed(self, addr: int, size: int) -> int:
        """`coherence` of a cell that was accessed in units of several sizes."""
        coh = self.coh
        newest = coh.get((addr & ~7) << 4 | 8, 0)
        for word in range(addr & ~3, addr + size, 4):
            newest = max(newest, coh.get(word << 4 | 4, 0))
        for byte in range(addr, addr + size):
            newest = max(newest, coh.get(byte << 4 | 1, 0))
        return newest

    def coherence_of_bytes(self, cell: int, mask: int) -> int:
        """The newest time known for the bytes of a cell in `mask`, which need not be neighbours."""
        coh = self.coh
        newest = coh.get(cell << 4 | 8, 0)
        for byte in range(8):
            if mask >> byte & 1:
                at = cell + byte
                newest = max(newest, coh.get((at & ~3) << 4 | 4, 0), coh.get(at << 4 | 1, 0))
        return newest

    def raise_coherence(self, addr: int, size: int, t: int) -> None:
        """Note that this PE has reached time `t` for these bytes."""
        step = size if size >= 4 else 1
        cell = addr & ~7
        if self.units.setdefault(cell, step) != step:
            self.units[cell] = 0
        coh = self.coh
        for at in range(addr, addr + size, step):
            unit = at << 4 | step
            if t > coh.get(unit, 0):
                coh[unit] = t

    def line_coherence(self, line: int) -> int:
        """The newest time this PE knows for any byte of a cache line."""
        end = line + self.options.line
        newest = 0
        for unit, t in self.coh.items():
            if t > newest and line - 7 <= unit >> 4 < end and (unit >> 4) + (unit & 15) > line:
                newest = t
        return newest

    def line_of(self, addr: int) -> int:
        """The cache line of an address, as its lowest address."""
        return addr & -self.options.line
