"""However the program is started: one line at most, the right exit code, no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import environment

from .arena import build

COMMAND = f"{sys.executable} -m ftrace_actors"


@pytest.fixture
def arena(tmp_path: Path) -> Path:
    build(tmp_path)
    return tmp_path


def shell(directory: Path, script: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=directory,
        env=environment(**env),
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert b"Traceback" not in done.stderr
    return done


def test_a_closed_stdout_is_one_line(arena: Path) -> None:
    done = shell(arena, f"{COMMAND} litmus good.litmus >&-")
    assert (done.returncode, done.stderr) == (2, b"ftrace-actors: cannot write: stdout is closed\n")


def test_a_closed_stderr_keeps_no_result_from_coming_out(arena: Path) -> None:
    done = shell(arena, f"{COMMAND} litmus good.litmus absent.litmus 2>&-")
    assert (done.returncode, done.stdout) == (2, b"MP Allowed 1/4\n")


def test_what_the_encoding_lacks_is_escaped(arena: Path) -> None:
    text = (arena / "good.toml").read_text().replace("one call", "one càll")
    (arena / "good.toml").write_text(text)
    done = shell(arena, f"{COMMAND} list good.toml", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"one c\\xe0ll" in done.stdout


def test_a_working_directory_that_is_gone_is_one_line(arena: Path) -> None:
    (arena / "gone").mkdir()
    done = shell(arena / "gone", f"rmdir ../gone; {COMMAND} list")
    assert done.returncode == 2
    assert done.stderr.startswith(b"ftrace-actors: working directory: cannot be found")
    assert done.stderr.count(b"\n") == 1


def test_an_interrupt_while_modules_are_imported(arena: Path, interruptible: None) -> None:
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "ftrace_actors", "list", "good.toml"],
        cwd=arena,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        seen = b""
        while b"ftrace_actors.errors" not in seen:  # the first module of the command's own
            seen += os.read(process.stderr.fileno(), 1 << 16)
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=300)
    assert b"Traceback" not in rest
    assert rest.endswith(b"ftrace-actors: interrupted\n")
    assert process.returncode == 130
