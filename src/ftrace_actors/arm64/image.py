"""Where things are in memory, and what they are called.

Addresses are virtual, 64 bit, as an arm64 kernel would see them.  Every named piece is a `Symbol`; two pieces never
overlap.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

__all__ = ["OverlapError", "Symbol", "Symbols"]


class OverlapError(ValueError):
    """Two pieces of memory were placed on top of each other.  Carries both."""

    def __init__(self, new: Symbol, old: Symbol) -> None:
        super().__init__(
            f"{new.name} at {new.addr:#x}..{new.end - 1:#x} overlaps {old.name} at {old.addr:#x}..{old.end - 1:#x}"
        )
        self.new = new
        self.old = old


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named piece of memory: `size` bytes from `addr`; size 0 is a label inside another piece."""

    name: str
    addr: int
    size: int

    @property
    def end(self) -> int:
        """The first address after it."""
        return self.addr + self.size


class Symbols:
    """Names to addresses and back."""

    def __init__(self) -> None:
        self._by_name: dict[str, Symbol] = {}
        self._starts: list[int] = []
        self._pieces: list[Symbol] = []

    def add(self, name: str, addr: int, size: int = 0) -> Symbol:
        """Name `size` bytes at `addr`.  Raises OverlapError, or ValueError when the name is taken."""
        symbol = Symbol(name, addr, size)
        if name in self._by_name:
            raise ValueError(f"{name} is defined twice")
        if size:
            at = bisect_right(self._starts, addr)
            for neighbour in self._pieces[max(0, at - 1) : at + 1]:
                if neighbour.addr < symbol.end and addr < neighbour.end:
                    raise OverlapError(symbol, neighbour)
            self._starts.insert(at, addr)
            self._pieces.insert(at, symbol)
        self._by_name[name] = symbol
        return symbol

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> int:
        return self._by_name[name].addr

    def names(self) -> dict[str, int]:
        """Every name and its address."""
        return {symbol.name: symbol.addr for symbol in self._by_name.values()}

    def pieces(self) -> list[Symbol]:
        """Every piece that has a size, in address order."""
        return list(self._pieces)

    def piece_at(self, addr: int) -> Symbol | None:
        """The piece that contains `addr`."""
        at = bisect_right(self._starts, addr) - 1
        if at >= 0 and addr < self._pieces[at].end:
            return self._pieces[at]
        return None

    def describe(self, addr: int) -> str:
        """`name`, `name+0x8`, or the bare address in hex."""
        piece = self.piece_at(addr)
        if piece is None:
            return f"{addr:#x}"
        offset = addr - piece.addr
        return f"{piece.name}+{offset:#x}" if offset else piece.name
