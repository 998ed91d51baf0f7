"""Which places of a test make up a final state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import assert_never

from ..arm64.registers import SP, ZR
from .syntax import (
    And,
    Array,
    Atom,
    Cell,
    Constant,
    Fault,
    Implies,
    LitmusTest,
    Location,
    Not,
    Or,
    Proposition,
    Register,
    Same,
)

_NAMED = re.compile(r"\b[XWxw](\d+)\b")
_CALLS = re.compile(r"\s*blr?\b", re.IGNORECASE)
_LINK = ("30",)
"""What a call writes without naming it."""

__all__ = ["asked", "atoms", "observed_locations", "register_number", "unwritten"]


@lru_cache(maxsize=1 << 10)
def register_number(name: str) -> int | None:
    """The index of `X3`, `W3`, `SP` or `XZR`; None for anything else."""
    if name == "SP":
        return SP
    if name in {"XZR", "WZR"}:
        return ZR
    if name[:1] in {"X", "W"} and name[1:].isdigit() and len(name) <= 3 and int(name[1:]) <= 30:
        return int(name[1:])
    return None


def _parts(test: LitmusTest) -> Iterator[Atom | Same]:
    todo: list[Proposition] = [test.condition]
    if test.filter is not None:
        todo.append(test.filter)
    while todo:
        match todo.pop():
            case Atom() | Same() as found:
                yield found
            case Not(of):
                todo.append(of)
            case And(parts) | Or(parts):
                todo.extend(parts)
            case Implies(if_, then):
                todo += (if_, then)
            case Constant():
                pass
            case never:
                assert_never(never)


def unwritten(test: LitmusTest) -> list[Register]:
    """Registers of the ending that nothing in their thread names, nor the init block: each is 0 in every state."""
    named = {
        (column.thread, int(number))
        for column in test.columns
        for code in column.code
        for number in (*_NAMED.findall(code.text), *(_LINK if _CALLS.match(code.text) else ()))
    }
    named |= {
        (item.target.thread, register_number(item.target.name) or 0)
        for item in test.init
        if isinstance(item.target, Register)
    }
    found: dict[Register, None] = {}
    for part in _parts(test):
        for location in (part.left, part.right) if isinstance(part, Same) else (part.location,):
            if not isinstance(location, Register) or location.name in {"SP", "XZR", "WZR"}:
                continue
            if (location.thread, register_number(location.name)) not in named:
                found[location] = None
    return sorted(found, key=lambda register: (register.thread, register.name))


def atoms(test: LitmusTest) -> list[Atom]:
    """All comparisons with values, and faults, of the condition and the filter."""
    return [part for part in _parts(test) if isinstance(part, Atom)]


def asked(test: LitmusTest) -> list[Location]:
    """All places the condition and the filter look at."""
    found: list[Location] = []
    for part in _parts(test):
        found += (part.location,) if isinstance(part, Atom) else (part.left, part.right)
    return found


def observed_locations(test: LitmusTest) -> tuple[Location, ...]:
    """The locations of a state: registers by thread and number, then memory by name, then faults."""
    found = {*test.locations, *asked(test)}
    registers = sorted(
        (location for location in found if isinstance(location, Register)),
        key=lambda register: (register.thread, register_number(register.name) or 0, register.name),
    )
    cells = sorted(
        (location for location in found if isinstance(location, Cell | Array)),
        key=lambda cell: (cell.name, cell.index if isinstance(cell, Cell) else -1),
    )
    faults = sorted(location for location in found if isinstance(location, Fault))
    return (*registers, *cells, *faults)
