"""A query's words, with the columns they start at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from ...reading import number, shortened
from .errors import QueryError
from .tree import KEYWORDS

__all__ = ["Token", "tokens"]


class Token(NamedTuple):
    """One word.

    `kind` is "name", "number", "text", "end", or the keyword or sign itself; `value` is what a number or text means,
    and the word otherwise.  `word` is how it was written, `column` counts from 1.
    """

    kind: str
    value: int | str
    word: str
    column: int

    @property
    def found(self) -> str:
        """For messages."""
        return "the end of the query" if self.kind == "end" else shortened(self.word)


_WORD: Final = re.compile(
    r"""\s*(?:
      (?P<number>0[xX][0-9a-fA-F_]+(?![\w.])|[0-9][0-9_]*(?![\w.]))
    | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
    | (?P<text>"(?:[^"\\]|\\.)*"|'[^']*')
    | (?P<sign>==|!=|<=|>=|<|>|\(|\)|,|\+|-|&(?!&))
    )""",
    re.VERBOSE,
)

_INSTEAD: Final = {
    "&&": "and",
    "||": "or",
    "=": "==",
    "!": "not",
    "|": "or",
    "~": "==, or in (...) for several values",
}
"""What people write who know another language -> what to write here."""


def tokens(query: str) -> Iterator[Token]:
    """The words of a query; the last is of kind "end".  Raises `QueryError`."""
    at, end = 0, len(query.rstrip())
    while at < end:
        match = _WORD.match(query, at)
        if match is None:
            raise _stray(query, at)
        kind = match.lastgroup or ""
        word, column = match[kind], match.start(kind) + 1
        at = match.end()
        if kind == "number":
            yield Token(kind, _number(word, column), word, column)
        elif kind == "text":
            yield Token(kind, _text(word, column), word, column)
        elif kind == "sign" or word in KEYWORDS:
            yield Token(word, word, word, column)
        else:
            yield Token(kind, word, word, column)
    yield Token("end", "", "", end + 1)


def _number(word: str, column: int) -> int:
    found = number(word) if word.isascii() else None
    if found is None:
        raise QueryError(column, f"found {shortened(word)}; a number is 12, 0x1f or 0xffff_8000")
    return found


def _text(word: str, column: int) -> str:
    if word.startswith("'"):
        return word[1:-1]
    try:
        return msgspec.json.decode(word.encode("utf-8", "surrogatepass"), type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise QueryError(column, f'found {word}; escapes are those of JSON, as in "\\n" or "\\\\"') from None


def _stray(query: str, at: int) -> QueryError:
    while query[at].isspace():
        at += 1
    rest, column = query[at:], at + 1
    if rest[0] in "\"'":
        return QueryError(column, f"this text has no end; write another {rest[0]} after it")
    for sign in sorted(_INSTEAD, key=len, reverse=True):
        if rest.startswith(sign):
            return QueryError(column, f"found {sign}; write {_INSTEAD[sign]}")
    if rest[0].isdigit():
        word = rest.split()[0]
        return QueryError(column, f"found {word}; a number is 12 or 0x1f, text is written in quotes")
    return QueryError(column, f"found {rest[0]!r}, which is part of no word; text is written in quotes")
