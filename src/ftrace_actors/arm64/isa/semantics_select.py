"""Semantics of conditions: conditional select, conditional compare, and the branches.

Views. `pick(x) = (0, v | d)`: what only *chose* a value counts as pick dependency, not as data. CSEL joins the
chosen register with pick(flags); a chosen zero register has no view, so CSET needs no rule of its own. A
conditional or indirect branch reports the views of what it looked at *before* the program counter moves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ftrace_actors.arm64.registers import MASK64, Reg

from .fields import bits, sign_extend
from .row import Run
from .semantics_common import MASK32, nzcv_of_sum, source, target

if TYPE_CHECKING:
    from ftrace_actors.arm64.pe import PE

__all__ = [
    "HOLDS",
    "bind_branch",
    "bind_branch_conditional",
    "bind_branch_register",
    "bind_compare_branch",
    "bind_conditional_compare",
    "bind_select",
    "bind_test_branch",
]


def _condition_holds(condition: int, nzcv: int) -> bool:
    """ConditionHolds of the Arm ARM: bits 1-3 choose the test, bit 0 inverts it, except for NV."""
    n, z, c, v = nzcv >> 3 & 1, nzcv >> 2 & 1, nzcv >> 1 & 1, nzcv & 1
    tests = (z, c, n, v, c and not z, n == v, n == v and not z, 1)
    result = bool(tests[condition >> 1])
    return not result if condition & 1 and condition != 15 else result


#: HOLDS[condition][nzcv]
HOLDS = tuple(tuple(_condition_holds(condition, nzcv) for nzcv in range(16)) for condition in range(16))


def bind_select(word: int) -> Run:
    """CSEL, CSINC, CSINV, CSNEG."""
    rd, rn, rm = target(word), source(word, 5), source(word, 16)
    holds = HOLDS[bits(word, 12, 4)]
    mask = MASK64 if word >> 31 else MASK32
    flip = mask if bits(word, 30, 1) else 0
    add = bits(word, 10, 1)
    # Only an increment of a pointer is a pointer still.
    keep_n, keep_m = mask == MASK64, mask == MASK64 and not flip

    def run(pe: PE) -> None:
        regs = pe.regs
        if holds[pe.nzcv]:
            value, v, d, prov = regs[rn]
            value &= mask
            if not keep_n:
                prov = 0
        else:
            value, v, d, prov = regs[rm]
            value = ((value ^ flip) + add) & mask
            if not keep_m:
                prov = 0
        regs[rd] = (value, v, max(d, pe.flags_v, pe.flags_d), prov)
        pe.pc += 4

    return run


def bind_conditional_compare(word: int) -> Run:
    """CCMP and CCMN, with a register or a five-bit immediate."""
    rn, rm = source(word, 5), source(word, 16)
    holds, otherwise = HOLDS[bits(word, 12, 4)], bits(word, 0, 4)
    mask = MASK64 if word >> 31 else MASK32
    carry = bits(word, 30, 1)
    flip = mask if carry else 0
    constant: Reg | None = (bits(word, 16, 5), 0, 0, 0) if bits(word, 11, 1) else None

    def run(pe: PE) -> None:
        pick = max(pe.flags_v, pe.flags_d)
        if holds[pe.nzcv]:
            a, av, ad, _ = pe.regs[rn]
            b, bv, bd, _ = pe.regs[rm] if constant is None else constant
            _result, pe.nzcv = nzcv_of_sum(a & mask, (b & mask) ^ flip, carry, mask)
            pe.flags_v = max(bv, av)
            pe.flags_d = max(ad, bd, pick)
        else:
            pe.nzcv = otherwise
            pe.flags_v = 0
            pe.flags_d = pick
        pe.pc += 4

    return run


def bind_branch(word: int) -> Run:
    """B and BL. The link register is a constant: no views."""
    offset = sign_extend(word, 26) * 4
    if word >> 31:

        def run_link(pe: PE) -> None:
            pc = pe.pc
            pe.regs[30] = ((pc + 4) & MASK64, 0, 0, 0)
            pe.pc = (pc + offset) & MASK64

        return run_link

    def run(pe: PE) -> None:
        pe.pc = (pe.pc + offset) & MASK64

    return run


def bind_branch_conditional(word: int) -> Run:
    """B.cond, and BC.cond (FEAT_HBC), which only hints that it is consistent."""
    offset = sign_extend(word >> 5, 19) * 4
    holds = HOLDS[bits(word, 0, 4)]

    def run(pe: PE) -> None:
        pe.control(pe.flags_v, pe.flags_d)
        if holds[pe.nzcv]:
            pe.pc = (pe.pc + offset) & MASK64
        else:
            pe.pc += 4

    return run


def _branch_if(rt: int, test: Callable[[int], bool], offset: int) -> Run:
    def run(pe: PE) -> None:
        value, v, d, _ = pe.regs[rt]
        pe.control(v, d)
        if test(value):
            pe.pc = (pe.pc + offset) & MASK64
        else:
            pe.pc += 4

    return run


def bind_compare_branch(word: int) -> Run:
    """CBZ and CBNZ."""
    mask = MASK64 if word >> 31 else MASK32
    offset = sign_extend(word >> 5, 19) * 4
    rt, nonzero = source(word, 0), bits(word, 24, 1)
    if nonzero:
        return _branch_if(rt, lambda value: value & mask != 0, offset)
    return _branch_if(rt, lambda value: value & mask == 0, offset)


def bind_test_branch(word: int) -> Run:
    """TBZ and TBNZ."""
    bit = 1 << (bits(word, 31, 1) << 5 | bits(word, 19, 5))
    offset = sign_extend(word >> 5, 14) * 4
    rt, nonzero = source(word, 0), bits(word, 24, 1)
    if nonzero:
        return _branch_if(rt, lambda value: value & bit != 0, offset)
    return _branch_if(rt, lambda value: value & bit == 0, offset)


def bind_branch_register(word: int) -> Run:
    """BR, BLR, RET. The target is read before BLR overwrites x30."""
    rn, link = source(word, 5), bits(word, 21, 2) == 1

    def run(pe: PE) -> None:
        value, v, d, _ = pe.regs[rn]
        pe.control(v, d)
        if link:
            pe.regs[30] = ((pe.pc + 4) & MASK64, 0, 0, 0)
        pe.pc = value

    return run
