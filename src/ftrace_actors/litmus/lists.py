"""Which tests to run, and what to expect of them: directories, `@file` lists, kinds files.

A list names one test a line, relative to itself; a line may again be `@list` or a directory.  A kinds file has one
`NAME KIND` a line.  In both `#` starts a comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import LitmusError

__all__ = ["read_kinds", "test_files"]

_KINDS = {
    "allow": "Allowed",
    "allowed": "Allowed",
    "forbid": "Forbidden",
    "forbidden": "Forbidden",
    "require": "Required",
    "required": "Required",
}


def test_files(targets: Iterable[str]) -> Iterator[Path]:
    """The litmus files meant by files, directories (every `*.litmus` below) and `@lists`, in order.

    Raises `LitmusError` for what does not exist, naming the list and line it stands in.
    """
    for target in targets:
        yield from _expand(target, Path(), "<command line>", 1, ())


def _expand(entry: str, base: Path, where: str, line: int, inside: tuple[Path, ...]) -> Iterator[Path]:
    path = base / entry.removeprefix("@")
    if not path.exists():
        raise LitmusError(where, line, 1, f"found '{entry}', which does not exist")
    if entry.startswith("@") or path.name == "@all":
        if path in inside:
            raise LitmusError(where, line, 1, f"list '{entry}' contains itself")
        for number, text in _lines(path):
            yield from _expand(text, path.parent, str(path), number, (*inside, path))
    elif path.is_dir():
        yield from sorted(path.rglob("*.litmus"))
    else:
        yield path


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        written = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise LitmusError(str(path), 1, 1, error.strerror or "cannot be read") from None
    for number, text in enumerate(written.splitlines(), 1):
        content = text.split("#", 1)[0].strip()
        if content:
            yield number, content


def read_kinds(path: Path) -> dict[str, str]:
    """Test name -> "Allowed", "Forbidden" or "Required".  Raises `LitmusError`."""
    kinds: dict[str, str] = {}
    for number, text in _lines(path):
        name, _, kind = text.rpartition(" ")
        known = _KINDS.get(kind.strip().lower())
        if not name or known is None:
            raise LitmusError(
                str(path), number, 1, f"found '{text}' where 'NAME Allowed' or such is expected"
            )
        kinds[name.strip()] = known
    return kinds
