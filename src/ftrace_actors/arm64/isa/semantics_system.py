"""Semantics of barriers, cache maintenance, system registers, exceptions and hints.

Nearly everything here is a call into the machine. An instruction that takes or returns from an exception leaves
the program counter to the machine; it still points at the instruction when the machine is called. All others
step over themselves. TLB maintenance, prefetches and the hints we do not model do nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .codecs_name import BARRIER_DOMAINS, SYSTEM_REGISTERS
from .fields import bits
from .row import Address, Run
from .semantics_common import source, target

if TYPE_CHECKING:
    from ftrace_actors.arm64.pe import PE

__all__ = [
    "address_operand",
    "bind_barrier",
    "bind_barrier_nxs",
    "bind_data_cache",
    "bind_eret",
    "bind_exception",
    "bind_instruction_cache",
    "bind_isb",
    "bind_nop",
    "bind_pstate",
    "bind_read_system",
    "bind_sb",
    "bind_undefined",
    "bind_wait",
    "bind_write_system",
]


def _nop(pe: PE) -> None:
    pe.pc += 4


def bind_nop(_word: int) -> Run:
    """NOP and everything that is none of our business."""
    return _nop


def bind_wait(word: int) -> Run:
    """WFE and WFI."""
    name = "wfi" if bits(word, 5, 3) == 3 else "wfe"

    def run(pe: PE) -> None:
        pe.wait_hint(name)
        pe.pc += 4

    return run


def bind_barrier(word: int) -> Run:
    """DMB and DSB. Reserved domains act as full system, as the architecture says."""
    kind = "dmb" if bits(word, 5, 3) == 5 else "dsb"
    domain = BARRIER_DOMAINS.get(bits(word, 8, 4), "sy")

    def run(pe: PE) -> None:
        pe.barrier(kind, domain)
        pe.pc += 4

    return run


def bind_barrier_nxs(word: int) -> Run:
    """DSB nXS (FEAT_XS): like the DSB of its domain; what it need not wait for is not modelled."""
    domain = ("osh", "nsh", "ish", "sy")[bits(word, 10, 2)]

    def run(pe: PE) -> None:
        pe.barrier("dsb", domain)
        pe.pc += 4

    return run


def _isb(pe: PE) -> None:
    pe.isb()
    pe.pc += 4


def bind_isb(_word: int) -> Run:
    """ISB."""
    return _isb


def _sb(pe: PE) -> None:
    pe.sb()
    pe.pc += 4


def bind_sb(_word: int) -> Run:
    """SB."""
    return _sb


def address_operand(word: int) -> Address:
    """Address operand of DC and IC, in the register field at bit 0."""
    rt = source(word, 0)

    def address(pe: PE) -> int:
        return pe.regs[rt][0]

    return address


def bind_data_cache(word: int) -> Run:
    """DC by address.  Those to the point of coherency or beyond reach the PoU on the way, if the options say so."""
    rt, to_pou = source(word, 0), bits(word, 8, 4) == 11

    def run(pe: PE) -> None:
        if to_pou or pe.options.cleans_to_pou:
            pe.dc(pe.regs[rt])
        if pe.fault:
            return
        pe.pc += 4

    return run


def bind_instruction_cache(word: int) -> Run:
    """IC IVAU, IC IALLU (this PE only), IC IALLUIS."""
    if bits(word, 5, 14) == 0b011_0111_0101_001:
        rt = source(word, 0)

        def run_line(pe: PE) -> None:
            pe.ic(pe.regs[rt], True)
            if pe.fault:
                return
            pe.pc += 4

        return run_line
    broadcast = bits(word, 8, 4) == 1

    def run_all(pe: PE) -> None:
        pe.ic(None, broadcast)
        pe.pc += 4

    return run_all


def bind_read_system(word: int) -> Run:
    """MRS."""
    name, rt = SYSTEM_REGISTERS[bits(word, 5, 16)], target(word)

    def run(pe: PE) -> None:
        pe.regs[rt] = pe.read_sysreg(name)
        pe.pc += 4

    return run


def bind_write_system(word: int) -> Run:
    """MSR (register)."""
    name, rt = SYSTEM_REGISTERS[bits(word, 5, 16)], source(word, 0)

    def run(pe: PE) -> None:
        pe.write_sysreg(name, pe.regs[rt])
        pe.pc += 4

    return run


def bind_pstate(word: int) -> Run:
    """MSR DAIFSet and MSR DAIFClr."""
    mask, clear = bits(word, 8, 4), bits(word, 5, 1)

    def run_set(pe: PE) -> None:
        pe.daif_set(mask)
        pe.pc += 4

    def run_clear(pe: PE) -> None:
        pe.daif_clear(mask)
        pe.pc += 4

    return run_clear if clear else run_set


_EXCEPTIONS = {1: "svc", 2: "hvc", 3: "smc"}


def bind_exception(word: int) -> Run:
    """SVC, HVC, SMC, BRK, UDF; HLT, which is undefined where halting is off."""
    if word >> 16 == 0:
        kind, immediate = "udf", word & 0xFFFF
    elif bits(word, 21, 3) == 2:
        kind, immediate = "udf", bits(word, 5, 16)
    else:
        kind, immediate = _EXCEPTIONS.get(bits(word, 0, 2), "brk"), bits(word, 5, 16)
    return _exception(kind, immediate)


def bind_undefined(_word: int) -> Run:
    """A word that is not an instruction we know: UDF with immediate 0."""
    return _exception("udf", 0)


def _exception(kind: str, immediate: int) -> Run:
    def run(pe: PE) -> None:
        pe.exception(kind, immediate)

    return run


def _eret(pe: PE) -> None:
    pe.eret()


def bind_eret(_word: int) -> Run:
    """ERET."""
    return _eret
