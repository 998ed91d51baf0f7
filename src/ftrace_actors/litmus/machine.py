"""From a parsed litmus test to a machine: addresses, words, registers, and how to print values back.

Memory is laid out in `memory.py`; every thread's code gets a page of its own.  The words at labels that the init
block names can be modified while the test runs; they and all other code can be read as data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from ..arm64.isa import AssemblyError
from ..arm64.options import Options
from ..arm64.program import Program, concurrently_modifiable
from ..arm64.registers import MASK64, WORD, fresh
from ..arm64.search import Start, Task
from .checks import EndingCheck
from .errors import LitmusError, Place
from .left_out import instruction_left_out
from .memory import CODE, DATA, SPACING, Memory, Piece
from .observed import observed_locations, register_number
from .options import options_of
from .syntax import (
    Address,
    Array,
    Cell,
    Code,
    Column,
    Elements,
    Instr,
    Label,
    LitmusTest,
    Location,
    Number,
    Register,
    Value,
)
from .words import ADR, BRANCH, as_value, relative_word, word_of

__all__ = ["UDF_MAX", "Machine", "base_of", "build"]

UDF_MAX = 0xFFFF
"""Words up to this are UDF, and small numbers are more often numbers."""
THREAD = 0x1_0000
HANDLER = 0x8000


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
    parts: tuple[tuple[int, ...], ...]
    """How many bytes each cell of the task has that makes up an observed location."""
    names: dict[int, str] = field(default_factory=dict)
    """How values print that are an address."""
    words: dict[int, str] = field(default_factory=dict)
    """How values print that are the word of an instruction."""
    numbers: frozenset[int] = frozenset()
    """What the init block gives as a number."""

    def name_of(self, number: int) -> str | None:
        """How a value prints that is an address or an instruction; None for a plain number.

        A number is not an instruction just because it looks like one: what small words and numbers of the test mean
        is known from where they come (`registers.WORD`).  Others may have lost their mark on the way.
        """
        value = number & MASK64
        if number != value:
            return self.words.get(value)
        name = self.names.get(value)
        if name is None and value > UDF_MAX and value not in self.numbers:
            return self.words.get(value)
        return name

    def value_of(self, value: Value, size: int = 8) -> int:
        """The number a value of the test stands for.  Elements of `size` bytes are packed, the first lowest."""
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
            case Elements():
                mask = (1 << 8 * size) - 1
                return sum(
                    (self.value_of(each) & mask) << 8 * size * index
                    for index, each in enumerate(value.values)
                )
            case _:
                assert_never(value)

    def elements(self, location: Location, number: int) -> tuple[int, ...]:
        """The contents of an array as a whole; of anything else, itself."""
        if not isinstance(location, Array):
            return (number,)
        piece = self.pieces[location.name]
        mask = (1 << 8 * piece.size) - 1
        return tuple(number >> 8 * piece.size * index & mask for index in range(piece.count))

    def near(self, addr: int) -> str:
        """An address as its distance from the location before it, if that is close; else as a number."""
        for name, piece in self.pieces.items():
            if piece.addr <= addr < piece.addr + max(SPACING, piece.size * piece.count):
                return f"{name}+{addr - piece.addr}"
        return hex(addr)

    def text_of(self, location: Location, number: int) -> str:
        """A value as the published tools print it."""
        shown = [self._text_of(location, each) for each in self.elements(location, number)]
        return f"{{{','.join(shown)}}}" if isinstance(location, Array) else shown[0]

    def _text_of(self, location: Location, number: int) -> str:
        name = self.name_of(number)
        if name is not None:
            return name
        number &= MASK64
        if DATA < number < CODE:
            for within, piece in self.pieces.items():
                if piece.addr < number < piece.addr + piece.size * piece.count:
                    return f"{within}+{number - piece.addr}"
        if isinstance(location, Cell | Array):
            piece = self.pieces[location.name]
            size = piece.extent(location)[1] if isinstance(location, Cell) else piece.size
            if piece.signed and number >> 8 * size - 1:
                return str(number - (1 << 8 * size))
            return str(number)
        return str(number - (1 << 64) if number >> 63 else number)


def build(test: LitmusTest, options: Options | None = None) -> Machine:
    """Lay a test out in memory.  `options` overrides what the test's own lines ask for.

    Raises `LitmusError` for names that mean nothing and code that does not assemble.
    """
    return _Builder(test, options if options is not None else options_of(test.meta)).build()


class _Builder:
    """The steps of `build`, which share the tables they fill."""

    __slots__ = ("exported", "labels", "memory", "options", "place", "program", "test", "words")

    def __init__(self, test: LitmusTest, options: Options) -> None:
        self.test = test
        self.options = options
        self.place = Place(test.filename, test.source)
        self.memory = Memory(self.place)
        self.labels: dict[tuple[int, str], int] = {}
        self.program = Program()
        self.exported: dict[int, int] = {}
        self.words: dict[int, str] = {}

    def build(self) -> Machine:
        test = self.test
        observed = observed_locations(test)
        self.memory.allocate(test.init, observed)
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
        self._threads()
        for item in test.init:
            self.memory.initialise(item, self._number)
        for addr in self.exported:
            self.program.allow_modification(addr, self._unlisted(addr, instructions))
        EndingCheck(test, self.place, self.memory.pieces, self.labels).run(observed)
        places = [self._places(location) for location in observed]
        task = self._task(observed, tuple(place for each in places for place in each))
        running = [column.thread for column in test.columns if not column.handler]
        return Machine(
            test=test,
            task=task,
            observed=observed,
            pieces=self.memory.pieces,
            labels=self.labels,
            threads={thread: index for index, thread in enumerate(running)},
            registers_of=tuple([len(start.observed) for start in task.starts]),
            parts=tuple(tuple(size for _, size in each) for each in places),
            names=self.memory.names,
            words=self.words,
            numbers=frozenset(self.memory.numbers),
        )

    # -- memory ------------------------------------------------------------------------------------------------

    def _threads(self) -> None:
        """Registers belong to threads that are there."""
        threads = {column.thread for column in self.test.columns}
        for item in self.test.init:
            if isinstance(item.target, Register) and item.target.thread not in threads:
                raise self.place.error(
                    item.offset, f"found '{item.target}', but there is no thread P{item.target.thread}"
                )

    def _code_cells(self, observed: tuple[Location, ...]) -> None:
        """A condition may ask what word is at a label in the end: `[P0:L]`."""
        for location in observed:
            if isinstance(location, Cell) and ":" in location.name:
                thread, _, name = location.name.partition(":")
                addr = self.labels.get((int(thread[1:]), name))
                if addr is None:
                    raise self.place.error(
                        max(0, self.test.source.find(location.name, self.test.ending_offset)),
                        f"the condition names '{location.name}', which is not a label",
                    )
                self.memory.pieces[location.name] = Piece(addr, 4, 1, True, False)

    def _places(self, location: Location) -> tuple[tuple[int, int], ...]:
        """The (address, size) of what makes up a location, of at most 8 bytes each."""
        if not isinstance(location, Cell | Array):
            return ()
        piece = self.memory.pieces[location.name]
        start, length = piece.addr, piece.count * piece.size
        if isinstance(location, Cell):
            start, length = piece.extent(location)
        step = min(piece.size, length, 8)
        return tuple((addr, step) for addr in range(start, start + length, step))

    def _number(self, value: Value, offset: int) -> int:
        match value:
            case Number():
                return value.value
            case Address():
                piece = self.memory.pieces[value.name]
                if value.index >= piece.count:
                    raise self.place.error(
                        offset,
                        f"'{value.name}[{value.index}]' is outside '{value.name}', which has {piece.count}",
                    )
                return piece.addr + value.index * piece.size + value.plus
            case Label():
                return self.labels[value.thread, value.name]
            case Instr():
                return self._assemble(value.text, offset)
            case Elements():
                raise AssertionError("elements are values one by one")
            case _:
                assert_never(value)

    # -- code --------------------------------------------------------------------------------------------------

    def _labels(self, column: Column) -> None:
        base = base_of(column)
        for name, index in column.labels.items():
            if (column.thread, name) in self.labels:
                where = column.code[min(index, len(column.code) - 1)].offset if column.code else 0
                raise self.place.error(
                    where, f"label '{name}' is defined twice in P{column.thread} and its handler"
                )
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
            self.memory.poke(base + 4 * index, 4, word, WORD)

    def _located(self, code: Code, error: AssemblyError) -> LitmusError:
        offset = code.offset + (error.column or 1) - 1
        feature = instruction_left_out(code.text)
        if feature:
            return self.place.left_out(offset, code.text, feature)
        return self.place.error(offset, error.message)

    def _assemble(self, text: str, offset: int) -> int:
        try:
            return word_of(text)
        except AssemblyError as error:
            feature = instruction_left_out(text)
            if feature:
                raise self.place.left_out(offset, text, feature) from None
            match = BRANCH.fullmatch(text)
            if match is not None and any(name == match[2] for _, name in self.labels):
                raise self.place.error(
                    offset,
                    f"found label '{match[2]}' in instruction '{text}', which may be put anywhere, where a distance"
                    " such as '.+8' is expected",
                ) from None
            raise self.place.error(offset, f"instruction '{text}': {error.message}") from None

    def _instruction(self, text: str, offset: int, instructions: dict[int, str]) -> None:
        word = self._assemble(text, offset)
        self._name_word(word, text, instructions)

    def _name_word(self, word: int, text: str, instructions: dict[int, str]) -> None:
        shown = as_value(text)
        instructions.setdefault(word, shown)
        self.words.setdefault(word, shown)

    def _export(self, label: Label, offset: int, instructions: dict[int, str]) -> None:
        addr = self.labels.get((label.thread, label.name))
        if addr is None:
            raise self.place.error(offset, f"found no label '{label.name}' in the code of P{label.thread}")
        self.memory.names.setdefault(addr, f'label:"P{label.thread}:{label.name}"')
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

    def _task(self, observed: tuple[Location, ...], cells: tuple[tuple[int, int], ...]) -> Task:
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
            regs = tuple(self.memory.regs.get(thread) or fresh())
            starts.append(Start(base_of(column), regs, registers, handlers.get(thread), faults=True))
        return Task(self.options, self.program, self.memory.initial, tuple(starts), cells)


def base_of(column: Column) -> int:
    """Where the code of a column starts."""
    return CODE + column.thread * THREAD + (HANDLER if column.handler else 0)
