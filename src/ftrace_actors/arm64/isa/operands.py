"""Operands as values: what the parser makes of text and what the decoder makes of a word.

Both sides use the same frozen types, so `encode(decode(word)) == word` compares like with like, and text is
made in one place only. Widths are in bits (32 or 64), immediates are Python integers of either sign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = [
    "EXTENDS",
    "SHIFTS",
    "Immediate",
    "Memory",
    "Modified",
    "Modifier",
    "Name",
    "Operand",
    "Register",
    "Symbol",
    "Target",
]

SHIFTS = ("lsl", "lsr", "asr", "ror")
EXTENDS = ("uxtb", "uxth", "uxtw", "uxtx", "sxtb", "sxth", "sxtw", "sxtx")


@dataclass(frozen=True, slots=True)
class Register:
    """A general register. Number 31 is the stack pointer if `sp` is set and the zero register if not."""

    number: int
    width: int = 64
    sp: bool = False

    def __str__(self) -> str:
        letter = "x" if self.width == 64 else "w"
        if self.number < 31:
            return f"{letter}{self.number}"
        if not self.sp:
            return f"{letter}zr"
        return "sp" if self.width == 64 else "wsp"


@dataclass(frozen=True, slots=True)
class Modifier:
    """A shift or an extension. The amount is None where the text has none (`sxtw`)."""

    kind: str
    amount: int | None = None

    def __str__(self) -> str:
        return self.kind if self.amount is None else f"{self.kind} #{self.amount}"


@dataclass(frozen=True, slots=True)
class Modified:
    """A register with a shift or an extension applied: `x2, lsl #3`."""

    register: Register
    modifier: Modifier

    def __str__(self) -> str:
        return f"{self.register}, {self.modifier}"


@dataclass(frozen=True, slots=True)
class Immediate:
    """A number, with the `lsl #12` or `lsl #16` some encodings allow after it."""

    value: int
    shift: Modifier | None = None

    def __str__(self) -> str:
        value = self.value
        text = f"#{value}" if -4096 < value < 4096 else f"#{value:#x}"
        return text if self.shift is None else f"{text}, {self.shift}"


@dataclass(frozen=True, slots=True)
class Name:
    """A word of the language: a condition, a barrier domain, a system register, a cache operation."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Symbol:
    """A bare word in source text; the encoding decides if it is a `Name` or if its value is asked for."""

    text: str
    lookup: Callable[[str], int | None]

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Target:
    """A place relative to the instruction, in bytes; with `page` relative to the instruction's 4 KiB page."""

    offset: int
    page: bool = False

    def resolve(self, pc: int) -> int:
        """The address meant when the instruction is at `pc`."""
        return ((pc & ~0xFFF if self.page else pc) + self.offset) & ((1 << 64) - 1)

    def __str__(self) -> str:
        return f".{self.offset:+#x}"


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory operand. `mode` is "offset", "pre" (`[x0, #8]!`) or "post" (`[x0], #8`)."""

    base: Register
    offset: Immediate | Register | None = None
    modifier: Modifier | None = None
    mode: str = "offset"

    def __str__(self) -> str:
        if self.mode == "post":
            return f"[{self.base}], {self.offset}"
        parts = [str(part) for part in (self.base, self.offset, self.modifier) if part is not None]
        return f"[{', '.join(parts)}]" + ("!" if self.mode == "pre" else "")


Operand = Register | Modified | Immediate | Name | Symbol | Target | Memory
