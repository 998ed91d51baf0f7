"""Semantics of additions, wide moves and addresses: ADD, SUB, ADC, SBC with and without flags, MOVZ, ADR."""

# max() is a call, and these run once an instruction.
# ruff: noqa: FURB136

from __future__ import annotations

from typing import TYPE_CHECKING

from ftrace_actors.arm64.registers import MASK64, SINK, join_prov

from .fields import bits, sign_extend
from .row import Run

if TYPE_CHECKING:
    from ftrace_actors.arm64.pe import PE

from .semantics_common import (
    MASK32,
    Unary,
    binary,
    constant,
    copy,
    extender,
    mask_of,
    nzcv_of_sum,
    shifter,
    source,
    target,
    unary,
)

__all__ = [
    "bind_add_extended",
    "bind_add_immediate",
    "bind_add_shifted",
    "bind_add_with_carry",
    "bind_adr",
    "bind_move_wide",
]

import operator


def _add_constant(rd: int, rn: int, addend: int) -> Run:
    """64-bit Rd = Rn + addend, the workhorse of address arithmetic."""
    if addend == 0:
        return copy(rd, rn)

    def run(pe: PE) -> None:
        regs = pe.regs
        value, v, d, prov = regs[rn]
        regs[rd] = ((value + addend) & MASK64, v, d, prov)
        pe.pc += 4

    return run


def _add(rd: int, rn: int, rm: int) -> Run:
    """64-bit Rd = Rn + Rm."""

    def run(pe: PE) -> None:
        regs = pe.regs
        a, v, d, prov = regs[rn]
        b, bv, bd, bp = regs[rm]
        regs[rd] = (
            (a + b) & MASK64,
            v if v > bv else bv,
            d if d > bd else bd,
            prov if not bp else join_prov(prov, bp),
        )
        pe.pc += 4

    return run


def _add_flags_constant(rd: int, rn: int, addend: int, carry: int, mask: int) -> Run:
    """Rd, flags = Rn + addend + carry."""
    wide = mask == MASK64
    sign = (mask >> 1) + 1

    def run(pe: PE) -> None:
        regs = pe.regs
        a, v, d, prov = regs[rn]
        a &= mask
        total = a + addend + carry
        result = total & mask
        nzcv = 8 if result & sign else (0 if result else 4)
        if total > mask:
            nzcv |= 2
        if ~(a ^ addend) & (a ^ result) & sign:
            nzcv |= 1
        pe.nzcv = nzcv
        pe.flags_v = v
        pe.flags_d = d
        if rd != SINK:
            regs[rd] = (result, v, d, prov if wide else 0)
        pe.pc += 4

    return run


def _add_flags(rd: int, rn: int, rm: int, transform: Unary | None, negate: bool, mask: int) -> Run:
    """Rd, flags = Rn +- transform(Rm)."""
    wide = mask == MASK64
    flip = mask if negate else 0
    carry = 1 if negate else 0

    def run(pe: PE) -> None:
        regs = pe.regs
        a, v, d, prov = regs[rn]
        b, bv, bd, bp = regs[rm]
        if transform is not None:
            b = transform(b)
            bp = 0
        if bv > v:
            v = bv
        if bd > d:
            d = bd
        result, pe.nzcv = nzcv_of_sum(a & mask, (b & mask) ^ flip, carry, mask)
        pe.flags_v = v
        pe.flags_d = d
        if rd != SINK:
            regs[rd] = (result, v, d, join_prov(prov, bp) if wide else 0)
        pe.pc += 4

    return run


def bind_add_immediate(word: int) -> Run:
    """ADD, ADDS, SUB, SUBS (immediate)."""
    immediate = bits(word, 10, 12) << (12 if bits(word, 22, 1) else 0)
    negate, flags, mask = bits(word, 30, 1), bits(word, 29, 1), mask_of(word)
    rn = bits(word, 5, 5)
    if flags:
        return _add_flags_constant(target(word), rn, immediate ^ mask if negate else immediate, negate, mask)
    rd = bits(word, 0, 5)
    addend = -immediate if negate else immediate
    if mask == MASK64:
        return _add_constant(rd, rn, addend)
    return unary(rd, rn, lambda value: (value + addend) & MASK32)


