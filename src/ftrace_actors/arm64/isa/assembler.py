"""The assembler: GNU-like text in, words out, in two phases.

`parse` reads the text once: sizes, labels and annotations are known before any address is, so a caller can lay
out several sources and then hand the addresses to `Source.encode`. Whatever can be wrong without addresses is
reported by `parse` already: every statement is encoded on trial with the first byte at 0, and only a statement
that needs a symbol from outside, or an absolute target, is left for later. Statements that do not depend on
addresses keep the word of the trial.

Syntax: labels `name:`, local labels `1:` with `1b` and `1f`; comments `//`, `/* */`, and `#` at the start of
a line; `//@ text` annotates the instruction of its line, or the next one if it stands alone; directives `.equ
NAME, expr`, `.balign N` (filled with NOP), `.inst` and `.word expr, ...`, `.quad expr, ...`, `.global` (read
over). `.` is the address of the statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ftrace_actors.errors import InputError, clipped

from .encode import EncodingError, encode
from .expressions import Cursor, SourceError, expression, tokenize
from .source_lines import Line, read_lines
from .syntax import operands_of
from .table import ROWS_BY_MNEMONIC

__all__ = ["AssemblyError", "Source", "assemble_line", "parse"]

NOP = 0xD503201F
WORDS_MAX = 1 << 14
"""Words of one source: 64 KiB, the room that a kernel's image has for text of its own."""
BOUNDARY_MAX = 1 << 12
DEFINITIONS_MAX = 64
"""How deep a definition may rest on others."""

_RELATIVE = frozenset(
    mnemonic
    for mnemonic, rows in ROWS_BY_MNEMONIC.items()
    if any(codec.relative for row in rows for codec in row.operands)
)


class AssemblyError(InputError):
    """Assembly text that cannot be used. `line` and `column` count from 1; `column` may be unknown."""

    def __init__(self, filename: str, line: int, column: int | None, message: str) -> None:
        place = f"{line}" if column is None else f"{line}:{column}"
        super().__init__(filename, place, message)
        self.filename = filename
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{clipped(self.filename)}:{self.key_path}: {clipped(self.message)}"


@dataclass(frozen=True, slots=True)
class _Statement:
    """One instruction or datum at `offset`, `count` words long; `words` if they depend on no address."""

    line: Line
    offset: int
    count: int
    words: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Definition:
    """`.equ`: the text of the value, evaluated when asked for, so that it may use labels."""

    line: Line
    text: str
    column: int


class _Names:
    """What a source defines, apart from addresses."""

    __slots__ = ("constants", "definitions", "labels", "locals")

    def __init__(self, constants: Mapping[str, int]) -> None:
        self.constants = dict(constants)
        self.definitions: dict[str, _Definition] = {}
        self.labels: dict[str, int] = {}
        self.locals: dict[str, list[int]] = {}

    def local(self, reference: str, offset: int) -> int | None:
        """Offset of the local label that `1b` or `1f` means for the statement at `offset`."""
        places = self.locals.get(reference[:-1], [])
        if reference.endswith("b"):
            return max((place for place in places if place <= offset), default=None)
        return min((place for place in places if place > offset), default=None)


class _Scope:
    """Name lookup for one statement, which notes what the statement turned out to depend on."""

    __slots__ = ("_base", "_known", "_names", "_offset", "_pending", "_symbols", "placed", "unknown")

    def __init__(self, names: _Names, base: int, offset: int, symbols: Mapping[str, int] | None) -> None:
        self._names = names
        self._base = base
        self._offset = offset
        self._symbols = symbols
        self._pending: list[str] = []
        self._known: dict[str, int] = {}  # definitions: one may rest on another many times
        self.placed = False  # a label or `.` of this source was asked for
        self.unknown = False  # a symbol from outside was asked for; only without `symbols`

    def lookup(self, name: str) -> int | None:
        """The value of a name; on trial (no symbols) every unknown name is 0."""
        names = self._names
        offset = names.labels.get(name)
        if offset is None and name == ".":
            offset = self._offset
        if offset is None and name[0].isdigit():
            offset = names.local(name, self._offset)
            if offset is None:
                return None
        if offset is not None:
            self.placed = True
            return self._base + offset
        if name in names.definitions:
            return self._definition(name)
        if name in names.constants:
            return names.constants[name]
        if self._symbols is not None:
            return self._symbols.get(name)
        self.unknown = True
        return 0

    def _definition(self, name: str) -> int:
        if name in self._known:
            return self._known[name]
        definition = self._names.definitions[name]
        if len(self._pending) >= DEFINITIONS_MAX:
            raise SourceError(None, f"'{name}' rests on more than {DEFINITIONS_MAX} other definitions")
        if name in self._pending:
            raise SourceError(None, f"'{name}' is defined by itself")
        self._pending.append(name)
        cursor = Cursor(tokenize(definition.text, definition.column))
        value = expression(cursor, self.lookup)
        self._pending.pop()
        self._known[name] = value
        return value


