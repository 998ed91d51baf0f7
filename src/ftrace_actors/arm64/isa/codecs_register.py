"""Register operands: plain, one register in two fields, shifted, extended."""

# The methods are described by Codec, and no codec needs every argument.

from __future__ import annotations

from .codec import KIND, VALUE, WIDTH, Codec, MismatchError, insert
from .fields import RM, bits
from .operands import EXTENDS, SHIFTS, Modified, Modifier, Operand, Register

__all__ = ["Even", "Extended", "Following", "Reg", "Shifted", "Twice"]


def _number(operand: Operand, width: int, sp: bool, expects: str) -> int:
    """The register number, if the operand is a register of this width and sort."""
    if not isinstance(operand, Register):
        raise MismatchError(KIND, f"found '{operand}' where {expects} is expected")
    if operand.width != width:
        raise MismatchError(WIDTH, f"found '{operand}' where {expects} is expected")
    if operand.number == 31 and operand.sp != sp:
        raise MismatchError(WIDTH, f"'{operand}' cannot be used here; {expects} is expected")
    return operand.number


def _describe(width: int, sp: bool) -> str:
    letter, special = ("x", "sp" if sp else "xzr") if width == 64 else ("w", "wsp" if sp else "wzr")
    return f"a register {letter}0-{letter}30 or {special}"


class Reg(Codec):
    """One register in one field; number 31 means sp if `sp` is set and the zero register if not."""

    __slots__ = ("expects", "low", "sp", "width")

    def __init__(self, width: int, low: int, sp: bool = False) -> None:
        self.width = width
        self.low = low
        self.sp = sp
        self.expects = _describe(width, sp)

    def decode(self, word: int) -> Operand:
        return Register(bits(word, self.low, 5), self.width, self.sp and bits(word, self.low, 5) == 31)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        return insert(word, self.low, 5, _number(operand, self.width, self.sp, self.expects))


class Twice(Codec):
    """One register written once and encoded in two fields (ROR, CINC)."""

    __slots__ = ("expects", "high", "low", "width")

    def __init__(self, width: int, low: int, high: int) -> None:
        self.width = width
        self.low = low
        self.high = high
        self.expects = _describe(width, False)

    def accepts(self, word: int) -> bool:
        return bits(word, self.low, 5) == bits(word, self.high, 5)

    def decode(self, word: int) -> Operand:
        return Register(bits(word, self.low, 5), self.width)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        number = _number(operand, self.width, False, self.expects)
        return insert(insert(word, self.low, 5, number), self.high, 5, number)


class Shifted(Codec):
    """`Xm{, shift #amount}`: Rm, the shift type in bits 22-23 and the amount in bits 10-15."""

    __slots__ = ("expects", "rotate", "width")

    def __init__(self, width: int, rotate: bool) -> None:
        self.width = width
        self.rotate = rotate
        self.expects = f"{_describe(width, False)}, shifted or not,"

    def accepts(self, word: int) -> bool:
        return (self.rotate or bits(word, 22, 2) != 3) and bits(word, 10, 6) < self.width

    def decode(self, word: int) -> Operand:
        register = Register(bits(word, RM, 5), self.width)
        kind, amount = bits(word, 22, 2), bits(word, 10, 6)
        return Modified(register, Modifier(SHIFTS[kind], amount)) if kind or amount else register

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        if not isinstance(operand, Modified):
            return insert(word, RM, 5, _number(operand, self.width, False, self.expects))
        kind, amount = operand.modifier.kind, operand.modifier.amount
        if kind not in SHIFTS[: 4 if self.rotate else 3] or amount is None:
            raise MismatchError(KIND, f"found '{operand.modifier}' where a shift by an amount is expected")
        if not 0 <= amount < self.width:
            raise MismatchError(VALUE, f"shift amount {amount} is out of range 0 to {self.width - 1}")
        number = _number(operand.register, self.width, False, self.expects)
        return insert(insert(insert(word, RM, 5, number), 22, 2, SHIFTS.index(kind)), 10, 6, amount)


class Extended(Codec):
    """`Rm{, extend {#amount}}` of ADD and SUB (extended register): option in bits 13-15, amount in 10-12.

    With sp as destination or first source, the extension that does nothing is written `lsl`, and left out
    when its amount is 0. Without sp it must be spelt out, because the plain text means the shifted form.
    """

    __slots__ = ("destination", "expects", "width")

    def __init__(self, width: int, destination: bool) -> None:
        self.width = width
        self.destination = destination
        self.expects = f"{_describe(width, False)}, extended or not,"

    def accepts(self, word: int) -> bool:
        return bits(word, 10, 3) <= 4

    def _plain(self) -> int:
        return 3 if self.width == 64 else 2

    def _has_sp(self, word: int) -> bool:
        return bits(word, 5, 5) == 31 or (self.destination and bits(word, 0, 5) == 31)

    def decode(self, word: int) -> Operand:
        option, amount = bits(word, 13, 3), bits(word, 10, 3)
        register = Register(bits(word, RM, 5), 64 if self.width == 64 and option & 3 == 3 else 32)
        if option == self._plain() and self._has_sp(word):
            return Modified(register, Modifier("lsl", amount)) if amount else register
        return Modified(register, Modifier(EXTENDS[option], amount or None))

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        if not isinstance(operand, Modified):
            if not self._has_sp(word):
                raise MismatchError(KIND, f"found '{operand}' where an extended register is expected")
            number = _number(operand, self.width, False, self.expects)
            return insert(insert(word, RM, 5, number), 13, 3, self._plain())
        kind, amount = operand.modifier.kind, operand.modifier.amount or 0
        if kind == "lsl" and self._has_sp(word):
            option = self._plain()
        elif kind in EXTENDS:
            option = EXTENDS.index(kind)
        else:
            raise MismatchError(KIND, f"found '{operand.modifier}' where an extension is expected")
        if not 0 <= amount <= 4:
            raise MismatchError(VALUE, f"extension amount {amount} is out of range 0 to 4")
        width = 64 if self.width == 64 and option & 3 == 3 else 32
        number = _number(operand.register, width, False, _describe(width, False))
        return insert(insert(insert(word, RM, 5, number), 13, 3, option), 10, 3, amount)


class Even(Reg):
    """The first register of a pair of consecutive ones."""

    __slots__ = ()

    def accepts(self, word: int) -> bool:
        return not bits(word, self.low, 1)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        number = _number(operand, self.width, self.sp, self.expects)
        if number & 1:
            raise MismatchError(VALUE, f"found '{operand}' where a register of even number is expected")
        return insert(word, self.low, 5, number)


class Following(Codec):
    """The second register of such a pair: no bits of its own, it follows the one in the field at `low`."""

    __slots__ = ("low", "width")
    expects = "the register after that"

    def __init__(self, width: int, low: int) -> None:
        self.width = width
        self.low = low

    def decode(self, word: int) -> Operand:
        return Register(bits(word, self.low, 5) + 1, self.width)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        wanted = self.decode(word)
        if operand != wanted:
            raise MismatchError(
                VALUE, f"found '{operand}' where {wanted} is expected, the one after the first"
            )
        return word
