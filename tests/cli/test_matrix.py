"""``ftrace-actors matrix`` as a process: what it prints, writes and exits with."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Done, environment

COMMAND = [sys.executable, "-m", "ftrace_actors", "matrix", "--jobs", "1"]
SLICE = ("--cell", "call-ops.none.no-wait", "--cell", "call-ops.none.rcu", "--runs", "5")


def matrix(directory: Path, *args: str) -> Done:
    return subprocess.run(
        [*COMMAND, *args],
        cwd=directory,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_tables_files_and_replays(tmp_path: Path) -> None:
    done = matrix(tmp_path, *SLICE, "--markdown", "answers.md")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(len(line) for line in lines if not line.startswith("[")) <= 80, "but paths stay whole"
    assert re.search(r"^ ?no wait +W0 W1 W2 late late\* *$", done.stdout, re.MULTILINE)
    assert re.search(r"^ ?rcu +- *$", done.stdout, re.MULTILINE)
    assert "n/a: no text is freed" in done.stdout
    files = dict(re.findall(r"^\[(\d+)\] (\S+)$", done.stdout, re.MULTILINE))
    assert set(files) == set(re.findall(r"no \[(\d+)\]", done.stdout)) == {"1", "2", "3", "4", "5"}
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.replay.json")} == set(
        files.values()
    )
    page = (tmp_path / "answers.md").read_text()
    assert "| W1 | no wait | **no**, run " in page
    assert "| W1 | rcu | yes " in page
    assert not re.search(r"\|[ \t]*\|", page), "an empty cell"


def test_a_replay_file_is_one_for_replay(tmp_path: Path) -> None:
    assert matrix(tmp_path, *SLICE).returncode == 0
    path = min(tmp_path.rglob("*ops.W1*.replay.json"))
    done = subprocess.run(
        [sys.executable, "-m", "ftrace_actors", "replay", str(path)],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "INV-LIFE (use after free" in done.stdout


def test_json_has_everything(tmp_path: Path) -> None:
    done = matrix(tmp_path, *SLICE, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    # Two cells of five places, two of one; three objects.
    assert len(rows) == 3 * (2 * 5 + 2)
    assert {row["answer"] for row in rows} == {"yes", "no", "n/a"}
    for row in rows:
        assert (row["replay"] is not None) == (row["run"] is not None) == (row["answer"] == "no")
        assert (row["reason"] is not None) == (row["answer"] == "n/a")
        assert row["answer"] != "yes" or row["covered"] >= 5


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--design", "call-opps"), "unknown design 'call-opps'; known are call-ops"),
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
