"""What the screen of a terminal shows when a progress bar and results meet on it."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pyte
import pytest

from tests.cli.conftest import environment

ARGS = ("run", "scenarios", "--runs", "60", "--jobs", "1")


def on_a_terminal(
    directory: Path, columns: int, *args: str, stdout: int | None = None
) -> tuple[bytes, list[str]]:
    """What was sent to a terminal of so many columns, and what it shows in the end, without empty lines at its end."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 400, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.toycli", *args],
        cwd=directory,
        env=environment(TERM="xterm-256color", NO_COLOR="1"),
        stdin=slave,
        stdout=slave if stdout is None else stdout,
        stderr=slave,
    )
    os.close(slave)
    sent = b""
    while True:
        try:
            data = os.read(master, 1 << 16)
        except OSError:  # Linux: everybody has closed the other end
            break
        if not data:
            break
        sent += data
    os.close(master)
    assert process.wait(60) == 1
    screen = pyte.Screen(columns, 400)
    pyte.ByteStream(screen).feed(sent)
    return sent, "\n".join(line.rstrip() for line in screen.display).rstrip().splitlines()


@pytest.mark.parametrize("columns", [80, 60])
def test_nothing_of_the_bar_is_left_and_no_line_is_garbled(directory: Path, columns: int) -> None:
    sent, shown = on_a_terminal(directory, columns, *ARGS)
    assert b"60/60" in sent  # there was a bar
    assert b"shrinking" in sent
    usual = subprocess.run(
        [sys.executable, "-m", "tests.cli.toycli", *ARGS],
        cwd=directory,
        env=environment(COLUMNS=str(columns)),
        capture_output=True,
        text=True,
        check=False,
    )
    wrapped = [
        line[start : start + columns].rstrip()
        for line in (usual.stderr + usual.stdout).splitlines()
        for start in range(0, len(line) or 1, columns)
    ]
    assert shown == wrapped


def test_there_is_none_where_a_pager_draws(directory: Path) -> None:
    read, write = os.pipe()
    try:
        sent, shown = on_a_terminal(directory, 80, *ARGS, stdout=write)
    finally:
        os.close(read)
        os.close(write)
    assert b"60/60" not in sent
    assert b"\x1b" not in sent
    assert len(shown) <= 2
