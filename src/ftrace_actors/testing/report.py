"""A schedule under which a test fails, in words."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from .exploration import Failing

__all__ = ["note", "story"]


def headline(failing: Failing) -> str:
    """Where the schedule came from and how short it got."""
    after = len(failing.attempt.schedule.picks or ())
    text = f"{failing.numbers}"
    if failing.replays:
        text += f"; shrunk {failing.before} -> {after} non-dull choices in {failing.replays} replays"
        text += "" if failing.minimal else " (not to the end)"
    else:
        text += f"; {after} non-dull choices"
    return text


def story(failing: Failing, test: str, directory: Path, width: int) -> str:
    """Where it came from, the timeline, and how to see it again; `test` is the node id for a command line there."""
    lines = [headline(failing), failing.attempt.schedule.story(width).rstrip("\n")]
    if failing.remark:
        lines.append(f"  note    {failing.remark}")
    lines += [f"  replay  {command}" for command in commands(failing, test, directory)]
    return "\n".join(line for line in lines if line)


def note(failing: Failing, test: str, directory: Path) -> str:
    """The one line that goes with the exception."""
    return "\n".join([failing.remark or headline(failing), *commands(failing, test, directory)[:1]])


def commands(failing: Failing, test: str, directory: Path) -> list[str]:
    """What to type in `directory` to run exactly this schedule again."""
    if failing.file is None:
        return []
    file = shlex.quote(_seen_from(failing.file, directory))
    found = [f"pytest {shlex.quote(test)} --ftrace-replay {file}"]
    if failing.by_command:
        found.append(f"ftrace-actors replay {file}")
    return found


def _seen_from(file: Path, directory: Path) -> str:
    relative = os.path.relpath(file, directory)
    return str(file) if relative.startswith("..") else relative
