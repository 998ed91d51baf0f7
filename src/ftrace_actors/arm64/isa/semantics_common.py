"""What the semantics of data processing share: operand transformations and the general closures.

Each `bind_*` of the semantics modules takes a word and returns the closure that runs it, with register indices
and immediates already extracted. A machine runs these closures millions of times, so the common 64-bit forms
have closures of their own and the rest share the ones here.

Views: a result joins v and d of its sources; immediates have 0 and join nothing. Provenance follows pointers
through additions and logic. A 32-bit result, a product, or a field cut out of a pointer is not a pointer.
"""

# max() is a call, and these run once an instruction.

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ftrace_actors.arm64.registers import MASK64, SINK, WORD, ZR, Reg, join_prov

from .fields import sign_extend
from .row import Run

if TYPE_CHECKING:
    from ftrace_actors.arm64.pe import PE

__all__ = [
    "MASK32",
    "Binary",
    "Unary",
    "binary",
    "constant",
    "copy",
    "copy_narrow",
    "extender",
    "mask_of",
    "nzcv_of_sum",
    "shifter",
    "source",
    "target",
    "unary",
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


def mask_of(word: int) -> int:
    """All ones, as wide as the registers of the instruction: bit 31 tells."""
    return MASK64 if word >> 31 else MASK32


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


def unary(rd: int, rn: int, op: Unary) -> Run:
    """Rd = op(Rn); not a pointer."""

    def run(pe: PE) -> None:
        regs = pe.regs
        value, v, d, _ = regs[rn]
        regs[rd] = (op(value), v, d, 0)
        pe.pc += 4

    return run


def binary(rd: int, rn: int, rm: int, op: Binary, transform: Unary | None, mask: int, pointer: bool) -> Run:
    """Rd = op(Rn, transform(Rm)) & mask. With `pointer` the result may be a pointer, if 64 bits wide."""
    keep_n = pointer and mask == MASK64
    keep_m = keep_n and transform is None

    def run(pe: PE) -> None:
        regs = pe.regs
        a, v, d, prov = regs[rn]
        b, bv, bd, bp = regs[rm]
        if transform is not None:
            b = transform(b)
        if bv > v:
            v = bv
        if bd > d:
            d = bd
        if not keep_n:
            prov = 0
        elif keep_m and bp:
            prov = join_prov(prov, bp)
        regs[rd] = (op(a, b) & mask, v, d, prov)
        pe.pc += 4

    return run


def constant(rd: int, value: int) -> Run:
    """Rd = a constant, which depends on nothing."""
    result: Reg = (value, 0, 0, 0)

    def run(pe: PE) -> None:
        pe.regs[rd] = result
        pe.pc += 4

    return run


def copy(rd: int, rn: int) -> Run:
    """64-bit MOV."""

    def run(pe: PE) -> None:
        regs = pe.regs
        regs[rd] = regs[rn]
        pe.pc += 4

    return run


def copy_narrow(rd: int, rn: int) -> Run:
    """32-bit MOV."""

    def run(pe: PE) -> None:
        regs = pe.regs
        value, v, d, prov = regs[rn]
        regs[rd] = (value & MASK32, v, d, WORD if prov == WORD else 0)
        pe.pc += 4

    return run


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
