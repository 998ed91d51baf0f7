"""A log read as a stream: block by block, each line decoded no further than whoever reads it asks for.

A reader names the few fields it needs as a `msgspec.Struct`; the JSON decoder then skips everything else, so a filter
over a million events builds a million small objects of three fields and never an event.  What is wrong with a file is
found on the way, and raised as one `InputError` that names the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import msgspec

from ..arm64.image import Symbols as ImageSymbols
from ..errors import InputError
from ..events import SCHEMA_VERSION, Event
from ..events.encoding import BAD_JSON, from_plain, json_fault
from ..reading import LINE_MAX, LOG_MAX, open_regular
from .header import FORMAT, LogHeader

__all__ = ["ADDED", "LogFile", "decode_event", "lines_of"]

ADDED: Final = ("symbol", "occurrence")
"""Fields of a line that are not fields of the event: they follow from it and from what was before (`naming`)."""
BLOCK_BYTES: Final = 1 << 18
PACKED: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ": "xz", b"BZh": "bzip2"}
"""How a packed file begins -> by what it was packed."""

_T = TypeVar("_T")


class LogFile:
    """One log.  Nothing of it is kept but the header.

    Attributes:
        path: as given.
        header: its first line.

    `content`: the log itself, of a run that was just made; then there is no such file, and `path` is for messages.
    Raises `InputError` when the file cannot be read or its first line is not a header.
    """

    def __init__(self, path: Path, content: bytes | None = None) -> None:
        self.path = path
        self._content = content
        with self._open() as file:
            self.header = parse_header(path, file.readline(LINE_MAX))

    def at_line(self, line: int, message: str) -> InputError:
        """What is wrong with line `line`."""
        return InputError(str(self.path), f"line {line}", message)

    @cached_property
    def symbols(self) -> ImageSymbols:
        """The names of addresses that the header tells."""
        return self.header.image_symbols(str(self.path))

    def file_of(self, spare: Path) -> Path:
        """A file with this log in it: its own, or `spare`, which is then written."""
        if self._content is None:
            return self.path
        spare.write_bytes(self._content)
        return spare

    # -- reading --------------------------------------------------------------------------------------------------

    def _open(self) -> IO[bytes]:
        if self._content is not None:
            return BytesIO(self._content)
        return open_regular(self.path, LOG_MAX)

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """(number of the first line, whole lines) until the end of the log.  Checks that the log is whole."""
        number = 2
        with self._open() as file:
            file.readline(LINE_MAX)
            rest = b""
            while data := file.read(BLOCK_BYTES):
                cut = data.rfind(b"\n") + 1
                if not cut:
                    rest += data
                    if len(rest) > LINE_MAX:
                        raise self.at_line(number, f"a line of more than {LINE_MAX} bytes")
                    continue
                block, rest = rest + data[:cut], data[cut:]
                yield number, block
                number += block.count(b"\n")
        if rest:
            raise self.at_line(number, "the log was cut off in the middle of this line")
        self._check_count(number - 2)

    def _check_count(self, count: int) -> None:
        """Raises `InputError` when the log has not as many events as its header says."""
        told = self.header.events
        if told is None or count == told:
            return
        if count < told:
            raise self.at_line(count + 1, f"the log ends here, with {count} of {told} events")
        raise self.at_line(
            told + 2, f"from here on there are events too many: {count}, the header says {told}"
        )

    def decoded(self, kind: type[_T]) -> Iterator[tuple[int, bytes, list[_T]]]:
        """(number of the first line, the lines, one `kind` for each line)."""
        decode = msgspec.json.Decoder(kind).decode_lines
        for number, block in self.blocks():
            try:
                items = decode(block)
            except BAD_JSON:
                items = []
            if len(items) != block.count(b"\n"):
                raise self._blame(number, block, msgspec.json.Decoder(kind).decode)
            yield number, block, items

    def lines(self) -> Iterator[bytes]:
        """The lines of events, without their ends, as they are."""
        for _, block, _ in self.decoded(_Head):
            yield from lines_of(block)

    def events(self, kinds: frozenset[str] | None = None) -> Iterator[Event]:
        """The events, those of `kinds` or all, as they were recorded."""
        for number, block, heads in self.decoded(_Head):
            for offset, (head, line) in enumerate(zip(heads, lines_of(block), strict=True)):
                if kinds is None or head.kind in kinds:
                    try:
                        yield decode_event(line)
                    except ValueError as error:
                        raise self.at_line(number + offset, str(error)) from None

    def wrong(self, line: bytes) -> InputError:
        """What is wrong with a line that was read before."""
        number = next(number for number, other in enumerate(self.lines(), 2) if other == line)
        try:
            decode_event(line)
        except ValueError as error:
            return self.at_line(number, str(error))
        return self.at_line(number, "expected an event, with every field of its kind")

    def _blame(self, number: int, block: bytes, decode: Callable[[bytes], object]) -> InputError:
        """The first line of a block that is not an event."""
        for offset, line in enumerate(lines_of(block)):
            try:
                decode(line)
            except BAD_JSON as error:
                return self.at_line(number + offset, _reason(line, error))
        return self.at_line(number, "expected one event on each line from here on")


def lines_of(block: bytes) -> list[bytes]:
    """The lines of a block, without their ends; a carriage return is but white space in JSON."""
    return block[:-1].split(b"\n")


class _Head(msgspec.Struct, gc=False):
    kind: str


def _reason(line: bytes, error: Exception) -> str:
    if not line.strip():
        return "an empty line where an event was expected"
    return f"expected an event, an object with a kind: {json_fault(error)}"


def decode_event(line: bytes) -> Event:
    """The event on a line.  Raises `ValueError` in one sentence."""
    try:
        plain: Any = msgspec.json.decode(line)
    except BAD_JSON as error:
        raise ValueError(f"expected an event, an object with a kind: {json_fault(error)}") from None
    if not isinstance(plain, dict):
        raise ValueError("expected an event, an object with a kind")  # noqa: TRY004 -- one kind of error for a log
    for name in ADDED:
        plain.pop(name, None)
    return from_plain(plain)


def parse_header(path: Path, line: bytes) -> LogHeader:
    """The header on the first line of a log.  Raises `InputError`."""
    if not line:
        raise InputError(str(path), "line 1", "not the header of a log: the file is empty")
    for start, name in PACKED.items():
        if line.startswith(start):
            raise InputError(str(path), "line 1", f"not the header of a log but {name}: unpack it first")
    try:
        header = msgspec.json.decode(line, type=LogHeader)
    except BAD_JSON as error:
        raise InputError(str(path), "line 1", f"not the header of a log: {json_fault(error)}") from None
    if header.format != FORMAT:
        raise InputError(str(path), "format", f"{header.format!r} is not {FORMAT!r}")
    if header.is_as_written is False:
        raise InputError(str(path), "seal", "the header is not as it was written: edited, or of another log")
    if header.schema != SCHEMA_VERSION:
        raise InputError(
            str(path),
            "schema",
            f"written with event schema {header.schema}, this version reads {SCHEMA_VERSION}",
        )
    if wrong := header.contradiction():
        raise InputError(str(path), "line 1", wrong)
    return header
