"""The command line without a process: for tests that ask what is printed, and not how a process does it.

A start of the tool takes about as long as 50 of these calls.  What needs a process stays one: signals, closed streams,
pipes, hash seeds, terminals, worker processes that inherit from their parent.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unittest.mock import patch

from tests.environment import Done

__all__ = ["call"]


def call(main: Callable[[list[str]], int], *args: str, cwd: Path, **env: str) -> Done:
    """Run `main` with a command line, in a directory; what it printed, and its exit code, as of a process.

    `run` gets one job unless it asks for more: worker processes are not what is tested here.
    """
    jobs = ["--jobs", "1"] if args[:1] == ("run",) and "--jobs" not in args else []
    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with _directory(cwd), patch.dict(os.environ, env), redirect_stdout(out), redirect_stderr(err):
        code = main([*args, *jobs])
    return Done(["ftrace-actors", *args], int(code), _text(out), _text(err))


def _text(stream: TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, BytesIO)
    return buffer.getvalue().decode()


@contextmanager
def _directory(path: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)
