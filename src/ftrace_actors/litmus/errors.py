"""What is wrong with a litmus test, and where."""

from __future__ import annotations

from ..errors import InputError

__all__ = ["LitmusError", "Place"]


class LitmusError(InputError):
    """A litmus file that cannot be used.  `line` and `column` count from 1.  `str()` is one line."""

    def __init__(self, filename: str, line: int, column: int, message: str) -> None:
        super().__init__(filename, f"{line}:{column}", message)
        self.filename = filename
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}:{self.column}: {self.message}"


class Place:
    """Turns an offset into a text into the error that points there."""

    __slots__ = ("filename", "text")

    def __init__(self, filename: str, text: str) -> None:
        self.filename = filename
        self.text = text

    def error(self, offset: int, message: str) -> LitmusError:
        """The error at character `offset` (leading blanks skipped)."""
        text = self.text
        while offset < len(text) and text[offset].isspace():
            offset += 1
        line = text.count("\n", 0, offset) + 1
        column = offset - (text.rfind("\n", 0, offset) + 1) + 1
        return LitmusError(self.filename, line, column, message)
