"""Reading runs back: logs, queries on them, what led to what, and the timeline in lanes that a failure is shown as."""

from .brief import render_brief
from .causes import Link, Past
from .divergence import Divergence, Side, diverge
from .header import FORMAT, LogHeader, make_header
from .lanes import render, render_events
from .log import digest, encode_events, encode_log, read_log, write_log
from .logfile import LogFile, decode_event
from .naming import EventName, seq_of
from .proof import proof_of
from .query import QueryError
from .race import Conflict, evidence_of, race_of
from .recheck import Rechecked, recheck
from .relay import relay
from .select import around, find, matches, select
from .stats import Stats, stats
from .symbols import EventSymbols, Symbols

__all__ = [
    "FORMAT",
    "Conflict",
    "Divergence",
    "EventName",
    "EventSymbols",
    "Link",
    "LogFile",
    "LogHeader",
    "Past",
    "QueryError",
    "Rechecked",
    "Side",
    "Stats",
    "Symbols",
    "around",
    "decode_event",
    "digest",
    "diverge",
    "encode_events",
    "encode_log",
    "evidence_of",
    "find",
    "make_header",
    "matches",
    "proof_of",
    "race_of",
    "read_log",
    "recheck",
    "relay",
    "render",
    "render_brief",
    "render_events",
    "select",
    "seq_of",
    "stats",
    "write_log",
]
