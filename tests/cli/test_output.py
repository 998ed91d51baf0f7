"""Output that cannot be printed: a reader that went away, a full disk."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import REPO, environment
from tests.cli.logs import failing

FULL = Path("/dev/full")
COMMANDS = [
    ("--help",),
    ("--version",),
    ("run", "--help"),
    ("list",),
    ("list", "--designs", "--json"),
    ("run", "teardown-no-wait-w2"),
    ("run", "teardown-no-wait-w2", "--driver", "trio", "--jobs", "2"),
    ("run", "teardown-tasks", "--runs", "3", "--json", "--jobs", "1"),
    ("run", "teardown-tasks", "teardown-no-wait-w0", "--runs", "2"),
    ("replay", "tests/replays/visibility-isb-no-branch.0.23.replay.json"),
    ("replay", "tests/replays/visibility-isb-no-branch.0.23.replay.json", "--log"),
    ("disasm", "teardown-tasks"),
    ("log", "LOG"),
    ("log", "LOG", "--json"),
    ("log", "LOG", "--format", "lanes"),
    ("log", "LOG", "--around", "50", "--format", "lanes"),
    ("log", "LOG", "--causes", "50"),
    ("log", "LOG", "--stats"),
    ("log", "--diff", "LOG", "LOG"),
    ("check", "LOG"),
    ("cost", "--design", "call-ops", "--sites", "1"),
    ("litmus", "tests/litmus/suite_data/MP+isb+addr.litmus"),
    ("matrix", "--design", "call-ops", "--cell", "full.rude", "--runs", "1"),
]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return failing().write(tmp_path_factory.mktemp("log") / "run.log")


@pytest.fixture
def nobody() -> Iterator[int]:
    """The end to write to of a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


def command(args: tuple[str, ...], log: Path, out: Path, stdout: int) -> tuple[int, str]:
    """Exit code and stderr, without what says how a command begins."""
    words = [str(log) if arg == "LOG" else arg for arg in args]
    if args[0] in {"run", "matrix"} and "--help" not in args:
        words += ["--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "ftrace_actors", *words],
        cwd=REPO,
        env=environment(),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )
    told = (line for line in done.stderr.splitlines() if not line.startswith("ftrace-actors: seed "))
    return done.returncode, "\n".join(told)


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_a_reader_that_went_away_is_not_complained_of(
    log: Path, tmp_path: Path, nobody: int, args: tuple[str, ...]
) -> None:
    assert command(args, log, tmp_path, nobody) == (141, "")


@pytest.mark.skipif(not FULL.exists(), reason="a device of Linux")
@pytest.mark.parametrize("args", COMMANDS[::4], ids=" ".join)
def test_a_full_disk_is_one_line(log: Path, tmp_path: Path, args: tuple[str, ...]) -> None:
    with FULL.open("wb") as full:
        code, told = command(args, log, tmp_path, full.fileno())
    assert (code, told) == (2, "ftrace-actors: cannot write: No space left on device")


@pytest.mark.skipif(not FULL.exists(), reason="a device of Linux")
def test_a_full_disk_under_stderr_too(log: Path) -> None:
    with FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ftrace_actors", "log", str(log), "--stats"],
            cwd=REPO,
            env=environment(),
            stdout=full,
            stderr=full,
            check=False,
            timeout=120,
        )
    assert done.returncode == 2
