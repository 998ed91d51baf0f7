"""The tables: `events`, `runs` and `symbols`, worked out from the event schema and the header of a log.

A column of `events` is a field of the log by its own name.  Addresses, words and 64-bit values are the text that the
log has, `0xffff800080020008`, in every engine: sqlite has no unsigned 64-bit integers, and a table that rounded one or
turned it negative would be of no use.  A list is JSON text.  A field that is an address in one kind of event and
something else in another is text.

Only the columns that a query names are read from a log, so a query of three columns of a million events does not pay
for seventy.
"""

from __future__ import annotations

import re
from typing import Final

from ..query.fields import FIELDS, HEX, Type

__all__ = ["COLUMNS", "LISTS", "RUNS", "SYMBOLS", "wanted"]

_SIMPLE: Final = {
    frozenset({Type.NUMBER}): "BIGINT",
    frozenset({Type.TRUTH}): "BOOLEAN",
}


def _columns() -> dict[str, str]:
    found = {"log": "BIGINT"}
    for name, types in FIELDS.items():
        held = "VARCHAR" if name in HEX else _SIMPLE.get(frozenset(types), "VARCHAR")
        found[name] = held
    return found


COLUMNS: Final = _columns()
"""Columns of `events`, and their types.  `log` is the number of the file, from 0; `runs` has it too."""

LISTS: Final = frozenset(
    name
    for name, types in FIELDS.items()
    if COLUMNS[name] == "VARCHAR" and set(types) & {Type.NUMBERS, Type.TEXTS, Type.TRUTH}
)
"""Text columns of fields that may be a truth or a list in a log."""

RUNS: Final = {
    "log": "BIGINT",
    "file": "VARCHAR",
    "scenario": "VARCHAR",
    "seed": "VARCHAR",
    "run": "BIGINT",
    "strategy": "VARCHAR",
    "tool": "VARCHAR",
    "verdict": "VARCHAR",
    "hang": "VARCHAR",
    "events": "BIGINT",
    "digest": "VARCHAR",
}
"""Columns of `runs`, a row for each file.  A seed has 64 bits, so it is text too: decimal, as `--seed` takes it."""

SYMBOLS: Final = {"log": "BIGINT", "name": "VARCHAR", "addr": "VARCHAR", "size": "BIGINT"}
"""Columns of `symbols`: the names of addresses, from the headers."""

_WORD: Final = re.compile(r"\w+")
_COUNT: Final = re.compile(r"count\s*\(\s*\*\s*\)", re.IGNORECASE)


def wanted(query: str) -> tuple[str, ...]:
    """The columns of `events` that a query may need, in their order: all, where it says `*` or does not say which."""
    rest = _COUNT.sub("", query)
    words = {word.lower() for word in _WORD.findall(rest)}
    if "*" in rest or "select" not in words or "columns" in words:
        return tuple(COLUMNS)
    return tuple(name for name in COLUMNS if name in words or name in {"log", "kind"})
