"""``log``: look into logs."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from cyclopts import Parameter, Token

from ..errors import InputError
from ..inspect import EventName, Link, LogFile, Past, around, matches, select, seq_of, stats
from ..inspect.sql import Engine
from ..inspect.table import HEADING
from ..reading import shortened
from .exit_codes import ExitCode
from .log_failure import failure_of, print_failure_causes
from .log_output import named, print_difference, print_lanes, print_stats, table_row
from .log_sources import log_of
from .log_sql import print_answer
from .options import EVENTS_MAX, Here, number, plain_digits
from .output import write
from .session import Session

__all__ = ["LogOptions", "command", "inspect_log"]

Format: TypeAlias = Literal["table", "lanes", "json"]

CONTEXT = 10
FAILURE: Final = "failure"
_FLAG = Parameter(negative="", show_default=False)
_NUMBER = number(0, EVENTS_MAX)


def _event(hint: object, tokens: Sequence[Token]) -> int | EventName | Literal["failure"]:
    """An event by its number or by its name, or the failure of the run."""
    if tokens[0].value == FAILURE:
        return FAILURE
    name = EventName.parse(tokens[0].value)
    if name is not None:
        return name
    try:
        found = int(plain_digits(int, tokens))
    except ValueError as error:
        raise ValueError(f"{error}, a name such as cpu1/fetch/vfs_read+0x4#2, or {FAILURE}") from None
    if not 0 <= found <= EVENTS_MAX:
        raise ValueError(f"there is no event {found}")
    return found


_EVENT = Parameter(converter=_event, n_tokens=1, accepts_keys=False)


@dataclass(frozen=True, slots=True)
class LogOptions:
    """What the command line said; see the command's help."""

    query: str | None = None
    around: int | EventName | Literal["failure"] | None = None
    causes: int | EventName | Literal["failure"] | None = None
    context: int = CONTEXT
    diff: tuple[Path, Path] | None = None
    stats: bool = False
    format: Format = "table"
    sql: str | None = None
    engine: Engine | None = None


def command(
    file: Path | None = None,
    query: str | None = None,
    /,
    *more: str,
    around: Annotated[int | EventName | Literal["failure"] | None, _EVENT] = None,
    causes: Annotated[int | EventName | Literal["failure"] | None, _EVENT] = None,
    context: Annotated[int, _NUMBER] = CONTEXT,
    design: str | None = None,
    diff: Annotated[tuple[Path, Path] | None, _FLAG] = None,
    engine: Engine | None = None,
    format: Format = "table",  # noqa: A002 -- the option is called so
    json: Annotated[bool, _FLAG] = False,
    sql: str | None = None,
    stats: Annotated[bool, _FLAG] = False,
    session: Here,
) -> int:
    """Look into the log of a run: filter its events, or ask what is around one, what led to it, what differs.

    Parameters
    ----------
    file
        A log, as `run --keep-logs`, `once --log-to` and `replay --log-to` write it; or a replay file, whose run is
        then made.
    query
        Which events, as in 'kind == "fetch" and order < newest' or 'addr == vfs_read+4'; docs/logs.md. With --sql
        another file.
    more
        With --sql more files.
    around
        The event of this number or name (cpu1/fetch/vfs_read+0x4#2), or `failure`, and those before and after it.
    causes
        What the event of this number or name follows from, shortest chain first. `failure`: what broke, the two
        events that conflict, and the order between them that is missing.
    context
        How many events before and after, with --around and --diff.
    design
        The file of the design, for a replay file that was recorded with one of your own.
    diff
        Two logs, or replay files: their first different event, and what followed from it. Exit 1 when they differ.
    engine
        With --sql: duckdb (an extra) or sqlite; duckdb where it is installed.
    format
        A table, lanes by CPU, or JSON lines.
    json
        The same as --format json.
    sql
        Ask this of the tables events, runs and symbols, made of all files; docs/logs.md.
    stats
        Counts instead of events.
    """
    form: Format = "json" if json else format
    if sql is not None:
        files = [file, *(Path(each) for each in (query, *more) if each is not None)]
        asked = LogOptions(None, around, causes, context, diff, stats, form, sql, engine)
        return ask_sql(session, [path for path in files if path is not None], asked, design)
    if more:
        raise InputError(
            "log", "", f"found {shortened(repr(more[0]))} after the query; only --sql takes several files"
        )
    if engine is not None:
        raise InputError("--engine", "", "goes with --sql")
    options = LogOptions(query, around, causes, context, diff, stats, form)
    return inspect_log(session, file, options, design)


