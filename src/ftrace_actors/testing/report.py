"""A schedule under which a test fails, in words."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from .failing import Failing

__all__ = ["note", "story"]


def headline(failing: Failing) -> str:
    """Where the schedule came from and how short it is."""
    picks = failing.attempt.schedule.picks
    if picks is None:
        return str(failing.numbers)
    after = len(picks)
    text = f"{failing.numbers}; "
    if failing.replays and failing.before:
        text += f"shrunk in {failing.replays} replays from {failing.before} to {_choices(after)}"
        text += "" if failing.minimal else ", not to the end"
    else:
        text += _choices(after)
    return text


def _choices(count: int) -> str:
    return f"{count} non-dull choice{'' if count == 1 else 's'}"


def story(failing: Failing, test: str, directory: Path, width: int) -> str:
    """Where it came from, the timeline, and how to see it again; `test` is the node id for a command line there."""
    lines = [headline(failing), failing.attempt.schedule.story(width).rstrip("\n")]
    if failing.remark:
        lines.append(f"  note    {failing.remark}")
    lines += [f"  replay  {command}" for command in commands(failing, test, directory)]
    return "\n".join(line for line in lines if line)


def note(failing: Failing, test: str, directory: Path) -> str:
    """What goes with the exception, also where sections of a report are not shown."""
    replay = [f"replay: {command}" for command in commands(failing, test, directory)[:1]]
    return "\n".join(([failing.remark] if failing.remark else []) + replay)


def commands(failing: Failing, test: str, directory: Path) -> list[str]:
    """What to type in `directory` to run exactly this schedule again."""
    if failing.file is None:
        return []
    file = shlex.quote(_seen_from(failing.file, directory))
    # With a space between them pytest, looking for its rootdir, would take the file for something to collect.
    found = [f"pytest {shlex.quote(test)} --ftrace-replay={file}"]
    source = failing.attempt.schedule.source() if failing.by_command else None
    if source is not None:
        option = f" --design {shlex.quote(source.own.path)}" if source.own is not None else ""
        found.append(f"ftrace-actors replay {file}{option}")
    return found


def _seen_from(file: Path, directory: Path) -> str:
    relative = os.path.relpath(file, directory)
    return str(file) if relative.startswith("..") else relative
