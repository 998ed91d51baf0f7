"""Lines of assembly text taken apart: labels, the first word, the rest, the annotation. No meaning yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ftrace_actors.reading import shortened

from .expressions import SourceError

__all__ = ["Line", "read_lines"]

_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_LABEL = re.compile(r"\s*([A-Za-z_$.][\w$.]*|\d+)\s*:(?!lo12:)", re.ASCII)
_WORD = re.compile(r"\s*([A-Za-z_.][\w.]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One line; columns count from 1. `word` is the mnemonic or directive in lower case, or empty."""

    number: int
    labels: tuple[tuple[str, int], ...]
    word: str
    word_column: int
    rest: str
    rest_column: int
    annotation: str | None


def read_lines(text: str) -> Iterator[Line]:
    """The lines that hold anything. `SourceError` for a line that starts with no word."""
    without_blocks = _COMMENT.sub(_blank_block, text)
    for number, line in enumerate(without_blocks.split("\n"), start=1):
        code, slashes, comment = line.partition("//")
        annotation = comment[1:].strip() if slashes and comment.startswith("@") else None
        if code.lstrip().startswith("#"):
            continue
        if code.strip() or annotation is not None:
            yield _take_apart(number, code.rstrip(), annotation)


def _blank_block(match: re.Match[str]) -> str:
    """A block comment becomes blanks, so that columns and line numbers stay; line comments stay too."""
    comment = match.group()
    if comment.startswith("//"):
        return comment
    return "".join("\n" if character == "\n" else " " for character in comment)


def _take_apart(number: int, code: str, annotation: str | None) -> Line:
    labels: list[tuple[str, int]] = []
    at = 0
    while (label := _LABEL.match(code, at)) is not None:
        labels.append((label.group(1), label.start(1) + 1))
        at = label.end()
    word = _WORD.match(code, at)
    if word is None:
        if code[at:].strip():
            column = at + len(code[at:]) - len(code[at:].lstrip()) + 1
            raise SourceError(
                column,
                f"found '{shortened(code[at:].split(maxsplit=1)[0])}' where an instruction is expected",
            )
        return Line(number, tuple(labels), "", at + 1, "", at + 1, annotation)
    rest_at = word.end()
    return Line(
        number,
        tuple(labels),
        word.group(1).lower(),
        word.start(1) + 1,
        code[rest_at:],
        rest_at + 1,
        annotation,
    )
