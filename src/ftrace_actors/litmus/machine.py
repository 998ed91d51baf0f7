"""From a parsed litmus test to a machine: addresses, words, registers, and how to print values back.

Every memory location gets a cache line of its own, every thread's code a page.  The words at labels that the init
block names can be modified while the test runs; they and all other code can be read as data.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..arm64.isa import AssemblyError
from ..arm64.options import Options
from ..arm64.program import Program, concurrently_modifiable
from ..arm64.registers import Reg, fresh
from ..arm64.search import Start, Task
from .errors import LitmusError, Place
from .kinds import size_of
from .observed import atoms, observed_locations, register_number
from .options import options_of
from .syntax import (
    Address,
    Cell,
    Code,
    Column,
    Fault,
    Init,
    Instr,
    Label,
    LitmusTest,
    Location,
    Number,
    Register,
    Value,
)
from .words import ADR, BRANCH, as_value, relative_word, word_of

__all__ = ["Machine", "base_of", "build"]

DATA = 0x10_0000
SPACING = 0x100
CODE = 0x40_0000
THREAD = 0x1_0000
HANDLER = 0x8000
MASK64 = (1 << 64) - 1


@dataclass(slots=True)
class Piece:
    """A memory location: where it is, the size of an element, how many, and whether it prints signed."""

    addr: int
    size: int
    count: int
    declared: bool
    signed: bool


@dataclass(slots=True)
class Machine:
    """A litmus test with addresses.  `observed` are the locations of a state, in the order they print."""

    test: LitmusTest
    task: Task
    observed: tuple[Location, ...]
    pieces: dict[str, Piece]
    labels: dict[tuple[int, str], int]
    threads: dict[int, int]
    """Thread number -> index of its CPU in the task."""
    registers_of: tuple[int, ...]
    """How many observed registers each CPU has."""
    names: dict[int, str] = field(default_factory=dict)
    """How values print that are an address or an instruction."""

    def value_of(self, value: Value) -> int:
        """The number a value of the test stands for."""
        match value:
            case Number():
                return value.value
            case Address():
                piece = self.pieces[value.name]
                return piece.addr + value.index * piece.size + value.plus
            case Label():
                return self.labels[value.thread, value.name]
            case Instr():
                return word_of(value.text)

    def text_of(self, location: Location, number: int) -> str:
        """A value as the published tools print it."""
        name = self.names.get(number)
        if name is not None:
            return name
        if DATA < number < CODE:
            for within, piece in self.pieces.items():
                if piece.addr < number < piece.addr + piece.size * piece.count:
                    return f"{within}+{number - piece.addr}"
        if isinstance(location, Cell):
            piece = self.pieces[location.name]
            if piece.signed and number >> 8 * piece.size - 1:
                return str(number - (1 << 8 * piece.size))
            return str(number)
        return str(number - (1 << 64) if number >> 63 else number)


def build(test: LitmusTest, options: Options | None = None) -> Machine:
    """Lay a test out in memory.  `options` overrides what the test's own lines ask for.

    Raises `LitmusError` for names that mean nothing and code that does not assemble.
    """
    return _Builder(test, options if options is not None else options_of(test.meta)).build()


class _Builder:
    """The steps of `build`, which share the tables they fill."""

    __slots__ = (
        "exported",
        "initial",
        "labels",
        "names",
        "options",
        "pieces",
        "place",
        "program",
        "regs",
        "test",
    )

    def __init__(self, test: LitmusTest, options: Options) -> None:
        self.test = test
        self.options = options
        self.place = Place(test.filename, test.source)
        self.pieces: dict[str, Piece] = {}
        self.labels: dict[tuple[int, str], int] = {}
        self.names: dict[int, str] = {}
        self.initial: dict[int, tuple[int, int]] = {}
        self.program = Program()
        self.exported: dict[int, int] = {}
        self.regs: dict[int, list[Reg]] = {}

    def build(self) -> Machine:
        test = self.test
        observed = observed_locations(test)
        self._allocate(observed)
        for column in test.columns:
            self._labels(column)
        self._code_cells(observed)
        for column in test.columns:
            self._code(column)
        instructions: dict[int, str] = {}
        for column in test.columns:
            self._export_taken(column, instructions)
        for item in test.init:
            for value in item.values:
                if isinstance(value, Label):
                    self._export(value, item.offset, instructions)
                elif isinstance(value, Instr):
                    self._instruction(value.text, item.offset, instructions)
        for item in test.init:
            self._initialise(item)
        for addr in self.exported:
            self.program.allow_modification(addr, self._unlisted(addr, instructions))
        task = self._task(observed)
        running = [column.thread for column in test.columns if not column.handler]
        machine = Machine(
            test=test,
            task=task,
            observed=observed,
            pieces=self.pieces,
            labels=self.labels,
            threads={thread: index for index, thread in enumerate(running)},
            registers_of=tuple([len(start.observed) for start in task.starts]),
            names=self.names,
        )
        self._check(machine)
        return machine

    # -- memory ------------------------------------------------------------------------------------------------

    def _allocate(self, observed: tuple[Location, ...]) -> None:
        addr = DATA
        for item in self.test.init:
            target = item.target
            if isinstance(target, Cell):
                addr = self._piece(target.name, item.kind, item.count, addr)
        for item in self.test.init:
            for value in item.values:
                if isinstance(value, Address) and value.name not in self.pieces:
                    addr = self._piece(value.name, "", 1, addr)
        for location in observed:
            if isinstance(location, Cell) and location.name not in self.pieces and ":" not in location.name:
                addr = self._piece(location.name, "", 1, addr)

    def _piece(self, name: str, kind: str, count: int, addr: int) -> int:
        """Place a location at `addr`; returns the next free address.  Undeclared ones are 8 bytes wide."""
        declared = bool(kind)
        size = size_of(kind)
        if not declared and count > 1:
            size = 4
        signed = size == 8 or not (kind.startswith(("u", "ins")))
        self.pieces[name] = Piece(addr, size, count, declared, signed)
        self.names[addr] = name
        for index in range(1, count):
            self.names[addr + index * size] = f"{name}[{index}]"
        length = -(-count * size // SPACING) * SPACING
        for cell in range(addr, addr + max(8, count * size), 8):
            self.initial[cell] = (0, 0)
        return addr + length

    def _code_cells(self, observed: tuple[Location, ...]) -> None:
        """A condition may ask what word stands at a label in the end: `[P0:L]`."""
        for location in observed:
            if isinstance(location, Cell) and ":" in location.name:
                thread, _, name = location.name.partition(":")
                addr = self.labels.get((int(thread[1:]), name))
                if addr is None:
                    raise self.place.error(
                        self._named(location.name),
                        f"the condition names '{location.name}', which is no label",
                    )
                self.pieces[location.name] = Piece(addr, 4, 1, True, False)

    def _poke(self, addr: int, size: int, value: int) -> None:
        cell, shift = addr & ~7, 8 * (addr & 7)
        mask = (1 << 8 * size) - 1
        old = self.initial.get(cell, (0, 0))[0]
        self.initial[cell] = (old & ~(mask << shift) | (value & mask) << shift, 0)

    def _initialise(self, item: Init) -> None:
        target = item.target
        if isinstance(target, Cell):
            piece = self.pieces[target.name]
            for index, value in enumerate(item.values):
                self._poke(piece.addr + index * piece.size, piece.size, self._number(value, item.offset))
            return
        content = self._number(item.values[0], item.offset) & MASK64 if item.values else 0
        regs = self.regs.get(target.thread)
        if regs is None:
            regs = self.regs[target.thread] = fresh()
        number = register_number(target.name)
        if number is None:
            raise self.place.error(
                item.offset, f"found '{target.name}' where a register such as X1 is expected"
            )
        regs[number] = (content & 0xFFFF_FFFF if target.name[0] == "W" else content, 0, 0, 0)

    def _number(self, value: Value, offset: int) -> int:
        match value:
            case Number():
                return value.value
            case Address():
                piece = self.pieces[value.name]
                return piece.addr + value.index * piece.size + value.plus
            case Label():
                return self.labels[value.thread, value.name]
            case Instr():
                return self._assemble(value.text, offset)

    # -- code --------------------------------------------------------------------------------------------------

    def _labels(self, column: Column) -> None:
        base = base_of(column)
        for name, index in column.labels.items():
            self.labels[column.thread, name] = base + 4 * index

    def _code(self, column: Column) -> None:
        base = base_of(column)
        words = []
        for index, code in enumerate(column.code):
            match = BRANCH.fullmatch(code.text)
            target = self.labels.get((column.thread, match[2])) if match is not None else None
            try:
                if match is None or target is None:
                    words.append(word_of(code.text))
                else:
                    words.append(relative_word(match[1], target - base - 4 * index))
            except AssemblyError as error:
                raise self._located(code, error) from None
        self.program.place(base, words, {})
        for index, word in enumerate(words):
            self._poke(base + 4 * index, 4, word)

    def _located(self, code: Code, error: AssemblyError) -> LitmusError:
        return self.place.error(code.offset + (error.column or 1) - 1, error.message)

    def _assemble(self, text: str, offset: int) -> int:
        try:
            return word_of(text)
        except AssemblyError as error:
            raise self.place.error(offset, f"instruction '{text}': {error.message}") from None

    def _instruction(self, text: str, offset: int, instructions: dict[int, str]) -> None:
        word = self._assemble(text, offset)
        self._name_word(word, text, instructions)

    def _name_word(self, word: int, text: str, instructions: dict[int, str]) -> None:
        shown = as_value(text)
        instructions.setdefault(word, shown)
        self.names.setdefault(word, shown)

    def _export(self, label: Label, offset: int, instructions: dict[int, str]) -> None:
        addr = self.labels.get((label.thread, label.name))
        if addr is None:
            raise self.place.error(offset, f"found no label '{label.name}' in the code of P{label.thread}")
        self.names.setdefault(addr, f'label:"P{label.thread}:{label.name}"')
        word = self.program.words.get(addr)
        if word is None or addr in self.exported:
            return
        self.exported[addr] = word
        for column in self.test.columns:
            base = base_of(column)
            index = (addr - base) // 4
            if base <= addr and index < len(column.code):
                text = column.code[index].text
                match = BRANCH.fullmatch(text)
                target = self.labels.get((column.thread, match[2])) if match is not None else None
                if match is not None and target is not None:
                    text = f"{match[1]}.{target - addr:+d}"
                self._name_word(word, text, instructions)

    def _export_taken(self, column: Column, instructions: dict[int, str]) -> None:
        """A label whose address the code takes with ADR can be written as well."""
        for code in column.code:
            match = ADR.fullmatch(code.text)
            if match is not None and (column.thread, match[1]) in self.labels:
                self._export(Label(column.thread, match[1]), code.offset, instructions)

    def _unlisted(self, addr: int, instructions: dict[int, str]) -> bool:
        """May this word ever hold something outside the concurrent-modification list?"""
        restricted = self.options.bcond_restricted
        words = {self.exported[addr], *instructions}
        return any(not concurrently_modifiable(word, restricted) for word in words)

    # -- the rest ----------------------------------------------------------------------------------------------

    def _task(self, observed: tuple[Location, ...]) -> Task:
        starts = []
        handlers = {column.thread: base_of(column) for column in self.test.columns if column.handler}
        for column in self.test.columns:
            if column.handler:
                continue
            thread = column.thread
            registers = tuple(
                number
                for location in observed
                if isinstance(location, Register) and location.thread == thread
                if (number := register_number(location.name)) is not None
            )
            base = base_of(column)
            starts.append(
                Start(
                    base,
                    tuple(self.regs.get(thread) or fresh()),
                    registers,
                    handlers.get(thread),
                    any(isinstance(location, Fault) and location.thread == thread for location in observed),
                )
            )
        cells = tuple(
            (piece.addr + location.index * piece.size, piece.size)
            for location in observed
            if isinstance(location, Cell)
            for piece in (self.pieces[location.name],)
        )
        return Task(self.options, self.program, self.initial, tuple(starts), cells)

    def _check(self, machine: Machine) -> None:
        """Every name of the ending means something."""
        threads = {column.thread for column in self.test.columns}
        for location in machine.observed:
            if isinstance(location, Register) and (
                location.thread not in threads or register_number(location.name) is None
            ):
                raise self.place.error(
                    self._named(str(location)),
                    f"the condition names '{location}', which is no register of this test",
                )
            if isinstance(location, Cell) and location.index >= self.pieces[location.name].count:
                count = self.pieces[location.name].count
                raise self.place.error(
                    self._named(str(location)[1:-1]),
                    f"'{location}' is outside '{location.name}', which has {count}",
                )
        for atom in atoms(self.test):
            for value in atom.values:
                if isinstance(value, Address) and value.name not in self.pieces:
                    raise self.place.error(
                        self._named(value.name),
                        f"the condition names '{value.name}', which is no location here",
                    )
                if isinstance(value, Label) and (value.thread, value.name) not in self.labels:
                    raise self.place.error(
                        self._named(value.name),
                        f"the condition names 'P{value.thread}:{value.name}', which is no label",
                    )

    def _named(self, text: str) -> int:
        """Where the ending first says this."""
        return max(self.test.source.find(text, self.test.condition_offset), self.test.condition_offset)


def base_of(column: Column) -> int:
    """Where the code of a column starts."""
    return CODE + column.thread * THREAD + (HANDLER if column.handler else 0)
