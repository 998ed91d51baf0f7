"""Memory operands, one codec for each addressing form."""

# The methods are described by Codec, and no codec needs every argument.

from __future__ import annotations

from .codec import KIND, VALUE, WIDTH, Codec, MismatchError, insert
from .fields import RM, RN, bits, sign_extend
from .operands import EXTENDS, Immediate, Memory, Modifier, Operand, Register

__all__ = ["BaseOnly", "FixedOffset", "PairOffset", "RegisterOffset", "ScaledOffset", "SignedOffset"]


def _base_of(codec: Codec, operand: Operand, mode: str) -> Memory:
    """The operand as a memory operand with a usable base, written in this mode."""
    if not isinstance(operand, Memory):
        raise codec.wrong_kind(operand)
    base = operand.base
    if base.width != 64 or (base.number == 31 and not base.sp):
        raise MismatchError(WIDTH, f"base '{base}' cannot be used; a register x0-x30 or sp is expected")
    if operand.mode != mode:
        raise codec.wrong_kind(operand)
    return operand


def _immediate_offset(codec: Codec, memory: Memory) -> int:
    if memory.offset is None and memory.mode == "offset":
        return 0
    if not isinstance(memory.offset, Immediate) or memory.modifier is not None:
        raise codec.wrong_kind(memory)
    return memory.offset.value


def _base(word: int) -> Register:
    return Register(bits(word, RN, 5), 64, sp=bits(word, RN, 5) == 31)


class BaseOnly(Codec):
    """`[Xn|SP]`: exclusives, acquire and release, atomics."""

    __slots__ = ()
    expects = "an address without offset, '[xn]',"

    def decode(self, word: int) -> Operand:
        return Memory(_base(word))

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        memory = _base_of(self, operand, "offset")
        if _immediate_offset(self, memory) != 0:
            raise MismatchError(VALUE, f"found '{memory}' where {self.expects} is expected")
        return insert(word, RN, 5, memory.base.number)


