"""A scenario's tables as TOML again.

Only what a scenario may hold: tables, arrays of tables, and in them strings, numbers, booleans and arrays of these.
(The standard library reads TOML and does not write it.) Text of several lines keeps its lines: it is a routine's
assembly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

__all__ = ["write_toml"]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_LINES: Final = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f\\']+")


def write_toml(tree: Mapping[str, Any], remarks: Iterable[str] = ()) -> str:
    """TOML that reads as `tree` again, after `remarks` as comments.

    The keys keep their order, tables after everything else.
    """
    blocks = ["".join(f"# {line}\n" for line in remarks), "".join(_keys(tree))]
    for name, value in tree.items():
        if isinstance(value, Mapping):
            blocks.append("".join([f"[{_key(name)}]\n", *_keys(value)]))
        elif _is_tables(value):
            blocks += ["".join([f"[[{_key(name)}]]\n", *_keys(table)]) for table in value]
    return "\n".join(block for block in blocks if block)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _keys(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if not isinstance(value, Mapping) and not _is_tables(value):
            yield f"{_key(key)} = {_value(value)}\n"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _string(value)
        case list():
            return f"[{', '.join(_value(one) for one in value)}]"
        case _:
            raise TypeError(f"a scenario has no {type(value).__name__}")


def _string(text: str) -> str:
    if "\n" in text and _PLAIN_LINES.fullmatch(text):
        return f"'''\n{text}'''"
    # JSON's escapes are TOML's, but for one character that JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
