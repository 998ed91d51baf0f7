"""The A64 instruction set: one table, read as decoder, assembler, disassembler and binder.

>>> from ftrace_actors.arm64.isa import assemble_line, disassemble
>>> hex(assemble_line("mov x9, x30", 0, {}))
'0xaa1e03e9'
>>> disassemble(0x94000002, 0x1000)
'bl 0x1008'
"""

from .assembler import AssemblyError, Source, assemble_line, parse
from .bind import Bound, bind
from .decode import Instruction, decode
from .disasm import disassemble, format_instruction
from .row import ACCESS, BARRIER, CACHE, PRIVATE, SYNC, SYSTEM
from .semantics_memory import ACQUIRE, ACQUIRE_PC, PLAIN, RELEASE

__all__ = [
    "ACCESS",
    "ACQUIRE",
    "ACQUIRE_PC",
    "BARRIER",
    "CACHE",
    "PLAIN",
    "PRIVATE",
    "RELEASE",
    "SYNC",
    "SYSTEM",
    "AssemblyError",
    "Bound",
    "Instruction",
    "Source",
    "assemble_line",
    "bind",
    "decode",
    "disassemble",
    "format_instruction",
    "parse",
]
