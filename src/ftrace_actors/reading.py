"""Reading files that others wrote: only regular ones, up to a stated size, and strictly UTF-8.

Everything a user names is read through here, so that a pipe, a device or a file without end is refused at once, and
so that each kind of file has one limit.  What is wrong is one `InputError` that names the file and, where a byte is
at fault, its line and column.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final, TypeAlias

from .errors import InputError

__all__ = [
    "LINE_MAX",
    "LOG_MAX",
    "REPLAY_MAX",
    "TEXT_MAX",
    "exists",
    "files_below",
    "is_directory",
    "number",
    "open_regular",
    "read_bytes",
    "read_standard_input",
    "read_text",
    "shortened",
]

TEXT_MAX: Final = 1 << 20
"""Bytes of a scenario, a litmus test, a list, a kinds file, a design or its assembly."""
REPLAY_MAX: Final = 1 << 24
"""Bytes of a replay file."""
LOG_MAX: Final = 1 << 32
"""Bytes of a log, which is read as a stream."""
LINE_MAX: Final = 1 << 22
"""Bytes of one line of a log."""
NAMES_MAX: Final = 100_000
"""Names below a directory that are looked at."""
DIGITS_MAX: Final = 40
SHOWN_MAX: Final = 60

Blame: TypeAlias = Callable[[str, str, str], InputError]
"""(file, place in it, message) -> the error to raise."""

_OTHERS: Final = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_regular(path: Path, size_max: int, blame: Blame = InputError) -> IO[bytes]:
    """A regular file of at most `size_max` bytes, opened for reading.  Raises what `blame` makes."""
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        raise blame(
            str(path), "", "a name that is not UTF-8; only files with a UTF-8 name are read"
        ) from None
    try:
        # Without O_NONBLOCK the opening of a pipe waits for somebody to write.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise blame(str(path), "", f"cannot be read: {_why_not(path, error)}") from None
    status = os.fstat(handle)
    wrong = "" if stat.S_ISREG(status.st_mode) else f"{_kind(status.st_mode)}; only regular files are read"
    if not wrong and status.st_size > size_max:
        wrong = f"has {status.st_size} bytes where at most {size_max} are read"
    if wrong:
        os.close(handle)
        raise blame(str(path), "", wrong)
    return os.fdopen(handle, "rb")


def _why_not(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "no file has a name with a NUL in it"
    try:
        mode = path.stat().st_mode
    except OSError:
        return error.strerror or str(error)
    return (
        (error.strerror or str(error))
        if stat.S_ISREG(mode)
        else f"{_kind(mode)}; only regular files are read"
    )


def _kind(mode: int) -> str:
    return next((what for fits, what in _OTHERS if fits(mode)), "no regular file")


def read_bytes(path: Path, size_max: int, blame: Blame = InputError) -> bytes:
    """The whole of a regular file.  Raises what `blame` makes."""
    with open_regular(path, size_max, blame) as file:
        try:
            data = file.read(size_max + 1)  # a file of /proc says that it has 0 bytes
        except OSError as error:
            raise blame(str(path), "", f"cannot be read: {error.strerror}") from None
    if len(data) > size_max:
        raise blame(str(path), "", f"has more than the {size_max} bytes that are read")
    return data


def read_text(path: Path, size_max: int = TEXT_MAX, blame: Blame = InputError) -> str:
    r"""The text of a regular file in UTF-8, each line ended by ``\n``.  Raises what `blame` makes."""
    return _decoded(read_bytes(path, size_max, blame), str(path), blame)


def read_standard_input(size_max: int = TEXT_MAX) -> str:
    """As `read_text`, to the end of what is piped in.  Raises `InputError`."""
    try:
        data = sys.stdin.buffer.read(size_max + 1) if sys.stdin is not None else b""
    except (OSError, ValueError) as error:
        raise InputError("standard input", "", f"cannot be read: {error}") from None
    if len(data) > size_max:
        raise InputError("standard input", "", f"has more than the {size_max} bytes that are read")
    return _decoded(data, "standard input", InputError)


def _decoded(data: bytes, name: str, blame: Blame) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        start = data.rfind(b"\n", 0, error.start) + 1
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[start : error.start].decode()) + 1
        raise blame(
            name,
            f"line {line}, column {column}",
            f"found byte {data[error.start]:#04x} where UTF-8 is expected",
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def exists(path: Path) -> bool:
    """Is anything there, be it a link that leads nowhere?  Nothing is under a name that no file can have."""
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def is_directory(path: Path) -> bool:
    """Is it a directory?"""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def files_below(directory: Path, suffix: str) -> list[Path]:
    """The regular files below a directory whose names end in `suffix`, sorted; what cannot be entered has none.

    Raises `InputError` for a directory such as /, with more names below it than are looked at.
    """
    found: list[Path] = []
    names = 0
    for place, inner, files in os.walk(directory):
        names += len(inner) + len(files)
        if names > NAMES_MAX:
            raise InputError(
                str(directory), "", f"has more than {NAMES_MAX} names below it; name a smaller one"
            )
        found += [path for name in files if name.endswith(suffix) and (path := Path(place, name)).is_file()]
    return sorted(found)


def number(text: str) -> int | None:
    """An integer as people write it: decimal, ``0x`` or ``0b``, with a sign; None for anything else.

    Unlike `int` it takes no other digits than ASCII's, and no more of them than `DIGITS_MAX`.
    """
    digits = text.lstrip("+-")
    if not text.isascii() or len(text) > DIGITS_MAX or len(text) - len(digits) > 1:
        return None
    try:
        return int(text) if digits.isdigit() else int(text, 0)
    except ValueError:
        return None


def shortened(text: str, length: int = SHOWN_MAX) -> str:
    """`text`, or its beginning when it is too long for a message."""
    return text if len(text) <= length else f"{text[: length - 3]}..."
