"""Lines of a log that a query selects, in one pass."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from ..errors import InputError
from ..events import Alloc, OpsDefined, RecordDefined
from .logfile import LogFile, decode_event, lines_of
from .query import Filter, Names, compile_query, parse

__all__ = ["around", "event_error", "find", "matches", "names_of", "scan", "select"]


def names_of(log: LogFile) -> Names:
    """The names of a log: from its header, and from the definitions that its events begin with."""
    fixed = dict(log.symbols.names())
    moving = set()
    for line in log.lines():
        try:
            event = decode_event(line)
        except ValueError:
            break  # whoever reads the events says what is wrong
        match event:
            case RecordDefined():
                fixed.setdefault(event.function, event.entry)
                fixed.setdefault(f"{event.function}.literal", event.literal)
            case OpsDefined(dynamic=True) | Alloc():
                moving.add(event.name)
            case OpsDefined():
                fixed.setdefault(event.name, event.addr)
            case _:
                break
    known = frozenset(log.symbols.names()) if log.header.symbols else None
    return Names({name: addr for name, addr in fixed.items() if name not in moving}, frozenset(moving), known)


def select(log: LogFile, query: str | None, fields: tuple[str, ...] = ()) -> Filter:
    """A query, compiled for a log; None selects every event.  `fields` are decoded as well.  Raises `QueryError`."""
    names = names_of(log)
    return compile_query(None if query is None else parse(query, names), names, fields)


def scan(log: LogFile, chosen: Filter) -> Iterator[tuple[bytes, list[Any], list[int]]]:
    """(lines, decoded, indices of those selected), block by block.  Raises `InputError`."""
    pick = chosen.start()
    for number, block, items in log.decoded(chosen.struct):
        try:
            found = pick(items)
        except (ValueError, TypeError) as error:
            raise _blame(log, number, block, chosen, error) from None
        yield block, items, found


def _blame(log: LogFile, number: int, block: bytes, chosen: Filter, error: Exception) -> InputError:
    """Which line has a value that is not what the schema says."""
    for offset, line in enumerate(lines_of(block)):
        try:
            decode_event(line)
        except ValueError as reason:
            return log.at_line(number + offset, str(reason))
    return log.at_line(number, f"from here on an event has a value that cannot be compared: {error}")


def matches(log: LogFile, chosen: Filter) -> Iterator[tuple[bytes, Any]]:
    """(line, decoded) of each event selected."""
    for block, items, found in scan(log, chosen):
        if found:
            lines = lines_of(block)
            yield from ((lines[index], items[index]) for index in found)


def event_error(log: LogFile, option: str, seq: int, count: int) -> InputError:
    """There is no event of that number."""
    there = f"has events 0 to {count - 1}" if count else "has no events"
    return InputError(str(log.path), f"{option} {seq}", f"no such event; this log {there}")


def around(log: LogFile, query: str | None, seq: int, context: int) -> Iterator[tuple[bytes, int]]:
    """(line, seq) of event `seq`, and of the `context` events before and after it that the query selects."""
    chosen = select(log, query, ("seq",))
    before: deque[tuple[bytes, int]] = deque(maxlen=context)
    after = count = 0
    for block, items, found in scan(log, chosen):
        count += len(items)
        if count <= seq and not found:
            continue
        picked = set(found)
        lines = lines_of(block)
        for index, item in enumerate(items):
            here = lines[index], item.seq
            if item.seq == seq:
                yield from before
                yield here
                after = 1
            elif index in picked:
                if not after:
                    before.append(here)
                elif after <= context:
                    yield here
                    after += 1
    if not after:
        raise event_error(log, "--around", seq, count)


def find(log: LogFile, wanted: set[int]) -> Iterator[tuple[bytes, int]]:
    """(line, seq) of some events, by number, in the order of the log."""
    for line, item in matches(log, compile_query(None, Names(), ("seq",))):
        if item.seq in wanted:
            yield line, item.seq
