"""Semantics of memory access: addresses, loads, stores, acquire and release.

What an access does to the timeline is the machine's affair (`pe.load`, `pe.store`, ...). This module computes
the address with its views, hands over size and ordering, and puts the result where it belongs. After an access
that faulted nothing is written: not the target, not the base, not the program counter.

Each binder has an address twin that gives the first byte's address without any effect; a scheduler asks it
whether the access is private.
"""

# max() is a call, and these run once an instruction.
# ruff: noqa: FURB136

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ftrace_actors.arm64.registers import MASK64, WORD, Reg, join_prov

from .fields import bits, sign_extend
from .row import Address, Run
from .semantics_common import Unary, extender, source, target

if TYPE_CHECKING:
    from ftrace_actors.arm64.pe import PE

__all__ = [
    "ACQUIRE",
    "ACQUIRE_PC",
    "PLAIN",
    "RELEASE",
    "Place",
    "address_base",
    "address_indexed",
    "address_literal",
    "address_ordered_moving",
    "address_register",
    "address_scaled",
    "address_unscaled",
    "base_plus",
    "bind_indexed",
    "bind_literal",
    "bind_ordered",
    "bind_ordered_moving",
    "bind_ordered_unscaled",
    "bind_register",
    "bind_scaled",
    "bind_unprivileged",
    "narrow",
    "number_of",
    "sign_extended",
    "written_back",
]

# Ordering of an access, as the machine's methods take it. Atomics use the sum of two.
PLAIN = 0
ACQUIRE = 1  # LDAR, LDAXR, A atomics
ACQUIRE_PC = 2  # LDAPR
RELEASE = 4  # STLR, STLXR, L atomics

Place = Callable[["PE"], Reg]


# --- addresses


def base_plus(rn: int, offset: int) -> Place:
    """A base register plus a constant."""

    def place(pe: PE) -> Reg:
        value, v, d, prov = pe.regs[rn]
        return (value + offset) & MASK64, v, d, prov

    return place


def _base_plus_register(rn: int, rm: int, extend: Unary | None) -> Place:
    def place(pe: PE) -> Reg:
        a, v, d, prov = pe.regs[rn]
        b, bv, bd, bp = pe.regs[rm]
        if extend is not None:
            b = extend(b)
        elif bp:
            prov = join_prov(prov, bp)
        return (a + b) & MASK64, v if v > bv else bv, d if d > bd else bd, prov

    return place


def _pc_plus(offset: int) -> Place:
    def place(pe: PE) -> Reg:
        return (pe.pc + offset) & MASK64, 0, 0, 0

    return place


def number_of(place: Place) -> Address:
    """A place without its views."""

    def address(pe: PE) -> int:
        return place(pe)[0]

    return address


def _place_unscaled(word: int) -> Place:
    return base_plus(bits(word, 5, 5), sign_extend(word >> 12, 9))


def _scaled_offset(word: int) -> int:
    return bits(word, 10, 12) << bits(word, 30, 2)


def _place_register(word: int) -> Place:
    amount = bits(word, 30, 2) if bits(word, 12, 1) else 0
    return _base_plus_register(bits(word, 5, 5), source(word, 16), extender(bits(word, 13, 3), amount))


def _place_indexed(word: int) -> Place:
    """Unscaled (0 in bits 10-11), post-indexed (1), pre-indexed (3)."""
    post = bits(word, 10, 2) == 1
    return base_plus(bits(word, 5, 5), 0 if post else sign_extend(word >> 12, 9))


def address_scaled(word: int) -> Address:
    """Address of the unsigned-offset form."""
    return number_of(base_plus(bits(word, 5, 5), _scaled_offset(word)))


def address_register(word: int) -> Address:
    """Address of the register-offset form."""
    return number_of(_place_register(word))


def address_indexed(word: int) -> Address:
    """Address of the unscaled, pre-indexed and post-indexed forms."""
    return number_of(_place_indexed(word))


def address_unscaled(word: int) -> Address:
    """Address of the forms that only have an unscaled offset."""
    return number_of(_place_unscaled(word))


def address_literal(word: int) -> Address:
    """Address of a pc-relative literal."""
    return number_of(_pc_plus(sign_extend(word >> 5, 19) * 4))


def address_base(word: int) -> Address:
    """Address of the forms with a bare base register."""
    return number_of(base_plus(bits(word, 5, 5), 0))


# --- values


def narrow(size: int) -> Callable[[Reg], Reg]:
    """Cut a register to the bytes an access stores; a cut pointer is not a pointer, a whole instruction is one."""
    mask = (1 << (8 * size)) - 1
    kept = WORD if size == 4 else 0

    def cut(data: Reg) -> Reg:
        return data[0] & mask, data[1], data[2], kept if data[3] == WORD else 0

    return cut


def sign_extended(size: int, width: int) -> Unary:
    """The function that fills a register of `width` bits from `size` bytes."""
    mask = (1 << width) - 1
    return lambda value: sign_extend(value, 8 * size) & mask


# --- plain loads and stores


def _load_offset(rt: int, rn: int, offset: int, size: int) -> Run:
    """The common load: base plus constant, zero-extended."""
    dest = rt < 31

    def run(pe: PE) -> None:
        regs = pe.regs
        value, v, d, prov = regs[rn]
        result = pe.load(((value + offset) & MASK64, v, d, prov), size, PLAIN, dest)
        if pe.fault:
            return
        regs[rt] = result
        pe.pc += 4

    return run


