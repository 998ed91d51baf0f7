"""From a word to text that the assembler takes back."""

from __future__ import annotations

from collections.abc import Callable

from .decode import Instruction, decode
from .operands import Operand, Target

__all__ = ["disassemble", "format_instruction"]

Symbolize = Callable[[int], str | None]


def disassemble(word: int, pc: int, symbolize: Symbolize | None = None) -> str:
    """The instruction at `pc` in GNU syntax, lower case, preferred alias.

    Addresses are absolute; `symbolize` may give a name for one (None: none known), shown as `0x1000 <name>`.
    """
    return format_instruction(decode(word), pc, symbolize)


def format_instruction(instruction: Instruction, pc: int, symbolize: Symbolize | None = None) -> str:
    """Like `disassemble`, for a word decoded already."""
    if instruction.mnemonic == ".inst":
        return f".inst {instruction.word:#010x}"
    operands = instruction.operands
    if instruction.mnemonic == "ret" and instruction.word == 0xD65F03C0:
        operands = ()
    texts = [_format(operand, pc, symbolize) for operand in operands]
    return f"{instruction.mnemonic} {', '.join(texts)}" if texts else instruction.mnemonic


def _format(operand: Operand, pc: int, symbolize: Symbolize | None) -> str:
    if not isinstance(operand, Target):
        return str(operand)
    address = operand.resolve(pc)
    name = symbolize(address) if symbolize is not None else None
    return f"{address:#x}" if name is None else f"{address:#x} <{name}>"