def _bind_add(word: int, rd: int, rn: int, transform: Unary | None) -> Run:
    negate, flags, mask = bits(word, 30, 1), bits(word, 29, 1), mask_of(word)
    rm = source(word, 16)
    if flags:
        return _add_flags(rd, rn, rm, transform, bool(negate), mask)
    if negate:
        # A register less itself is a plain 0, though still a dependency: litmus tests build on that.
        return binary(rd, rn, rm, operator.sub, transform, mask, pointer=rn != rm)
    if transform is None and mask == MASK64:
        return _add(rd, rn, rm)
    return binary(rd, rn, rm, operator.add, transform, mask, pointer=True)


def bind_add_shifted(word: int) -> Run:
    """ADD, ADDS, SUB, SUBS (shifted register)."""
    transform = shifter(bits(word, 22, 2), bits(word, 10, 6), 64 if word >> 31 else 32)
    return _bind_add(word, target(word), source(word, 5), transform)


def bind_add_extended(word: int) -> Run:
    """ADD, ADDS, SUB, SUBS (extended register); Rn, and Rd unless flags are set, may be sp."""
    rd = target(word) if bits(word, 29, 1) else bits(word, 0, 5)
    return _bind_add(word, rd, bits(word, 5, 5), extender(bits(word, 13, 3), bits(word, 10, 3)))


def bind_add_with_carry(word: int) -> Run:
    """ADC, ADCS, SBC, SBCS. The carry is data, so the flags' views join like a register's."""
    negate, flags, mask = bits(word, 30, 1), bits(word, 29, 1), mask_of(word)
    rd, rn, rm = target(word), source(word, 5), source(word, 16)
    flip = mask if negate else 0

    def run(pe: PE) -> None:
        regs = pe.regs
        a, av, ad, _ = regs[rn]
        b, bv, bd, _ = regs[rm]
        v, d = max(av, bv, pe.flags_v), max(ad, bd, pe.flags_d)
        result, nzcv = nzcv_of_sum(a & mask, (b & mask) ^ flip, (pe.nzcv >> 1) & 1, mask)
        if flags:
            pe.nzcv = nzcv
            pe.flags_v = v
            pe.flags_d = d
        regs[rd] = (result, v, d, 0)
        pe.pc += 4

    return run


def bind_move_wide(word: int) -> Run:
    """MOVN, MOVZ, MOVK."""
    kind, mask, rd = bits(word, 29, 2), mask_of(word), target(word)
    shift = bits(word, 21, 2) * 16
    immediate = bits(word, 5, 16) << shift
    if kind == 0:
        return constant(rd, ~immediate & mask)
    if kind == 2:
        return constant(rd, immediate)
    rn, keep, wide = source(word, 0), mask & ~(0xFFFF << shift), mask == MASK64

    def run(pe: PE) -> None:
        regs = pe.regs
        value, v, d, prov = regs[rn]
        regs[rd] = (value & keep | immediate, v, d, prov if wide else 0)
        pe.pc += 4

    return run


def bind_adr(word: int) -> Run:
    """ADR and ADRP: a constant, so no view and no provenance."""
    rd = target(word)
    offset = sign_extend(bits(word, 5, 19) << 2 | bits(word, 29, 2), 21)
    if word >> 31:

        def run_page(pe: PE) -> None:
            pe.regs[rd] = (((pe.pc & ~0xFFF) + (offset << 12)) & MASK64, 0, 0, 0)
            pe.pc += 4

        return run_page

    def run(pe: PE) -> None:
        pe.regs[rd] = ((pe.pc + offset) & MASK64, 0, 0, 0)
        pe.pc += 4

    return run
