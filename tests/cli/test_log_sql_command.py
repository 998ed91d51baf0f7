"""`log FILE... --sql QUERY`: tables as wide as the terminal, JSON lines, and mistakes."""

import json
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from tests.cli.logs import failing
from tests.environment import Done
from tests.inprocess import call


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sql")
    failing().write(path / "it.log")
    assert call(main, "run", "enable-call-first", "--driver", "bare", cwd=path).returncode == 0
    (replay,) = (path / "out").glob("*.replay.json")
    replay.rename(path / "other.replay.json")
    return path


def sql(cwd: Path, *args: str, **env: str) -> Done:
    return call(main, "log", *args, cwd=cwd, **env)


def test_logs_and_replay_files_are_asked_together(here: Path) -> None:
    query = "select file, count(*) n from events join runs using (log) group by file order by file"
    done = sql(here, "it.log", "other.replay.json", "--sql", query, "--json")
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["file"] for row in found] == ["it.log", "other.replay.json"]
    assert found[0]["n"] == len(failing().result.events)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_table_fits_the_terminal(here: Path, columns: int) -> None:
    for query in (
        "select * from events",
        "select file, digest, digest, digest, seed from runs",
        "select seq, kind from events",
        f"select '{'x' * 500}' as long",
    ):
        done = sql(here, "it.log", "--sql", query, COLUMNS=str(columns))
        assert done.returncode == 0, done.stderr
        assert max(map(len, done.stdout.splitlines())) <= min(columns, 160)


def test_a_table_aligns_numbers_and_says_what_it_left_out(here: Path) -> None:
    query = "select seq, kind, null as nothing from events where seq in (9, 10) order by seq"
    done = sql(here, "it.log", "--sql", query)
    assert done.stdout.splitlines() == [
        "seq  kind      nothing",
        "  9  register        -",
        " 10  send            -",
    ]
    assert "more: --json)" in sql(here, "it.log", "--sql", "select * from events").stdout.splitlines()[0]


def test_two_columns_of_a_name_have_two_keys(here: Path) -> None:
    done = sql(here, "it.log", "--sql", "select 1 as a, 2 as a", "--json")
    assert done.stdout == '{"a":1,"a_2":2}\n'


def test_text_cannot_drive_the_terminal(here: Path) -> None:
    done = sql(here, "it.log", "--sql", "select 'a' || chr(27) || '[2J' as x", "--engine", "duckdb")
    assert "\x1b" not in done.stdout
    assert "\\u001b[2J" in done.stdout


def test_no_rows_are_said(here: Path) -> None:
    done = sql(here, "it.log", "--sql", "select 1 where 1 = 0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "ftrace-actors: no rows\n")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("it.log", "--sql", "selec"), "--sql: "),
        (("--sql", "select 1"), "--sql: of which log?"),
        (("it.log", "--sql", "select 1", "--stats"), "--stats: does not go with --sql"),
        (("it.log", "--sql", "select 1", "--format", "lanes"), "--format lanes"),
        (("it.log", "--engine", "sqlite"), "--engine: goes with --sql"),
        (("it.log", "kind == 'load'", "more"), "only --sql takes several files"),
        (("it.log", "nothing.log", "--sql", "select 1"), "nothing.log: cannot be read"),
        (("it.log", "--sql", "select 1", "--engine", "postgres"), "postgres"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(here: Path, args: tuple[str, ...], said: str) -> None:
    done = sql(here, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
