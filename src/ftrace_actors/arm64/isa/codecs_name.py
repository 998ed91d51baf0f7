"""Operands that are words: conditions, barrier domains, system registers, prefetch operations."""

# The methods are described by Codec, and no codec needs every argument.

from __future__ import annotations

from collections.abc import Mapping

from .codec import KIND, VALUE, Codec, MismatchError, insert
from .fields import CONDITION_ALIASES, CONDITIONS, bits
from .operands import Immediate, Name, Operand, Symbol

__all__ = ["BARRIER_DOMAINS", "SYSTEM_REGISTERS", "Condition", "Named"]

BARRIER_DOMAINS: Mapping[int, str] = {
    1: "oshld",
    2: "oshst",
    3: "osh",
    5: "nshld",
    6: "nshst",
    7: "nsh",
    9: "ishld",
    10: "ishst",
    11: "ish",
    13: "ld",
    14: "st",
    15: "sy",
}


def _system_register(op0: int, op1: int, crn: int, crm: int, op2: int) -> int:
    """Bits 5-20 of MRS and MSR."""
    return op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2


SYSTEM_REGISTERS: Mapping[int, str] = {
    _system_register(3, 0, 4, 1, 0): "sp_el0",
    _system_register(3, 3, 13, 0, 2): "tpidr_el0",
    _system_register(3, 3, 13, 0, 3): "tpidrro_el0",
    _system_register(3, 0, 13, 0, 4): "tpidr_el1",
    _system_register(3, 3, 0, 0, 1): "ctr_el0",
    _system_register(3, 3, 0, 0, 7): "dczid_el0",
    _system_register(3, 3, 4, 2, 1): "daif",
    _system_register(3, 0, 4, 0, 1): "elr_el1",
    _system_register(3, 0, 4, 0, 0): "spsr_el1",
    _system_register(3, 0, 5, 2, 0): "esr_el1",
    _system_register(3, 0, 6, 0, 0): "far_el1",
    _system_register(3, 0, 12, 0, 0): "vbar_el1",
    _system_register(3, 0, 4, 2, 2): "currentel",
    _system_register(3, 3, 4, 2, 0): "nzcv",
    _system_register(3, 3, 4, 4, 0): "fpcr",
    _system_register(3, 3, 4, 4, 1): "fpsr",
    _system_register(3, 0, 13, 0, 1): "contextidr_el1",
    _system_register(3, 0, 0, 0, 0): "midr_el1",
    _system_register(3, 0, 0, 0, 5): "mpidr_el1",
    _system_register(3, 0, 0, 0, 6): "revidr_el1",
    _system_register(3, 3, 14, 0, 0): "cntfrq_el0",
    _system_register(3, 3, 14, 0, 1): "cntpct_el0",
    _system_register(3, 3, 14, 0, 2): "cntvct_el0",
}


def _word_of(codec: Codec, operand: Operand) -> str:
    if isinstance(operand, Name | Symbol):
        return operand.text.lower()
    raise codec.wrong_kind(operand)


class Condition(Codec):
    """A condition code in bits 12-15. `inverted`: the alias states the opposite, and AL and NV are reserved."""

    __slots__ = ("inverted",)
    expects = "a condition"

    def __init__(self, inverted: bool = False) -> None:
        self.inverted = inverted

    def accepts(self, word: int) -> bool:
        return not self.inverted or bits(word, 13, 3) != 7

    def decode(self, word: int) -> Operand:
        return Name(CONDITIONS[bits(word, 12, 4) ^ (1 if self.inverted else 0)])

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        text = _word_of(self, operand)
        text = CONDITION_ALIASES.get(text, text)
        allowed = CONDITIONS[:14] if self.inverted else CONDITIONS
        if text not in allowed:
            raise MismatchError(KIND, f"found '{text}' where a condition ({', '.join(allowed)}) is expected")
        return insert(word, 12, 4, CONDITIONS.index(text) ^ (1 if self.inverted else 0))


class Named(Codec):
    """A field whose values have names. With `numeric`, values without a name are written as numbers."""

    __slots__ = ("_values", "default", "expects", "low", "names", "numeric", "width")

    def __init__(
        self,
        expects: str,
        low: int,
        width: int,
        names: Mapping[int, str],
        *,
        numeric: bool = False,
        default: str | None = None,
    ) -> None:
        self.expects = expects
        self.low = low
        self.width = width
        self.names = names
        self.numeric = numeric
        self.default = None if default is None else Name(default)
        self._values = {name: value for value, name in names.items()}

    def accepts(self, word: int) -> bool:
        return self.numeric or bits(word, self.low, self.width) in self.names

    def decode(self, word: int) -> Operand:
        value = bits(word, self.low, self.width)
        name = self.names.get(value)
        return Immediate(value) if name is None else Name(name)

    def encode(self, operand: Operand, word: int, pc: int) -> int:
        if isinstance(operand, Immediate) and self.numeric and operand.shift is None:
            if not 0 <= operand.value < 1 << self.width:
                raise MismatchError(
                    VALUE, f"number {operand.value} is out of range 0 to {(1 << self.width) - 1}"
                )
            return insert(word, self.low, self.width, operand.value)
        text = _word_of(self, operand)
        value = self._values.get(text)
        if value is None:
            known = ", ".join(self.names.values())
            raise MismatchError(VALUE, f"'{text}' is not {self.expects} known here ({known})")
        return insert(word, self.low, self.width, value)
