"""Semantics of data processing: additions, logic, moves, shifts, bit fields, multiplication.

Each `bind_*` takes a word and returns the closure that runs it, with register indices and immediates already
extracted. A machine runs these closures millions of times, so the common 64-bit forms have closures of their
own and the rest share a general one.

Views: a result joins v and d of its sources; immediates and ADR have 0 and join nothing. Provenance follows
pointers through additions and logic. A 32-bit result, a product, or a field cut out of a pointer is no pointer.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..registers import MASK64, SINK, ZR, Reg, join_prov
from .fields import bits, decode_bitmask, sign_extend
from .row import Run

if TYPE_CHECKING:
    from ..pe import PE

__all__ = [
    "bind_add_extended",
    "bind_add_immediate",
    "bind_add_shifted",
    "bind_add_with_carry",
    "bind_adr",
    "bind_bit_field",
    "bind_extract",
    "bind_logical_immediate",
    "bind_logical_shifted",
    "bind_move_wide",
    "bind_multiply",
    "bind_multiply_high",
    "bind_multiply_long",
    "bind_one_source",
    "bind_two_source",
    "source",
    "target",
]

MASK32 = 0xFFFFFFFF

Unary = Callable[[int], int]
Binary = Callable[[int, int], int]


def source(word: int, low: int) -> int:
    """Index of a register read from the field at `low`, 31 being the zero register."""
    number = (word >> low) & 31
    return ZR if number == 31 else number


def target(word: int, low: int = 0) -> int:
    """Index of a register written, 31 being the zero register."""
    number = (word >> low) & 31
    return SINK if number == 31 else number


def _mask(word: int) -> int:
    return MASK64 if word >> 31 else MASK32


# --- shifts and extensions of the second operand


def shifter(kind: int, amount: int, width: int) -> Unary | None:
    """The function that shifts a register value; None if it leaves 64 bits alone."""
    mask = (1 << width) - 1
    if amount == 0:
        return None
    if kind == 0:
        return lambda value: (value << amount) & mask
    if kind == 1:
        return lambda value: (value & mask) >> amount
    if kind == 2:
        return lambda value: (sign_extend(value, width) >> amount) & mask
    return lambda value: ((value & mask) >> amount | value << (width - amount)) & mask


def extender(option: int, amount: int) -> Unary | None:
    """The function that extends (UXTB 0 .. SXTX 7) and shifts; None if it leaves 64 bits alone."""
    width = 8 << (option & 3)
    if width == 64 and amount == 0:
        return None
    if option & 4:
        return lambda value: (sign_extend(value, width) << amount) & MASK64
    mask = (1 << width) - 1
    return lambda value: ((value & mask) << amount) & MASK64


# --- the general shapes: one, or two, registers in, one out


def _unary(rd: int, rn: int, op: Unary) -> Run:
    """Rd = op(Rn); not a pointer."""

    def run(pe: PE) -> None:
        regs = pe.regs
        value, v, d, _ = regs[rn]
        regs[rd] = (op(value), v, d, 0)
        pe.pc += 4

    return run


def _binary(rd: int, rn: int, rm: int, op: Binary, transform: Unary | None, mask: int, pointer: bool) -> Run:
    """Rd = op(Rn, transform(Rm)) & mask. With `pointer` the result may be a pointer, if 64 bits wide."""
    keep_n = pointer and mask == MASK64
    keep_m = keep_n and transform is None

    def run(pe: PE) -> None:
        regs = pe.regs
        a, v, d, prov = regs[rn]
        b, bv, bd, bp = regs[rm]
        if transform is not None:
            b = transform(b)
        v = max(v, bv)
        d = max(d, bd)
        if not keep_n:
            prov = 0
        elif keep_m and bp:
            prov = join_prov(prov, bp)
        regs[rd] = (op(a, b) & mask, v, d, prov)
        pe.pc += 4

    return run


def _constant(rd: int, value: int) -> Run:
    result: Reg = (value, 0, 0, 0)

    def run(pe: PE) -> None:
        pe.regs[rd] = result
        pe.pc += 4

    return run


def _add_constant(rd: int, rn: int, addend: int) -> Run:
    """64-bit Rd = Rn + addend, the workhorse of address arithmetic."""
    if addend == 0:
        return _copy(rd, rn)

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
            max(bv, v),
            max(bd, d),
            prov if not bp else join_prov(prov, bp),
        )
        pe.pc += 4

    return run


def _copy(rd: int, rn: int) -> Run:
    """64-bit MOV."""

    def run(pe: PE) -> None:
        regs = pe.regs
        regs[rd] = regs[rn]
        pe.pc += 4

    return run


def _copy_narrow(rd: int, rn: int) -> Run:
    """32-bit MOV."""

    def run(pe: PE) -> None:
        regs = pe.regs
        value, v, d, _ = regs[rn]
        regs[rd] = (value & MASK32, v, d, 0)
        pe.pc += 4

    return run


# --- additions


def nzcv_of_sum(a: int, b: int, carry: int, mask: int) -> tuple[int, int]:
    """AddWithCarry: the masked sum and its NZCV. `a` and `b` are masked; subtract by adding ~b with carry 1."""
    total = a + b + carry
    result = total & mask
    sign = (mask >> 1) + 1
    nzcv = 8 if result & sign else (0 if result else 4)
    if total > mask:
        nzcv |= 2
    if ~(a ^ b) & (a ^ result) & sign:
        nzcv |= 1
    return result, nzcv


def _add_flags_constant(rd: int, rn: int, constant: int, carry: int, mask: int) -> Run:
    """Rd, flags = Rn + constant + carry."""
    wide = mask == MASK64
    sign = (mask >> 1) + 1

    def run(pe: PE) -> None:
        regs = pe.regs
        a, v, d, prov = regs[rn]
        a &= mask
        total = a + constant + carry
        result = total & mask
        nzcv = 8 if result & sign else (0 if result else 4)
        if total > mask:
            nzcv |= 2
        if ~(a ^ constant) & (a ^ result) & sign:
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
        v = max(v, bv)
        d = max(d, bd)
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
    negate, flags, mask = bits(word, 30, 1), bits(word, 29, 1), _mask(word)
    rn = bits(word, 5, 5)
    if flags:
        constant = immediate ^ mask if negate else immediate
        return _add_flags_constant(target(word), rn, constant, negate, mask)
    rd = bits(word, 0, 5)
    addend = -immediate if negate else immediate
    if mask == MASK64:
        return _add_constant(rd, rn, addend)
    return _unary(rd, rn, lambda value: (value + addend) & MASK32)


def _bind_add(word: int, rd: int, rn: int, transform: Unary | None) -> Run:
    negate, flags, mask = bits(word, 30, 1), bits(word, 29, 1), _mask(word)
    rm = source(word, 16)
    if flags:
        return _add_flags(rd, rn, rm, transform, bool(negate), mask)
    if negate:
        # A register less itself is a plain 0, though still a dependency: litmus tests build on that.
        return _binary(rd, rn, rm, operator.sub, transform, mask, pointer=rn != rm)
    if transform is None and mask == MASK64:
        return _add(rd, rn, rm)
    return _binary(rd, rn, rm, operator.add, transform, mask, pointer=True)


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
    negate, flags, mask = bits(word, 30, 1), bits(word, 29, 1), _mask(word)
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


# --- logic

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
    mask = _mask(word)
    immediate = decode_bitmask(
        bits(word, 22, 1), bits(word, 16, 6), bits(word, 10, 6), 64 if word >> 31 else 32
    )
    assert immediate is not None
    constant = immediate
    kind, rn = bits(word, 29, 2), source(word, 5)
    rd = SINK if kind == 3 else bits(word, 0, 5)
    if kind == 1 and rn == ZR:
        return _constant(rd, constant)
    op = _LOGICAL[kind]
    wide = mask == MASK64

    def run(pe: PE) -> None:
        regs = pe.regs
        value, v, d, prov = regs[rn]
        regs[rd] = (op(value, constant) & mask, v, d, prov if wide else 0)
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
    mask, kind = _mask(word), bits(word, 29, 2)
    rn, rm = source(word, 5), source(word, 16)
    rd = SINK if kind == 3 else target(word)
    transform = shifter(bits(word, 22, 2), bits(word, 10, 6), 64 if word >> 31 else 32)
    if bits(word, 21, 1):
        transform = _complemented(transform)
    elif kind == 1 and rn == ZR and transform is None:
        return _copy(rd, rm) if mask == MASK64 else _copy_narrow(rd, rm)
    # x EOR x is a plain 0 that still depends on x.
    run = _binary(rd, rn, rm, _LOGICAL[kind], transform, mask, pointer=not (kind == 2 and rn == rm))
    return _with_flags(target(word), run, mask) if kind == 3 else run


# --- moves and addresses


def bind_move_wide(word: int) -> Run:
    """MOVN, MOVZ, MOVK."""
    kind, mask, rd = bits(word, 29, 2), _mask(word), target(word)
    shift = bits(word, 21, 2) * 16
    immediate = bits(word, 5, 16) << shift
    if kind == 0:
        return _constant(rd, ~immediate & mask)
    if kind == 2:
        return _constant(rd, immediate)
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


# --- shifts and bit fields


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
        return _unary(rd, rn, move)
    keep = ~move(MASK64) & ((1 << width) - 1)
    return _binary(
        rd, source(word, 0), rn, lambda old, field: old & keep | field, move, _mask(word), pointer=False
    )


def bind_extract(word: int) -> Run:
    """EXTR, and ROR by a constant."""
    width = 64 if word >> 31 else 32
    lsb, mask = bits(word, 10, 6), (1 << width) - 1

    def extract(high: int, low: int) -> int:
        return ((high & mask) << width | low & mask) >> lsb

    return _binary(target(word), source(word, 5), source(word, 16), extract, None, mask, pointer=False)


# --- one and two sources, multiplication


def _reverse_bytes(value: int, width: int, size: int) -> int:
    """Reverse the bytes inside each group of `size` bytes."""
    data = value.to_bytes(8, "little")[: width // 8]
    groups = [data[i : i + size][::-1] for i in range(0, len(data), size)]
    return int.from_bytes(b"".join(groups), "little")


def _leading_zeros(value: int, width: int) -> int:
    return width - value.bit_length()


def bind_one_source(word: int) -> Run:
    """RBIT, REV16, REV32 (REV of W), REV, CLZ, CLS."""
    kind, width = bits(word, 10, 6), 64 if word >> 31 else 32
    mask = (1 << width) - 1
    rd, rn = target(word), source(word, 5)
    if kind == 0:
        return _unary(rd, rn, lambda value: int(format(value & mask, f"0{width}b")[::-1], 2))
    if kind < 4:
        size = 1 << kind
        return _unary(rd, rn, lambda value: _reverse_bytes(value, width, size))
    if kind == 4:
        return _unary(rd, rn, lambda value: _leading_zeros(value & mask, width))
    half = mask >> 1
    return _unary(rd, rn, lambda value: _leading_zeros((value ^ value >> 1) & half, width - 1))


def _signed_quotient(a: int, b: int, width: int) -> int:
    """Division towards zero; by zero gives zero, as the hardware does."""
    a, b = sign_extend(a, width), sign_extend(b, width)
    if b == 0:
        return 0
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


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
    return lambda a, b: ((a & mask) << width | (a & mask)) >> (b & amount)


def bind_two_source(word: int) -> Run:
    """UDIV, SDIV, and LSL, LSR, ASR, ROR by a register."""
    op = _two_source_function(bits(word, 10, 6), 64 if word >> 31 else 32)
    return _binary(target(word), source(word, 5), source(word, 16), op, None, _mask(word), pointer=False)


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
    return _multiply_add(*fields, operator.mul, sign, _mask(word))


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
        return _binary(*fields, lambda n, m: n * m >> 64, None, MASK64, pointer=False)
    return _binary(
        *fields, lambda n, m: sign_extend(n, 64) * sign_extend(m, 64) >> 64, None, MASK64, pointer=False
    )
