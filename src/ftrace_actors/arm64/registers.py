"""Register values as the model sees them: a number, two views, and where a pointer came from.

A register is a plain tuple because it is made once an instruction, and nothing in Python is cheaper to
make. A machine keeps 34 of them: x0..x30, the stack pointer, and two slots that stand for the zero register,
one that is only read and one that is only written. With two slots no instruction has to test for xzr.
"""

from __future__ import annotations

__all__ = ["MASK64", "SINK", "SP", "ZERO", "ZR", "Reg", "fresh", "join_prov"]

#: (value, v, d, prov). value: unsigned, 64 bits. v: timestamp of the dependency view. d: timestamp of the pick
#: view (what chose the value). prov: allocation a pointer came from; 0 none or static, -1 torn or mixed.
Reg = tuple[int, int, int, int]

ZERO: Reg = (0, 0, 0, 0)
MASK64 = (1 << 64) - 1

SP = 31
ZR = 32  # read for xzr; always ZERO
SINK = 33  # written for xzr; never read


def fresh() -> list[Reg]:
    """All registers at their reset value, indexed 0..30, SP, ZR, SINK."""
    return [ZERO] * 34


def join_prov(p: int, q: int) -> int:
    """Provenance of a value computed from two: the known one, the common one, or -1 for a mixture."""
    if p == q or not q:
        return p
    return -1 if p else q
