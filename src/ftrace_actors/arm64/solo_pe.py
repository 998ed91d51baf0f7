"""The PE of a search: it remembers what a walk needs to know, and watches fetches of code that must not race.

Nothing here changes a rule.  What is overridden only takes notes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .pe import FETCH, PE
from .program import concurrently_modifiable
from .registers import Reg
from .timeline import ALL_LINES, Message, Timeline

if TYPE_CHECKING:
    from .options import Options
    from .program import Program

__all__ = ["SoloPE", "Watched", "WatchingPE"]


COMPILED = not __file__.endswith(".py")
"""mypyc knows no object without its `__init__`; plain Python saves the time."""

END = 1 << 62
"""Later than everything."""


class Watched(NamedTuple):
    """A fetch of `word` at `addr` that happened somewhere strictly between the times `lo` and `hi`."""

    addr: int
    word: int
    lo: int
    hi: int


class SoloPE(PE):
    """A PE that remembers what the walk needs: what it emitted, its back edges, answers still to give."""

    __slots__ = (
        "backs",
        "emitted",
        "end",
        "faults",
        "horizon",
        "maintained",
        "new",
        "rounds",
        "script",
        "watched",
    )

    def __init__(self, cpu: int, timeline: Timeline, options: Options, program: Program) -> None:
        super().__init__(cpu, timeline, options, program)
        self.emitted: tuple[tuple[Message, int], ...] = ()
        self.new: tuple[Message, ...] = ()
        self.backs: tuple[tuple[int, int], ...] = ()
        self.script: tuple[int, ...] = ()
        self.faults: tuple[int, ...] = ()
        self.rounds = 0
        self.watched: tuple[Watched, ...] = ()
        self.maintained = False
        self.end = 0
        self.horizon = 0

    def appended(self, message: Message, bound: int) -> None:
        """Keep a message that could be promised."""
        if bound <= self.horizon:
            self.emitted += ((message, bound),)
            self.new += (message,)

    def copy(self) -> SoloPE:
        """An independent copy, over the same timeline."""
        cls = self.__class__
        other = cls(self.cpu, self.timeline, self.options, self.program) if COMPILED else cls.__new__(cls)
        other.cpu, other.timeline = self.cpu, self.timeline
        other.options, other.program = self.options, self.program
        self.copy_views_to(other)
        other.choose, other.observer, other.monitor = self.choose, None, self.monitor
        other.dead, other.fault = self.dead, self.fault
        other.pending, other.next, other.fetched = self.pending, None, self.fetched
        other.mark_passed = False
        other.instructions, other.trap = self.instructions, None
        other.sysregs = dict(self.sysregs) if self.sysregs else {}
        other.emitted, other.backs, other.script = self.emitted, self.backs, self.script
        other.rounds = self.rounds
        other.end, other.horizon, other.new = self.end, self.horizon, ()
        other.maintained, other.faults, other.watched = self.maintained, self.faults, self.watched
        return other

    def _faulted(self, reason: str, a: Reg) -> Reg:
        """Keep where it faulted, on what, and how (`FAULT_KINDS`); that it did depends on the address."""
        self.faults = (*self.faults, self.pc, a[0], 0)
        self.write_sysreg("far_el1", a)
        self.control(a[1], a[2])
        return super()._faulted(reason, a)

    def fetch_now(self) -> None:
        """Fetch the modifiable word at `pc`."""
        self.pending = FETCH
        self.execute()

    def races(self) -> bool:
        """Did something happen on this path that the architecture leaves open?"""
        return False


class WatchingPE(SoloPE):
    """A `SoloPE` of a program with words that may leave the concurrent-modification list."""

    __slots__ = ()

    def take_fetch(self, addr: int, message: Message) -> int:
        """Fetch; where the word may leave the concurrent-modification list, watch what else it could have been."""
        word = super().take_fetch(addr, message)
        if self.program.modifiable[addr] and not self.options.dic:
            late = self._stale_to(addr, message.t)
            hi = END
            if late is not None:
                hi = late.t
                done = [t for t in self.timeline.comps.get(late.cpu, ()) if t > late.t]
                if done or not self.options.exact_ic:
                    self._not_after(done[0] if done else hi)
            self.watched += (Watched(addr, word, max(message.t, self.tau_sync), hi),)
        return word

    def _stale_to(self, addr: int, t: int) -> Message | None:
        """The first IC that would have forced a newer write than the one at `t`, had it been respected."""
        line, mask = self.line_of(addr), 0xF << (addr & 7)
        newer = [m.t for m in self.timeline.writes(addr & ~7) if m.t > t and m.mask & mask]
        if not newer:
            return None
        visible = newer[0]
        if not self.options.idc:
            cleaned = [dc.t for dc in self.timeline.dcs.get(line, ()) if dc.t > visible]
            if not cleaned:
                return None
            visible = cleaned[0]
        ics = self.timeline.ics
        found = [ic for where in (line, ALL_LINES) for ic in ics.get(where, ()) if ic.t > visible]
        return min(found, key=lambda ic: ic.t, default=None)

    def emit(
        self, kind: int, cell: int, mask: int, value: int, prov: int, bound: int, local: bool = False
    ) -> Message:
        """Everything fetched before it was fetched before it."""
        message = super().emit(kind, cell, mask, value, prov, bound, local)
        if self.watched:
            self._not_after(message.t)
        return message

    def _seen(self, message: Message, order: int) -> tuple[int, int, int]:
        """Everything fetched before a read was fetched before the next write of another CPU to what it read."""
        if self.watched:
            for write in self.timeline.writes(message.cell):
                if write.t > message.t and write.cpu != self.cpu and write.mask & message.mask:
                    self._not_after(write.t)
                    break
        return super()._seen(message, order)

    def _not_after(self, t: int) -> None:
        self.watched = tuple([w if w.hi <= t else Watched(w.addr, w.word, w.lo, t) for w in self.watched])

    def races(self) -> bool:
        """Could some fetch have returned another word, where either is outside the concurrent-modification list?

        Arm ARM B2.2.5.  The fetch happened between `lo` and `hi`; a write strictly between could have been taken.
        """
        restricted = self.options.bcond_restricted
        for w in self.watched:
            for write in self.timeline.writes(w.addr & ~7):
                other = write.value >> 8 * (w.addr & 7) & 0xFFFF_FFFF
                if w.lo < write.t < w.hi and write.mask & 0xF << (w.addr & 7) and other != w.word:
                    listed = concurrently_modifiable(w.word, restricted)
                    if not (listed and concurrently_modifiable(other, restricted)):
                        return True
        return False