def _store_offset(rt: int, rn: int, offset: int) -> Run:
    """The common store: base plus constant, eight bytes."""

    def run(pe: PE) -> None:
        regs = pe.regs
        value, v, d, prov = regs[rn]
        pe.store(((value + offset) & MASK64, v, d, prov), 8, regs[rt], PLAIN)
        if pe.fault:
            return
        pe.pc += 4

    return run


def _load(rt: int, place: Place, size: int, order: int, extend: Unary | None) -> Run:
    dest = rt < 31

    def run(pe: PE) -> None:
        result = pe.load(place(pe), size, order, dest)
        if pe.fault:
            return
        if extend is not None:
            value, v, d, prov = result
            result = extend(value), v, d, prov
        pe.regs[rt] = result
        pe.pc += 4

    return run


def _store(rt: int, place: Place, size: int, order: int) -> Run:
    cut = None if size == 8 else narrow(size)

    def run(pe: PE) -> None:
        data = pe.regs[rt]
        pe.store(place(pe), size, data if cut is None else cut(data), order)
        if pe.fault:
            return
        pe.pc += 4

    return run


def written_back(inner: Run, rn: int, offset: int) -> Run:
    """Run an access, then add `offset` to its base register, which the access itself never writes."""

    def run(pe: PE) -> None:
        inner(pe)
        if pe.fault:
            return
        value, v, d, prov = pe.regs[rn]
        pe.regs[rn] = (value + offset) & MASK64, v, d, prov

    return run


def _extension(word: int) -> Unary | None:
    """How the loaded bytes fill the register: opc 1 zero, 2 sign to 64 bits, 3 sign to 32 bits."""
    opc = bits(word, 22, 2)
    if opc < 2:
        return None
    return sign_extended(1 << bits(word, 30, 2), 64 if opc == 2 else 32)


def _transfer(word: int, place: Place) -> Run:
    size = 1 << bits(word, 30, 2)
    if bits(word, 22, 2) == 0:
        return _store(source(word, 0), place, size, PLAIN)
    return _load(target(word), place, size, PLAIN, _extension(word))


def _at_offset(word: int, offset: int) -> Run:
    """A load or store at a base register plus a constant."""
    opc, size, rn = bits(word, 22, 2), bits(word, 30, 2), bits(word, 5, 5)
    if opc == 1:
        return _load_offset(target(word), rn, offset, 1 << size)
    if opc == 0 and size == 3:
        return _store_offset(source(word, 0), rn, offset)
    return _transfer(word, base_plus(rn, offset))


def bind_scaled(word: int) -> Run:
    """LDR, STR and their sizes, unsigned scaled offset."""
    return _at_offset(word, _scaled_offset(word))


def bind_indexed(word: int) -> Run:
    """LDUR, STUR and the pre-indexed and post-indexed LDR, STR."""
    rn, mode, offset = bits(word, 5, 5), bits(word, 10, 2), sign_extend(word >> 12, 9)
    inner = _at_offset(word, 0 if mode == 1 else offset)
    return written_back(inner, rn, offset) if mode else inner


def bind_unprivileged(word: int) -> Run:
    """LDTR, STTR and their sizes: plain accesses, because permissions are not modelled."""
    return _at_offset(word, sign_extend(word >> 12, 9))


def bind_register(word: int) -> Run:
    """LDR, STR and their sizes, register offset."""
    return _transfer(word, _place_register(word))


def bind_literal(word: int) -> Run:
    """LDR and LDRSW (literal)."""
    kind = bits(word, 30, 2)
    place = _pc_plus(sign_extend(word >> 5, 19) * 4)
    return _load(
        target(word), place, 8 if kind == 1 else 4, PLAIN, sign_extended(4, 64) if kind == 2 else None
    )


# --- ordered accesses


def bind_ordered(word: int) -> Run:
    """LDAR, STLR, LDAPR; LDLAR and STLLR, of which there is one region here (FEAT_LOR)."""
    size, place = 1 << bits(word, 30, 2), base_plus(bits(word, 5, 5), 0)
    if bits(word, 24, 6) == 0b111000:
        return _load(target(word), place, size, ACQUIRE_PC, None)
    if bits(word, 22, 1):
        return _load(target(word), place, size, ACQUIRE, None)
    return _store(source(word, 0), place, size, RELEASE)


def bind_ordered_moving(word: int) -> Run:
    """LDAPR with its base moved on, STLR with its base moved back first (FEAT_LRCPC3)."""
    size, rn = 1 << bits(word, 30, 2), bits(word, 5, 5)
    if bits(word, 22, 1):
        return written_back(_load(target(word), base_plus(rn, 0), size, ACQUIRE_PC, None), rn, size)
    return written_back(_store(source(word, 0), base_plus(rn, -size), size, RELEASE), rn, -size)


def address_ordered_moving(word: int) -> Address:
    """Address of the same."""
    return number_of(base_plus(bits(word, 5, 5), 0 if bits(word, 22, 1) else -(1 << bits(word, 30, 2))))


def bind_ordered_unscaled(word: int) -> Run:
    """LDAPUR, STLUR and their sizes (FEAT_LRCPC2): like LDAPR and STLR, at an unscaled offset."""
    size, place = 1 << bits(word, 30, 2), _place_unscaled(word)
    if bits(word, 22, 2) == 0:
        return _store(source(word, 0), place, size, RELEASE)
    return _load(target(word), place, size, ACQUIRE_PC, _extension(word))
