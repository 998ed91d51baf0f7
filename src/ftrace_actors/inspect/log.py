"""Logs of runs: JSON lines, a header and then one event a line.

The header says what the run was (enough to make it again) and how its events must look; an event line is the event's
fields with addresses and 64-bit values as hexadecimal strings, and `symbol` where the address has a name.  `symbol` is
for eyes and `jq`; reading back ignores it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from ..errors import InputError
from ..events import SCHEMA_VERSION, Event
from ..events.encoding import digest, from_plain, to_plain
from .symbols import Symbols

__all__ = ["FORMAT", "LogHeader", "digest", "encode_events", "read_log", "write_log"]

FORMAT: Final = "ftrace-actors-log"


class LogHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of a log.

    `schema` is the version of the event schema, `digest` that of the events that follow.
    """

    scenario: str
    seed: int
    run: int
    strategy: str
    digest: str
    format: str = FORMAT
    schema: int = SCHEMA_VERSION


def encode_events(events: Iterable[Event], symbols: Symbols) -> Iterator[bytes]:
    """One JSON line an event, without the line end."""
    encode = msgspec.json.Encoder().encode
    for event in events:
        plain = to_plain(event)
        addr = getattr(event, "addr", None)
        if addr:
            name = symbols.describe(addr)
            if not name.startswith("0x"):
                plain["symbol"] = name
        yield encode(plain)


def write_log(path: Path, header: LogHeader, events: Iterable[Event], symbols: Symbols) -> None:
    """Write a log whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(msgspec.json.encode(header) + b"\n")
        for line in encode_events(events, symbols):
            file.write(line + b"\n")
    partial.replace(path)


def read_log(path: Path) -> tuple[LogHeader, list[Event]]:
    """The header and the events of a log, exactly as they were written.

    Raises an `InputError` that names the line: no log, another schema version, a line that is no event, or events that
    are not those the header was written for.
    """
    lines = path.read_bytes().splitlines()
    header = _header(path, lines[0] if lines else b"")
    events: list[Event] = []
    for number, line in enumerate(lines[1:], 2):
        try:
            plain = msgspec.json.decode(line)
            if not isinstance(plain, dict):
                raise InputError(str(path), f"line {number}", "expected an event, an object with a kind")
            plain.pop("symbol", None)
            events.append(from_plain(plain))
        except (ValueError, msgspec.DecodeError) as error:
            raise InputError(str(path), f"line {number}", str(error)) from error
    if digest(events) != header.digest:
        raise InputError(
            str(path), "digest", "the events are not those the header was written for: cut or edited"
        )
    return header, events


def _header(path: Path, line: bytes) -> LogHeader:
    try:
        header = msgspec.json.decode(line, type=LogHeader)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise InputError(str(path), "line 1", f"not the header of a log: {error}") from error
    if header.format != FORMAT:
        raise InputError(str(path), "format", f"{header.format!r} is not {FORMAT!r}")
    if header.schema != SCHEMA_VERSION:
        raise InputError(
            str(path),
            "schema",
            f"written with event schema {header.schema}, this version reads {SCHEMA_VERSION}",
        )
    return header
