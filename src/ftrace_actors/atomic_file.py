"""Writing a file whole or not at all, and no other file than the one that was named."""

import errno
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

__all__ = ["can_be_written", "fresh_file", "write_lines", "write_whole"]

_MODE = 0o666
"""Before the umask, as for every file that a program makes."""


def _check(path: Path) -> None:
    """Raises `OSError` for what is not a file's name; Python says this by other exceptions than the system's."""
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "no file has a name with a NUL in it")
    if not path.name or path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def can_be_written(path: Path) -> None:
    """Raises `OSError` when `path` cannot be written, as far as that can be known before there is anything to write."""
    _check(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        path.lstat()
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`, making its directory; a reader sees the old file or the new one, never a part.

    Where `path` is a symlink, the link is replaced, not what it leads to; a device is written to.  Raises `OSError`.

    The file has no name while it is written, where the system can do that (Linux, open(2), O_TMPFILE): so nothing is
    left of it when the process is killed.  Elsewhere it has one in the same directory, because a rename is atomic only
    within a file system.
    """
    _write_parts(path, [data])


def write_lines(path: Path, lines: Iterable[bytes]) -> None:
    """As `write_whole`, each line with a line end; what making a line raises leaves the old file as it was."""
    _write_parts(path, (line + b"\n" for line in lines))


def _write_parts(path: Path, parts: Iterable[bytes]) -> None:
    _check(path)
    if _is_device(path):
        with path.open("wb") as device:
            device.writelines(parts)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        _write(path, temporary, parts)
    finally:
        temporary.unlink(missing_ok=True)


def _is_device(path: Path) -> bool:
    """Not a file of ours to replace: /dev/null, and what /dev has instead of files, as /dev/stdout."""
    return path.is_char_device() or path.parent == Path("/dev")


def _write(path: Path, temporary: Path, parts: Iterable[bytes]) -> None:
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        handle = _nameless(path.parent)
        if handle is None:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
            with os.fdopen(handle, "wb") as file:
                file.writelines(parts)
        else:
            with os.fdopen(handle, "wb") as file:
                file.writelines(parts)
                file.flush()
                if _named(file.fileno(), path, directory):
                    return
                _named(file.fileno(), temporary, directory)
        temporary.replace(path)
    finally:
        os.close(directory)


def _nameless(directory: Path) -> int | None:
    """A file without a name in `directory`; None where there is no such thing."""
    if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").is_dir():
        return None
    with suppress(OSError):
        return os.open(directory, os.O_WRONLY | os.O_TMPFILE, _MODE)
    return None  # an old file system; what else is wrong with the directory will be said when the file gets its name


def _named(handle: int, path: Path, directory: int) -> bool:
    """Give a nameless file its name; False where there is a file of that name already."""
    try:
        # A directory is given so that the link in /proc is followed: linkat(2), AT_SYMLINK_FOLLOW.
        os.link(f"/proc/self/fd/{handle}", path.name, dst_dir_fd=directory, follow_symlinks=True)
    except FileExistsError:
        return False
    return True


def fresh_file(path: Path) -> int:
    """A descriptor to write `path` with from its beginning, bit by bit.  Raises `OSError`.

    What is not a regular file there is replaced: a symlink would lead elsewhere, a pipe would wait for a reader.
    """
    _check(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or (path.exists() and not path.is_file() and not path.is_dir()):
        path.unlink()
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _MODE)
