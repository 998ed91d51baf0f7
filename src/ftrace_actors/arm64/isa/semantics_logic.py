"""Semantics of logic: AND, ORR, EOR and their complemented and flag-setting forms, so MOV, MVN, TST too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftrace_actors.arm64.registers import MASK64, SINK, ZR, Reg

from .fields import bits, decode_bitmask
from .row import Run

if TYPE_CHECKING:
    from ftrace_actors.arm64.pe import PE

import operator

from .semantics_common import (
    Binary,
    Unary,
    binary,
    constant,
    copy,
    copy_narrow,
    mask_of,
    shifter,
    source,
    target,
)

__all__ = ["bind_logical_immediate", "bind_logical_shifted"]

_LOGICAL: tuple[Binary, ...] = (operator.and_, operator.or_, operator.xor, operator.and_)


def _set_logical_flags(pe: PE, result: Reg, mask: int) -> None:
    value = result[0]
    pe.nzcv = 4 if value == 0 else (8 if value > mask >> 1 else 0)
    pe.flags_v = result[1]
    pe.flags_d = result[2]


def _with_flags(rd: int, inner: Run, mask: int) -> Run:
    """Run a logical instruction, then set the flags from its result and write it where it belongs.

    `inner` writes SINK, so that a result for the zero register is still there to be looked at.
    """

    def run(pe: PE) -> None:
        inner(pe)
        result = pe.regs[SINK]
        _set_logical_flags(pe, result, mask)
        pe.regs[rd] = result

    return run


def bind_logical_immediate(word: int) -> Run:
    """AND, ORR, EOR, ANDS (immediate)."""
    mask = mask_of(word)
    decoded = decode_bitmask(
        bits(word, 22, 1), bits(word, 16, 6), bits(word, 10, 6), 64 if word >> 31 else 32
    )
    assert decoded is not None
    immediate = decoded
    kind, rn = bits(word, 29, 2), source(word, 5)
    rd = SINK if kind == 3 else bits(word, 0, 5)
    if kind == 1 and rn == ZR:
        return constant(rd, immediate)
    op = _LOGICAL[kind]
    wide = mask == MASK64

    def run(pe: PE) -> None:
        regs = pe.regs
        value, v, d, prov = regs[rn]
        regs[rd] = (op(value, immediate) & mask, v, d, prov if wide else 0)
        pe.pc += 4

    return _with_flags(target(word), run, mask) if kind == 3 else run


def _complemented(transform: Unary | None) -> Unary:
    """The second operand of BIC, ORN, EON, BICS."""
    if transform is None:
        return lambda value: value ^ MASK64
    shift = transform
    return lambda value: shift(value) ^ MASK64


def bind_logical_shifted(word: int) -> Run:
    """AND, ORR, EOR, ANDS and their complemented forms (shifted register)."""
    mask, kind = mask_of(word), bits(word, 29, 2)
    rn, rm = source(word, 5), source(word, 16)
    rd = SINK if kind == 3 else target(word)
    transform = shifter(bits(word, 22, 2), bits(word, 10, 6), 64 if word >> 31 else 32)
    if bits(word, 21, 1):
        transform = _complemented(transform)
    elif kind == 1 and rn == ZR and transform is None:
        return copy(rd, rm) if mask == MASK64 else copy_narrow(rd, rm)
    # x EOR x is a plain 0 that still depends on x.
    run = binary(rd, rn, rm, _LOGICAL[kind], transform, mask, pointer=not (kind == 2 and rn == rm))
    return _with_flags(target(word), run, mask) if kind == 3 else run
