"""Immediate operands: plain fields, arithmetic, logical, wide moves, bit-field positions, code targets."""

# The methods are described by Codec, and no codec needs every argument.

from __future__ import annotations

from .codec import KIND, REACH, VALUE, Codec, MismatchError, insert, number_of
from .fields import bits, decode_bitmask, encode_bitmask, move_wide_preferred, sign_extend
from .operands import Immediate, Modifier, Operand, Target

__all__ = [
    "Arithmetic",
    "BitNumber",
    "Bitmask",
    "BranchTarget",
    "FieldLsb",
    "FieldWidth",
    "LeftShift",
    "PageTarget",
    "Unsigned",
    "Wide",
    "WideValue",
]


def out_of_range(what: str, value: int, low: int, high: int, step: int = 1) -> MismatchError:
    """The complaint about a number, with what would be right."""
    multiple = f" in steps of {step}" if step > 1 else ""
    return MismatchError(VALUE, f"{what} {value} is out of range {low} to {high}{multiple}")


class Unsigned(Codec):
    """An unsigned number in one field, of at most `limit` (by default what the field can hold)."""

    __slots__ = ("default", "limit", "low", "width")
    expects = "an immediate"

    def __init__(self, low: int, width: int, limit: int | None = None, default: int | None = None) -> None:
        self.low = low
        self.width = width
        self.limit = (1 << width) - 1 if limit is None else limit
        self.default = None if default is None else Immediate(default)

    def accepts(self, word: int) -> bool:
        return bits(word, self.low, self.width) <= self.limit

    def decode(self, word: int) -> Operand:
        return Immediate(bits(word, self.low, self.width))

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        value = number_of(self, operand)
        if not 0 <= value <= self.limit:
            raise out_of_range("immediate", value, 0, self.limit)
        return insert(word, self.low, self.width, value)


class Signed(Codec):
    """A signed number in one field."""

    __slots__ = ("low", "width")
    expects = "a signed immediate"

    def __init__(self, low: int, width: int) -> None:
        self.low = low
        self.width = width

    def decode(self, word: int) -> Operand:
        return Immediate(sign_extend(bits(word, self.low, self.width), self.width))

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        value, half = number_of(self, operand), 1 << self.width - 1
        if not -half <= value < half:
            raise out_of_range("immediate", value, -half, half - 1)
        return insert(word, self.low, self.width, value & 2 * half - 1)


class Arithmetic(Codec):
    """The 12-bit immediate of ADD and SUB, optionally `lsl #12`. `negate` takes a negative number only, and encodes
    its magnitude (SUB for ADD).
    """

    __slots__ = ("negate",)
    expects = "an immediate"

    def __init__(self, negate: bool = False) -> None:
        self.negate = negate

    def decode(self, word: int) -> Operand:
        return Immediate(bits(word, 10, 12), Modifier("lsl", 12) if bits(word, 22, 1) else None)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        if isinstance(operand, Immediate) and operand.shift is not None:
            value, shift = operand.value, operand.shift
            if shift.kind != "lsl" or shift.amount not in (0, 12):
                raise MismatchError(VALUE, f"found '{shift}' where 'lsl #0' or 'lsl #12' is expected")
            high = shift.amount == 12
        else:
            value, high = number_of(self, operand), False
            if value and value & 0xFFF == 0:
                value, high = value >> 12, True
        if self.negate:
            value = -value
            if value <= 0:
                raise MismatchError(KIND, "a negative immediate is expected")
        if not 0 <= value <= 0xFFF:
            shown = value << 12 if high else value
            raise MismatchError(
                VALUE, f"immediate {shown} is out of range 0 to 4095, or 0 to 16773120 in steps of 4096"
            )
        return insert(insert(word, 10, 12, value), 22, 1, 1 if high else 0)


