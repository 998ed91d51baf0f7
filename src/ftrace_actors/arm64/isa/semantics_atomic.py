"""Semantics of exclusives, compare-and-swap and the read-modify-writes of FEAT_LSE.

What they do to the timeline is the machine's affair; see `semantics_memory.py` for what holds of every access.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fields import bits
from .row import Run
from .semantics_common import source, target
from .semantics_memory import ACQUIRE, PLAIN, RELEASE, Place, base_plus, narrow

if TYPE_CHECKING:
    from ftrace_actors.arm64.pe import PE

__all__ = ["bind_atomic", "bind_clear_exclusive", "bind_compare_and_swap", "bind_exclusive"]


def _clear_exclusive(pe: PE) -> None:
    pe.clear_exclusive()
    pe.pc += 4


def bind_clear_exclusive(_word: int) -> Run:
    """CLREX."""
    return _clear_exclusive


def _load_exclusive(rt: int, place: Place, size: int, order: int) -> Run:
    def run(pe: PE) -> None:
        result = pe.load_exclusive(place(pe), size, order)
        if pe.fault:
            return
        pe.regs[rt] = result
        pe.pc += 4

    return run


def _store_exclusive(rs: int, rt: int, place: Place, size: int, order: int) -> Run:
    cut = None if size == 8 else narrow(size)

    def run(pe: PE) -> None:
        data = pe.regs[rt]
        status = pe.store_exclusive(place(pe), size, data if cut is None else cut(data), order)
        if pe.fault:
            return
        pe.regs[rs] = status
        pe.pc += 4

    return run


def bind_exclusive(word: int) -> Run:
    """LDXR, LDAXR, STXR, STLXR."""
    size, ordered, place = 1 << bits(word, 30, 2), bits(word, 15, 1), base_plus(bits(word, 5, 5), 0)
    if bits(word, 22, 1):
        return _load_exclusive(target(word), place, size, ACQUIRE if ordered else PLAIN)
    return _store_exclusive(target(word, 16), source(word, 0), place, size, RELEASE if ordered else PLAIN)


def bind_compare_and_swap(word: int) -> Run:
    """CAS, CASA, CASL, CASAL and the narrow ones; the old value goes to the register compared with.

    Where that is the zero register there is no acquire, whatever the mnemonic says (Arm ARM C6.2, CAS).
    """
    size, place = 1 << bits(word, 30, 2), base_plus(bits(word, 5, 5), 0)
    compare_from, rs, rt = source(word, 16), target(word, 16), source(word, 0)
    dest = bits(word, 16, 5) < 31
    order = (ACQUIRE if dest and bits(word, 22, 1) else 0) | (RELEASE if bits(word, 15, 1) else 0)
    cut = None if size == 8 else narrow(size)

    def run(pe: PE) -> None:
        compare, new = pe.regs[compare_from], pe.regs[rt]
        if cut is not None:
            compare, new = cut(compare), cut(new)
        result = pe.cas(place(pe), size, compare, new, order, dest)
        if pe.fault:
            return
        pe.regs[rs] = result
        pe.pc += 4

    return run


_ATOMIC_OPERATIONS = ("add", "clr", "eor", "set", "smax", "smin", "umax", "umin", "swp")


def bind_atomic(word: int) -> Run:
    """LDADD, LDCLR, LDEOR, LDSET, LDSMAX, LDSMIN, LDUMAX, LDUMIN, SWP, and ST<op>, whose target is xzr.

    Without a target there is no acquire, whatever the mnemonic says (Arm ARM C6.2, of each of them).
    """
    size, place = 1 << bits(word, 30, 2), base_plus(bits(word, 5, 5), 0)
    op = _ATOMIC_OPERATIONS[bits(word, 12, 4)]
    rs, rt = source(word, 16), target(word)
    dest = rt < 31
    order = (ACQUIRE if dest and bits(word, 23, 1) else 0) | (RELEASE if bits(word, 22, 1) else 0)
    cut = None if size == 8 else narrow(size)

    def run(pe: PE) -> None:
        operand = pe.regs[rs]
        result = pe.amo(place(pe), size, op, operand if cut is None else cut(operand), order, dest)
        if pe.fault:
            return
        pe.regs[rt] = result
        pe.pc += 4

    return run
