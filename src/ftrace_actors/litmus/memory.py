"""Where the locations of a litmus test are, and what they and the registers start with.

Every memory location gets a cache line of its own.  A location that no item gives a type is 8 bytes wide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..arm64.registers import WORD, ZR, Reg, fresh
from .errors import LitmusError, Place
from .kinds import is_unsigned, size_of
from .left_out import value_left_out
from .observed import register_number
from .syntax import Address, Array, Cell, Init, Instr, Location, Number, Register, Value

__all__ = ["CODE", "DATA", "MASK64", "SPACING", "Memory", "Piece", "fits"]

DATA = 0x10_0000
SPACING = 0x100
CODE = 0x40_0000
MASK32, MASK64 = (1 << 32) - 1, (1 << 64) - 1
UNTYPED = 16
"""Bytes that can be accessed at a location without a type: those of a pair of registers."""


@dataclass(slots=True)
class Piece:
    """A memory location: where it is, the size of an element, how many, and whether it prints signed."""

    addr: int
    size: int
    count: int
    declared: bool
    signed: bool

    def extent(self, cell: Cell) -> tuple[int, int]:
        """Address and bytes of an element, or of what is some bytes after the start."""
        step = cell.plus & -cell.plus if cell.plus else self.size
        return self.addr + cell.index * self.size + cell.plus, min(self.size, step)


def _prov(value: Value) -> int:
    """What tells the word of an instruction from a number."""
    return WORD if isinstance(value, Instr) else 0


def fits(number: int, size: int) -> bool:
    """Is it a number of `size` bytes, with or without a sign?"""
    return -(1 << 8 * size - 1) <= number < 1 << 8 * size


class Memory:
    """Filled item by item.  `initial` maps aligned 8-byte cells to (contents, provenance); `names` say how addresses
    print; `regs` are the registers of the threads that have any.  Methods raise `LitmusError`.
    """

    __slots__ = ("_end", "_given", "initial", "names", "numbers", "pieces", "place", "regs")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.pieces: dict[str, Piece] = {}
        self.names: dict[int, str] = {}
        self.numbers: set[int] = set()
        self.initial: dict[int, tuple[int, int]] = {}
        self.regs: dict[int, list[Reg]] = {}
        self._given: dict[tuple[str, int], int] = {}
        self._end = DATA

    # -- places ------------------------------------------------------------------------------------------------

    def allocate(self, init: Iterable[Init], observed: Iterable[Location]) -> None:
        """Give every name an address: those declared, those that only values name, those only asked for."""
        declared: dict[str, Init] = {}
        for item in init:
            if isinstance(item.target, Cell) and not item.element:
                self._declare(declared, item, item.target.name)
            self._check_kind(item)
        for name, item in declared.items():
            self._piece(name, item.kind, item.count, item.offset)
        for item in init:
            if item.element and isinstance(item.target, Cell) and item.target.name not in self.pieces:
                name = item.target.name
                raise self.place.error(
                    item.offset, f"found an element of '{name}' where no item declares it, as 'int {name}[2]'"
                )
            for value in item.values:
                if isinstance(value, Address) and value.name not in self.pieces:
                    self._piece(value.name, "", 1, item.offset)
        for location in observed:
            if (
                isinstance(location, Cell | Array)
                and location.name not in self.pieces
                and ":" not in location.name
            ):
                self._piece(location.name, "", 1, 0)

    def _declare(self, declared: dict[str, Init], item: Init, name: str) -> None:
        """Take an item up, with what earlier ones say of the same name."""
        first = declared.get(name)
        if first is None:
            declared[name] = item
            return
        if item.kind and first.kind and size_of(item.kind) != size_of(first.kind):
            raise self.place.error(
                item.offset, f"'{name}' is declared '{item.kind}' here and '{first.kind}' before"
            )
        if item.count > 1 and first.count > 1 and item.count != first.count:
            raise self.place.error(
                item.offset, f"'{name}' has {item.count} elements here and {first.count} before"
            )
        count = max(item.count, first.count)
        declared[name] = Init(first.target, first.kind or item.kind, count, (), first.offset)

    def _check_kind(self, item: Init) -> None:
        if item.kind and not size_of(item.kind):
            feature = value_left_out(item.kind)
            if feature:
                raise self.place.left_out(item.offset, item.kind, feature)
            raise self.place.error(
                item.offset, f"found type '{item.kind}' where a type such as int or uint64_t is expected"
            )

    def _piece(self, name: str, kind: str, count: int, offset: int) -> None:
        size = size_of(kind) if kind or count == 1 else 4
        addr = self._end
        self.pieces[name] = Piece(addr, size, count, bool(kind), not is_unsigned(kind))
        self.names[addr] = name
        for index in range(1, count):
            self.names[addr + index * size] = f"{name}[{index}]"
        mapped = max(8 if kind else UNTYPED, count * size)
        for cell in range(addr, addr + mapped, 8):
            self.initial[cell] = (0, 0)
        self._end += -(-mapped // SPACING) * SPACING
        if self._end > CODE:
            raise self.place.error(offset, f"found no room for '{name}' in the {CODE - DATA} bytes there are")

    # -- contents ----------------------------------------------------------------------------------------------

    def poke(self, addr: int, size: int, value: int, prov: int = 0) -> None:
        """Put the low `size` bytes of a number at an address."""
        done = 0
        while done < size:
            cell, shift = addr + done & ~7, 8 * (addr + done & 7)
            part = min(size - done, 8)
            mask = (1 << 8 * part) - 1
            old, old_prov = self.initial.get(cell, (0, 0))
            content = old & ~(mask << shift) | (value >> 8 * done & mask) << shift
            self.initial[cell] = (content, prov or old_prov)
            done += part

    def initialise(self, item: Init, number_of: Callable[[Value, int], int]) -> None:
        """Start memory or a register as an item says.  `number_of` turns a value, at an offset, into a number."""
        numbers = [number_of(value, item.offset) for value in item.values]
        self.numbers.update(
            [
                number & MASK32
                for number, value in zip(numbers, item.values, strict=True)
                if isinstance(value, Number)
            ]
        )
        target = item.target
        if isinstance(target, Register):
            self._start_register(target, item, numbers)
            return
        piece = self.pieces[target.name]
        for index, (value, number) in enumerate(zip(item.values, numbers, strict=True), target.index):
            if index >= piece.count:
                raise self.place.error(
                    item.offset,
                    f"'{target.name}[{index}]' is outside '{target.name}', which has {piece.count}",
                )
            self._check_width(value, number, piece.size, target.name, item.offset)
            self._note(target.name, index, number & (1 << 8 * piece.size) - 1, item.offset)
            self.poke(piece.addr + index * piece.size, piece.size, number, _prov(value))

    def _start_register(self, register: Register, item: Init, numbers: list[int]) -> None:
        number = register_number(register.name)
        if number is None or number == ZR:
            feature = value_left_out(str(register))
            if feature:
                raise self.place.left_out(item.offset, register.name, feature)
            raise self.place.error(
                item.offset, f"found '{register.name}' where a register such as X1 is expected"
            )
        if not numbers:
            return
        narrow = register.name[0] == "W"
        size = min(4 if narrow else 8, size_of(item.kind))
        self._check_width(item.values[0], numbers[0], size, str(register), item.offset)
        content = numbers[0] & (0xFFFF_FFFF if narrow else MASK64)
        self._note(f"{register.thread}:X{number}", 0, content, item.offset)
        self.regs.setdefault(register.thread, fresh())[number] = (content, 0, 0, _prov(item.values[0]))

    def _check_width(self, value: Value, number: int, size: int, name: str, offset: int) -> None:
        if not fits(number, size):
            shown = str(value.value)[:60] if isinstance(value, Number) else "an address"
            raise self.place.error(
                offset,
                f"found {shown} where a value of {size} byte{'s' * (size > 1)} is expected for '{name}'",
            )

    def _note(self, name: str, index: int, number: int, offset: int) -> None:
        before = self._given.setdefault((name, index), number)
        if before != number:
            shown = f"{name}[{index}]" if index else name
            now, then = (self.names.get(each, str(each)) for each in (number, before))
            raise self._contradiction(shown, now, then, offset)

    def _contradiction(self, name: str, now: str, then: str, offset: int) -> LitmusError:
        return self.place.error(offset, f"'{name}' starts with {now} here and with {then} before")
