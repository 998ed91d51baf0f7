"""A row of the instruction table, and the shorthand its bit patterns are written in.

A pattern is 32 characters, spaces ignored: `0` and `1` are fixed bits, letters are fields. Two letters carry
meaning when a row is made for both register widths: `z` is 1 for X and 0 for W, `k` is a free bit for X and 0
for W (the top bit of a shift amount). All other letters only help the reader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .codec import Codec

if TYPE_CHECKING:
    from ftrace_actors.arm64.pe import PE

__all__ = [
    "ACCESS",
    "BARRIER",
    "CACHE",
    "PRIVATE",
    "SYNC",
    "SYSTEM",
    "Address",
    "Row",
    "Run",
    "access",
    "both_widths",
    "row",
]

# How far an instruction reaches; a scheduler may only switch where another PE could tell.
PRIVATE = 0  # registers, branches, hints
ACCESS = 1  # load, store, atomic; private after all if the address is in private memory
BARRIER = 2  # dmb, dsb
CACHE = 3  # dc, ic
SYNC = 4  # isb, sb
SYSTEM = 5  # svc, hvc, smc, brk, udf, eret, wfi, wfe

Run = Callable[["PE"], None]
Address = Callable[["PE"], int]


@dataclass(frozen=True, slots=True)
class Row:
    """One encoding of one mnemonic: how it is written, and what it does.

    Rows overlap: an alias is a row of its own that comes before the general one and accepts fewer words.
    A row with `assemble_only` is never chosen when decoding.
    """

    mnemonic: str
    mask: int
    value: int
    operands: tuple[Codec, ...]
    semantics: Callable[[int], Run]
    visible: int = PRIVATE
    address: Callable[[int], Address] | None = None
    when: Callable[[int], bool] | None = None
    assemble_only: bool = False

    def matches(self, word: int) -> bool:
        """True if `word` is this row's instruction and no field holds a reserved value."""
        if word & self.mask != self.value or self.assemble_only:
            return False
        if self.when is not None and not self.when(word):
            return False
        return all(codec.accepts(word) for codec in self.operands)


def row(
    mnemonic: str,
    pattern: str,
    operands: tuple[Codec, ...],
    semantics: Callable[[int], Run],
    *,
    visible: int = PRIVATE,
    address: Callable[[int], Address] | None = None,
    when: Callable[[int], bool] | None = None,
    assemble_only: bool = False,
) -> Row:
    """Make a row from a bit pattern."""
    pattern = pattern.replace(" ", "")
    assert len(pattern) == 32, (mnemonic, pattern)
    mask = int("".join("1" if c in "01" else "0" for c in pattern), 2)
    value = int("".join("1" if c == "1" else "0" for c in pattern), 2)
    return Row(mnemonic, mask, value, operands, semantics, visible, address, when, assemble_only)


def both_widths(
    mnemonic: str,
    pattern: str,
    operands: Callable[[int], tuple[Codec, ...]],
    semantics: Callable[[int], Run],
    *,
    when: Callable[[int], bool] | None = None,
    assemble_only: bool = False,
) -> list[Row]:
    """The X and the W row of a data-processing instruction; `operands` is asked with 64 and 32."""
    wide = pattern.replace("z", "1")
    narrow = pattern.replace("z", "0").replace("k", "0")
    return [
        row(mnemonic, wide, operands(64), semantics, when=when, assemble_only=assemble_only),
        row(mnemonic, narrow, operands(32), semantics, when=when, assemble_only=assemble_only),
    ]


def access(
    mnemonic: str,
    pattern: str,
    operands: tuple[Codec, ...],
    semantics: Callable[[int], Run],
    address: Callable[[int], Address],
    *,
    when: Callable[[int], bool] | None = None,
    assemble_only: bool = False,
) -> Row:
    """Make a row of a memory access; `address` gives the function that finds its first byte."""
    return row(
        mnemonic,
        pattern,
        operands,
        semantics,
        visible=ACCESS,
        address=address,
        when=when,
        assemble_only=assemble_only,
    )
