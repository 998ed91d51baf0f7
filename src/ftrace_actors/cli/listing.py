"""Memory at the start of a scenario, disassembled."""

from collections.abc import Iterator

from ..arm64.image import Symbol
from ..arm64.isa import disassemble
from ..kernel.build import Image

__all__ = ["listing"]


def listing(image: Image) -> list[str]:
    """Every named piece in address order: code word by word, data as 64-bit values.

    A line of code is address, word, text; ``*`` marks a word that may be modified while others fetch it, and a labelled
    edge of the code follows after ``//``.
    """
    return [line for piece in image.symbols.pieces() for line in _piece(image, piece)]


def _piece(image: Image, piece: Symbol) -> Iterator[str]:
    yield f"{piece.addr:016x} <{piece.name}>:"
    words = image.program.words
    if any(addr in words for addr in range(piece.addr, piece.end, 4)):
        yield from _code(image, piece)
    else:
        yield from _data(image, piece)
    yield ""


def _code(image: Image, piece: Symbol) -> Iterator[str]:
    program = image.program
    for addr in range(piece.addr, piece.end, 4):
        if addr not in program.words:
            continue
        word = program.words[addr]
        star = "*" if addr in program.modifiable else " "
        mark = f"  // {image.marks[addr]}" if addr in image.marks else ""
        yield f"{star}{addr & 0xFFFF_FFFF:8x}:  {word:08x}  {_text(image, word, addr)}{mark}"


def _text(image: Image, word: int, addr: int) -> str:
    """The instruction, a branch target by name."""
    text = disassemble(word, addr)
    head, _, last = text.rpartition(" ")
    if last.startswith("0x") and not text.startswith("adrp"):  # adrp names a page, not what is on it
        return f"{head} {image.symbols.describe(int(last, 16))}"
    return text


def _data(image: Image, piece: Symbol) -> Iterator[str]:
    for addr in range(piece.addr & ~7, piece.end, 8):
        value, _ = image.cells.get(addr, (0, 0))
        name = image.symbols.describe(value) if image.symbols.piece_at(value) else ""
        yield f" {addr & 0xFFFF_FFFF:8x}:  {value:016x}  {name}".rstrip()
