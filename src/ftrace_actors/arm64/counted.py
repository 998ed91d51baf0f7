"""Loops whose number of rounds no read of memory can change: which branches back a search may take without limit.

A search unrolls loops a few times, because what a loop waits for may come at any time.  A loop that counts a constant
down ends by itself, and is followed to its end.  Which branches depend on nothing but constants is found by running
every instruction over an abstract state, until nothing changes any more: the machine's own rules carry dependencies
from register to register, so a view of 1 stands for "comes from memory" and a view of 0 for "is known".

Where code may be modified, or exceptions lead elsewhere, nothing is claimed.
"""

from __future__ import annotations

from .isa import SYSTEM, Bound
from .options import Options
from .pe import PE
from .program import Program
from .registers import Reg
from .timeline import Timeline

__all__ = ["counted_branches"]

_READ: Reg = (0, 1, 0, 0)
_CHOOSING = ("cs", "cc", "ci", "cn")
"""How mnemonics begin whose result comes from one place or another, as the flags say."""

_State = tuple[int, ...]
"""For each register, then for the flags: does it come from memory?"""


class _Carrier(PE):
    """A PE that only carries along what comes from memory."""

    __slots__ = ()

    def load(self, a: Reg, size: int, order: int, dest: bool) -> Reg:
        return _READ

    def load_exclusive(self, a: Reg, size: int, order: int) -> Reg:
        return _READ

    def load_exclusive_pair(self, a: Reg, order: int) -> tuple[Reg, Reg]:
        return _READ, _READ

    def amo(self, a: Reg, size: int, op: str, operand: Reg, order: int, dest: bool) -> Reg:
        return _READ

    def cas(self, a: Reg, size: int, compare: Reg, new: Reg, order: int, dest: bool = True) -> Reg:
        return _READ

    def cas_pair(self, a: Reg, compare: tuple[Reg, Reg], new: tuple[Reg, Reg], order: int) -> tuple[Reg, Reg]:
        return _READ, _READ

    def amo_pair(self, a: Reg, op: str, operands: tuple[Reg, Reg], order: int) -> tuple[Reg, Reg]:
        return _READ, _READ

    def store(self, a: Reg, size: int, data: Reg, order: int) -> None:
        """Nothing is read."""

    def store_exclusive(self, a: Reg, size: int, data: Reg, order: int) -> Reg:
        return _READ

    def store_exclusive_pair(self, a: Reg, low: Reg, high: Reg, order: int) -> Reg:
        return _READ

    def joined(self, addr: int, size: int) -> bool:
        return False

    def read_sysreg(self, name: str) -> Reg:
        return super().read_sysreg(name) if name == "nzcv" else _READ


def counted_branches(program: Program, start: int) -> frozenset[int]:
    """The addresses of branches that go back as often as constants say, in the code that `start` leads to.

    A branch without a condition is one of them if all conditions of the code are.
    """
    return _Analysis(program).run(start)


class _Analysis:
    """The states before each instruction, growing."""

    def __init__(self, program: Program) -> None:
        self.code = program.code
        self.modifiable = program.modifiable
        self.pe = _Carrier(0, Timeline({}), Options(), program)
        self.before: dict[int, _State] = {}
        self.unknown: set[int] = set()
        self.branches: set[int] = set()
        self.conditional: set[int] = set()

    def run(self, start: int) -> frozenset[int]:
        todo = [(start, (0,) * (len(self.pe.regs) + 1))]
        while todo:
            pc, state = todo.pop()
            if pc in self.modifiable:
                return frozenset()
            bound = self.code.get(pc)
            known = self.before.get(pc)
            if bound is None or known == state:
                continue
            if known is not None:
                merged = tuple([a | b for a, b in zip(known, state, strict=True)])
                if merged == known:
                    continue
                state = merged
            self.before[pc] = state
            if bound.visible == SYSTEM or bound.insn.mnemonic in {"br", "blr"}:
                return frozenset()
            after = self._after(bound, pc, state)
            todo += [(following, after) for following in self._following(bound, pc)]
        counted = self.conditional - self.unknown
        return frozenset(counted if self.unknown else self.branches)

    def _after(self, bound: Bound, pc: int, state: _State) -> _State:
        choosing = bound.insn.mnemonic.startswith(_CHOOSING)
        found = [self._once(bound, pc, state, nzcv) for nzcv in (range(16) if choosing else (0,))]
        return tuple([max(each) for each in zip(*found, strict=True)])

    def _once(self, bound: Bound, pc: int, state: _State, nzcv: int) -> _State:
        pe = self.pe
        pe.pc, pe.nzcv = pc, nzcv
        pe.regs = [(0, each, 0, 0) for each in state[:-1]]
        pe.flags_v, pe.flags_d = state[-1], 0
        pe.ctrl_v = pe.ctrl_d = 0
        bound.run(pe)
        if pe.ctrl_v or pe.ctrl_d:
            self.unknown.add(pc)
        return (*[int(v > 0 or d > 0) for _, v, d, _ in pe.regs], int(pe.flags_v > 0 or pe.flags_d > 0))

    def _following(self, bound: Bound, pc: int) -> list[int]:
        """Where it may go from here."""
        target = _target(bound.insn.word, pc)
        if target is None:
            return [] if bound.insn.mnemonic == "ret" else [pc + 4]
        self.branches.add(pc)
        if bound.insn.word >> 26 & 0x1F == 0b00101:
            return [target, pc + 4] if bound.insn.word >> 31 else [target]
        self.conditional.add(pc)
        return [target, pc + 4]


def _target(word: int, pc: int) -> int | None:
    """Where a direct branch goes; None for everything else (Arm ARM C4.1.93)."""
    if word >> 26 & 0x1F == 0b00101:  # B, BL
        low, width = 0, 26
    elif word >> 24 == 0x54 or word >> 25 & 0x3F == 0b011010:  # B.cond, BC.cond; CBZ, CBNZ
        low, width = 5, 19
    elif word >> 25 & 0x3F == 0b011011:  # TBZ, TBNZ
        low, width = 5, 14
    else:
        return None
    distance = word >> low & (1 << width) - 1
    return pc + 4 * (distance - (distance >> width - 1 << width))
