"""Which tests to run, and what to expect of them: directories, `@file` lists, kinds files.

A list names one test a line, relative to itself; a line may again be a list or a directory.  `@list` means the file of
that name, or without the `@`; a file whose name begins with it, as in the published collections, is a list wherever it
stands.  A kinds file has one `NAME KIND` a line.  In both `#` starts a comment at the start of a line or after a
blank; in a kinds file `//` does as well, and `(* ... *)` may stand anywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ..errors import InputError
from ..reading import exists, files_below, is_directory, read_text, shortened
from .comments import blank_comments
from .errors import LitmusError, Place

__all__ = ["entries", "read_kinds", "test_files"]

DEPTH_MAX: Final = 16
LISTS_MAX: Final = 1000
FILES_MAX: Final = 100_000

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

    Raises `InputError` for what does not exist, naming the list and line it is in.
    """
    for entry in entries(targets):
        if isinstance(entry, InputError):
            raise entry
        yield entry


def entries(targets: Iterable[str]) -> Iterator[Path | InputError]:
    """As `test_files`, but what is wrong with one entry takes its place, and the others follow.

    A target that means more lists or tests than are read is refused whole.
    """
    for target in targets:
        expansion = _Expansion()
        found = list(expansion.of(target, Path(), None, ()))
        yield from found if expansion.refused is None else [expansion.refused]


class _Expansion:
    """Follows lists, as many as are read: lists of lists can be too many to count.

    Attributes:
        refused: why nothing more is read.
    """

    def __init__(self) -> None:
        self.refused: InputError | None = None
        self._lists = 0
        self._files = 0

    def of(
        self, entry: str, base: Path, where: tuple[str, int] | None, inside: tuple[Path, ...]
    ) -> Iterator[Path | InputError]:
        """The files of one entry; `where` is the list, and its line, that names it."""
        path = base / entry
        listed = path.name.startswith("@")
        if not exists(path) and entry.startswith("@"):
            path, listed = base / entry[1:], True
        if not entry or not exists(path):
            yield _wrong(where, f"found '{shortened(entry)}', which does not exist")
        elif listed:
            yield from self._listed(path, entry, where, inside)
        elif is_directory(path):
            try:
                found = files_below(path, ".litmus")
            except InputError as error:
                yield error
                return
            yield from self._counted(found, where)
        else:
            yield from self._counted([path], where)

    def _counted(self, paths: list[Path], where: tuple[str, int] | None) -> Iterator[Path]:
        self._files += len(paths)
        if self._files > FILES_MAX:
            self.refused = _wrong(where, f"found more than {FILES_MAX} tests")
            return
        yield from paths

    def _listed(
        self, path: Path, entry: str, where: tuple[str, int] | None, inside: tuple[Path, ...]
    ) -> Iterator[Path | InputError]:
        real = Path(os.path.realpath(path))  # resolve() has an exception of its own for a link to itself
        self._lists += 1
        if real in inside:
            yield _wrong(where, f"list '{entry}' contains itself")
            return
        if len(inside) >= DEPTH_MAX:
            yield _wrong(where, f"found list '{entry}' inside {DEPTH_MAX} others, which is too deep")
            return
        if self._lists > LISTS_MAX:
            self.refused = _wrong(where, f"found more than {LISTS_MAX} lists")
            return
        try:
            lines = list(_lines(path))
        except InputError as error:
            yield error
            return
        for number, text in lines:
            yield from self.of(text, path.parent, (str(path), number), (*inside, real))
            if self.refused is not None:
                return


def _wrong(where: tuple[str, int] | None, message: str) -> InputError:
    if where is None:
        return InputError("litmus", "", message)
    return LitmusError(where[0], where[1], 1, message)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, text in enumerate(read_text(path).splitlines(), 1):
        content = _COMMENT.sub("", text).strip()
        if content:
            yield number, content


def read_kinds(path: Path) -> dict[str, str]:
    """Test name -> "Allowed", "Forbidden" or "Required".

    Raises `InputError`: a file that cannot be read, a line that is none, a name with two kinds.
    """
    written = read_text(path)
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
