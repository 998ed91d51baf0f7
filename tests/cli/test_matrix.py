"""``ftrace-actors matrix``: what it prints, writes and exits with."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
import structlog

from ftrace_actors.cli import main
from ftrace_actors.cli.matrix_log import CellLog
from ftrace_actors.studies.matrix import CellDone, designs, select, table_cells
from ftrace_actors.studies.matrix.campaign import CellReport
from tests.docs.test_designs_page import shown
from tests.inprocess import call

from .conftest import REPO, Done, environment

COMMAND = [sys.executable, "-m", "ftrace_actors", "matrix", "--jobs", "1"]
SLICE = ("--cell", "call-ops.none.no-wait", "--cell", "call-ops.none.rcu", "--runs", "30")


def matrix(directory: Path, *args: str) -> Done:
    return call(main, "matrix", "--jobs", "1", *args, cwd=directory)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """The slice in tables and pages, and where its files are."""
    directory = tmp_path_factory.mktemp("tables")
    return directory, matrix(
        directory, *SLICE, "--markdown", "page.md", "--summary", "part.md", "--log-format", "json"
    )


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """The slice as JSON, and where its files are."""
    directory = tmp_path_factory.mktemp("objects")
    return directory, matrix(directory, *SLICE, "--json", "--out", "whole")


def test_tables_files_and_replays(tables: tuple[Path, Done]) -> None:
    directory, done = tables
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [event["event"] for event in events[:5]] == [
        *("started", "cell", "finding", "shrunk", "replay written")
    ]
    assert events[-1]["event"] == "ended"
    assert re.search(r"^no wait +W012LP$", done.stdout, re.MULTILINE)
    assert re.search(r"^rcu +-$", done.stdout, re.MULTILINE)
    assert "n/a: no text is freed" in done.stdout
    files = dict(re.findall(r"^\[(\d+)\] (\S+)$", done.stdout, re.MULTILINE))
    assert set(files) == set(re.findall(r"no \[(\d+)\]", done.stdout)) == {"1", "2", "3", "4", "5"}
    assert {str(path.relative_to(directory)) for path in directory.rglob("*.replay.json")} == set(
        files.values()
    )
    assert {event["path"] for event in events if event["event"] == "replay written"} == set(files.values())
    page, part = (directory / "page.md").read_text(), (directory / "part.md").read_text()
    assert "| W1 | no wait | **no**, run " in page
    assert re.search(r"\| W1 \| rcu \| yes 3\d \(<9\.\d%\) \|", page)
    assert "| no wait | none (v6.12) | W0 W1 W2 | **open** | - | **open** | - |" in part
    assert "| rcu | none (v6.12) | - | - | - | - | - |" in part
    assert "| v6.3, v6.12 | none | call-ops | RCU | RCU | RCU | RCU |" in part
    assert "| v7.0 | lazy; full | call-ops | not asked | not asked | not asked | not asked |" in part
    assert not re.search(r"\|[ \t]*\|", page + part), "an empty cell"


def test_a_table_of_all_models_fits_80_columns(tmp_path: Path) -> None:
    """Every column there is, with the longest names of waits: nothing is cut or broken."""
    models = ("none", "none-built", "lazy", "full")
    cells = [arg for model in models for arg in ("--cell", f"call-ops.{model}.no-wait.pac")]
    cells += ["--cell", "call-ops.full.its-own-v6.12.pac"]
    done = matrix(tmp_path, *cells, "--runs", "30")
    lines = done.stdout.splitlines()
    assert max(len(line) for line in lines if not line.startswith("[")) <= 80
    assert "…" not in done.stdout
    head = next(index for index, line in enumerate(lines) if line.startswith("left open"))
    assert lines[head - 1].split() == ["none", "none,", "built", "lazy", "full"]
    assert lines[head].split() == ["left", "open", "v6.12", "v6.12", "v6.16", "v6.12"]
    assert lines[head + 1].split() == ["no", "wait", *"PPPP"]
    assert lines[head + 2].split() == ["own,", "v6.12", *"xxx-"]


def test_a_cell_alone_is_the_cell_of_the_table(tmp_path: Path, objects: tuple[Path, Done]) -> None:
    """What the page says of any one cell: same run numbers, same files."""
    directory, whole = objects
    alone = matrix(tmp_path, "--cell", "call-ops.none.no-wait", "--runs", "30", "--json", "--out", "alone")
    rows = [json.loads(line) for line in whole.stdout.replace("whole/", "alone/").splitlines()]
    assert [json.loads(line) for line in alone.stdout.splitlines()] == [
        row for row in rows if row["cell"].startswith("call-ops.none.no-wait")
    ]
    for path in (tmp_path / "alone").iterdir():
        assert path.read_bytes() == (directory / "whole" / path.name).read_bytes()


def test_too_few_runs_are_no_yes(tmp_path: Path) -> None:
    done = matrix(tmp_path, "--cell", "call-ops.none.rcu.pac", "--runs", "5", "--markdown", "page.md")
    assert done.returncode == 1
    assert re.search(r"^rcu +\?P$", done.stdout, re.MULTILINE)
    assert re.search(r"^  rcu +few \d+$", done.stdout, re.MULTILINE)
    assert "yes" not in done.stdout.partition("Left open:")[0]
    assert "ops stale branch: too few runs" in " ".join(done.stderr.split())
    page = (tmp_path / "page.md").read_text()
    assert re.search(r"\| rcu \| few \d+ \|", page)


def test_a_design_under_which_nothing_ends_is_given_up_soon(tmp_path: Path) -> None:
    (tmp_path / "forever.py").write_text(
        "from ftrace_actors.kernel.designs import CallOps, KickStep\n\n\n"
        'class Forever(CallOps):\n    name = "forever"\n    summary = "register never ends"\n\n'
        "    def enable(self, ops, changes, core):\n        while True:\n            yield KickStep()\n"
    )
    done = matrix(tmp_path, "--design", "forever.py", "--cell", "forever.full.rcu")
    assert done.returncode == 1
    assert "forever.full.rcu: runs that ended in a livelock: 1\n" in done.stderr


def test_a_design_of_ones_own(tmp_path: Path) -> None:
    """The one that docs/designs.md shows, next to the one it was made from."""
    name, text = shown()
    (tmp_path / name).write_text(text, encoding="utf-8")
    chosen = ("--design", name, "--design", "call-ops", "--cell", "full.no-wait.pac")
    done = matrix(tmp_path, *chosen, "--runs", "30")
    assert done.returncode == 0, done.stderr
    assert "keep-literal: the ops, freed by its owner after unregister" in done.stdout
    assert "call-ops: the ops, freed by its owner after unregister" in done.stdout
    assert done.stdout.count("n/a: a disabled site's literal names ftrace_nop_ops, which nothing frees") == 1
    path = next(path for path in tmp_path.rglob("keep-literal.*.literal.*.replay.json"))
    replayed = call(main, "replay", str(path), "--design", name, cwd=tmp_path)
    assert replayed.returncode == 0, replayed.stderr
    assert "INV-LIT" in replayed.stdout


def fold(directory: Path, answers: str) -> Done:
    """tools/fold-table over a page in `directory`."""
    (directory / "answers.md").write_text(answers)
    (directory / "page.in").write_text("# whole\n")
    (directory / "part.in").write_text("part \\1 late\\*\n")
    command = [sys.executable, str(REPO / "tools" / "fold-table"), "page.in", "part.in", "."]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=60)


def test_the_tables_are_folded_into_the_docs(tmp_path: Path) -> None:
    done = fold(tmp_path, "before\n<!-- table -->\nold\n<!-- end of table -->\nafter\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "answers.md").read_text() == (
        "before\n<!-- table -->\npart \\1 late\\*\n<!-- end of table -->\nafter\n"
    )
    assert (tmp_path / "answers-table.md").read_text() == "# whole\n"


def test_a_page_without_its_marks_is_left_alone(tmp_path: Path) -> None:
    done = fold(tmp_path, "no marks\n")
    assert done.returncode == 1
    assert "found 0 places for the table" in done.stderr
    assert (tmp_path / "answers.md").read_text() == "no marks\n"
    assert not (tmp_path / "answers-table.md").exists()


def test_a_replay_file_is_one_for_replay(tables: tuple[Path, Done]) -> None:
    directory, _ = tables
    path = min(directory.rglob("*ops.W1*.replay.json"))
    done = call(main, "replay", str(path), cwd=directory)
    assert done.returncode == 0, done.stderr
    assert "INV-LIFE (use after free" in done.stdout


def test_json_has_everything(objects: tuple[Path, Done]) -> None:
    _, done = objects
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    # Two cells of five places, six of one; three objects.
    assert len(rows) == 3 * (2 * 5 + 6)
    assert {row["answer"] for row in rows} == {"yes", "no", "n/a"}
    for row in rows:
        assert (row["replay"] is not None) == (row["run"] is not None) == (row["answer"] == "no")
        assert (row["reason"] is not None) == (row["answer"] == "n/a")
        assert (row["bound"] is not None) == (row["answer"] == "yes")
        assert row["answer"] != "yes" or row["covered"] >= 30


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--design", "call-opps"), "unknown design 'call-opps'; did you mean call-ops?"),
        (("--design", "absent.py"), "absent.py: cannot be read: No such file or directory"),
        (("--cell", "fuller"), "no cell is named like fuller; one is call-ops.none.no-wait"),
        ((*SLICE, "--markdown", "."), "cannot be written"),
    ],
)
def test_mistakes(tmp_path: Path, args: tuple[str, ...], message: str) -> None:
    done = matrix(tmp_path, *args)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def cells_with_files(tmp_path: Path) -> set[str]:
    """Names of cells that have written a replay file."""
    return {path.name.partition(".ops.")[0] for path in tmp_path.rglob("*.replay.json")}


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_keeps_what_is_finished(tmp_path: Path, jobs: str) -> None:
    args = [*COMMAND[:-1], jobs, "--cell", "call-ops.none", "--runs", "5", "--markdown", "answers.md"]
    process = subprocess.Popen(
        args, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    # When one cell more than there are workers has written a file, at least one is over.
    while len(cells_with_files(tmp_path)) <= int(jobs):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert re.search(r"interrupted: [1-9]\d* of \d+ cells are finished", stderr)
    assert "no [1]" in stdout
    assert not (tmp_path / "answers.md").exists()


def test_an_interrupt_before_anything_is_finished_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ftrace_actors.cli.matrix_command.run_cells", interrupted)
    assert main(["matrix", "--cell", "call-ops.full.no-wait", "--markdown", "page.md"]) == 130
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[1:] == [
        "ftrace-actors: interrupted: 0 of 4 cells are finished; of a cell that was begun nothing is kept"
    ]
    assert not (tmp_path / "page.md").exists()


def test_a_log_of_cells_is_in_the_order_of_the_grid() -> None:
    """Whatever is finished first; after an interrupt what was held back is said."""
    cells = select(table_cells(designs(["call-ops"])), ["call-ops.none.no-wait", "call-ops.none.rcu"])[:4]
    first, second, third, fourth = (CellDone(CellReport(cell)) for cell in cells)
    told: list[list[str]] = []
    for order in ([first, second, fourth], [fourth, second, first]):
        with structlog.testing.capture_logs() as entries:
            log = CellLog(structlog.get_logger(), cells, seed=0, runs=30)
            for done in order:
                log.took(done)
            log.took(third)
            log.ended(interrupted=False)
        told.append([entry["cell"] for entry in entries if entry["event"] == "cell"])
    assert told == [[cell.name for cell in cells]] * 2
    with structlog.testing.capture_logs() as entries:
        log = CellLog(structlog.get_logger(), cells, seed=0, runs=30)
        log.took(fourth)
        log.took(second)
        assert [entry["event"] for entry in entries] == ["started"]
        log.ended(interrupted=True)
    assert {entry["strategy"] for entry in entries} == {"matrix"}
    assert [entry.get("scenario") for entry in entries] == [entry.get("cell") for entry in entries]
    assert [entry.get("cell") for entry in entries] == [None, cells[1].name, cells[3].name, None]
