"""The same questions asked of the same log in SQL: filters and counts must agree with sqlite."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from ftrace_actors.events import Event, Store
from ftrace_actors.inspect import EventSymbols, LogFile, matches, stats, write_log
from ftrace_actors.inspect.query import (
    FIELDS,
    Among,
    And,
    Compare,
    Contains,
    Field,
    Node,
    Not,
    Number,
    Operand,
    Or,
    Symbol,
    Text,
    Truth,
    Type,
    compile_query,
)
from tests.inspect.test_log import header
from tests.inspect.test_query import OF_REAL, REAL, REAL_NAMES

SCALARS = (Type.NUMBER, Type.TEXT, Type.TRUTH)


def column(name: str, held: Type) -> str:
    return f'"{name}: {held}"'


def number(value: int) -> str:
    """sqlite has no unsigned 64-bit integers: numbers are texts that sort as the numbers do."""
    return f"{value + 2**66:024d}"


def stored(name: str, value: object) -> tuple[Type, object]:
    """A value of a log, as a table holds it; an empty list is of what its field lists."""
    if isinstance(value, bool):
        return Type.TRUTH, int(value)
    if isinstance(value, int):
        return Type.NUMBER, number(value)
    if isinstance(value, list):
        numbers = str(value[0]).startswith("0x") if value else Type.TEXTS not in FIELDS[name]
        items = [number(int(item, 16)) if numbers else item for item in value]
        return Type.NUMBERS if numbers else Type.TEXTS, json.dumps(items)
    text = str(value)
    return (Type.NUMBER, number(int(text, 16))) if text.startswith("0x") else (Type.TEXT, text)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return REAL.write(tmp_path_factory.mktemp("sql") / "log")


@pytest.fixture(scope="module")
def table(path: Path) -> Iterator[sqlite3.Connection]:
    base = sqlite3.connect(":memory:")
    columns = [column(name, held) for name, types in FIELDS.items() for held in types if name != "window"]
    base.execute(f"create table raw (position integer, entered text, {', '.join(columns)})")
    for position, line in enumerate(path.read_text().splitlines()[1:]):
        event = json.loads(line)
        if "symbol" in event:
            event["symbol"] = event["symbol"].split("+0x")[0]
        cells = {"position": position, "entered": event.pop("window", None)}
        for name, value in event.items():
            held, cell = stored(name, value)
            cells[column(name, held)] = cell
        marks = ", ".join("?" for _ in cells)
        base.execute(f"insert into raw ({', '.join(cells)}) values ({marks})", list(cells.values()))
    base.execute(
        f"""create table log as select *, coalesce((select entered from raw as earlier
            where earlier.{column("kind", Type.TEXT)} = 'window' and earlier.position <= raw.position
              and earlier.{column("task", Type.TEXT)} = raw.{column("task", Type.TEXT)}
            order by earlier.position desc limit 1), '') as {column("window", Type.TEXT)} from raw"""
    )
    yield base
    base.close()


def where(node: Node) -> str:
    match node:
        case Not(part):
            return f"not {where(part)}"
        case And(parts):
            return f"({' and '.join(map(where, parts))})"
        case Or(parts):
            return f"({' or '.join(map(where, parts))})"
        case Among(operand, values, negated):
            op, join = ("!=", " and ") if negated else ("==", " or ")
            return f"({join.join(where(Compare(op, operand, value)) for value in values)})"
        case Contains(operand, field, negated):
            return f"({' or '.join(contained(operand, field, 'not in' if negated else 'in'))})"
        case Compare(op, left, right):
            both = [held for held in SCALARS if held in types(left) and held in types(right)]
            parts = [f"coalesce({value(left, held)} {op} {value(right, held)}, 0)" for held in both]
            return f"({' or '.join(parts)})"


def contained(operand: Operand, field: Field, word: str) -> Iterator[str]:
    for item, held in ((Type.NUMBER, Type.NUMBERS), (Type.TEXT, Type.TEXTS)):
        if item in types(operand) and held in types(field):
            items = f"select value from json_each(coalesce({value(field, held)}, '[]'))"
            one, several = value(operand, item), value(field, held)
            yield f"({one} is not null and {several} is not null and {one} {word} ({items}))"


def types(operand: Operand) -> set[Type]:
    match operand:
        case Field(name):
            return set(FIELDS[name])
        case Text():
            return {Type.TEXT}
        case Truth():
            return {Type.TRUTH}
        case _:
            return {Type.NUMBER}


def value(operand: Operand, held: Type) -> str:
    match operand:
        case Field(name):
            return column(name, held)
        case Text(text):
            return "'" + text.replace("'", "''") + "'"
        case Truth(truth):
            return str(int(truth))
        case Number(given):
            return f"'{number(given)}'"
        case Symbol(name, offset):
            if name in REAL_NAMES.fixed:
                return f"'{number(REAL_NAMES.fixed[name] + offset)}'"
            # This run allocates nothing, so each ops keeps the address of its definition, known from there on.
            addr = next(event.addr for event in REAL.result.events if getattr(event, "name", "") == name)
            defined = f"(select min(position) from raw where {column('name', Type.TEXT)} = '{name}')"
            return f"(case when position >= {defined} then '{number(addr + offset)}' end)"


@settings(max_examples=300)
@given(OF_REAL.nodes())
def test_a_filter_selects_what_sql_selects(path: Path, table: sqlite3.Connection, node: Node) -> None:
    if "\0" in str(node) or "\\u0000" in str(node):
        return  # SQL text ends there
    found = [item.seq for _, item in matches(LogFile(path), compile_query(node, REAL_NAMES, ("seq",)))]
    rows = table.execute(f"select position from log where {where(node)} order by position")
    assert found == [position for (position,) in rows]


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        (None, "1"),
        ('window == "W1"', f"{column('window', Type.TEXT)} = 'W1'"),
        ('kind in ("load", "store")', f"{column('kind', Type.TEXT)} in ('load', 'store')"),
        ("cpu == 17", "0"),
    ],
)
def test_counts_are_those_of_group_by(
    path: Path, table: sqlite3.Connection, query: str | None, condition: str
) -> None:
    counted = stats(LogFile(path), query)

    def grouped(name: str) -> dict[str, int]:
        rows = table.execute(f"select {name}, count(*) from log where {condition} group by 1")
        return dict(rows.fetchall())

    def highest(name: str) -> int:
        (top,) = table.execute(
            f"select max({column(name, Type.NUMBER)}) from log where {condition}"
        ).fetchone()
        return 0 if top is None else int(top) - 2**66

    assert counted.kinds == grouped(column("kind", Type.TEXT))
    assert counted.actors == grouped(column("actor", Type.TEXT))
    assert counted.tasks == grouped(column("task", Type.TEXT))
    assert {number(cpu): count for cpu, count in counted.cpus.items()} == grouped(column("cpu", Type.NUMBER))
    entered = grouped("entered")
    assert counted.windows == {name: count for name, count in entered.items() if name}
    assert counted.timeline == highest("order")
    assert counted.steps == highest("step")
    assert counted.events == sum(grouped("1").values())
    assert counted.of == len(REAL.result.events)


def test_counts_go_on_from_block_to_block(tmp_path: Path) -> None:
    """A log is read a quarter of a megabyte at a time; what is highest may stand in the first block."""
    events: list[Event] = [
        Store(seq, 9000 - seq, "cpu0", 0, "t", -1, 0x1000, 8, 0, 5000 - seq, 0, 0) for seq in range(4000)
    ]
    write_log(tmp_path / "log", header(events), events, EventSymbols([]))
    assert (tmp_path / "log").stat().st_size > 500_000
    counted = stats(LogFile(tmp_path / "log"), None)
    assert (counted.events, counted.of, counted.timeline, counted.steps) == (4000, 4000, 5000, 9000)