@dataclass(frozen=True, slots=True)
class Source:
    """Parsed assembly text. Offsets are in bytes from the first word.

    `size` in bytes; `labels` name -> offset; `annotations` (offset, text) in text order; `lines` the line
    number of each word; `alignment` what `base` must be a multiple of.
    """

    filename: str
    size: int
    labels: Mapping[str, int]
    annotations: list[tuple[int, str]]
    lines: tuple[int, ...]
    alignment: int
    _statements: tuple[_Statement, ...]
    _names: _Names

    def encode(self, base: int, symbols: Mapping[str, int]) -> list[int]:
        """The words, for a first byte at `base`; `symbols` are the addresses of names defined elsewhere."""
        if base % self.alignment:
            message = f"base {base:#x} is not a multiple of {self.alignment}"
            raise AssemblyError(self.filename, 1, None, message)
        words: list[int] = []
        for statement in self._statements:
            if statement.words is not None:
                words += statement.words
            else:
                scope = _Scope(self._names, base, statement.offset, symbols)
                words += self._encoded(statement, base, scope)
        return words

    def _encoded(self, statement: _Statement, base: int, scope: _Scope) -> list[int]:
        try:
            return _words_of(statement, base, scope)
        except SourceError as problem:
            raise _located(self.filename, statement.line.number, problem) from None


def parse(text: str, *, filename: str, constants: Mapping[str, int] | None = None) -> Source:
    """Read assembly text; `AssemblyError` for the first thing that is wrong whatever the addresses are."""
    return _Reader(filename, constants or {}).read(text)


def assemble_line(text: str, pc: int, symbols: Mapping[str, int]) -> int:
    """The word of one instruction at `pc`."""
    source = parse(text, filename="<text>")
    words = source.encode(pc, symbols)
    if len(words) != 1:
        raise AssemblyError("<text>", 1, None, f"found {len(words)} words where one instruction is expected")
    return words[0]


