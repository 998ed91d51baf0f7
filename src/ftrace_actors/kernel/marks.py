"""Marked places in the code: `//@ TEXT` in the assembly becomes a `Mark` the CPU stops at.

`Mark` is a closed union; `marked.py` says what passing one means.  `visible`: the conductor is asked before the mark
is passed, so a task can be preempted exactly there.  The edges of windows are visible; the rest only reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = [
    "WINDOWS",
    "BodyMark",
    "CallbackMark",
    "ClaimMark",
    "EntryMark",
    "Mark",
    "PreemptCheck",
    "ReaderMark",
    "WindowMark",
    "parse_mark",
]

WINDOWS = ("W0", "W1", "W2", "W3", "W4")


@dataclass(frozen=True, slots=True)
class WindowMark:
    """A window of the protocol begins."""

    window: str
    visible: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"window {self.window}"


@dataclass(frozen=True, slots=True)
class CallbackMark:
    """A tracer's function begins or ends."""

    function: str
    begins: bool = True

    @property
    def visible(self) -> bool:
        """Its begin is the edge of a window."""
        return self.begins

    def __str__(self) -> str:
        return f"callback {self.function}" if self.begins else f"end of callback {self.function}"


@dataclass(frozen=True, slots=True)
class ReaderMark:
    """A region with preemption off begins or ends."""

    begins: bool = True
    visible: ClassVar[bool] = False

    def __str__(self) -> str:
        return "reader" if self.begins else "end of reader"


@dataclass(frozen=True, slots=True)
class PreemptCheck:
    """preempt_enable looks whether a reschedule is due."""

    visible: ClassVar[bool] = False

    def __str__(self) -> str:
        return "preempt-check"


@dataclass(frozen=True, slots=True)
class ClaimMark:
    """The code claims that a function is traced by now."""

    function: str
    visible: ClassVar[bool] = False

    def __str__(self) -> str:
        return f"claims {self.function}"


@dataclass(frozen=True, slots=True)
class EntryMark:
    """The first instruction of a traced function."""

    function: str
    visible: ClassVar[bool] = False

    def __str__(self) -> str:
        return f"entry {self.function}"


@dataclass(frozen=True, slots=True)
class BodyMark:
    """The first instruction after its patch site."""

    function: str
    visible: ClassVar[bool] = False

    def __str__(self) -> str:
        return f"body {self.function}"


Mark = WindowMark | CallbackMark | ReaderMark | PreemptCheck | ClaimMark | EntryMark | BodyMark

_USAGES = (
    "body FUNCTION",
    "callback begin|end FUNCTION",
    "claims FUNCTION",
    "entry FUNCTION",
    "preempt-check",
    "reader begin|end",
    "window W0..W4",
)
"""How each kind is written."""


def parse_mark(text: str) -> Mark:
    """Read the text after `//@`.  Raises ValueError."""
    match text.split():
        case ["window", window]:
            if window not in WINDOWS:
                raise ValueError(f"unknown window {window!r}; known are {', '.join(WINDOWS)}")
            return WindowMark(window)
        case ["callback", "begin" | "end" as edge, function]:
            return CallbackMark(function, edge == "begin")
        case ["reader", "begin" | "end" as edge]:
            return ReaderMark(edge == "begin")
        case ["preempt-check"]:
            return PreemptCheck()
        case ["claims", function]:
            return ClaimMark(function)
        case ["entry", function]:
            return EntryMark(function)
        case ["body", function]:
            return BodyMark(function)
        case _:
            raise ValueError(f"unknown mark {text!r}; right are {', '.join(_USAGES)}")
