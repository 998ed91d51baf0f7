"""Logs of runs: JSON lines, a header and then one event a line.

The header says which run it was, what judging it again takes and how its events must look; making the run again takes
a replay file.  An event line is the event's fields with addresses and 64-bit values as hexadecimal strings, and what
names the event: `symbol` and `occurrence` (`naming`).  Those are for eyes, queries and `jq`; reading events back
ignores them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ..atomic_file import write_lines
from ..errors import InputError
from ..events import Event
from ..events.encoding import digest
from .header import FORMAT, LogHeader
from .logfile import LogFile
from .naming import Plain
from .symbols import Symbols

__all__ = [
    "FORMAT",
    "LogHeader",
    "digest",
    "encode_events",
    "encode_log",
    "read_log",
    "write_log",
]


def encode_events(events: Iterable[Event], symbols: Symbols) -> Iterator[bytes]:
    """One JSON line an event, without the line end; the first is that of the run."""
    encode, plain = msgspec.json.Encoder().encode, Plain(symbols)
    for event in events:
        yield encode(plain(event))


def encode_log(header: LogHeader, events: Iterable[Event], symbols: Symbols) -> Iterator[bytes]:
    """The lines of a log, without line ends; the header with its seal."""
    yield msgspec.json.encode(header.sealed())
    yield from encode_events(events, symbols)


def write_log(path: Path, header: LogHeader, events: Iterable[Event], symbols: Symbols) -> None:
    """Write a log whole or not at all, making its directory.  Raises `OSError`."""
    write_lines(path, encode_log(header, events, symbols))


def read_log(path: Path) -> tuple[LogHeader, list[Event]]:
    """The header and the events of a log, exactly as they were written.

    Raises an `InputError` that names the line: no log, another schema version, a line that is not an event, or events
    that are not those the header was written for.
    """
    log = LogFile(path)
    events = list(log.events())
    if log.header.digest and digest(events) != log.header.digest:
        raise InputError(
            str(path), "digest", "the events are not those the header was written for: cut or edited"
        )
    return log.header, events
