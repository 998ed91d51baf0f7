"""One CPU run alone over a fixed timeline, in every way the rules allow.

The CPU's own messages on the timeline are its open promises.  A walk is depth-first: where a rule asks for a choice,
the other answers are put on a stack as copies of the CPU from just before the instruction, and the first answer is
followed at once.  A message that fulfils no promise is appended for this path alone.  It is a *candidate*, a message
the CPU could make visible now, if its bound is at or before the end of the fixed timeline and the path fulfils every
promise.

Paths are cut when nothing they could still do counts: a promise that can no longer be fulfilled in time, or a
lower bound past the end of the timeline for everything that could be emitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .access import Choose
from .budget import Budget, LimitError
from .counted import counted_branches
from .isa import CACHE, SYSTEM, Bound
from .options import Options
from .program import Program
from .registers import Reg, shown
from .relevance import matters
from .solo_pe import SoloPE, WatchingPE
from .syndrome import FAULT_KINDS, data_abort, trapped
from .timeline import DC, IC, WRITE, Message, Timeline

__all__ = ["LimitError", "Paths", "Solo", "Start", "Task"]

BACK_EDGES_MAX = 2
"""How often one branch may be taken backwards on a path, if what it depends on comes from memory."""

ROUNDS_MAX = 1 << 12
"""How often branches that depend on constants may, all together."""

Emitted = tuple[int, int, int, int, int, bool]
"""A message without its place: (kind, cell, mask, value, prov, local)."""


def _emitted(m: Message) -> Emitted:
    return (m.kind, m.cell, m.mask, m.value, m.prov, m.local)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a CPU begins: `pc`, registers, which of them count in the end
    (`observed`), and where its exceptions go (None: an exception ends it).
    """

    pc: int
    regs: tuple[Reg, ...]
    observed: tuple[int, ...]
    handler: int | None = None
    faults: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What to search: a machine, its code, its initial memory (by cell), its CPUs, and the memory that counts in
    the end, as (address, size).
    """

    options: Options
    program: Program
    initial: Mapping[int, tuple[int, int]]
    starts: tuple[Start, ...]
    cells: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Paths:
    """All ways of one CPU over one timeline.

    `finals` are the observed registers of paths that emit nothing new and owe nothing.  `candidates` maps messages
    to whether some path needed the very end of the timeline for it.  `resume` holds, for a candidate that was the
    first thing emitted on every path that emits it, the CPU just after: with the candidate on the timeline, the walks
    continue from there.  An empty list: they start over.
    """

    finals: dict[tuple[int, ...], None] = field(default_factory=dict)
    candidates: dict[Emitted, bool] = field(default_factory=dict)
    resume: dict[Emitted, list[SoloPE]] = field(default_factory=dict)
    cut: bool = False
    unpredictable: bool = False


class _AgainError(Exception):
    """An instruction asked in the middle; the run starts again and keeps a copy from before it."""


class Solo:
    """The walks of one CPU.  `timeline` holds what of the whole timeline this CPU can touch.

    `fetches` are the modifiable words it has fetched; with the cells of its timeline they are all it can touch.
    `fetches_late`: it has fetched one after a cache operation of its own.
    """

    def __init__(self, task: Task, cpu: int, options: Options, budget: Budget) -> None:
        self.cpu = cpu
        self.start = task.starts[cpu]
        self.options = options
        self.program = task.program
        self.timeline = Timeline(task.initial)
        self.own: list[Message] = []
        self.fetches: dict[int, None] = {}
        self.fetches_late = False
        self.budget = budget
        self._counted: frozenset[int] | None = None
        self._several: set[int] = set()
        self._stack: list[SoloPE] = []
        self._asked: list[int] = []
        self._pe: SoloPE | None = None
        self._before: SoloPE | None = None
        self._paths = Paths()
        self._first = self._prepared()

    def _blank(self) -> SoloPE:
        watching = any(self.program.modifiable.values()) and not self.options.dic
        return (WatchingPE if watching else SoloPE)(self.cpu, self.timeline, self.options, self.program)

    def _prepared(self) -> SoloPE:
        """The CPU at its first instruction that others could notice."""
        pe = self._blank()
        pe.regs = list(self.start.regs)
        pe.pc = self.start.pc
        ask: Choose = self._choose
        pe.choose = ask
        code = self.program.code
        while (bound := code.get(pe.pc)) is not None and not bound.visible:
            at = pe.pc
            if bound.insn.mnemonic.startswith(("b", "c", "t", "r")):
                break
            bound.run(pe)
            assert pe.pc == at + 4
        return pe

    def sees(self, message: Message) -> bool:
        """Could this message of another CPU, put at the end, ever make a difference here?"""
        return matters(message, self.timeline, self.fetches, self.options)

    def run(self, resume: list[SoloPE]) -> Paths:
        """All ways over the timeline as it stands, from the start or from where an earlier run left off."""
        timeline = self.timeline
        horizon = timeline.end
        stack = self._stack
        while True:
            self._paths = Paths()
            if resume:
                stack += resume
                for pe in resume:
                    pe.promises = [timeline.messages[promise.t - 1] for promise in pe.promises]
            else:
                pe = self._first.copy()
                pe.promises = self.own.copy()
                pe.horizon = pe.end = horizon
                stack.append(pe)
            finished = self._walk_all(stack)
            timeline.truncate(horizon)
            if finished:
                return self._paths
            stack.clear()
            resume = []

    def _walk_all(self, stack: list[SoloPE]) -> bool:
        """Walk every CPU on the stack; False when the walks have to start again."""
        try:
            while stack:
                pe = stack.pop()
                self.timeline.truncate(pe.end)
                self._walk(pe)
        except _AgainError:
            return False
        finally:
            self._pe = self._before = None
        return True

    # -- one path ----------------------------------------------------------------------------------------------

    def _walk(self, pe: SoloPE) -> None:
        """Follow one path to its end; alternatives are pushed on the stack."""
        self.budget.step()
        self._pe = pe
        self._asked.clear()
        code = self.program.code
        several = self._several
        while True:
            pc = pe.pc
            bound = code.get(pc)
            if bound is None:
                bound = self._special(pe)
                if bound is None:
                    return
            if several and pc in several:
                self._before = pe.copy()
                self._before.end = self.timeline.end
            bound.run(pe)
            if bound.visible and not self._after(pe, bound):
                return
            if pe.fetched is not None:
                pe.fetched = None
            if pe.pc <= pc and not self._back(pe, pc):
                return

    def _special(self, pe: SoloPE) -> Bound | None:
        """The instruction at a modifiable word, after fetching it; None when the path is over."""
        pc = pe.pc
        if pc not in self.program.modifiable:
            self._end(pe)
            return None
        if pe.fetched is None:
            self.fetches[pc] = None
            self.fetches_late |= pe.maintained
            pe.fetch_now()
            self._settle(pe)
            if pe.dead:
                return None
        if pe.fetched is None:
            self._end(pe)
        return pe.fetched

    def _settle(self, pe: SoloPE) -> None:
        """An instruction, or a fetch, is over: forget what it was asked."""
        self._asked.clear()
        pe.script = ()
        self._before = None

    def _after(self, pe: SoloPE, bound: Bound) -> bool:
        """After something visible: does the path continue?"""
        if self._asked or self._before is not None:
            self._settle(pe)
        if pe.dead:
            return False
        if bound.visible == CACHE:
            pe.maintained = True
        if pe.new:
            self._keep(pe)
        if pe.promises:
            if self._hopeless(pe):
                return False
        else:
            if pe.emitted:
                self._commit(pe)
            if len(self.timeline.messages) > pe.horizon and self._spent(pe):
                return False
        if pe.fault:
            return self._exception(pe, "abort", pe.pc, data_abort(pe.fault, bound.insn.mnemonic))
        return bound.visible != SYSTEM or self._system(pe)

    def _keep(self, pe: SoloPE) -> None:
        """Something was emitted that may be a candidate: keep the CPU as it is now, if nothing else was emitted."""
        new, pe.new = pe.new, ()
        resume = self._paths.resume
        horizon = pe.horizon + 1
        if len(self.timeline.messages) > horizon:
            for message in new:
                resume[_emitted(message)] = []
            return
        kept = resume.get(_emitted(new[0]))
        if kept is None:
            kept = resume[_emitted(new[0])] = []
        elif not kept:
            return
        other = pe.copy()
        other.fetched = None
        other.emitted = ()
        other.end = other.horizon = horizon
        kept.append(other)

    def _hopeless(self, pe: SoloPE) -> bool:
        """Is some open promise already out of reach?"""
        common = max(pe.tau, pe.ctrl_v, pe.ctrl_d)
        for promise in pe.promises:
            kind = promise.kind
            if kind == WRITE:
                floor = max(common, pe.nw, pe.adr_v, pe.adr_d)
            elif kind == DC:
                floor = max(common, pe.ndc)
            elif kind == IC:
                floor = max(common, pe.nic)
            else:
                floor = max(pe.tau, pe.r, pe.rn, pe.w, pe.dcs)
            if promise.t <= floor:
                return True
        return False

    def _spent(self, pe: SoloPE) -> bool:
        """Owing nothing and past the end: can the path still emit anything that would be a candidate?"""
        horizon = pe.horizon
        if pe.tau > horizon or pe.ctrl_v > horizon or pe.ctrl_d > horizon:
            return True
        if pe.nw <= horizon and pe.adr_v <= horizon and pe.adr_d <= horizon:
            return False
        return (
            pe.ndc > horizon and pe.nic > horizon and (pe.ics > horizon or pe.r > horizon or pe.w > horizon)
        )

    def _commit(self, pe: SoloPE) -> None:
        """The path owes nothing: what it emitted are candidates."""
        candidates = self._paths.candidates
        horizon = pe.horizon
        for m, bound in pe.emitted:
            emitted = _emitted(m)
            if bound == horizon:
                candidates[emitted] = True
            else:
                candidates.setdefault(emitted, False)
        pe.emitted = ()

    def _back(self, pe: SoloPE, pc: int) -> bool:
        """A branch was taken backwards: may it be, once more?"""
        edge = (pc, pe.pc)
        if pe.backs.count(edge) < BACK_EDGES_MAX:
            pe.backs = (*pe.backs, edge)
            return True
        if self._counted is None:
            self._counted = (
                frozenset() if self.start.handler else counted_branches(self.program, self.start.pc)
            )
        pe.rounds += 1
        if pc not in self._counted or pe.rounds > ROUNDS_MAX:
            self._paths.cut = True
            return False
        return True

    def _end(self, pe: SoloPE) -> None:
        """The path is over: it is an outcome if it emitted nothing of its own and owes nothing."""
        if not pe.promises and len(self.timeline.messages) == pe.horizon:
            regs = pe.regs
            final = tuple([shown(regs[number]) for number in self.start.observed])
            self._paths.finals[final + pe.faults if self.start.faults else final] = None
            if pe.watched and pe.races():
                self._paths.unpredictable = True

    # -- exceptions --------------------------------------------------------------------------------------------

    def _system(self, pe: SoloPE) -> bool:
        """An exception or a return from one; without a handler an exception ends the CPU."""
        trap, pe.trap = pe.trap, None
        if trap is None or trap[0] in {"wfi", "wfe"}:
            return True
        if trap[0] == "eret":
            pe.pc, v, d, _ = pe.read_sysreg("elr_el1")
            pe.control(v, d)
            pe.restore_state()
            pe.exception_return("eret")
            return True
        pe.faults = (*pe.faults, pe.pc, 0, FAULT_KINDS.index(trap[0]))
        returns_to = pe.pc + 4 if trap[0] in {"svc", "hvc", "smc"} else pe.pc
        return self._exception(pe, trap[0], returns_to, trapped(*trap))

    def _exception(self, pe: SoloPE, reason: str, returns_to: int, syndrome: int) -> bool:
        """Take an exception: to the handler, or the path is over."""
        pe.fault = ""
        if self.start.handler is None:
            self._end(pe)
            return False
        pe.write_sysreg("elr_el1", (returns_to, 0, 0, 0))
        pe.write_sysreg("esr_el1", (syndrome, 0, 0, 0))
        pe.save_state()
        pe.pc = self.start.handler
        pe.exception_entry(reason)
        return True

    # -- choices -----------------------------------------------------------------------------------------------

    def _choose(self, kind: str, count: int, addr: int) -> int:
        """Answer from the script, else take 0 and leave the other answers for later."""
        pe = self._pe
        assert pe is not None
        asked = self._asked
        at = len(asked)
        if at < len(pe.script):
            asked.append(pe.script[at])
            return pe.script[at]
        if at == 0 and kind != "data":
            before, end = pe, self.timeline.end  # rules ask before they change anything
        elif self._before is not None:
            before, end = self._before, self._before.end
        else:
            self._several.add(pe.pc)
            raise _AgainError
        given = tuple(asked)
        for answer in range(count - 1, 0, -1):
            other = before.copy()
            other.script = (*given, answer)
            other.end = end
            self._stack.append(other)
        if self._before is None and self._stack:
            self._before = self._stack[-1]
        asked.append(0)
        return 0
