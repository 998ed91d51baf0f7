"""Reading runs back: logs, and the timeline in lanes that a failure is shown as."""

from .lanes import render
from .log import FORMAT, LogHeader, digest, encode_events, read_log, write_log
from .symbols import EventSymbols, Symbols

__all__ = [
    "FORMAT",
    "EventSymbols",
    "LogHeader",
    "Symbols",
    "digest",
    "encode_events",
    "read_log",
    "render",
    "write_log",
]
