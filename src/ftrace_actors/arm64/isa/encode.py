"""From a mnemonic and operand values to a word.

A mnemonic has several rows (forms). They are tried in table order; if none takes the operands, the complaint
of the one that came furthest is raised, because that is the form the author had in mind.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...suggestions import close_to
from .codec import KIND, REACH, TOGETHER, MismatchError
from .operands import Operand
from .row import Row
from .table import ROWS_BY_MNEMONIC

__all__ = ["EncodingError", "encode"]


class EncodingError(Exception):
    """The operands fit no form of the mnemonic.

    `operand` is the index of the one to blame, or None; `distant` if it might be right at another address.
    """

    def __init__(self, operand: int | None, message: str, distant: bool = False) -> None:
        super().__init__(message)
        self.operand = operand
        self.message = message
        self.distant = distant


def encode(mnemonic: str, operands: Sequence[Operand], pc: int = 0) -> int:
    """The word for an instruction at `pc`, or `EncodingError`."""
    rows = ROWS_BY_MNEMONIC.get(mnemonic)
    if rows is None:
        raise EncodingError(None, _unknown(mnemonic))
    best = (-1, -1, "")
    for row in rows:
        complaint = _try(row, operands, pc)
        if isinstance(complaint, int):
            return complaint
        best = max(best, complaint, key=lambda each: each[:2])
    index, rank, message = best
    operand = index if 0 <= index < len(operands) else None
    raise EncodingError(operand, f"{mnemonic}: {message}", distant=rank == REACH)


def _try(row: Row, operands: Sequence[Operand], pc: int) -> int | tuple[int, int, str]:
    """The word, or how far the operands came: index of the bad one, rank of the mismatch, complaint."""
    word = row.value
    for index, codec in enumerate(row.operands):
        operand = operands[index] if index < len(operands) else codec.default
        if operand is None:
            return index, KIND, f"operand {index + 1} is missing; {codec.expects} is expected"
        try:
            word = codec.encode(operand, word, pc)
        except MismatchError as mismatch:
            return index, mismatch.rank, mismatch.message
    if len(operands) > len(row.operands):
        count = len(row.operands)
        return count, KIND, f"found '{operands[count]}' after the last operand; {_count(count)} expected"
    if row.when is not None and not row.when(word):
        return len(operands) - 1, TOGETHER, f"'{operands[-1]}' cannot be combined with the other operands"
    return word


def _count(count: int) -> str:
    return {0: "no operands are", 1: "1 operand is"}.get(count, f"{count} operands are")


def _unknown(mnemonic: str) -> str:
    close = close_to(mnemonic, ROWS_BY_MNEMONIC, 3)
    hint = f"; close matches: {', '.join(close)}" if close else ""
    return f"unknown mnemonic '{mnemonic}'{hint}"
