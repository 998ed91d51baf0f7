"""``log``: look into logs."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
from cyclopts import Parameter

from ..errors import InputError
from ..inspect import Link, LogFile, Past, around, matches, select, stats
from ..inspect.table import HEADING
from .exit_codes import ExitCode
from .log_output import print_difference, print_lanes, print_stats, table_row
from .options import EVENTS_MAX, Here, number
from .output import write
from .session import Session

__all__ = ["LogOptions", "command", "inspect_log"]

Format: TypeAlias = Literal["table", "lanes", "json"]

CONTEXT = 10
_FLAG = Parameter(negative="")
_NUMBER = number(0, EVENTS_MAX)


@dataclass(frozen=True, slots=True)
class LogOptions:
    """What the command line said; see the command's help."""

    query: str | None = None
    around: int | None = None
    causes: int | None = None
    context: int = CONTEXT
    diff: tuple[Path, Path] | None = None
    stats: bool = False
    format: Format = "table"


def command(
    file: Path | None = None,
    query: str | None = None,
    *,
    around: Annotated[int | None, _NUMBER] = None,
    causes: Annotated[int | None, _NUMBER] = None,
    context: Annotated[int, _NUMBER] = CONTEXT,
    diff: tuple[Path, Path] | None = None,
    format: Format = "table",  # noqa: A002 -- the option is called so
    json: Annotated[bool, _FLAG] = False,
    stats: Annotated[bool, _FLAG] = False,
    session: Here,
) -> int:
    """Look into the log of a run: filter its events, or ask what is around one, what led to it, what differs.

    Parameters
    ----------
    file
        A log, as `run --keep-logs`, `once --log-to` and `replay --log-to` write it.
    query
        Which events, as in 'kind == "fetch" and order < newest' or 'addr == vfs_read+4'; docs/logs.md.
    around
        The event of this number, and those before and after it.
    causes
        What the event of this number follows from, shortest chain first.
    context
        How many events before and after, with --around and --diff.
    diff
        Two logs: their first different event, and what followed from it. Exit 1 when they differ.
    format
        A table, lanes by CPU, or JSON lines.
    json
        The same as --format json.
    stats
        Counts instead of events.
    """
    options = LogOptions(query, around, causes, context, diff, stats, "json" if json else format)
    return inspect_log(session, file, options)


def inspect_log(session: Session, path: Path | None, options: LogOptions) -> ExitCode:
    """The command; its exit code."""
    _check(path, options)
    if options.diff is not None:
        a, b = (LogFile(one) for one in options.diff)
        return print_difference(session, a, b, options.context, options.format)
    assert path is not None
    log = LogFile(path)
    if options.stats:
        print_stats(session, stats(log, options.query), json=options.format == "json")
    elif options.causes is not None:
        _causes(session, log, options, options.causes)
    elif options.format == "lanes":
        print_lanes(session, log, (line for line, _ in _chosen(log, options)), _marked(options))
    else:
        _print(session, log, options)
    return ExitCode.OK


def _check(path: Path | None, options: LogOptions) -> None:
    """Raises `InputError` when options do not go together."""
    given = {
        "--around": options.around is not None,
        "--causes": options.causes is not None,
        "--diff": options.diff is not None,
        "--stats": options.stats,
    }
    names = [name for name, there in given.items() if there]
    if len(names) > 1:
        raise InputError(names[1], "", f"does not go with {names[0]}")
    if options.diff is not None and path is not None:
        raise InputError("--diff", "", f"takes two logs and neither a third ({path}) nor a query")
    if options.diff is None and path is None:
        raise InputError("log", "", "which one? give a FILE, or two after --diff")
    if options.stats and options.format == "lanes":
        raise InputError("--format lanes", "", "shows events, not counts; --stats has table and json")


def _chosen(log: LogFile, options: LogOptions) -> Iterator[tuple[bytes, bool]]:
    """(line, is it the event asked about)."""
    if options.around is None:
        return ((line, False) for line, _ in matches(log, select(log, options.query)))
    found = around(log, options.query, options.around, options.context)
    return ((line, seq == options.around) for line, seq in found)


def _marked(options: LogOptions) -> frozenset[int]:
    return frozenset({seq for seq in (options.around, options.causes) if seq is not None})


def _print(session: Session, log: LogFile, options: LogOptions) -> None:
    found = _chosen(log, options)
    if options.format == "json":
        some = write(line for line, _ in found)
    else:
        rows = (table_row(log, line, "*" if marked else " ").encode() for line, marked in found)
        first = next(rows, None)
        some = first is not None
        write([] if first is None else itertools.chain([HEADING.encode(), first], rows))
    if not some:
        session.note(f"{log.path}: no event matches")


def _causes(session: Session, log: LogFile, options: LogOptions, seq: int) -> None:
    past = Past(log, seq)
    chosen = matches(log, select(log, options.query, ("seq",)))
    found = {item.seq: line for line, item in chosen if item.seq in past}
    if options.format == "lanes":
        print_lanes(session, log, found.values(), _marked(options))
        return
    ordered = past.ordered(found)
    if options.format == "json":
        write(_with_link(found[one], past.link(one)) for one in ordered)
        return
    heading = [f"hops {HEADING}".encode()] if found else []
    lines = (
        f"{past.link(one).hops:>4} {table_row(log, found[one])}  [{past.chain(one)}]".encode()
        for one in ordered
    )
    if not write(itertools.chain(heading, lines)):
        session.note(f"{log.path}: no event matches")


def _with_link(line: bytes, link: Link) -> bytes:
    """The event, and how far it is: a chain is read by following `towards`."""
    event = msgspec.json.decode(line)
    towards = link.towards if link.hops else None
    return msgspec.json.encode(
        {**event, "hops": link.hops, "relation": link.relation or None, "towards": towards}
    )
