"""Tokens and expressions of the assembly language.

An expression is evaluated while it is read; there is no tree. Names are looked up through a function the
caller gives, so the same text can be read once to find mistakes and again when addresses are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from ftrace_actors.reading import shortened

__all__ = ["Cursor", "Lookup", "SourceError", "Token", "expression", "tokenize"]

Lookup = Callable[[str], int | None]

DEPTH_MAX: Final = 64
BITS_MAX: Final = 128
DIGITS_MAX: Final = 40

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>0[xX][0-9a-fA-F]+ | 0[bB][01]+ | \d+(?![\w]))
      | (?P<local>\d+[bf]\b)
      | (?P<name>[A-Za-z_$.][\w$.]*)
      | (?P<lo12>:lo12:)
      | (?P<sign><<|>>|[-+*/%&|^~()\[\],!#])""",
    re.VERBOSE | re.ASCII,
)


class SourceError(Exception):
    """Text that cannot be used, with the column (from 1) it is at; becomes an `AssemblyError`.

    `distant` if it might be right at another address.
    """

    def __init__(self, column: int | None, message: str, distant: bool = False) -> None:
        super().__init__(message)
        self.column = column
        self.message = message
        self.distant = distant


class Token(NamedTuple):
    """One token; `kind` is number, local, name, lo12, sign or end."""

    kind: str
    text: str
    column: int


def tokenize(text: str, column: int = 1) -> list[Token]:
    """The tokens of one statement, ended by an "end" token. `column` is that of the first character."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SourceError(column + at, f"unexpected '{shortened(text[at:].split(maxsplit=1)[0])}'")
        kind = match.lastgroup
        assert kind is not None
        if kind != "space":
            tokens.append(Token(kind, match.group(), column + at))
        at = match.end()
    tokens.append(Token("end", "end of line", column + len(text.rstrip())))
    return tokens


class Cursor:
    """A place in a list of tokens.  `depth` is how many parts of an expression are open there."""

    __slots__ = ("_at", "_tokens", "depth")

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        """The token at the cursor."""
        return self._tokens[self._at]

    @property
    def following(self) -> Token:
        """The token after the one at the cursor."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """The token at the cursor, which moves on."""
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def skip(self, text: str) -> bool:
        """Move past the sign `text` if it is next."""
        token = self.token
        if token.kind == "sign" and token.text == text:
            self._at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Move past the sign `text`, which must be next."""
        if not self.skip(text):
            raise SourceError(self.token.column, f"found '{self.token.text}' where '{text}' is expected")

    def deeper(self) -> None:
        """One more part of an expression is open.  Raises SourceError for too many."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise SourceError(self.token.column, f"found more than {DEPTH_MAX} nested parts")


_BINARY: dict[str, tuple[int, Callable[[int, int], int]]] = {
    "|": (1, lambda a, b: a | b),
    "^": (2, lambda a, b: a ^ b),
    "&": (3, lambda a, b: a & b),
    "<<": (4, lambda a, b: a << b),
    ">>": (4, lambda a, b: a >> b),
    "+": (5, lambda a, b: a + b),
    "-": (5, lambda a, b: a - b),
    "*": (6, lambda a, b: a * b),
    "/": (6, lambda a, b: a // b),
    "%": (6, lambda a, b: a % b),
}


def expression(cursor: Cursor, lookup: Lookup, level: int = 0) -> int:
    """Evaluate the expression at the cursor, operators binding as in C. Names must be known to `lookup`."""
    value = _unary(cursor, lookup)
    while cursor.token.kind == "sign" and cursor.token.text in _BINARY:
        binding, function = _BINARY[cursor.token.text]
        if binding <= level:
            break
        sign = cursor.take()
        other = expression(cursor, lookup, binding)
        if sign.text in ("/", "%") and other == 0:
            raise SourceError(sign.column, "division by zero")
        if sign.text in ("<<", ">>") and not 0 <= other < 128:
            raise SourceError(sign.column, f"shift by {other} is out of range 0 to 127")
        value = function(value, other)
        if value.bit_length() > BITS_MAX:
            raise SourceError(sign.column, f"found a value of more than {BITS_MAX} bits")
    return value


def _unary(cursor: Cursor, lookup: Lookup) -> int:
    cursor.deeper()
    value = _operand(cursor, lookup)
    cursor.depth -= 1
    return value


def _operand(cursor: Cursor, lookup: Lookup) -> int:
    token = cursor.take()
    if token.kind == "number":
        return number(token)
    if token.kind in ("name", "local"):
        value = lookup(token.text)
        if value is None:
            raise SourceError(token.column, f"undefined symbol '{token.text}'")
        return value
    if token.kind == "lo12":
        return _unary(cursor, lookup) & 0xFFF
    if token.text == "-":
        return -_unary(cursor, lookup)
    if token.text == "~":
        return ~_unary(cursor, lookup)
    if token.text == "+":
        return _unary(cursor, lookup)
    if token.text == "(":
        value = expression(cursor, lookup)
        cursor.expect(")")
        return value
    raise SourceError(token.column, f"found '{token.text}' where a number is expected")


def number(token: Token) -> int:
    """The value of a number token; a leading 0 does not make it octal."""
    text = token.text.lower()
    if len(text) > DIGITS_MAX:
        raise SourceError(token.column, f"found a number of {len(text)} characters; at most {DIGITS_MAX}")
    base = 16 if text.startswith("0x") else 2 if text.startswith("0b") else 10
    return int(text, base)
