"""Which tests to run, and what to expect of them: directories, `@file` lists, kinds files.

A list names one test a line, relative to itself; a line may again be a list or a directory.  `@list` means the file of
that name, or without the `@`; a file whose name begins with it, as in the published collections, is a list wherever it
stands.  A kinds file has one `NAME KIND` a line.  In both `#` starts a comment at the start of a line or behind a
blank; in a kinds file `//` does as well, and `(* ... *)` may stand anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import InputError
from .comments import blank_comments
from .errors import LitmusError, Place

__all__ = ["read_kinds", "test_files"]

_KINDS = {
    "allow": "Allowed",
    "allowed": "Allowed",
    "forbid": "Forbidden",
    "forbidden": "Forbidden",
    "require": "Required",
    "required": "Required",
}

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_LINE_COMMENT = re.compile(r"(?:^|(?<=\s))(?:#|//).*")


def test_files(targets: Iterable[str]) -> Iterator[Path]:
    """The litmus files meant by files, directories (every `*.litmus` below) and `@lists`, in order.

    Raises `InputError` for what does not exist, naming the list and line it stands in.
    """
    for target in targets:
        yield from _expand(target, Path(), None, ())


def _expand(
    entry: str, base: Path, where: tuple[str, int] | None, inside: tuple[Path, ...]
) -> Iterator[Path]:
    """The files of one entry; `where` is the list, and its line, that names it."""
    path = base / entry
    listed = path.name.startswith("@")
    if not _exists(path) and entry.startswith("@"):
        path, listed = base / entry[1:], True
    if not _exists(path):
        raise _wrong(entry, where, f"found '{entry}', which does not exist")
    if listed:
        real = path.resolve()
        if real in inside:
            raise _wrong(entry, where, f"list '{entry}' contains itself")
        for number, text in _lines(path):
            yield from _expand(text, path.parent, (str(path), number), (*inside, real))
    elif path.is_dir():
        yield from sorted(found for found in path.rglob("*.litmus") if found.is_file())
    else:
        yield path


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name no file can have
        return False


def _wrong(entry: str, where: tuple[str, int] | None, message: str) -> InputError:
    if where is None:
        return InputError("litmus", "", message)
    return LitmusError(where[0], where[1], 1, message)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(str(path), "", error.strerror or "cannot be read") from None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, text in enumerate(_text(path).splitlines(), 1):
        content = _COMMENT.sub("", text).strip()
        if content:
            yield number, content


def read_kinds(path: Path) -> dict[str, str]:
    """Test name -> "Allowed", "Forbidden" or "Required".

    Raises `InputError`: a file that cannot be read, a line that is none, a name with two kinds.
    """
    written = _text(path)
    plain = blank_comments(written, Place(str(path), written))
    kinds: dict[str, str] = {}
    first: dict[str, int] = {}
    for number, text in enumerate(plain.splitlines(), 1):
        words = _LINE_COMMENT.sub("", text).removeprefix("\ufeff").strip().rsplit(maxsplit=1)
        if not words:
            continue
        known = _KINDS.get(words[-1].lower())
        if len(words) == 1 or known is None:
            shown = " ".join(words)
            shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
            raise LitmusError(
                str(path), number, 1, f"found '{shown}' where 'NAME Allowed|Forbidden|Required' is expected"
            )
        name = words[0].strip()
        if kinds.setdefault(name, known) != known:
            raise LitmusError(
                str(path), number, 1, f"'{name}' is {known} here and {kinds[name]} in line {first[name]}"
            )
        first.setdefault(name, number)
    return kinds
