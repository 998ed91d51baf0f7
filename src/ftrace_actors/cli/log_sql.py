"""``log FILE... --sql QUERY``: the answer as a table as wide as the terminal, or as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ..inspect.sql import Engine, ask, engine_of
from ..terminal import one_line
from .output import write

if TYPE_CHECKING:
    from ..inspect import LogFile
    from .session import Session

__all__ = ["print_answer"]

LOOKED_AT: Final = 1000
"""Rows by which the widths of columns are chosen; those after them are cut to these widths."""
GAP: Final = 2
NARROWEST: Final = 6
REMARK: Final = len("  (99 more: --json)")


def print_answer(
    session: Session, logs: Sequence[LogFile], query: str, engine: Engine | None, *, json: bool
) -> None:
    """Print it.  Raises `InputError` in one line for a query that cannot be answered."""
    with ask(logs, query, engine_of(engine)) as (names, rows):
        lines = _json_lines(names, rows) if json else _table(names, rows, session.width)
        some = write(line.encode() for line in lines)
    if not some:
        session.note("no rows")


def _json_lines(names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    keys = list(_distinct(names))
    for row in rows:
        yield json.dumps(
            dict(zip(keys, row, strict=True)), ensure_ascii=False, default=str, separators=(",", ":")
        )


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """Names as keys: a second `n` is `n_2`."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"


def _table(names: Sequence[str], rows: Iterator[tuple[Any, ...]], width: int) -> Iterator[str]:
    first = list(islice(rows, LOOKED_AT))
    if not first:
        return
    head = [one_line(name) for name in names]
    cells = [[_cell(value) for value in row] for row in first]
    right = [
        all(isinstance(row[at], (int, float)) or row[at] is None for row in first) for at in range(len(head))
    ]
    widths = _widths([max(len(line[at]) for line in (head, *cells)) for at in range(len(head))], width)
    cut = len(head) - len(widths)
    yield _line(head, widths, right) + (f"  ({cut} more: --json)" if cut else "")
    for line in cells:
        yield _line(line, widths, right)
    for row in rows:
        yield _line([_cell(value) for value in row], widths, right)


def _widths(full: list[int], width: int) -> list[int]:
    """As wide as they are, the widest ones narrowed until all fit; the last ones left out where that is not enough."""
    fitting = (width + GAP) // (NARROWEST + GAP)
    if fitting < len(full):
        width -= REMARK
        fitting = max((width + GAP) // (NARROWEST + GAP), 1)
    widths = full[:fitting]
    while sum(widths) + GAP * (len(widths) - 1) > width and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    shown = (
        cut.rjust(room) if numeric else cut.ljust(room)
        for cut, room, numeric in zip(map(_cut, cells, widths), widths, right, strict=False)
    )
    return (" " * GAP).join(shown).rstrip()


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return one_line(str(value))
