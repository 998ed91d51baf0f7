"""What an operand codec is: one operand of one encoding, both ways.

A codec owns some bits of the word. `encode` receives the word with everything left of the operand already in
place, because a few operands depend on an earlier one (the width of UBFX is counted from its lsb).
A `MismatchError` says why an operand does not fit; the assembler tries the next encoding of the mnemonic and
at the end shows the complaint of the encoding that came closest. `rank` tells how close: the wrong kind of
operand, the wrong register width, a value that cannot be encoded, a target out of reach from where the
instruction is, operands that are right one by one but not together.
"""

# What a base class does not need, its subclasses do.

from __future__ import annotations

from .operands import Immediate, Operand, Symbol

__all__ = ["KIND", "REACH", "TOGETHER", "VALUE", "WIDTH", "Codec", "MismatchError", "insert", "number_of"]

KIND = 0
WIDTH = 1
VALUE = 2
REACH = 3
TOGETHER = 4


class MismatchError(Exception):
    """The operand does not fit this encoding; never leaves the assembler."""

    def __init__(self, rank: int, message: str) -> None:
        super().__init__(message)
        self.rank = rank
        self.message = message


class Codec:
    """One operand of one encoding."""

    __slots__ = ()
    #: What the operand is, for error messages.
    expects = "operand"
    #: True if the encoding depends on the address of the instruction.
    relative = False
    #: Value if the text leaves the operand out; None if it may not.
    default: Operand | None = None

    def accepts(self, word: int) -> bool:
        """False if the field holds a reserved value, so that the word is not this instruction."""
        return True

    def decode(self, word: int) -> Operand:
        """The operand in `word`, which `accepts` let pass."""
        raise AssertionError(f"{type(self).__name__} decodes nothing")

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        """`word` with the operand's bits set, or `MismatchError`. `pc` is the address of the instruction."""
        raise AssertionError(f"{type(self).__name__} encodes nothing")

    def wrong_kind(self, operand: Operand) -> MismatchError:
        """The complaint about an operand of another kind."""
        return MismatchError(KIND, f"found '{operand}' where {self.expects} is expected")


def insert(word: int, low: int, width: int, value: int) -> int:
    """`word` with `value` put into a field; the field must have been zero."""
    assert 0 <= value < 1 << width, (low, width, value)
    return word | (value << low)


def number_of(codec: Codec, operand: Operand) -> int:
    """The plain number an operand stands for, or `MismatchError`."""
    if isinstance(operand, Immediate) and operand.shift is None:
        return operand.value
    if isinstance(operand, Symbol):
        value = operand.lookup(operand.text)
        if value is not None:
            return value
        raise MismatchError(VALUE, f"undefined symbol '{operand.text}'")
    raise codec.wrong_kind(operand)
