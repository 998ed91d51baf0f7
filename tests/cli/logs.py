"""Logs to look into: of a real failing run, and of hand-made events."""

from pathlib import Path

from ftrace_actors.events import Event
from ftrace_actors.events.encoding import digest
from ftrace_actors.inspect import EventSymbols, LogHeader, write_log
from tests.inspect.recorded import SCENARIOS, Recorded, search


def failing() -> Recorded:
    path = next(path for path in SCENARIOS if path.stem == "teardown-no-wait-w2")
    made = search(path, holds=False, expected=True, runs_max=500)
    assert made is not None
    return made


def write(path: Path, made: list[Event], **more: object) -> Path:
    header = LogHeader("toy", 1, 2, "mix", digest(made), **more)  # type: ignore[arg-type]
    write_log(path, header, made, EventSymbols(made))
    return path
