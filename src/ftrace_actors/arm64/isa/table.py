"""The one table of A64 instructions; decoder, assembler, disassembler and binder are all read from it.

It covers what kernel text patching, its callers and litmus tests need: integer data processing, all loads,
stores and atomics of the general registers, branches, barriers, cache maintenance, exceptions. Left out:
floating point and vectors, pointer authentication beyond the hint space, memory tagging, and system registers the
model does not have. Such a word runs as UDF. Permissions are not modelled: unprivileged accesses are plain ones.
"""

from __future__ import annotations

from . import table_alu, table_memory, table_ordered, table_recent, table_system
from .codecs_immediate import Unsigned
from .row import SYSTEM, Row, row
from .semantics_system import bind_undefined

__all__ = ["ROWS", "ROWS_BY_MNEMONIC", "UNKNOWN"]

ROWS: tuple[Row, ...] = (
    *table_alu.ROWS,
    *table_memory.ROWS,
    *table_ordered.ROWS,
    *table_recent.ROWS,
    *table_system.ROWS,
)


def _by_mnemonic() -> dict[str, tuple[Row, ...]]:
    groups: dict[str, list[Row]] = {}
    for each in ROWS:
        groups.setdefault(each.mnemonic, []).append(each)
    return {mnemonic: tuple(rows) for mnemonic, rows in groups.items()}


ROWS_BY_MNEMONIC = _by_mnemonic()

#: What a word is that no row matches.
UNKNOWN = row(".inst", "i" * 32, (Unsigned(0, 32),), bind_undefined, visible=SYSTEM)