class ScaledOffset(Codec):
    """`[Xn|SP{, #imm}]` with an unsigned multiple of the access size in bits 10-21."""

    __slots__ = ("size",)
    expects = "a memory operand '[xn, #offset]'"

    def __init__(self, size: int) -> None:
        self.size = size

    def decode(self, word: int) -> Operand:
        offset = bits(word, 10, 12) * self.size
        return Memory(_base(word), Immediate(offset) if offset else None)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        memory = _base_of(self, operand, "offset")
        offset = _immediate_offset(self, memory)
        limit = 4095 * self.size
        if not 0 <= offset <= limit or offset % self.size:
            step = f" in steps of {self.size}" if self.size > 1 else ""
            raise MismatchError(VALUE, f"offset {offset} is out of range 0 to {limit}{step}")
        return insert(insert(word, RN, 5, memory.base.number), 10, 12, offset // self.size)


class SignedOffset(Codec):
    """A signed nine-bit byte offset in bits 12-20: unscaled, pre-indexed or post-indexed."""

    __slots__ = ("expects", "mode")

    def __init__(self, mode: str) -> None:
        self.mode = mode
        shape = {"offset": "[xn, #offset]", "pre": "[xn, #offset]!", "post": "[xn], #offset"}[mode]
        self.expects = f"a memory operand '{shape}'"

    def decode(self, word: int) -> Operand:
        offset = sign_extend(bits(word, 12, 9), 9)
        shown = Immediate(offset) if offset or self.mode != "offset" else None
        return Memory(_base(word), shown, None, self.mode)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        memory = _base_of(self, operand, self.mode)
        offset = _immediate_offset(self, memory)
        if not -256 <= offset <= 255:
            raise MismatchError(VALUE, f"offset {offset} is out of range -256 to 255")
        return insert(insert(word, RN, 5, memory.base.number), 12, 9, offset & 0x1FF)


class FixedOffset(Codec):
    """A pre-indexed or post-indexed address whose one offset is part of the instruction."""

    __slots__ = ("expects", "mode", "offset")

    def __init__(self, mode: str, offset: int) -> None:
        self.mode = mode
        self.offset = offset
        self.expects = f"a memory operand '[xn, #{offset}]!'" if mode == "pre" else f"'[xn], #{offset}'"

    def decode(self, word: int) -> Operand:
        return Memory(_base(word), Immediate(self.offset), None, self.mode)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        memory = _base_of(self, operand, self.mode)
        if _immediate_offset(self, memory) != self.offset:
            raise MismatchError(VALUE, f"found '{memory}' where {self.expects} is expected")
        return insert(word, RN, 5, memory.base.number)


class PairOffset(Codec):
    """The signed seven-bit offset of LDP and STP in bits 15-21, in units of one register."""

    __slots__ = ("expects", "mode", "size")

    def __init__(self, size: int, mode: str) -> None:
        self.size = size
        self.mode = mode
        shape = {"offset": "[xn, #offset]", "pre": "[xn, #offset]!", "post": "[xn], #offset"}[mode]
        self.expects = f"a memory operand '{shape}'"

    def decode(self, word: int) -> Operand:
        offset = sign_extend(bits(word, 15, 7), 7) * self.size
        shown = Immediate(offset) if offset or self.mode != "offset" else None
        return Memory(_base(word), shown, None, self.mode)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        memory = _base_of(self, operand, self.mode)
        offset = _immediate_offset(self, memory)
        low, high = -64 * self.size, 63 * self.size
        if not low <= offset <= high or offset % self.size:
            raise MismatchError(
                VALUE, f"offset {offset} is out of range {low} to {high} in steps of {self.size}"
            )
        return insert(insert(word, RN, 5, memory.base.number), 15, 7, (offset // self.size) & 0x7F)


class RegisterOffset(Codec):
    """`[Xn|SP, Rm{, extend {#amount}}]`: option in bits 13-15, S (shift by the access size) in bit 12."""

    __slots__ = ("scale",)
    expects = "a memory operand '[xn, rm, extend #amount]'"

    def __init__(self, scale: int) -> None:
        self.scale = scale

    def accepts(self, word: int) -> bool:
        return bool(bits(word, 14, 1))

    def decode(self, word: int) -> Operand:
        option, shifted = bits(word, 13, 3), bits(word, 12, 1)
        offset = Register(bits(word, RM, 5), 64 if option & 1 else 32)
        modifier = None
        if option == 3:
            modifier = Modifier("lsl", self.scale) if shifted else None
        else:
            modifier = Modifier(EXTENDS[option], self.scale if shifted else None)
        return Memory(_base(word), offset, modifier)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        memory = _base_of(self, operand, "offset")
        offset, modifier = memory.offset, memory.modifier
        if not isinstance(offset, Register):
            raise self.wrong_kind(operand)
        kind = "lsl" if modifier is None else modifier.kind
        option = {"lsl": 3, "uxtw": 2, "sxtw": 6, "sxtx": 7}.get(kind)
        if option is None:
            raise MismatchError(KIND, f"found '{kind}' where lsl, uxtw, sxtw or sxtx is expected")
        if offset.width != (64 if option & 1 else 32) or offset.sp:
            letter = "x" if option & 1 else "w"
            raise MismatchError(
                WIDTH, f"offset register '{offset}' does not go with {kind}; {letter}0-{letter}30 is expected"
            )
        word = insert(insert(insert(word, RN, 5, memory.base.number), RM, 5, offset.number), 13, 3, option)
        return insert(word, 12, 1, self._shift_bit(modifier))

    def _shift_bit(self, modifier: Modifier | None) -> int:
        """S. For bytes the amount is 0 either way, and writing `#0` sets the bit."""
        amount = None if modifier is None else modifier.amount
        if amount is None or (amount == 0 and self.scale):
            return 0
        if amount != self.scale:
            allowed = f"0 or {self.scale}" if self.scale else "0"
            raise MismatchError(
                VALUE, f"shift amount {amount} is wrong for this access size; {allowed} is expected"
            )
        return 1
