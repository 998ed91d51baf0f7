"""A litmus test as numbers: where locations and code are, what words and names mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ftrace_actors.litmus.syntax import (
    Address,
    And,
    Atom,
    Cell,
    Constant,
    Implies,
    Init,
    Instr,
    Label,
    LitmusTest,
    Location,
    Not,
    Number,
    Or,
    Proposition,
    Register,
    Value,
)

from .spelling import CELL

DATA, CODE, THREAD, HANDLER = 0x0800_1000, 0x4000_0000, 0x10000, 0x8000
WORD = 0xD000_0000

SIZES = {
    "": 8, "ins_t": 4,
    "int": 4, "unsigned": 4, "unsigned int": 4, "int32_t": 4, "uint32_t": 4, "int64_t": 8, "uint64_t": 8,
    "long": 8, "int16_t": 2, "uint16_t": 2, "int8_t": 1, "uint8_t": 1,
}  # fmt: skip

RELATIVE = re.compile(r"(B|BL|B\.\w+|CBN?Z \w+,) ?(\w+)")


class UnsupportedError(Exception):
    """The oracle does not speak this."""


@dataclass
class Source:
    """One test.  `cells`: the initial contents of each aligned 16 bytes.  `code`: instructions by address."""

    test: LitmusTest
    names: dict[str, tuple[int, int]] = field(default_factory=dict)
    cells: dict[int, int] = field(default_factory=dict)
    code: dict[int, str] = field(default_factory=dict)
    labels: dict[tuple[int, str], int] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)
    registers: dict[int, dict[int, int]] = field(default_factory=dict)
    exported: set[int] = field(default_factory=set)
    handlers: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.test.filter is not None:
            raise UnsupportedError("filter")
        self._place_code()
        self._place_names()
        for item in self.test.init:
            if isinstance(item.target, Register):
                values = self.registers.setdefault(item.target.thread, {})
                values[int(item.target.name[1:])] = self.number(item.values[0]) if item.values else 0
        for addr in sorted(self.exported):
            shift = 8 * (addr % CELL)
            cell = self.cells.setdefault(addr & -CELL, 0) & ~(0xFFFF_FFFF << shift)
            self.cells[addr & -CELL] = cell | self.word(self.text_at(addr)) << shift

    @property
    def threads(self) -> list[int]:
        return [column.thread for column in self.test.columns if not column.handler]

    def option(self, name: str) -> bool:
        """Is a machine option asked for in the prologue?"""
        given = [v for k, v in self.test.meta.items() if k.lower() in {"cachetype", "variant"}]
        return name in {word.lower() for value in given for word in re.split(r"[,\s|]+", value)}

    def start(self, thread: int) -> int:
        return CODE + thread * THREAD

    # -- words -------------------------------------------------------------------------------------------------

    def word(self, text: str) -> int:
        """A number that stands for an instruction."""
        return self.words.setdefault(text, WORD + len(self.words))

    def text_of(self, word: int) -> str | None:
        return next((text for text, number in self.words.items() if number == word), None)

    def text_at(self, addr: int) -> str:
        """The instruction at an address, its target relative."""
        text = self.code[addr]
        match = RELATIVE.fullmatch(text)
        target = self.labels.get(((addr - CODE) // THREAD, match[2])) if match else None
        if match is None or target is None:
            return text
        return f"{match[1]} .{target - addr:+d}".replace(", .", ",.")

    # -- placing -----------------------------------------------------------------------------------------------

    def _place_code(self) -> None:
        for column in self.test.columns:
            base = self.start(column.thread) + (HANDLER if column.handler else 0)
            if column.handler:
                self.handlers[column.thread] = base
            for label, index in column.labels.items():
                self.labels[column.thread, label] = base + 4 * index
            for index, code in enumerate(column.code):
                self.code[base + 4 * index] = normal(code.text)

    def _place_names(self) -> None:
        kinds: dict[str, Init] = {i.target.name: i for i in self.test.init if isinstance(i.target, Cell)}
        used = {v.name for item in self.test.init for v in item.values if isinstance(v, Address)}
        used |= {place.name for place in self.observed() if isinstance(place, Cell)}
        for number, name in enumerate(sorted(used | set(kinds))):
            item = kinds.get(name)
            size = SIZES.get(item.kind if item else "int")
            if size is None:
                raise UnsupportedError(f"type {item.kind if item else ''}")
            self.names[name] = (DATA + (number << 12), size)
        for name, (addr, size) in self.names.items():
            item = kinds.get(name)
            for index in range(max(1, item.count if item else 1)):
                value = self.number(item.values[index]) if item and index < len(item.values) else 0
                place = addr + index * size
                cell = self.cells.setdefault(place & -CELL, 0)
                self.cells[place & -CELL] = cell | (value & (1 << 8 * size) - 1) << 8 * (place % CELL)

    def number(self, value: Value) -> int:
        """The number a value of the init block stands for."""
        match value:
            case Number(number):
                return number
            case Address(name, index, plus):
                addr, size = self.names[name]
                return addr + index * size + plus
            case Label(thread, name):
                self.exported.add(self.labels[thread, name])
                return self.labels[thread, name]
            case Instr(text):
                return self.word(normal(text))
            case _:
                raise UnsupportedError(f"value {value}")

    # -- showing -----------------------------------------------------------------------------------------------

    def observed(self) -> list[Location]:
        """What a final state tells."""
        places = [*self.test.locations, *(atom.location for atom in _atoms(self.test.condition))]
        for place in places:
            if not isinstance(place, Register | Cell):
                raise UnsupportedError("fault")
        return list(dict.fromkeys(places))

    def show(self, place: Location, value: int) -> str:
        """A value as states print it."""
        text = self.text_of(value)
        if text is not None:
            return "NOP" if text == "NOP" else f'instr:"{text}"'
        for name, (addr, _) in self.names.items():
            if value == addr:
                return name
        for (thread, name), addr in self.labels.items():
            if value == addr and addr in self.exported:
                return f'label:"P{thread}:{name}"'
        if isinstance(place, Cell) and self.names[place.name][1] == 4 and value >> 31:
            value -= 1 << 32
        return str(value)


def normal(text: str) -> str:
    """One spelling of an instruction."""
    return re.sub(r"\s*,\s*", ",", " ".join(text.split()))


def _atoms(proposition: Proposition) -> list[Atom]:
    match proposition:
        case Atom():
            return [proposition]
        case Constant():
            return []
        case Not(of):
            return _atoms(of)
        case And(parts) | Or(parts):
            return [atom for part in parts for atom in _atoms(part)]
        case Implies(if_, then):
            return [*_atoms(if_), *_atoms(then)]
        case _:
            raise UnsupportedError(f"condition {proposition}")
