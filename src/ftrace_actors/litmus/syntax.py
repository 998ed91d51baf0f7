"""What a litmus test says, as values: nothing here has an address yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "Address",
    "And",
    "Array",
    "Atom",
    "Cell",
    "Code",
    "Column",
    "Constant",
    "Elements",
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
    "Same",
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
    """`x` or `[x]`: a memory location; `[x+4]`: what stands `plus` bytes after its start.

    `element`: written as `x[1]`, `index` elements after its start.
    """

    name: str
    index: int = 0
    plus: int = 0
    element: bool = False

    def __str__(self) -> str:
        if self.element:
            return f"{self.name}[{self.index}]"
        return f"[{self.name}+{self.plus}]" if self.plus else f"[{self.name}]"


@dataclass(frozen=True, slots=True, order=True)
class Array:
    """`t`, declared with several elements, as a whole."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`fault(P0:L0,x,MMU)`: thread 0 took a fault, at label L0, on x, and of that kind where they are given."""

    thread: int
    label: str = ""
    location: str = ""
    kind: str = ""

    def __str__(self) -> str:
        label = f":{self.label}" if self.label else ""
        rest = "".join(f",{each}" for each in (self.location, self.kind) if each)
        return f"fault(P{self.thread}{label}{rest})"


Location = Register | Cell | Array | Fault


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


@dataclass(frozen=True, slots=True)
class Elements:
    """`{1,9,3}`: the values of an array, from the first."""

    values: tuple[Number | Address | Label | Instr, ...]


Value = Number | Address | Label | Instr | Elements


@dataclass(frozen=True, slots=True)
class Init:
    """One item of the init block.

    `values` has more than one entry for an array, none for a declaration.  `element`: `t[1]=5`, of a `t` that another
    item declares; the target says which one.
    """

    target: Register | Cell
    kind: str
    count: int
    values: tuple[Value, ...]
    offset: int
    element: bool = False


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


@dataclass(frozen=True, slots=True)
class Same:
    """`0:X1=1:X1` or `x=[y]`: two places hold the same."""

    left: Location
    right: Location


Proposition = Constant | Atom | Same | Not | And | Or | Implies


@dataclass(frozen=True, slots=True)
class LitmusTest:
    """A whole test.

    `meta` holds the `Key=Value` lines of the prologue.  `quantifier` is "exists", "~exists" or "forall";
    `condition_text` is the condition as written, with it; `ending_offset` is where the ending begins in `source`.
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
    ending_offset: int
