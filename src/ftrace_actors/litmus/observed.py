"""Which places of a test make up a final state."""

from __future__ import annotations

from functools import lru_cache

from ..arm64.registers import SP
from .syntax import And, Atom, Cell, Fault, Implies, LitmusTest, Location, Not, Or, Proposition, Register

__all__ = ["atoms", "observed_locations", "register_number"]


@lru_cache(maxsize=1 << 10)
def register_number(name: str) -> int | None:
    """The index of `X3`, `W3` or `SP`; None for anything else."""
    if name == "SP":
        return SP
    if name[:1] in {"X", "W"} and name[1:].isdigit() and int(name[1:]) <= 30:
        return int(name[1:])
    return None


def atoms(test: LitmusTest) -> list[Atom]:
    """All atoms of the condition and the filter."""
    found: list[Atom] = []
    todo: list[Proposition] = [test.condition]
    if test.filter is not None:
        todo.append(test.filter)
    while todo:
        match todo.pop():
            case Atom() as atom:
                found.append(atom)
            case Not(of):
                todo.append(of)
            case And(parts) | Or(parts):
                todo.extend(parts)
            case Implies(if_, then):
                todo += (if_, then)
            case _:
                pass
    return found


def observed_locations(test: LitmusTest) -> tuple[Location, ...]:
    """The locations of a state: registers by thread and number, then memory by name, then faults."""
    found = set(test.locations) | {atom.location for atom in atoms(test)}
    registers = sorted(
        (location for location in found if isinstance(location, Register)),
        key=lambda register: (register.thread, register_number(register.name) or 0, register.name),
    )
    cells = sorted(location for location in found if isinstance(location, Cell))
    faults = sorted(location for location in found if isinstance(location, Fault))
    return (*registers, *cells, *faults)
