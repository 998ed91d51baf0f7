"""What a litmus test says, as values: nothing here has an address yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "Address",
    "And",
    "Atom",
    "Cell",
    "Code",
    "Column",
    "Constant",
    "Fault",
    "Implies",
    "Init",
    "Instr",
    "Label",
    "LitmusTest",
    "Location",
    "Not",
    "Number",
    "Or",
    "Proposition",
    "Register",
    "Value",
]


# -- places -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Register:
    """`0:X1`.  `name` is upper case; `W1` is the low half of `X1`."""

    thread: int
    name: str

    def __str__(self) -> str:
        return f"{self.thread}:{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """`x`, `[x]` or `x[1]`: one element of a memory location."""

    name: str
    index: int = 0

    def __str__(self) -> str:
        return f"[{self.name}[{self.index}]]" if self.index else f"[{self.name}]"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`fault(P0:L0,x)`: thread 0 took a fault, at label L0 and on x where they are given."""

    thread: int
    label: str = ""
    location: str = ""

    def __str__(self) -> str:
        label = f":{self.label}" if self.label else ""
        location = f",{self.location}" if self.location else ""
        return f"fault(P{self.thread}{label}{location})"


Location = Register | Cell | Fault


# -- values -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A number, signed as it was written."""

    value: int


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a memory location, or of one of its elements, plus a number of bytes."""

    name: str
    index: int = 0
    plus: int = 0


@dataclass(frozen=True, slots=True)
class Label:
    """The address of a label of a thread's code."""

    thread: int
    name: str


@dataclass(frozen=True, slots=True)
class Instr:
    """The word of an instruction, as text."""

    text: str


Value = Number | Address | Label | Instr


@dataclass(frozen=True, slots=True)
class Init:
    """One item of the init block.  `values` has more than one entry for an array, none for a declaration."""

    target: Register | Cell
    kind: str
    count: int
    values: tuple[Value, ...]
    offset: int


# -- code ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Code:
    """One instruction as text, and where in the file it stands."""

    text: str
    offset: int


@dataclass(slots=True)
class Column:
    """The code of a thread (or its fault handler, `handler`); `labels` maps names to instruction numbers."""

    thread: int
    handler: bool
    code: list[Code]
    labels: dict[str, int]


# -- conditions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant:
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Atom:
    """`location = value` (any of `values` for `in {...}`); for a fault, no value."""

    location: Location
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`~p`."""

    of: Proposition


@dataclass(frozen=True, slots=True)
class And:
    r"""`p /\ q ...`."""

    parts: tuple[Proposition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    r"""`p \/ q ...`."""

    parts: tuple[Proposition, ...]


@dataclass(frozen=True, slots=True)
class Implies:
    """`p => q`."""

    if_: Proposition
    then: Proposition


Proposition = Constant | Atom | Not | And | Or | Implies


@dataclass(frozen=True, slots=True)
class LitmusTest:
    """A whole test.

    `meta` holds the `Key=Value` lines of the prologue.  `quantifier` is "exists", "~exists" or "forall";
    `condition_text` is the condition as written, with it.
    `locations` are the extra places to show.
    """

    name: str
    filename: str
    source: str
    meta: Mapping[str, str]
    init: tuple[Init, ...]
    columns: tuple[Column, ...]
    locations: tuple[Location, ...]
    filter: Proposition | None
    quantifier: str
    condition: Proposition
    condition_text: str
    condition_offset: int