def ask_sql(session: Session, paths: Sequence[Path], options: LogOptions, design: str | None) -> ExitCode:
    """A question in SQL to some logs."""
    assert options.sql is not None
    for name, there in _given(options).items():
        if there:
            raise InputError(name, "", "does not go with --sql")
    if options.format == "lanes":
        raise InputError("--format lanes", "", "shows events; --sql has table and json")
    if not paths:
        raise InputError("--sql", "", "of which log? give a FILE, or several")
    logs = [log_of(session, path, design) for path in paths]
    print_answer(session, logs, options.sql, options.engine, json=options.format == "json")
    return ExitCode.OK


def inspect_log(
    session: Session, path: Path | None, options: LogOptions, design: str | None = None
) -> ExitCode:
    """The command; its exit code."""
    _check(path, options)
    if options.diff is not None:
        a, b = (log_of(session, one, design) for one in options.diff)
        return print_difference(session, a, b, options.context, options.format)
    assert path is not None
    log = log_of(session, path, design)
    if options.causes == FAILURE:
        print_failure_causes(session, log, json=options.format == "json")
    elif options.stats:
        print_stats(session, stats(log, options.query), json=options.format == "json")
    elif options.causes is not None:
        _causes(session, log, options, _numbered(log, "--causes", options.causes))
    else:
        asked = None if options.around is None else _numbered(log, "--around", options.around)
        found = _chosen(log, options, asked)
        if options.format == "lanes":
            marked = frozenset[int]() if asked is None else frozenset({asked})
            print_lanes(session, log, (line for line, _ in found), marked)
        else:
            _print(session, log, options, found)
    return ExitCode.OK


def _numbered(log: LogFile, option: str, event: int | EventName | Literal["failure"]) -> int:
    """The number of an event; whether there is one of that number is seen when it is looked for."""
    if event == FAILURE:
        return failure_of(log)
    return event if isinstance(event, int) else seq_of(log, event, option)


def _given(options: LogOptions) -> dict[str, bool]:
    """What asks for something else than events, and whether it is there."""
    return {
        "--around": options.around is not None,
        "--causes": options.causes is not None,
        "--diff": options.diff is not None,
        "--stats": options.stats,
    }


def _check(path: Path | None, options: LogOptions) -> None:
    """Raises `InputError` when options do not go together."""
    names = [name for name, there in _given(options).items() if there]
    if len(names) > 1:
        raise InputError(names[1], "", f"does not go with {names[0]}")
    if options.diff is not None and path is not None:
        raise InputError("--diff", "", f"takes two logs and neither a third ({path}) nor a query")
    if options.diff is None and path is None:
        raise InputError("log", "", "which one? give a FILE, or two after --diff")
    if options.stats and options.format == "lanes":
        raise InputError("--format lanes", "", "shows events, not counts; --stats has table and json")


def _chosen(log: LogFile, options: LogOptions, asked: int | None) -> Iterator[tuple[bytes, bool]]:
    """(line, is it the event asked about)."""
    if asked is None:
        return ((line, False) for line, _ in matches(log, select(log, options.query)))
    return ((line, seq == asked) for line, seq in around(log, options.query, asked, options.context))


def _print(session: Session, log: LogFile, options: LogOptions, found: Iterator[tuple[bytes, bool]]) -> None:
    if options.format == "json":
        some = write(line for line, _ in found)
    else:
        rows = (_row(log, line, marked).encode() for line, marked in found)
        first = next(rows, None)
        some = first is not None
        write([] if first is None else itertools.chain([HEADING.encode(), first], rows))
    if not some:
        session.note(f"{log.path}: no event matches")


def _row(log: LogFile, line: bytes, marked: bool) -> str:
    """A row, that of the event asked about with its name."""
    if not marked:
        return table_row(log, line)
    return f"{table_row(log, line, '*')}{named(line, '  [', ']')}"


def _causes(session: Session, log: LogFile, options: LogOptions, seq: int) -> None:
    past = Past(log, seq)
    chosen = matches(log, select(log, options.query, ("seq",)))
    found = {item.seq: line for line, item in chosen if item.seq in past}
    if options.format == "lanes":
        print_lanes(session, log, found.values(), frozenset({seq}))
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
