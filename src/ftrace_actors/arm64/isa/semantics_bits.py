"""Semantics of shifts, bit fields, bit counts, division and multiplication: nothing here makes a pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftrace_actors.arm64.registers import MASK64

from .fields import bits, sign_extend
from .row import Run

if TYPE_CHECKING:
    from ftrace_actors.arm64.pe import PE

import operator

from .semantics_common import MASK32, Binary, Unary, binary, mask_of, source, target, unary

__all__ = [
    "bind_bit_field",
    "bind_extract",
    "bind_extreme_immediate",
    "bind_multiply",
    "bind_multiply_high",
    "bind_multiply_long",
    "bind_one_source",
    "bind_two_source",
]


def _bit_field(signed: bool, immr: int, imms: int, width: int) -> Unary:
    """UBFM or SBFM on a value: a field moved to the bottom, or the bottom moved up."""
    mask = (1 << width) - 1
    if imms >= immr:
        count, up, down = imms - immr + 1, 0, immr
    else:
        count, up, down = imms + 1, width - immr, 0
    field = (1 << count) - 1
    if signed:
        return lambda value: (sign_extend(value >> down, count) << up) & mask
    return lambda value: ((value >> down) & field) << up


def bind_bit_field(word: int) -> Run:
    """SBFM, BFM, UBFM and so all their aliases: shifts by a constant, extensions, field moves."""
    kind, immr, imms = bits(word, 29, 2), bits(word, 16, 6), bits(word, 10, 6)
    width = 64 if word >> 31 else 32
    rd, rn = target(word), source(word, 5)
    move = _bit_field(kind == 0, immr, imms, width)
    if kind != 1:
        return unary(rd, rn, move)
    keep = ~move(MASK64) & ((1 << width) - 1)
    return binary(
        rd, source(word, 0), rn, lambda old, field: old & keep | field, move, mask_of(word), pointer=False
    )


def bind_extract(word: int) -> Run:
    """EXTR, and ROR by a constant."""
    width = 64 if word >> 31 else 32
    lsb, mask = bits(word, 10, 6), (1 << width) - 1

    def extract(high: int, low: int) -> int:
        return ((high & mask) << width | low & mask) >> lsb

    return binary(target(word), source(word, 5), source(word, 16), extract, None, mask, pointer=False)


def _reverse_bytes(value: int, width: int, size: int) -> int:
    """Reverse the bytes inside each group of `size` bytes."""
    data = value.to_bytes(8, "little")[: width // 8]
    groups = [data[i : i + size][::-1] for i in range(0, len(data), size)]
    return int.from_bytes(b"".join(groups), "little")


def _leading_zeros(value: int, width: int) -> int:
    return width - value.bit_length()


def bind_one_source(word: int) -> Run:
    """RBIT, REV16, REV32 (REV of W), REV, CLZ, CLS; CTZ, CNT, ABS (FEAT_CSSC)."""
    kind, width = bits(word, 10, 6), 64 if word >> 31 else 32
    mask = (1 << width) - 1
    rd, rn = target(word), source(word, 5)
    if kind == 0:
        return unary(rd, rn, lambda value: int(format(value & mask, f"0{width}b")[::-1], 2))
    if kind < 4:
        size = 1 << kind
        return unary(rd, rn, lambda value: _reverse_bytes(value, width, size))
    if kind == 4:
        return unary(rd, rn, lambda value: _leading_zeros(value & mask, width))
    if kind == 6:
        return unary(rd, rn, lambda value: (~value & (value - 1) & mask).bit_count())
    if kind == 7:
        return unary(rd, rn, lambda value: (value & mask).bit_count())
    if kind == 8:
        return unary(rd, rn, lambda value: abs(sign_extend(value, width)) & mask)
    half = mask >> 1
    return unary(rd, rn, lambda value: _leading_zeros((value ^ value >> 1) & half, width - 1))


def _signed_quotient(a: int, b: int, width: int) -> int:
    """Division towards zero; by zero gives zero, as the hardware does."""
    a, b = sign_extend(a, width), sign_extend(b, width)
    if b == 0:
        return 0
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def _extreme(kind: int, width: int) -> Binary:
    """SMAX 0, UMAX 1, SMIN 2, UMIN 3."""
    mask = (1 << width) - 1
    chosen = min if kind & 2 else max
    if kind & 1:
        return lambda a, b: chosen(a & mask, b & mask)
    return lambda a, b: chosen(sign_extend(a, width), sign_extend(b, width))


def bind_extreme_immediate(word: int) -> Run:
    """SMAX, UMAX, SMIN, UMIN with a number (FEAT_CSSC)."""
    kind, mask = bits(word, 18, 2), mask_of(word)
    number = bits(word, 10, 8) if kind & 1 else sign_extend(word >> 10, 8) & MASK64
    chosen = _extreme(kind, 64 if word >> 31 else 32)
    return unary(target(word), source(word, 5), lambda value: chosen(value, number) & mask)


def _two_source_function(kind: int, width: int) -> Binary:
    mask = (1 << width) - 1
    amount = width - 1
    if kind == 2:
        return lambda a, b: (a & mask) // (b & mask) if b & mask else 0
    if kind == 3:
        return lambda a, b: _signed_quotient(a, b, width)
    if kind == 8:
        return lambda a, b: a << (b & amount)
    if kind == 9:
        return lambda a, b: (a & mask) >> (b & amount)
    if kind == 10:
        return lambda a, b: sign_extend(a, width) >> (b & amount)
    if kind >= 24:
        return _extreme(kind & 3, width)
    return lambda a, b: ((a & mask) << width | (a & mask)) >> (b & amount)


def bind_two_source(word: int) -> Run:
    """UDIV, SDIV, and LSL, LSR, ASR, ROR by a register; SMAX, UMAX, SMIN, UMIN (FEAT_CSSC)."""
    op = _two_source_function(bits(word, 10, 6), 64 if word >> 31 else 32)
    return binary(target(word), source(word, 5), source(word, 16), op, None, mask_of(word), pointer=False)


def _multiply_add(rd: int, rn: int, rm: int, ra: int, product: Binary, sign: int, mask: int) -> Run:
    """Rd = Ra + sign * product(Rn, Rm)."""

    def run(pe: PE) -> None:
        regs = pe.regs
        n, nv, nd, _ = regs[rn]
        m, mv, md, _ = regs[rm]
        a, av, ad, _ = regs[ra]
        regs[rd] = ((a + sign * product(n, m)) & mask, max(nv, mv, av), max(nd, md, ad), 0)
        pe.pc += 4

    return run


def bind_multiply(word: int) -> Run:
    """MADD and MSUB."""
    sign = -1 if bits(word, 15, 1) else 1
    fields = target(word), source(word, 5), source(word, 16), source(word, 10)
    return _multiply_add(*fields, operator.mul, sign, mask_of(word))


def bind_multiply_long(word: int) -> Run:
    """SMADDL, SMSUBL, UMADDL, UMSUBL."""
    sign = -1 if bits(word, 15, 1) else 1
    fields = target(word), source(word, 5), source(word, 16), source(word, 10)
    if bits(word, 23, 1):
        return _multiply_add(*fields, lambda n, m: (n & MASK32) * (m & MASK32), sign, MASK64)
    return _multiply_add(*fields, lambda n, m: sign_extend(n, 32) * sign_extend(m, 32), sign, MASK64)


def bind_multiply_high(word: int) -> Run:
    """SMULH and UMULH."""
    fields = target(word), source(word, 5), source(word, 16)
    if bits(word, 23, 1):
        return binary(*fields, lambda n, m: n * m >> 64, None, MASK64, pointer=False)
    return binary(
        *fields, lambda n, m: sign_extend(n, 64) * sign_extend(m, 64) >> 64, None, MASK64, pointer=False
    )
