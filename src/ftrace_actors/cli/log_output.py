"""What ``log`` prints: lines, lanes, counts, differences."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from ..errors import InputError
from ..events import Event, RecordDefined
from ..events.encoding import BAD_JSON
from ..inspect import (
    Divergence,
    EventName,
    EventSymbols,
    LogFile,
    Side,
    Stats,
    decode_event,
    diverge,
    matches,
    render_events,
    select,
)
from ..inspect.phrases import Narrator
from ..inspect.table import HEADING, row
from ..terminal import one_line, shown
from .exit_codes import ExitCode
from .output import write
from .session import Session

__all__ = ["LANES_MAX", "named", "narrator_of", "print_difference", "print_lanes", "print_stats", "table_row"]

LANES_MAX: Final = 20_000
"""More events than this do not make a picture; laid out side by side they also have to be in memory."""


# -- lanes ------------------------------------------------------------------------------------------------------------


def print_lanes(session: Session, log: LogFile, lines: Iterable[bytes], marked: frozenset[int]) -> None:
    """Some events of a log, in lanes.  Raises `InputError` when they are more than lanes are made for."""
    found = [_event(log, line) for line in islice(lines, LANES_MAX + 1)]
    if len(found) > LANES_MAX:
        raise InputError(
            "--format lanes",
            "",
            f"more than {LANES_MAX} events; narrow them by a query, or take --around EVENT or a table",
        )
    if not found:
        session.note(f"{log.path}: no event matches")
        return
    text = render_events(found, narrator_of(log), session.width, marked)
    write(line.encode() for line in shown(text).rstrip("\n").split("\n"))


def table_row(log: LogFile, line: bytes, mark: str = " ") -> str:
    """An event as one line of a table.  Raises `InputError` when it lacks a field."""
    try:
        return one_line(row(line, mark))
    except (KeyError, TypeError, *BAD_JSON):
        raise log.wrong(line) from None


def named(line: bytes, before: str, after: str) -> str:
    """The name of an event between two texts; "" where its line does not say."""
    name = EventName.of(line)
    return "" if name is None else f"{before}{one_line(str(name))}{after}"


def _event(log: LogFile, line: bytes) -> Event:
    try:
        return decode_event(line)
    except ValueError:
        raise log.wrong(line) from None


def narrator_of(log: LogFile) -> Narrator:
    """What it takes to put events into words."""
    symbols = (
        log.symbols if log.header.symbols else EventSymbols(log.events(frozenset({"record", "ops", "alloc"})))
    )
    return Narrator(_told(log), symbols)


def _told(log: LogFile) -> Iterator[Event]:
    """Definitions, patches, what became visible early, and of the stores those to literals and those that were early.

    The others need no words of their own, and are too many to keep.
    """
    early = {item.order for _, item in matches(log, select(log, 'kind == "early"', ("order",)))}
    literals = set()
    kinds = 'kind in ("record", "ops", "patch", "store", "early")'
    for line, item in matches(log, select(log, kinds, ("addr", "order"))):
        if item.kind == "store" and item.order not in early and item.addr not in literals:
            continue
        event = _event(log, line)
        if isinstance(event, RecordDefined) and event.literal:
            literals.add(f"{event.literal:#x}")
        yield event


# -- counts -----------------------------------------------------------------------------------------------------------


def print_stats(session: Session, counted: Stats, *, json: bool) -> None:
    """Counts, most frequent first; as JSON with sorted keys."""
    if json:
        session.plain(msgspec.json.encode(counted.as_json()).decode())
        return
    session.plain(f"events    {counted.events} of {counted.of}")
    session.plain(f"steps     up to {counted.steps}")
    session.plain(f"timeline  up to position {counted.timeline}")
    cpus = {f"cpu{cpu}" if cpu >= 0 else "(none)": count for cpu, count in counted.cpus.items()}
    tasks = {task or "(none)": count for task, count in counted.tasks.items()}
    for title, counts in (
        ("kinds", counted.kinds),
        ("actors", counted.actors),
        ("cpus", cpus),
        ("tasks", tasks),
        ("windows entered", counted.windows),
    ):
        session.plain(title)
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            session.plain(f"{count:>10}  {name}")


# -- differences ------------------------------------------------------------------------------------------------------


def print_difference(session: Session, a: LogFile, b: LogFile, context: int, form: str) -> ExitCode:
    """Where two logs part; exit code 1 when they do."""
    found = diverge(a, b, context=context)
    if form == "json":
        write([] if found is None else _difference_json(found))
    elif found is None:
        session.plain("the same events")
    else:
        _print_difference(session, a, b, found, lanes=form == "lanes")
    return ExitCode.OK if found is None else ExitCode.UNEXPECTED


def _difference_json(found: Divergence) -> list[bytes]:
    def part(side: str, name: str, line: bytes) -> bytes:
        return msgspec.json.encode({"side": side, "part": name, "event": msgspec.Raw(line)})

    lines = [part("both", "common", line) for line in found.common]
    for name, side in (("a", found.a), ("b", found.b)):
        if side.event is not None:
            lines.append(part(name, "first", side.event))
        lines += [part(name, "followed", line) for line in side.followed]
    return lines


def _print_difference(session: Session, a: LogFile, b: LogFile, found: Divergence, *, lanes: bool) -> None:
    for letter, log in (("A", a), ("B", b)):
        header = log.header
        session.plain(
            f"{letter} is {log.path}: {header.verdict or 'verdict not known'} "
            f"({header.scenario}, seed {header.seed}, run {header.run})"
        )
    session.plain(f"the first {found.at} events are the same")
    if lanes:
        for letter, log, side in (("A", a, found.a), ("B", b, found.b)):
            session.plain(
                f"{letter}, from what is the same over the first different event (*) to what only it has"
            )
            lines = [line for line in (*found.common, side.event, *side.followed) if line is not None]
            print_lanes(session, log, lines, frozenset({found.at}))
            session.plain(_summary(letter, side))
        return
    session.plain(f"  {HEADING}")
    for line in found.common:
        session.plain(f"  {table_row(a, line)}")
    sides = (("A", a, found.a), ("B", b, found.b))
    for letter, log, side in sides:
        here = "* ends here" if side.event is None else table_row(log, side.event, "*")
        session.plain(f"{letter} {here}")
    if found.fields:
        session.plain(f"they differ in {', '.join(found.fields)}")
    for letter, log, side in sides:
        session.plain(_summary(letter, side))
        for line in side.followed:
            session.plain(f"{letter} {table_row(log, line)}")


def _summary(letter: str, side: Side) -> str:
    more = side.count - len(side.followed)
    name = "" if side.event is None else named(side.event, "is ", " and ")
    words = f"in {letter} it {name}led to {side.led_to} events, {side.count} of which only {letter} has"
    return f"{words} ({more} not shown)" if more else words
