"""From a word to its row and operands.

The rows are sorted into a tree once: at each node the bits that *all* rows left have fixed choose the branch.
No node asks more than one dictionary, and the leaves hold a few rows in table order, aliases first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from .operands import Operand
from .row import Row
from .table import ROWS, UNKNOWN

__all__ = ["Instruction", "decode"]


@dataclass(frozen=True, slots=True)
class Instruction:
    """A decoded word. `mnemonic` is the preferred one (`mov`, not `orr`), lower case, `b.eq` with condition.

    A word that is not a known instruction has the mnemonic `.inst` and itself as operand.
    """

    word: int
    mnemonic: str
    operands: tuple[Operand, ...]
    row: Row


class _Node:
    """Branches on the bits in `mask`, or is a leaf with `rows` if there are none to branch on."""

    __slots__ = ("branches", "mask", "rows")

    def __init__(self, rows: Sequence[Row], used: int) -> None:
        self.mask = reduce(lambda mask, each: mask & each.mask, rows, 0xFFFFFFFF) & ~used
        self.rows = tuple(rows)
        groups: dict[int, list[Row]] = {}
        if self.mask and len(rows) > 1:
            for each in rows:
                groups.setdefault(each.value & self.mask, []).append(each)
        self.branches = {value: _Node(group, used | self.mask) for value, group in groups.items()}


_ROOT = _Node([each for each in ROWS if not each.assemble_only], 0)


def find_row(word: int) -> Row:
    """The first row in table order that `word` belongs to, `UNKNOWN` if none."""
    node = _ROOT
    while node.branches:
        below = node.branches.get(word & node.mask)
        if below is None:
            return UNKNOWN
        node = below
    for each in node.rows:
        if each.matches(word):
            return each
    return UNKNOWN


def decode(word: int) -> Instruction:
    """Decode a 32-bit word; never fails, see `Instruction` for words nobody knows."""
    assert 0 <= word < 1 << 32, hex(word)
    found = find_row(word)
    return Instruction(word, found.mnemonic, tuple(codec.decode(word) for codec in found.operands), found)
