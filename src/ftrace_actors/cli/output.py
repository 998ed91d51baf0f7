"""What is printed, and what happens when it cannot be.

A reader that goes away (`| head`) and a full disk can come at any print, also deep inside a nursery.  Both become one
exception of ours there, so that no other `OSError` is taken for them, and `cli.app` turns it into an exit code.
"""

import errno
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from itertools import islice
from typing import Any, Final, NoReturn, TextIO

from rich.console import Console

from ..terminal import shown

__all__ = [
    "Output",
    "OutputLost",
    "columns",
    "console",
    "flush",
    "prepare_streams",
    "silence",
    "write",
    "write_bytes",
]

_LINES_AT_ONCE: Final = 4096
_WIDTH_MAX: Final = 1000
_SUSPECT: Final = re.compile(rb"[^ -~\n\t]")


class OutputLost(Exception):
    """Stdout or stderr takes nothing any more.

    Attributes:
        reason: why, in words of the system; "" when the reader went away, which is nothing to complain about.
    """

    def __init__(self, error: OSError) -> None:
        self.reason = "" if isinstance(error, BrokenPipeError) else error.strerror or str(error)
        super().__init__(f"cannot write: {self.reason or 'nobody reads'}")


@contextmanager
def _lost() -> Iterator[None]:
    """An `OSError` in the block is the end of output."""
    try:
        yield
    except OSError as error:
        raise OutputLost(error) from None


class Output(Console):
    """A console that raises `OutputLost`; rich would end the program on its own where the reader went away."""

    def __init__(self, **options: Any) -> None:
        # Rich takes COLUMNS and LINES at their word, also a 0 and what only looks like a number.  A width that is
        # given does not follow a terminal that is resized, so it is given only where there is a word to take.
        if not os.environ.keys().isdisjoint({"COLUMNS", "LINES"}):
            options = {"width": min(columns(), _WIDTH_MAX), "height": 25, **options}
        super().__init__(**options)

    def on_broken_pipe(self) -> NoReturn:
        """Called by rich."""
        raise OutputLost(BrokenPipeError())

    def print(self, *objects: Any, **options: Any) -> None:
        """See rich."""
        with _lost():
            super().print(*objects, **options)


def columns() -> int:
    """Of the terminal, or what COLUMNS says when that is a number above 0; 80 when there is no telling."""
    return shutil.get_terminal_size((80, 24)).columns


def console(file: TextIO) -> Output:
    """A console that changes nothing about the text it is given."""
    return Output(file=file, highlight=False, markup=False, emoji=False, soft_wrap=True)


def write(lines: Iterable[bytes]) -> bool:
    """Lines to stdout, as many as there are; whether there were any.

    Not by way of a console, which looks at every word.  What a terminal would obey is written out, as everywhere.
    Raises `OutputLost`, and whatever `lines` raises.
    """
    source = iter(lines)
    some = False
    while batch := list(islice(source, _LINES_AT_ONCE)):
        some = True
        with _lost():
            sys.stdout.buffer.write(_harmless(b"\n".join(batch)) + b"\n")
    flush()
    return some


def write_bytes(content: bytes) -> None:
    """A whole file to stdout, as it is.  Raises `OutputLost`."""
    flush()
    with _lost():
        sys.stdout.buffer.write(content)
    flush()


def _harmless(lines: bytes) -> bytes:
    if not _SUSPECT.search(lines):
        return lines
    # Outside strings JSON takes a carriage return for white space, and no line of JSON has one inside of a string.
    return shown(lines.replace(b"\r", b"").decode("utf-8", "backslashreplace")).encode()


def flush() -> None:
    """See to it that everything was printed.  Raises `OutputLost`."""
    with _lost():
        sys.stdout.flush()


def prepare_streams() -> None:
    """Make stdout and stderr usable however we were started.  Raises `OutputLost` when stdout is closed.

    A character that the encoding lacks is written as an escape.  A closed descriptor is held by /dev/null: the next
    file that is opened would get its number, and what is printed.
    """
    closed = sys.stdout is None
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_WRONLY)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            setattr(sys, name, os.fdopen(number, "w", closefd=False))
        stream = getattr(sys, name)
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if closed:
        raise OutputLost(OSError(errno.EBADF, "stdout is closed"))


def silence() -> None:
    """Let what can no longer be printed go nowhere; Python would complain once more when it flushes at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
