"""Register values as the model sees them: a number, two views, and where a pointer came from.

A register is a plain tuple because it is made once an instruction, and nothing in Python is cheaper to
make. A machine keeps 34 of them: x0..x30, the stack pointer, and two slots that stand for the zero register,
one that is only read and one that is only written. With two slots no instruction has to test for xzr.
"""

from __future__ import annotations

__all__ = ["MASK64", "SINK", "SP", "WORD", "WORD_MARK", "ZERO", "ZR", "Reg", "fresh", "join_prov", "shown"]

#: (value, v, d, prov). value: unsigned, 64 bits. v: timestamp of the dependency view. d: timestamp of the pick
#: view (what chose the value). prov: allocation a pointer came from; 0 none or static, -1 torn or mixed.
Reg = tuple[int, int, int, int]

#: prov of the word of an instruction, as litmus tests tell it from a number; unlike a pointer it survives in 32 bits.
WORD = -2

#: What a final value has on top if it is such a word.
WORD_MARK = 1 << 64

ZERO: Reg = (0, 0, 0, 0)
MASK64 = (1 << 64) - 1

SP = 31
ZR = 32  # read for xzr; always ZERO
SINK = 33  # written for xzr; never read


def fresh() -> list[Reg]:
    """All registers at their reset value, indexed 0..30, SP, ZR, SINK."""
    return [ZERO] * 34


def shown(reg: Reg) -> int:
    """The value as it counts in the end: with its mark, if it is the word of an instruction."""
    return reg[0] | WORD_MARK if reg[3] == WORD else reg[0]


def join_prov(p: int, q: int) -> int:
    """Provenance of a value computed from two: the known one, the common one, or -1 for a mixture."""
    if p == q or not q:
        return p
    return -1 if p else q