class _Reader:
    """The first phase: walks the lines, places statements, collects names."""

    __slots__ = ("_alignment", "_annotations", "_filename", "_names", "_offset", "_statements", "_waiting")

    def __init__(self, filename: str, constants: Mapping[str, int]) -> None:
        self._filename = filename
        self._names = _Names(constants)
        self._offset = 0
        self._alignment = 4
        self._statements: list[_Statement] = []
        self._annotations: list[tuple[int, str]] = []
        self._waiting: list[str] = []

    def read(self, text: str) -> Source:
        last = 1
        try:
            for line in read_lines(text):
                last = line.number
                self._line(line)
        except SourceError as problem:
            raise _located(self._filename, last, problem) from None
        if self._waiting:
            raise AssemblyError(self._filename, last, None, "annotation with no instruction after it")
        statements = tuple(self._trial(statement) for statement in self._statements)
        return Source(
            self._filename,
            self._offset,
            self._names.labels,
            self._annotations,
            tuple(each.line.number for each in statements for _ in range(each.count)),
            self._alignment,
            statements,
            self._names,
        )

    def _line(self, line: Line) -> None:
        for name, column in line.labels:
            self._label(name, column)
        if not line.word:
            if line.annotation is not None:
                self._waiting.append(line.annotation)
            return
        start = self._offset
        if line.word.startswith("."):
            self._directive(line)
        else:
            self._place(line, 1)
        if line.annotation is not None and self._offset == start:
            raise SourceError(None, "annotation on a line without instruction")
        if self._offset > start:
            notes = [*self._waiting, *([] if line.annotation is None else [line.annotation])]
            self._annotations += [(start, note) for note in notes]
            self._waiting.clear()

    def _label(self, name: str, column: int) -> None:
        if name.isdigit():
            self._names.locals.setdefault(name, []).append(self._offset)
            return
        self._new_name(name, column)
        self._names.labels[name] = self._offset

    def _new_name(self, name: str, column: int) -> None:
        if name in self._names.labels or name in self._names.definitions:
            raise SourceError(column, f"'{name}' is defined twice")

    def _place(self, line: Line, count: int) -> None:
        self._statements.append(_Statement(line, self._offset, count))
        self._offset += 4 * count
        if self._offset > 4 * WORDS_MAX:
            raise SourceError(line.word_column, f"found more than {WORDS_MAX} words of code")

    def _directive(self, line: Line) -> None:
        match line.word:
            case ".equ" | ".set":
                self._equ(line)
            case ".balign":
                self._balign(line)
            case ".inst" | ".word":
                self._place(line, _item_count(line))
            case ".quad":
                self._place(line, 2 * _item_count(line))
            case ".global" | ".globl":
                pass
            case _:
                known = ".equ, .balign, .inst, .word, .quad, .global"
                raise SourceError(line.word_column, f"unknown directive '{line.word}'; known are {known}")

    def _equ(self, line: Line) -> None:
        name, comma, value = line.rest.partition(",")
        name = name.strip()
        if not comma or not name.replace("_", "a").replace(".", "a").replace("$", "a").isalnum():
            raise SourceError(
                line.rest_column, f"{line.word} needs a name and a value: '{line.word} NAME, 16'"
            )
        self._new_name(name, line.rest_column)
        column = line.rest_column + len(line.rest) - len(value)
        self._names.definitions[name] = _Definition(line, value, column)
        cursor = Cursor(tokenize(value, column))
        expression(cursor, lambda _: 0)
        _expect_end(cursor)

    def _balign(self, line: Line) -> None:
        scope = _Scope(self._names, 0, self._offset, {})
        cursor = Cursor(tokenize(line.rest, line.rest_column))
        boundary = expression(cursor, scope.lookup)
        _expect_end(cursor)
        if not 4 <= boundary <= BOUNDARY_MAX or boundary & (boundary - 1):
            raise SourceError(
                line.rest_column,
                f"found {boundary} where a power of two from 4 to {BOUNDARY_MAX} is expected",
            )
        self._alignment = max(self._alignment, boundary)
        count = -self._offset % boundary // 4
        if count:
            self._statements.append(_Statement(line, self._offset, count, (NOP,) * count))
            self._offset += 4 * count

    def _trial(self, statement: _Statement) -> _Statement:
        """The statement with its words if they depend on no address; raises what is wrong anyway."""
        if statement.words is not None:
            return statement
        scope = _Scope(self._names, 0, statement.offset, None)
        try:
            words = _words_of(statement, 0, scope)
        except SourceError as problem:
            if scope.unknown or (problem.distant and not scope.placed):
                return statement
            raise _located(self._filename, statement.line.number, problem) from None
        if scope.unknown or scope.placed or statement.line.word in _RELATIVE:
            return statement
        return replace(statement, words=tuple(words))


def _located(filename: str, line: int, problem: SourceError) -> AssemblyError:
    return AssemblyError(filename, line, problem.column, problem.message)


def _expect_end(cursor: Cursor) -> None:
    if cursor.token.kind != "end":
        raise SourceError(cursor.token.column, f"unexpected '{cursor.token.text}'")


def _item_count(line: Line) -> int:
    if not line.rest.strip():
        raise SourceError(line.word_column, f"{line.word} needs a value")
    return line.rest.count(",") + 1


def _words_of(statement: _Statement, base: int, scope: _Scope) -> list[int]:
    """Encode one statement, the first byte of the source being at `base`."""
    line = statement.line
    if line.word.startswith("."):
        return _data(line, scope)
    operands, columns = operands_of(line.rest, line.rest_column, scope.lookup)
    try:
        return [encode(line.word, operands, base + statement.offset)]
    except EncodingError as error:
        column = line.word_column if error.operand is None else columns[error.operand]
        raise SourceError(column, error.message, error.distant) from None


def _data(line: Line, scope: _Scope) -> list[int]:
    """The words of `.inst`, `.word` or `.quad`, little-endian."""
    width = 64 if line.word == ".quad" else 32
    cursor = Cursor(tokenize(line.rest, line.rest_column))
    words: list[int] = []
    while True:
        column = cursor.token.column
        value = expression(cursor, scope.lookup)
        if not -(1 << (width - 1)) <= value < 1 << width:
            raise SourceError(column, f"value {value:#x} does not fit in {width} bits")
        value &= (1 << width) - 1
        words += [value & 0xFFFFFFFF] if width == 32 else [value & 0xFFFFFFFF, value >> 32]
        if not cursor.skip(","):
            _expect_end(cursor)
            return words