class Bitmask(Codec):
    """A logical immediate in N:immr:imms. `invert` encodes the complement (BIC); `move` is MOV's rule."""

    __slots__ = ("invert", "move", "width")
    expects = "an immediate"

    def __init__(self, width: int, invert: bool = False, move: bool = False) -> None:
        self.width = width
        self.invert = invert
        self.move = move

    def _value(self, word: int) -> int | None:
        return decode_bitmask(bits(word, 22, 1), bits(word, 16, 6), bits(word, 10, 6), self.width)

    def accepts(self, word: int) -> bool:
        value = self._value(word)
        return value is not None and not (self.move and move_wide_preferred(value, self.width))

    def decode(self, word: int) -> Operand:
        value = self._value(word)
        assert value is not None
        return Immediate(value)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        value = number_of(self, operand)
        if not -(1 << (self.width - 1)) <= value < 1 << self.width:
            raise MismatchError(VALUE, f"immediate {value:#x} does not fit in {self.width} bits")
        if self.invert:
            value = ~value
        fields = encode_bitmask(value & ((1 << self.width) - 1), self.width)
        if fields is None:
            raise MismatchError(
                VALUE, f"immediate {value:#x} is not a rotated run of ones repeated over {self.width} bits"
            )
        n, immr, imms = fields
        return insert(insert(insert(word, 22, 1, n), 16, 6, immr), 10, 6, imms)


