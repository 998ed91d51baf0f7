"""Every input of the list gets one line and exit code 2; nothing hangs, and what is usable beside it is used."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from ftrace_actors.cli import main

from .arena import build
from .case import Case
from .cases import CASES

SECONDS_MAX = 10
LINE_MAX = 800


class Hung(BaseException):
    """Nothing that a command could take for a failure of its own."""


def _hung(number: int, frame: FrameType | None) -> None:
    raise Hung


@pytest.fixture
def arena(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory with what is usable, and with what is no file."""
    build(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")  # a relative name: an absolute one may be too long for a socket
        before = signal.signal(signal.SIGALRM, _hung)
        signal.alarm(SECONDS_MAX)
        yield tmp_path
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: case.name.encode("ascii", "backslashreplace").decode()[:80]
)
def test_one_line_and_exit_2(
    arena: Path, case: Case, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for name, content in case.files.items():
        (arena / name).write_bytes(content)
    for name, value in case.env.items():
        monkeypatch.setenv(name, value)
    code = main([*case.args])
    out, err = (text.decode() for text in capfdbinary.readouterr())
    told = [line for line in err.splitlines() if not _is_progress(line)]
    assert code == case.code, err[-2000:]
    assert len(told) == case.lines, told
    assert case.said in err
    assert case.out in out
    assert case.out or not out
    assert all(len(line) <= LINE_MAX for line in told)
    assert all(char == "\n" or char.isprintable() for char in err)


def _is_progress(line: str) -> bool:
    """How a command begins and ends when all is well."""
    return line.startswith("ftrace-actors: seed ") or " tests in " in line


def test_the_list_is_long_and_has_no_name_twice() -> None:
    assert len(CASES) >= 150
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("command", ["run", "list", "litmus"])
def test_a_directory_with_too_many_names_is_refused(
    arena: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ftrace_actors.reading.NAMES_MAX", 3)
    assert main([command, "."]) == 2
    assert capsys.readouterr().err == "ftrace-actors: .: has more than 3 names below it; name a smaller one\n"
