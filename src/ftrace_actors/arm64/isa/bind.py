"""From a word to something a machine can run: decoded once, bound once, run often."""

from __future__ import annotations

from functools import lru_cache

from ..registers import ZR
from .decode import Instruction, decode
from .row import Address, Run

__all__ = ["Bound", "bind"]


class Bound:
    """A word ready to run. It holds no state and no address, so all machines share it.

    `visible` says how far the instruction reaches (`PRIVATE` to `SYSTEM`); `address` gives, without any effect,
    the first byte an access or a cache operation names, and is None for all others; `base` is the register an access
    starts from (ZR for a literal load); `run` does it.
    """

    __slots__ = ("address", "base", "insn", "run", "visible")

    def __init__(self, insn: Instruction) -> None:
        row = insn.row
        self.insn = insn
        self.visible = row.visible
        self.address: Address | None = None if row.address is None else row.address(insn.word)
        literal = insn.word >> 27 & 7 == 3 and insn.word >> 24 & 3 == 0
        self.base = ZR if literal else insn.word >> 5 & 31
        self.run: Run = row.semantics(insn.word)

    def __repr__(self) -> str:
        return f"Bound({self.insn.mnemonic}, {self.insn.word:#010x})"


@lru_cache(maxsize=1 << 16)
def bind(word: int) -> Bound:
    """The bound form of a 32-bit word; the same object every time."""
    return Bound(decode(word))
