"""Semantics of pairs: two registers and one address.

LDP, STP and their kin are two accesses, the lower address first.  The exclusive and the atomic pairs are one: of 8
bytes for W registers, which the machine knows as any other access, and of 16 for X registers, for which it has methods
of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftrace_actors.arm64.registers import MASK64, Reg

from .fields import bits, sign_extend
from .row import Address, Run
from .semantics_common import MASK32, Unary, source, target
from .semantics_memory import (
    ACQUIRE,
    ACQUIRE_PC,
    PLAIN,
    RELEASE,
    Place,
    base_plus,
    narrow,
    number_of,
    sign_extended,
    written_back,
)

if TYPE_CHECKING:
    from ftrace_actors.arm64.pe import PE

__all__ = [
    "address_ordered_pair",
    "address_pair",
    "bind_atomic_pair",
    "bind_compare_and_swap_pair",
    "bind_exclusive_pair",
    "bind_ordered_pair",
    "bind_pair",
]


# --- LDP and STP


def _pair_size(word: int) -> int:
    """Bytes of one register of LDP, STP, LDPSW."""
    return 8 if word >> 31 else 4


def _pair_offset(word: int) -> int:
    return sign_extend(word >> 15, 7) * _pair_size(word)


def _place(word: int) -> Place:
    """No-allocate (0 in bits 23-24), post-indexed (1), offset (2), pre-indexed (3)."""
    post = bits(word, 23, 2) == 1
    return base_plus(bits(word, 5, 5), 0 if post else _pair_offset(word))


def address_pair(word: int) -> Address:
    """Lower address of a pair."""
    return number_of(_place(word))


def _after(a: Reg, size: int) -> Reg:
    return (a[0] + size) & MASK64, a[1], a[2], a[3]


def _faulted(pe: PE) -> bool:
    """Ask afresh: a second access follows, and a type checker would take the first answer for granted."""
    return bool(pe.fault)


def _load_pair(first: int, second: int, place: Place, size: int, extend: Unary | None, order: int) -> Run:
    def run(pe: PE) -> None:
        a = place(pe)
        if pe.options.lse2 and pe.joined(a[0], 2 * size):
            low, high = pe.load_wide(a, order) if size == 8 else _halves(pe.load(a, 8, order, True))
            if _faulted(pe):
                return
        else:
            low = pe.load(a, size, order, first < 31)
            if _faulted(pe):
                return
            high = pe.load(_after(a, size), size, order, second < 31)
            if _faulted(pe):
                return
        if extend is not None:
            low = extend(low[0]), low[1], low[2], low[3]
            high = extend(high[0]), high[1], high[2], high[3]
        pe.regs[first] = low
        pe.regs[second] = high
        pe.pc += 4

    return run


def _store_pair(first: int, second: int, place: Place, size: int, order: int, downwards: bool = False) -> Run:
    cut = None if size == 8 else narrow(size)

    def run(pe: PE) -> None:
        a, low, high = place(pe), pe.regs[first], pe.regs[second]
        if cut is not None:
            low, high = cut(low), cut(high)
        if pe.options.lse2 and pe.joined(a[0], 2 * size):
            if size == 8:
                pe.store_wide(a, low, high, order)
            else:
                pe.store(a, 8, _joined(low, high), order)
        else:
            halves = (a, low), (_after(a, size), high)
            for at, data in reversed(halves) if downwards else halves:
                pe.store(at, size, data, order)
                if _faulted(pe):
                    return
        if _faulted(pe):
            return
        pe.pc += 4

    return run


def bind_pair(word: int) -> Run:
    """LDP, STP, LDPSW; offset, pre-indexed and post-indexed.  LDNP and STNP, whose hint changes nothing here."""
    place, size = _place(word), _pair_size(word)
    if bits(word, 22, 1):
        extend = sign_extended(4, 64) if bits(word, 30, 2) == 1 else None
        inner = _load_pair(target(word), target(word, 10), place, size, extend, PLAIN)
    else:
        inner = _store_pair(source(word, 0), source(word, 10), place, size, PLAIN)
    if bits(word, 23, 1) == 0:
        return inner
    return written_back(inner, bits(word, 5, 5), _pair_offset(word))


# --- LDIAPP and STILP


def _moved(word: int) -> int:
    """What is added to the base: LDIAPP afterwards, STILP before; 0 in the forms that leave it alone."""
    if bits(word, 12, 4):
        return 0
    size = 2 << bits(word, 30, 2)
    return size if bits(word, 22, 1) else -size


def address_ordered_pair(word: int) -> Address:
    """Lower address of LDIAPP and STILP."""
    return number_of(base_plus(bits(word, 5, 5), min(0, _moved(word))))


def bind_ordered_pair(word: int) -> Run:
    """LDIAPP and STILP (FEAT_LRCPC3): two accesses, in order for everybody (Arm ARM C6.2, LDIAPP and STILP).

    The first register comes first, as when two are popped; with a base that moves down before it STILP stores the
    second one first, as when two are pushed.
    """
    size, rn, moved = 1 << bits(word, 30, 2), bits(word, 5, 5), _moved(word)
    place = base_plus(rn, min(0, moved))
    if bits(word, 22, 1):
        inner = _load_pair(target(word), target(word, 16), place, size, None, ACQUIRE_PC)
    else:
        inner = _store_pair(source(word, 0), source(word, 16), place, size, RELEASE, downwards=moved < 0)
    return written_back(inner, rn, moved) if moved else inner


# --- two W registers in one access of 8 bytes


def _joined(low: Reg, high: Reg) -> Reg:
    """Two W registers as the 8 bytes they stand for in memory."""
    return (low[0] & MASK32 | (high[0] & MASK32) << 32, max(low[1], high[1]), max(low[2], high[2]), 0)


def _halves(both: Reg) -> tuple[Reg, Reg]:
    value, v, d, _ = both
    return (value & MASK32, v, d, 0), (value >> 32, v, d, 0)


# --- exclusive pairs


def _load_exclusive(first: int, second: int, place: Place, wide: bool, order: int) -> Run:
    def run(pe: PE) -> None:
        a = place(pe)
        low, high = pe.load_exclusive_pair(a, order) if wide else _halves(pe.load_exclusive(a, 8, order))
        if pe.fault:
            return
        pe.regs[first] = low
        pe.regs[second] = high
        pe.pc += 4

    return run


def _store_exclusive(rs: int, first: int, second: int, place: Place, wide: bool, order: int) -> Run:
    def run(pe: PE) -> None:
        a, low, high = place(pe), pe.regs[first], pe.regs[second]
        if wide:
            status = pe.store_exclusive_pair(a, low, high, order)
        else:
            status = pe.store_exclusive(a, 8, _joined(low, high), order)
        if pe.fault:
            return
        pe.regs[rs] = status
        pe.pc += 4

    return run


def bind_exclusive_pair(word: int) -> Run:
    """LDXP, LDAXP, STXP, STLXP."""
    place, wide, ordered = base_plus(bits(word, 5, 5), 0), bool(bits(word, 30, 1)), bits(word, 15, 1)
    if bits(word, 22, 1):
        return _load_exclusive(target(word), target(word, 10), place, wide, ACQUIRE if ordered else PLAIN)
    rs, first, second = target(word, 16), source(word, 0), source(word, 10)
    return _store_exclusive(rs, first, second, place, wide, RELEASE if ordered else PLAIN)


# --- compare and swap


def bind_compare_and_swap_pair(word: int) -> Run:
    """CASP, CASPA, CASPL, CASPAL; the old values go to the registers compared with."""
    place, wide = base_plus(bits(word, 5, 5), 0), bool(bits(word, 30, 1))
    order = (ACQUIRE if bits(word, 22, 1) else 0) | (RELEASE if bits(word, 15, 1) else 0)
    first, second = source(word, 16), source(word + (1 << 16), 16)
    news = source(word, 0), source(word + 1, 0)
    rs, rs2 = target(word, 16), target(word + (1 << 16), 16)

    def run(pe: PE) -> None:
        a, regs = place(pe), pe.regs
        compare, new = (regs[first], regs[second]), (regs[news[0]], regs[news[1]])
        if wide:
            low, high = pe.cas_pair(a, compare, new, order)
        else:
            low, high = _halves(pe.cas(a, 8, _joined(*compare), _joined(*new), order))
        if pe.fault:
            return
        regs[rs] = low
        regs[rs2] = high
        pe.pc += 4

    return run


# --- read-modify-write


_ATOMIC_OPERATIONS = {1: "clr", 3: "set", 8: "swp"}


def bind_atomic_pair(word: int) -> Run:
    """LDCLRP, LDSETP, SWPP (FEAT_LSE128); the old values go to the registers the operands came from."""
    place, op = base_plus(bits(word, 5, 5), 0), _ATOMIC_OPERATIONS[bits(word, 12, 4)]
    order = (ACQUIRE if bits(word, 23, 1) else 0) | (RELEASE if bits(word, 22, 1) else 0)
    first, second = bits(word, 0, 5), bits(word, 16, 5)

    def run(pe: PE) -> None:
        regs = pe.regs
        low, high = pe.amo_pair(place(pe), op, (regs[first], regs[second]), order)
        if pe.fault:
            return
        regs[first] = low
        regs[second] = high
        pe.pc += 4

    return run
