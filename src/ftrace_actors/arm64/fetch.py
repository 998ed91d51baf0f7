"""Instruction fetch, DC, IC and full barriers: what makes new code visible, and to whom.

Our extension of Promising-ARM, checked against the published axiomatic model with instruction fetch (Simner, Flur,
Pulte, Armstrong, Pichon-Pharabod, Maranget, Sewell, ESOP 2020; `aarch64.cat`).  A fetch of a word that somebody may
write takes the newest write that cache maintenance forces on it, or any newer one:

* nothing to maintain (DIC): the newest write at or before `tau`;
* IDC only: the newest write before the newest IC of the line at or before `tau`;
* neither: the newest write before the newest DC before that IC.

Then `tau` is raised to what was read, and everything later but fetches respects it.  An IC is not one moment: a fetch
counts it when context synchronization covers it (`tau_sync`), or when its CPU's completion (COMP, a full DSB after the
IC) is at or before `tau`.
"""

from __future__ import annotations

from .pairs import PairRules
from .registers import Reg
from .timeline import ALL_LINES, COMP, DC, IC, Message

__all__ = ["FetchRules"]


class FetchRules(PairRules):
    """Data rules plus instruction fetch and cache maintenance."""

    __slots__ = ()

    # -- fetch --------------------------------------------------------------------------------------------------

    def fetchable(self, addr: int) -> list[Message]:
        """The writes a fetch of the word at `addr` may take now, newest first.

        Never an own promise that is not fulfilled yet; no forwarding.  Raises `UnmappedError`.
        """
        mask = 0xF << (addr & 7)
        writes = self.timeline.writes(addr & ~7)
        floor = self.fetch_floor(addr)
        found: list[Message] = []
        for message in reversed(writes):
            if not message.mask & mask:
                continue
            if message.t > floor and self.promises and message in self.promises:
                continue
            found.append(message)
            if message.t <= floor:
                break
        return found

    def fetch_floor(self, addr: int) -> int:
        """The time at or before which cache maintenance has made every write of this word visible to fetches."""
        if self.options.dic:
            return self.tau
        line = self.line_of(addr)
        ic = self.last_invalidation(line)
        if ic == 0:
            return 0
        if self.options.idc:
            return ic - 1
        cleaned = 0
        for dc in self.timeline.dcs.get(line, ()):
            if dc.t < ic:
                cleaned = dc.t
        return cleaned - 1 if cleaned else 0

    def last_invalidation(self, line: int) -> int:
        """The newest IC of this line that this PE's fetches must respect; 0 when there is none."""
        newest = 0
        for where in (line, ALL_LINES):
            for ic in self.timeline.ics.get(where, ()):
                if ic.t > newest and (not ic.local or ic.cpu == self.cpu) and self._respected(ic):
                    newest = ic.t
        return newest

    def _respected(self, ic: Message) -> bool:
        if ic.t <= self.tau_sync:
            return True
        if ic.t > self.tau:
            return False
        if not self.options.exact_ic:
            return True
        return any(ic.t < done <= self.tau for done in self.timeline.comps.get(ic.cpu, ()))

    def take_fetch(self, addr: int, message: Message) -> int:
        """Fetch the word at `addr` from `message`; returns the word, after raising `tau`."""
        t = message.t
        if t > self.tau:
            self.tau = t
            if self.promises and any(p.t <= t for p in self.promises):
                self.dead = True
        if self.fwd:
            self._join_own_store(addr)
        word = message.value >> 8 * (addr & 7) & 0xFFFF_FFFF
        if message.mask != 0xF << (addr & 7) and message.t and self.observer is not None:
            self.observer.unpredictable("half of a data write fetched as an instruction", addr, t)
        return word

    def _join_own_store(self, addr: int) -> None:
        """What chose the address or data of an own store orders later stores through a fetch of that word.

        A pick dependency, in the terms of the published model; it holds even when the fetch is stale to that store.
        """
        mask = 0xF << (addr & 7)
        for message in reversed(self.timeline.writes(addr & ~7)):
            if message.cpu == self.cpu and message.mask & mask and message.t in self.fwd:
                v, d, _, _ = self.fwd[message.t]
                self.own_fetch = max(self.own_fetch, v, d)
                return

    # -- cache maintenance --------------------------------------------------------------------------------------

    def dc(self, a: Reg) -> None:
        """DC CVAU (and DC CIVAC, which counts as one here) of the line of address register `a`."""
        line = self.line_of(a[0])
        bound = max(
            self.ndc,
            self.tau,
            a[1],
            a[2],
            self.ctrl_v,
            self.ctrl_d,
            self.line_coherence(line),
            self.vdc.get(line, 0),
        )
        view, t = bound, 0
        if not self.options.stores_reach_fetch:
            view = t = self.emit(DC, line, 0, 0, 0, bound).t
        self.dcs = max(self.dcs, view)
        self.vdc[line] = max(self.vdc.get(line, 0), view)
        if self.observer is not None:
            self.observer.maintained("dc cvau", a[0], t)

    def ic(self, a: Reg | None, broadcast: bool) -> None:
        """IC IVAU of a line, or of everything when `a` is None; IALLU is not broadcast."""
        addr, v, d, _ = a if a is not None else (0, 0, 0, 0)
        line = self.line_of(addr) if a is not None else ALL_LINES
        bound = max(self.nic, self.tau, v, d, self.ctrl_v, self.ctrl_d)
        view, t = bound, 0
        if not self.options.dic:
            local = not broadcast and not self.options.all_domains
            view = t = self.emit(IC, line, 0, 0, 0, bound, local).t
            self.pending_ic = True
        self.ics = max(self.ics, view)
        if self.observer is not None:
            name = "ic ivau" if a is not None else "ic ialluis" if broadcast else "ic iallu"
            self.observer.maintained(name, addr, t)

    # -- barriers by name ---------------------------------------------------------------------------------------

    def barrier(self, kind: str, domain: str) -> None:
        """DMB or DSB with its operand ("sy", "ish", "ishld", "ishst", "nsh", ...).

        A non-shareable barrier reaches no other CPU, so here it orders nothing that another CPU could tell.
        """
        if domain.startswith("nsh") and not self.options.all_domains:
            return
        reads = not domain.endswith("st")
        writes = not domain.endswith("ld")
        if kind == "dmb":
            self.dmb(reads, writes)
        else:
            self.dsb_views(reads, writes, self._complete(reads and writes))
        if self.observer is not None:
            self.observer.barrier(f"{kind} {domain}", self.dsb)

    def _complete(self, full: bool) -> int:
        """A full DSB waits for pending ICs: their completion is a message, later than all the DSB waits for."""
        if not full or not self.pending_ic or not self.options.exact_ic:
            return 0
        self.pending_ic = False
        t = self.emit(COMP, 0, 0, 0, 0, self.dsb_bound()).t
        if self.observer is not None:
            self.observer.maintained("comp", 0, t)
        return t

    def full_barrier(self) -> None:
        """A DSB ISH that is not an instruction of the program: what a task switch or an smp_mb() executes."""
        self.dsb_views(reads=True, writes=True, completed=self._complete(full=True))
        if self.observer is not None:
            self.observer.barrier("dsb ish", self.dsb)

    def isb(self) -> None:
        """ISB: a context synchronization event."""
        self.synchronize("isb")

    def sb(self) -> None:
        """SB: see `Views.speculation_barrier`."""
        self._complete(full=True)
        self.speculation_barrier()

    def synchronize(self, reason: str) -> None:
        """A context synchronization event, reported with its reason."""
        self.context_synchronization()
        if self.observer is not None:
            self.observer.synchronized(reason, self.tau)
