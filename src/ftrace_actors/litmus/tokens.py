"""The tokens of the ending of a litmus test, and a cursor over them."""

from __future__ import annotations

import re

from .errors import LitmusError, Place
from .left_out import value_left_out

__all__ = ["THREADS_MAX", "Tokens", "number_of", "thread_of"]

_DIGITS_MAX = 100
THREADS_MAX = 64

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[-+]?(?:0[xX][0-9a-fA-F][0-9a-fA-F_]*|0[bB][01][01_]*|[0-9][0-9_]*)) (?![A-Za-z])
    | (?P<word>[A-Za-z_.$][\w.$]*)
    | (?P<string>"[^"]*")
    | (?P<op>/\\|\\/|=>|<>|!=|==|&&|\|\||[=~!();,\[\]{}:*+&])
    | (?P<end>$)
    )""",
    re.VERBOSE | re.ASCII,
)


def number_of(text: str) -> int:
    """A number as tests write it: decimal, even with zeros in front, hexadecimal or binary, underscores anywhere."""
    plain = text.replace("_", "")
    return int(plain) if plain.lstrip("+-").isdigit() else int(plain, 0)


def thread_of(digits: str) -> int | None:
    """The thread of a number; None when there can be none of that number."""
    return int(digits) if len(digits) <= 4 and int(digits) < THREADS_MAX else None


class Tokens:
    """The tokens of `text`, which is at `start` in the file; `at` is the number of the next one.

    Raises `LitmusError` for a character that begins no token.
    """

    __slots__ = ("at", "place", "start", "tokens")

    def __init__(self, text: str, start: int, place: Place) -> None:
        self.place = place
        self.start = start
        self.at = 0
        self.tokens: list[tuple[str, str, int]] = []
        at, end = 0, len(text)
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._no_token(text[at:].split(maxsplit=1)[0][:20], at)
            kind = match.lastgroup or "end"
            if kind != "end":
                self.tokens.append((kind, match.group(kind), match.start(kind)))
            at = match.end()
        self.tokens.append(("end", "end of file", end))

    def _no_token(self, text: str, at: int) -> LitmusError:
        before = "".join(token[1] for token in self.tokens[-2:])
        feature = value_left_out(before + text)
        if feature:
            return self.place.left_out(self.start + at, before + text, feature)
        return self.place.error(self.start + at, f"unexpected '{text}'")

    def next(self) -> str:
        """The text of the next token, which is then past."""
        token = self.tokens[self.at][1]
        self.at += 1
        return token

    def peek(self) -> str:
        """The text of the next token."""
        return self.tokens[self.at][1]

    def kind(self) -> str:
        """number, word, string, op or end."""
        return self.tokens[self.at][0]

    def accept(self, *texts: str) -> bool:
        """Go past the next token if it is one of these."""
        if self.tokens[self.at][1] in texts:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Go past this token.  Raises `LitmusError` where another stands."""
        if not self.accept(text):
            raise self.unexpected(f"'{text}'")

    def unexpected(self, wanted: str) -> LitmusError:
        """The error that the next token is not what is wanted."""
        _, text, offset = self.tokens[self.at]
        before = "".join(token[1] for token in self.tokens[max(0, self.at - 2) : self.at])
        feature = value_left_out(before + text)
        if feature:
            return self.place.left_out(self.start + offset, before + text, feature)
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        return self.place.error(self.start + offset, f"found '{shown}' where {wanted} is expected")

    def string(self) -> str:
        """A string, without its quotes."""
        if self.kind() != "string":
            raise self.unexpected("a string")
        return self.next()[1:-1]

    def number(self) -> int:
        """A number."""
        if self.kind() != "number" or len(self.peek()) > _DIGITS_MAX:
            raise self.unexpected("a number")
        return number_of(self.next())

    def thread(self, digits: str, offset: int) -> int:
        """The thread of a number that is at `offset`.  Raises `LitmusError` when there can be none."""
        thread = thread_of(digits)
        if thread is None:
            shown = digits if len(digits) <= 60 else f"{digits[:57]}..."
            raise self.place.error(
                self.start + offset, f"found thread {shown} where one below {THREADS_MAX} is expected"
            )
        return thread

    def word(self, wanted: str) -> str:
        """A word."""
        if self.kind() != "word":
            raise self.unexpected(wanted)
        return self.next()
