"""The tree of a query.  Values only; `str()` of a node is a query that parses to the same tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from .fields import FIELDS, Type

__all__ = [
    "KEYWORDS",
    "NAME",
    "OPERATORS",
    "Among",
    "And",
    "Compare",
    "Constant",
    "Contains",
    "Field",
    "Node",
    "Not",
    "Number",
    "Operand",
    "Or",
    "Symbol",
    "Text",
    "Truth",
    "types_of",
]

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
KEYWORDS: Final = frozenset({"and", "or", "not", "in", "true", "false"})
OPERATORS: Final = ("==", "!=", "<=", ">=", "<", ">")
_DECIMAL_MAX: Final = 9999


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: int

    def __str__(self) -> str:
        return f"{self.value:#x}" if self.value > _DECIMAL_MAX else str(self.value)


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""

    value: str

    def __str__(self) -> str:
        return msgspec.json.encode(self.value).decode()


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`."""

    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the event."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Symbol:
    """The address that is `offset` bytes from the one called `name`."""

    name: str
    offset: int = 0

    def __str__(self) -> str:
        name = self.name
        if not NAME.fullmatch(name):
            name = f"&{msgspec.json.encode(name).decode()}"
        elif name in KEYWORDS or name in FIELDS:
            name = f"&{name}"
        return f"{name}{self.offset:+#x}" if self.offset else name


Constant: TypeAlias = Number | Text | Truth | Symbol
Operand: TypeAlias = Constant | Field


def types_of(operand: Operand) -> frozenset[Type]:
    """The types an operand may have."""
    match operand:
        case Field():
            return frozenset(FIELDS[operand.name])
        case Number() | Symbol():
            return frozenset({Type.NUMBER})
        case Text():
            return frozenset({Type.TEXT})
        case Truth():
            return frozenset({Type.TRUTH})


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right`, with one of `OPERATORS`."""

    op: str
    left: Operand
    right: Operand

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


@dataclass(frozen=True, slots=True)
class Among:
    """`operand in (values)`, or `not in`: it has a value, which is none of these."""

    operand: Operand
    values: tuple[Constant, ...]
    negated: bool = False

    def __str__(self) -> str:
        return f"{self.operand} {_in(self.negated)} ({', '.join(str(value) for value in self.values)})"


@dataclass(frozen=True, slots=True)
class Contains:
    """`operand in field`, the field being a list; or `not in`: there is a list, which lacks it."""

    operand: Operand
    field: Field
    negated: bool = False

    def __str__(self) -> str:
        return f"{self.operand} {_in(self.negated)} {self.field}"


@dataclass(frozen=True, slots=True)
class Not:
    """What does not match."""

    part: Node

    def __str__(self) -> str:
        return f"not {_inner(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    """What matches all of two or more parts."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " and ".join(_inner(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """What matches any of two or more parts."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " or ".join(str(part) if isinstance(part, And) else _inner(part) for part in self.parts)


Node: TypeAlias = Compare | Among | Contains | Not | And | Or


def _in(negated: bool) -> str:
    return "not in" if negated else "in"


def _inner(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)
