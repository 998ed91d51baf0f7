"""TOML that somebody else wrote: read, unless it is deeper or longer than any scenario.

`tomllib` reads tables and arrays by recursion, needs time that grows with the square of a key's parts, and leaves
it to `int` how many digits a number may have.  So what would take it too long, or end it with another error than its
own, is looked for first, in the text without its strings and comments.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from ..reading import shortened

__all__ = ["KEY_PARTS_MAX", "TomlError", "parse_toml"]

NESTED_MAX: Final = 16
KEY_PARTS_MAX: Final = 16
WORD_MAX: Final = 128
"""Characters of a key without quotes, or of a number."""

_STRING: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
_BRACKET: Final = re.compile(r"[\[\]{}]")
_PARTS: Final = re.compile(rf"(?:\.[ \t]*[\w-]+[ \t]*){{{KEY_PARTS_MAX}}}")
_WORD: Final = re.compile(rf"[\w-]{{{WORD_MAX + 1},}}")


class TomlError(ValueError):
    """Text that is not TOML, or more than is read of it.  `line` counts from 1; 0 when the message has it."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def parse_toml(text: str) -> dict[str, Any]:
    """The tables in `text`.  Raises TomlError."""
    plain = _STRING.sub(_blank, text)
    depth = 0
    for bracket in _BRACKET.finditer(plain):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > NESTED_MAX:
            raise TomlError(_line(plain, bracket), f"found more than {NESTED_MAX} nested arrays or tables")
    if parts := _PARTS.search(plain):
        raise TomlError(_line(plain, parts), f"found a key of more than {KEY_PARTS_MAX} parts")
    if word := _WORD.search(plain):
        raise TomlError(
            _line(plain, word),
            f"found '{shortened(word[0])}' where a key or number has at most {WORD_MAX} characters",
        )
    try:
        return tomllib.loads(text)
    except ValueError as error:  # tomllib's own, and what int or a date says
        raise TomlError(0, f"not TOML: {shortened(str(error), 200)}") from None


def _blank(string: re.Match[str]) -> str:
    """A string becomes a short word on the lines it took, a comment nothing."""
    return "\n" * string[0].count("\n") + ("" if string[0].startswith("#") else "s")


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1
