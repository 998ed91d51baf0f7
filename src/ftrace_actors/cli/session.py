"""What every command of one invocation shares: where to print, how much, and the worlds."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.text import Text

from ..terminal import one_line, shown
from ..words import Verdict
from .output import columns, console

if TYPE_CHECKING:
    from ..kernel.designs import DesignFile
    from .worlds import Worlds

__all__ = ["Session", "scenario_worlds"]

_STYLES = {
    "ok": "green",
    "FAIL": "bold red",
    Verdict.HOLDS.value: "green",
    Verdict.VIOLATED.value: "red",
    Verdict.UNPREDICTABLE.value: "magenta",
    Verdict.DEADLOCK.value: "yellow",
    Verdict.LIVELOCK.value: "yellow",
}


def scenario_worlds() -> Worlds:
    """The real worlds.  They load the kernel, so they are imported only when a command asks for them."""
    from .scenario_worlds import ScenarioWorlds  # noqa: PLC0415

    return ScenarioWorlds()


class Hideable(Protocol):
    """Something that is drawn on stderr."""

    def hide(self) -> None:
        """Take it off the screen."""


@dataclass(slots=True)
class Session:
    """One invocation.

    Colour appears only on a terminal and never with NO_COLOR (rich sees to both).  `make_worlds` is called once, by the
    first who needs worlds.  `own` is the user's design, when --design named a file; `bar` what is taken off the screen
    before anything is printed.
    """

    make_worlds: Callable[[], Worlds]
    own: DesignFile | None = None
    bar: Hideable | None = None
    out: Console = field(default_factory=lambda: console(sys.stdout))
    err: Console = field(default_factory=lambda: console(sys.stderr))
    _worlds: Worlds | None = None

    @property
    def worlds(self) -> Worlds:
        """The worlds of this invocation, made when they are asked for first."""
        if self._worlds is None:
            self._worlds = self.make_worlds()
        return self._worlds

    def adopt(self, own: DesignFile) -> None:
        """Let scenarios also name the user's design `own`."""
        self._worlds = self.worlds.with_design(own)
        self.own = own

    @property
    def own_option(self) -> str:
        """What a replay command needs besides the file: " --design FILE" for a user's design, else ""."""
        return f" --design {shlex.quote(self.own.path)}" if self.own is not None else ""

    @property
    def own_path(self) -> str:
        """The file of the user's design, as it was named; "" when there is none."""
        return self.own.path if self.own is not None else ""

    @property
    def width(self) -> int:
        """Columns to fill: those of the terminal, 80 when there is none, at most 160."""
        return min(columns(), 160)

    @property
    def interactive(self) -> bool:
        """Whether somebody watches stderr, and no pager or other program that reads stdout draws there as well."""
        return self.err.is_terminal and os.environ.get("TERM") != "dumb" and not _is_pipe(self.out)

    @property
    def coloured(self) -> bool:
        """Whether stderr shows colours: a terminal, and not NO_COLOR."""
        return self.err.color_system is not None

    def say(self, line: str = "") -> None:
        """A line of the result, words of judgement coloured."""
        text = Text(shown(line))
        for word, style in _STYLES.items():
            # Not where it is part of a name (deadlock-spin).
            found = rf"(?i:{word})" if word.islower() else word
            text.highlight_regex(rf"(?<![\w./-]){found}(?![\w./-])", style)
        self._print(self.out, text)

    def plain(self, line: str) -> None:
        """A line of the result, without colour."""
        self._print(self.out, shown(line))

    def note(self, line: str) -> None:
        """A remark for people, one line on stderr."""
        self._print(self.err, f"ftrace-actors: {one_line(line)}")

    def details(self, text: str) -> None:
        """What belongs to a remark and has lines of its own, on stderr."""
        self._print(self.err, shown(text.rstrip()))

    def rendered(self, line: str) -> None:
        """A line of a log on stderr, as somebody rendered it who knows what a terminal may get."""
        self._print(self.err, Text.from_ansi(line))

    def _print(self, where: Console, line: str | Text) -> None:
        if self.bar is not None:
            self.bar.hide()
        where.print(line)


def _is_pipe(console: Console) -> bool:
    try:
        mode = os.fstat(console.file.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
