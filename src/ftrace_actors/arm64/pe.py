"""A processing element: fetch, decode, execute, one instruction at a time, in program order.

`advance` runs instructions that touch nothing shared and stops *before* the next visible one; whoever drives the PE
then decides who moves, and calls `execute`.  The PE never decides anything: where Arm leaves a choice it asks
`choose`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .access import PRIVATE_HI, PRIVATE_LO
from .fetch import FetchRules
from .isa import ACCESS, Bound, bind
from .program import RETURN_ADDRESS
from .registers import Reg
from .timeline import Timeline, UnmappedError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from .options import Options
    from .program import Program

__all__ = ["FAULT", "FETCH", "LIMIT", "MARK", "PE", "RETURN"]

FETCH = 6
"""The next thing is a fetch of a modifiable word."""
MARK = 7
"""The next thing is a marked place in the code."""
RETURN = 8
"""The routine came back to its caller."""
FAULT = 9
"""Nothing can be executed at `pc`, or the last access faulted."""
LIMIT = 10
"""`advance` ran its limit of private instructions without a visible one."""

INSTRUCTIONS_MAX = 20_000
"""Private instructions in a row before `advance` gives up: no routine of ours comes near."""

I_BIT = 1 << 7
DAIF = 0x3C0
EL1H = 5
EL1 = 1 << 2
"""CurrentEL: all code here is the kernel's."""


