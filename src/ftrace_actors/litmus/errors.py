"""What is wrong with a litmus test, and where."""

from __future__ import annotations

from ..errors import InputError, clipped

__all__ = ["LeftOutError", "LitmusError", "Place"]


class LitmusError(InputError):
    """A litmus file that cannot be used.  `line` and `column` count from 1.  `str()` is one line."""

    def __init__(self, filename: str, line: int, column: int, message: str) -> None:
        message = " ".join(message.split())
        super().__init__(filename, f"{line}:{column}", message)
        self.filename = filename
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{clipped(self.filename)}:{self.line}:{self.column}: {clipped(self.message)}"


class LeftOutError(LitmusError):
    """A test that may well be right, but uses a feature that this machine leaves out (docs/arm-model.md)."""


class Place:
    """Turns an offset into a text into the error that points there."""

    __slots__ = ("filename", "text")

    def __init__(self, filename: str, text: str) -> None:
        self.filename = filename
        self.text = text

    def error(self, offset: int, message: str) -> LitmusError:
        """The error at character `offset` (leading blanks skipped)."""
        return LitmusError(self.filename, *self.position(offset), message)

    def left_out(self, offset: int, found: str, feature: str) -> LeftOutError:
        """The error at character `offset` for what is left out."""
        return LeftOutError(
            self.filename,
            *self.position(offset),
            f"unsupported: '{found}' needs {feature}, which is left out",
        )

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of the first character at or after `offset` that is not blank."""
        text = self.text
        while offset < len(text) and text[offset].isspace():
            offset += 1
        line = text.count("\n", 0, offset) + 1
        return line, offset - (text.rfind("\n", 0, offset) + 1) + 1