class Wide(Codec):
    """The 16-bit immediate of MOVZ, MOVN, MOVK with its optional `lsl #16*n`."""

    __slots__ = ("width",)
    expects = "an immediate"

    def __init__(self, width: int) -> None:
        self.width = width

    def decode(self, word: int) -> Operand:
        shift = bits(word, 21, 2) * 16
        return Immediate(bits(word, 5, 16), Modifier("lsl", shift) if shift else None)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        shift = 0
        if isinstance(operand, Immediate) and operand.shift is not None:
            amount = operand.shift.amount
            if operand.shift.kind != "lsl" or amount is None or amount not in range(0, self.width, 16):
                raise MismatchError(
                    VALUE,
                    f"found '{operand.shift}' where 'lsl' by 0 to {self.width - 16} in steps of 16 is expected",
                )
            value, shift = operand.value, amount
        else:
            value = number_of(self, operand)
        if not 0 <= value <= 0xFFFF:
            raise out_of_range("immediate", value, 0, 0xFFFF)
        return insert(insert(word, 5, 16, value), 21, 2, shift // 16)


class WideValue(Codec):
    """The whole number a MOV alias of MOVZ or MOVN (`inverted`) makes."""

    __slots__ = ("inverted", "width")
    expects = "an immediate"

    def __init__(self, width: int, inverted: bool) -> None:
        self.width = width
        self.inverted = inverted

    def accepts(self, word: int) -> bool:
        half = bits(word, 5, 16)
        if half == 0 and bits(word, 21, 2):
            return False
        return not (self.inverted and self.width == 32 and half == 0xFFFF)

    def decode(self, word: int) -> Operand:
        value = bits(word, 5, 16) << (bits(word, 21, 2) * 16)
        return Immediate(sign_extend(~value, self.width) if self.inverted else value)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        value = number_of(self, operand)
        if not -(1 << (self.width - 1)) <= value < 1 << self.width:
            raise MismatchError(VALUE, f"immediate {value:#x} does not fit in {self.width} bits")
        pattern = (~value if self.inverted else value) & ((1 << self.width) - 1)
        for shift in range(0, self.width, 16):
            if pattern & ~(0xFFFF << shift) == 0:
                return insert(insert(word, 5, 16, pattern >> shift), 21, 2, shift // 16)
        raise MismatchError(
            VALUE, f"immediate {value:#x} needs more than one MOV; build it with MOVZ and MOVK"
        )


class LeftShift(Codec):
    """The amount of LSL (immediate): immr is minus the amount, imms is what remains."""

    __slots__ = ("width",)
    expects = "a shift amount"

    def __init__(self, width: int) -> None:
        self.width = width

    def accepts(self, word: int) -> bool:
        immr, imms = bits(word, 16, 6), bits(word, 10, 6)
        return imms != self.width - 1 and imms + 1 == immr

    def decode(self, word: int) -> Operand:
        return Immediate(self.width - 1 - bits(word, 10, 6))

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        amount = number_of(self, operand)
        if not 0 <= amount < self.width:
            raise out_of_range("shift amount", amount, 0, self.width - 1)
        return insert(insert(word, 16, 6, -amount % self.width), 10, 6, self.width - 1 - amount)


class FieldLsb(Codec):
    """The lsb of a bit-field alias. `inserted`: immr is minus the lsb (BFI, SBFIZ), else immr is the lsb."""

    __slots__ = ("inserted", "width")
    expects = "a bit position"

    def __init__(self, width: int, inserted: bool) -> None:
        self.width = width
        self.inserted = inserted

    def accepts(self, word: int) -> bool:
        return (bits(word, 10, 6) < bits(word, 16, 6)) == self.inserted

    def decode(self, word: int) -> Operand:
        immr = bits(word, 16, 6)
        return Immediate(-immr % self.width if self.inserted else immr)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        lsb = number_of(self, operand)
        if not 0 <= lsb < self.width:
            raise out_of_range("bit position", lsb, 0, self.width - 1)
        return insert(word, 16, 6, -lsb % self.width if self.inserted else lsb)


class FieldWidth(Codec):
    """The width of a bit-field alias, counted from the lsb that `FieldLsb` encoded just before."""

    __slots__ = ("inserted", "width")
    expects = "a field width"

    def __init__(self, width: int, inserted: bool) -> None:
        self.width = width
        self.inserted = inserted

    def decode(self, word: int) -> Operand:
        imms = bits(word, 10, 6)
        return Immediate(imms + 1 if self.inserted else imms - bits(word, 16, 6) + 1)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        count = number_of(self, operand)
        immr = bits(word, 16, 6)
        lsb = -immr % self.width if self.inserted else immr
        if not 1 <= count <= self.width - lsb:
            raise out_of_range("field width", count, 1, self.width - lsb)
        return insert(word, 10, 6, count - 1 if self.inserted else lsb + count - 1)


class BitNumber(Codec):
    """The bit number of TBZ and TBNZ: its top bit is bit 31 of the word, the rest bits 19-23.

    The X form is for bits 32 to 63 only; lower ones are the W form's, whichever way the register is written.
    """

    __slots__ = ("high",)
    expects = "a bit number"

    def __init__(self, high: bool) -> None:
        self.high = high

    def decode(self, word: int) -> Operand:
        return Immediate(bits(word, 31, 1) << 5 | bits(word, 19, 5))

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        number = number_of(self, operand)
        limit = 63 if self.high else 31
        if not 0 <= number <= limit:
            raise out_of_range("bit number", number, 0, limit)
        if self.high and number < 32:
            raise MismatchError(KIND, f"bit {number} is in the low half")
        return word | (number & 31) << 19


class BranchTarget(Codec):
    """A code or literal address, kept as a signed count of words from the instruction (of bytes for ADR)."""

    __slots__ = ("low", "width")
    expects = "an address"
    relative = True

    def __init__(self, low: int, width: int) -> None:
        self.low = low
        self.width = width

    def decode(self, word: int) -> Operand:
        return Target(sign_extend(bits(word, self.low, self.width), self.width) * 4)

    def _distance(self, operand: Operand, pc: int) -> int:
        return sign_extend(number_of(self, operand) - pc, 64)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        offset = operand.offset if isinstance(operand, Target) else self._distance(operand, pc)
        reach = 1 << (self.width + 1)
        if offset % 4:
            raise MismatchError(REACH, f"target is {offset:+#x} bytes away, not a multiple of 4")
        if not -reach <= offset < reach:
            raise MismatchError(
                REACH, f"target is {offset:+#x} bytes away, out of reach ({-reach:+#x} to {reach - 4:+#x})"
            )
        return insert(word, self.low, self.width, (offset >> 2) & ((1 << self.width) - 1))


class PageTarget(Codec):
    """The target of ADR (bytes) or ADRP (4 KiB pages): immlo in bits 29-30, immhi in bits 5-23."""

    __slots__ = ("page",)
    expects = "an address"
    relative = True

    def __init__(self, page: bool) -> None:
        self.page = page

    def decode(self, word: int) -> Operand:
        offset = sign_extend(bits(word, 5, 19) << 2 | bits(word, 29, 2), 21)
        return Target(offset << 12 if self.page else offset, self.page)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        if isinstance(operand, Target):
            if operand.page != self.page:
                raise MismatchError(KIND, "ADR and ADRP targets do not mix")
            offset = operand.offset
        else:
            value = number_of(self, operand)
            offset = sign_extend((value & ~0xFFF) - (pc & ~0xFFF) if self.page else value - pc, 64)
        units = offset >> 12 if self.page else offset
        if not -(1 << 20) <= units < 1 << 20:
            reach = "4 GiB" if self.page else "1 MiB"
            raise MismatchError(REACH, f"target is {offset:+#x} bytes away, out of reach ({reach})")
        return word | (units & 3) << 29 | ((units >> 2) & 0x7FFFF) << 5