class PE(FetchRules):
    """One PE.  `pending` says what `execute` would do: a visibility class of the ISA, or one of the above.

    `reserved`: cells that its open promises rely on nobody else writing (see `promises.py`).
    """

    __slots__ = (
        "fetched",
        "instructions",
        "mark_passed",
        "next",
        "pending",
        "program",
        "reserved",
        "sysregs",
        "trap",
    )

    def __init__(self, cpu: int, timeline: Timeline, options: Options, program: Program) -> None:
        super().__init__(cpu, timeline, options)
        self.program = program
        self.pending = RETURN
        self.next: Bound | None = None
        self.fetched: Bound | None = None
        self.mark_passed = False
        self.instructions = 0
        self.sysregs: dict[str, Reg] = {}
        self.trap: tuple[str, int] | None = None
        self.reserved: frozenset[int] = frozenset()

    def copy_to(self, other: PE) -> None:
        """Give `other`, over a copy of the timeline, an independent copy of everything but who chooses and observes."""
        self.copy_views_to(other)
        other.monitor = self.monitor
        other.dead = self.dead
        other.fault = self.fault
        other.pending = self.pending
        other.next = self.next
        other.fetched = self.fetched
        other.mark_passed = self.mark_passed
        other.instructions = self.instructions
        other.sysregs = self.sysregs.copy()
        other.trap = self.trap
        other.reserved = self.reserved

    def context(self) -> tuple[Hashable, ...]:
        """The register context as a value.  It belongs to what the PE runs; when it runs nothing, it is nobody's."""
        flags = (self.nzcv, self.flags_v, self.flags_d, self.pc, self.daif)
        return (tuple(self.regs), flags, _items(self.private))

    def state(self) -> tuple[Hashable, ...]:
        """The PE as a value, without the register context: views, what is pending.

        How many instructions it has executed is a count for people, and not part of it.
        """
        return (
            *(_items(each) for each in (self.coh, self.units, self.vdc, self.fwd, self.sysregs)),
            tuple(message.value_of() for message in self.promises),
            (self.pending_ic, self.r, self.rn, self.w, self.rel, self.dcs, self.ics, self.dsb),
            (self.ctrl_v, self.ctrl_d, self.adr_v, self.adr_d, self.nr, self.nw, self.ndc, self.nic),
            (self.tau, self.tau_sync, self.own_fetch),
            (self.monitor, self.dead, self.fault, self.pending, self.mark_passed, self.trap),
            tuple(sorted(self.reserved)),
            tuple(None if bound is None else bound.insn.word for bound in (self.next, self.fetched)),
        )

    def advance(self) -> int:
        """Run private instructions; return what comes next, always *before* it happens."""
        code = self.program.code
        for _ in range(INSTRUCTIONS_MAX):
            special = False
            bound = code.get(self.pc)
            if bound is None:
                bound = self._special()
                if bound is None:
                    return self.pending
                special = True
            visible = bound.visible
            # A base in private memory means a private access: no index leaves a task's own stack.
            if visible and not (visible == ACCESS and PRIVATE_LO <= self.regs[bound.base][0] < PRIVATE_HI):
                self.next = bound
                self.pending = visible
                return visible
            bound.run(self)
            self.instructions += 1
            if special:
                self.fetched = None
                self.mark_passed = False
        self.pending = LIMIT
        return LIMIT

    def _special(self) -> Bound | None:
        """A place `advance` cannot just run through: marked, modifiable, the end of the routine, or nowhere."""
        pc = self.pc
        if pc == RETURN_ADDRESS:
            self.pending = RETURN
            return None
        program = self.program
        if not self.mark_passed and pc in program.marks:
            self.pending = MARK
            return None
        if pc in program.modifiable:
            if self.fetched is None:
                self.pending = FETCH
                return None
            return self.fetched
        word = program.words.get(pc)
        if word is None:
            self.pending = FAULT
            self.fault = "fetch"
            return None
        return bind(word)

    def execute(self) -> None:
        """Do what is pending.  For MARK and RETURN nothing happens but that it is passed."""
        pending = self.pending
        if pending == FETCH:
            self._fetch()
        elif pending == MARK:
            self.mark_passed = True
        elif pending < FETCH:
            bound = self.next
            assert bound is not None
            self.fault = ""
            self.trap = None
            bound.run(self)
            self.instructions += 1
            self.fetched = None
            self.mark_passed = False
            if self.fault:
                self.pending = FAULT

    def _fetch(self) -> None:
        addr = self.pc
        try:
            candidates = self.fetchable(addr)
        except UnmappedError:
            self.fault = "fetch"
            self.pending = FAULT
            return
        if not candidates:
            self.dead = True
            return
        index = self.choose("fetch", len(candidates), addr) if len(candidates) > 1 else 0
        message = candidates[index]
        floor, sync = candidates[-1].t, self.tau_sync
        word = self.take_fetch(addr, message)
        self.fetched = bind(word)
        if self.observer is not None:
            self.observer.fetched(addr, word, message.t, floor, candidates[0].t, sync)

    # -- system -------------------------------------------------------------------------------------------------

    def read_sysreg(self, name: str) -> Reg:
        """MRS."""
        if name == "daif":
            return (self.daif, 0, 0, 0)
        if name == "ctr_el0":
            return (self._ctr(), 0, 0, 0)
        if name == "nzcv":
            return (self.nzcv << 28, self.flags_v, self.flags_d, 0)
        if name == "currentel":
            return (EL1, 0, 0, 0)
        if name == "mpidr_el1":
            return (1 << 31 | self.cpu, 0, 0, 0)
        return self.sysregs.get(name, (0, 0, 0, 0))

    def write_sysreg(self, name: str, value: Reg) -> None:
        """MSR (register)."""
        if name == "daif":
            self.daif = value[0] & DAIF
        elif name == "nzcv":
            self.nzcv, self.flags_v, self.flags_d = value[0] >> 28 & 15, value[1], value[2]
        else:
            self.sysregs[name] = value

    def _ctr(self) -> int:
        log2_words = (self.options.line // 4).bit_length() - 1
        bits = 1 << 31 | log2_words << 16 | log2_words
        return bits | self.options.idc << 28 | self.options.dic << 29

    def daif_set(self, imm: int) -> None:
        """MSR DAIFSet: mask exceptions."""
        self.daif |= imm << 6

    def daif_clear(self, imm: int) -> None:
        """MSR DAIFClr."""
        self.daif &= ~(imm << 6)

    @property
    def interrupts_masked(self) -> bool:
        """PSTATE.I."""
        return bool(self.daif & I_BIT)

    def exception(self, kind: str, imm: int) -> None:
        """SVC, HVC, SMC, BRK, UDF: the driver decides what the exception does."""
        self.trap = (kind, imm)

    def eret(self) -> None:
        """ERET: the driver returns from the exception."""
        self.trap = ("eret", 0)

    def wait_hint(self, name: str) -> None:
        """WFI, WFE: the driver decides whether to wait."""
        self.trap = (name, 0)

    def save_state(self) -> None:
        """PSTATE goes to SPSR_EL1; exceptions are masked."""
        self.sysregs["spsr_el1"] = (self.nzcv << 28 | self.daif | EL1H, self.flags_v, self.flags_d, 0)
        self.daif |= DAIF

    def restore_state(self) -> None:
        """And comes back from there, where an exception put it."""
        value, v, d, _ = self.sysregs.get(
            "spsr_el1", (self.nzcv << 28 | self.daif, self.flags_v, self.flags_d, 0)
        )
        self.nzcv, self.flags_v, self.flags_d = value >> 28 & 15, v, d
        self.daif = value & DAIF

    def exception_entry(self, reason: str) -> None:
        """Taking an exception is a context synchronization event unless FEAT_ExS says otherwise."""
        if self.options.eis:
            self.synchronize(reason)

    def exception_return(self, reason: str) -> None:
        """So is returning from one; the exclusive monitor is cleared."""
        self.monitor = None
        if self.options.eos:
            self.synchronize(reason)


def _items(table: Mapping[Any, Hashable]) -> tuple[Hashable, ...]:
    return tuple(sorted(table.items()))
