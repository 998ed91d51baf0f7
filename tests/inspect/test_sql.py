"""Logs as tables: both engines give one answer, which is that of the log, and can do nothing but read."""

import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ftrace_actors.errors import InputError
from ftrace_actors.events import Load
from ftrace_actors.inspect import LogFile
from ftrace_actors.inspect.sql import COLUMNS, ENGINES, Engine, ask, engine_of, wanted
from tests.cli.logs import write
from tests.inspect.recorded import Recorded, dull

NAMES = ("teardown-tasks", "grace-period-orders-nothing")


@pytest.fixture(scope="module")
def made() -> list[Recorded]:
    return [dull(name) for name in NAMES]


@pytest.fixture(scope="module")
def logs(made: list[Recorded], tmp_path_factory: pytest.TempPathFactory) -> list[LogFile]:
    """The second one under a name that DuckDB would take for a pattern."""
    path = tmp_path_factory.mktemp("sql")
    return [LogFile(one.write(path / name)) for one, name in zip(made, ("bc.log", "b*.log"), strict=True)]


def answer(logs: Sequence[LogFile], query: str, engine: Engine) -> list[tuple[Any, ...]]:
    with ask(logs, query, engine) as (_, rows):
        return list(rows)


def refused(logs: Sequence[LogFile], query: str, engine: Engine) -> str:
    with pytest.raises(InputError) as caught:
        answer(logs, query, engine)
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize("engine", ENGINES)
def test_counts_are_those_of_the_events(engine: Engine, made: list[Recorded], logs: list[LogFile]) -> None:
    found = answer(logs, "select log, kind, count(*) from events group by 1, 2", engine)
    expected = Counter(
        (number, str(event.__struct_config__.tag))
        for number, one in enumerate(made)
        for event in one.result.events
    )
    assert {(log, kind): count for log, kind, count in found} == expected
    runs = answer(logs, "select log, scenario, verdict, events from runs order by log", engine)
    assert runs == [(n, name, "holds", len(made[n].result.events)) for n, name in enumerate(NAMES)]


@pytest.mark.parametrize(
    "query",
    [
        "select * from events order by log, seq",
        "select seq, value from events where kind = 'store' and \"order\" > 3 and symbol is not null order by log, seq",
        "select s.name, count(*) from events e join symbols s on s.addr = e.value group by 1 order by 1",
        "with f as (select * from events where kind = 'fetch') select log, max(newest) from f group by log order by 1",
        "select ops, entry, functions, begins from events where kind in ('patch', 'exception') order by log, seq",
    ],
)
def test_both_engines_agree(query: str, logs: list[LogFile]) -> None:
    one, other = (answer(logs, query, engine) for engine in ENGINES)
    assert one == other
    assert one


@pytest.mark.parametrize("engine", ENGINES)
def test_values_of_64_bits_are_whole(engine: Engine, tmp_path: Path) -> None:
    values = [(1 << 64) - 1, 1 << 63, (1 << 53) + 1, 0]
    events = [Load(n, n, "cpu0", 0, "t", -1, 0x1000, 8, value, 0, 0, 0) for n, value in enumerate(values)]
    log = LogFile(write(tmp_path / "log", list(events)))
    assert [row[0] for row in answer([log], "select value from events order by seq", engine)] == [
        hex(value) for value in values
    ]
    if engine == "duckdb":
        found = answer([log], "select value::ubigint from events order by seq", engine)
        assert [row[0] for row in found] == values


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "query",
    [
        "drop table events",
        "delete from events",
        "insert into runs values (1)",
        "update events set seq = 1",
        "create table x as select 1",
        "attach 'other.db' as other",
        "pragma user_version = 3",
        "vacuum into 'other.db'",
        "copy (select 1) to 'other.csv'",
        "select 1; select 2",
        "",
    ],
)
def test_nothing_but_a_query_is_answered(
    engine: Engine, query: str, logs: list[LogFile], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(logs, query, engine).startswith("--sql: ")
    assert not list(tmp_path.iterdir())


def test_duckdb_reads_no_other_file(logs: list[LogFile], tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for query in (
        f"select * from '{tmp_path}/secret.csv'",
        f"select * from read_text('{tmp_path}/secret.csv')",
    ):
        assert refused(logs, query, "duckdb").startswith("--sql: ")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_mistake_names_the_column_that_was_meant(engine: Engine, logs: list[LogFile]) -> None:
    assert (
        refused(logs, "select newst from events", engine)
        == "--sql: no such column: newst; did you mean 'newest'?"
    )
    assert "docs/logs.md" in refused(logs, "select zzzzzzz from events", engine)
    assert refused(logs, "selec", engine).startswith("--sql: ")


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_wrong_with_a_log_is_said_by_its_line(
    engine: Engine, logs: list[LogFile], tmp_path: Path
) -> None:
    lines = logs[0].path.read_text().splitlines(keepends=True)
    path = tmp_path / "log"
    for number, line, said in (
        (9, "", "the log ends here"),
        (9, "{\n", "line 10: "),
        (9, '{"seq":8}\n', "line 10: "),
        (9, lines[9].replace('"seq":8', '"seq":"x"'), "line 10: "),
    ):
        path.write_text("".join([*lines[:number], line, *lines[number + 1 :]]))
        text = refused([LogFile(path)], "select seq from events", engine)
        assert text.startswith(f"{path}: ")
        assert said in text


def test_only_columns_that_are_named_are_read() -> None:
    assert wanted("select seq, count(*) from events where Task = 'x'") == ("log", "kind", "seq", "task")
    assert wanted("select * from events") == wanted("from events") == tuple(COLUMNS)


def test_without_duckdb_it_is_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_of(None) == "duckdb"
    assert engine_of("sqlite") == "sqlite"
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    assert engine_of(None) == "sqlite"
    with pytest.raises(InputError, match=r"pip install 'ftrace-actors\[sql\]'"):
        engine_of("duckdb")


@pytest.mark.parametrize("engine", ENGINES)
def test_an_interrupt_ends_a_query(engine: Engine, logs: list[LogFile]) -> None:
    endless = (
        "with recursive x(n) as (select 1 union all select n + 1 from x where n < 2e9) select count(*) from x"
    )
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.7)
    try:
        with pytest.raises(KeyboardInterrupt):
            answer(logs[:1], endless, engine)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
