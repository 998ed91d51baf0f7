"""Where a log comes from: a file that has one, or a replay file, whose run is then made and recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import InputError, ReplayDiverged, clipped
from ..explore import Recording, replay
from ..inspect import FORMAT, LogFile
from ..reading import TEXT_MAX, open_regular
from ..result import RunResult
from .designs import adopt_recorded
from .session import Session
from .worlds import Shown

__all__ = ["begins_replay", "is_log", "is_replay", "log_of"]

_HEAD: Final = 4096


def is_log(path: Path) -> bool:
    """Whether a file begins as a log does.  Raises `InputError` when it cannot be read."""
    return FORMAT.encode() in _head(path)


def is_replay(path: Path) -> bool:
    """Whether a file begins as a replay file does, and not as a log.  Raises `InputError` when it cannot be read."""
    return begins_replay(_head(path))


def begins_replay(head: bytes) -> bool:
    """The same of its first bytes.  One that a test pinned counts: whoever loads it says what it is of."""
    if FORMAT.encode() in head or not head.startswith(b"{"):
        return False
    return b'"scenario"' in head or (b'"test"' in head and b'"failure"' in head)


def log_of(session: Session, path: Path, design: str | None = None) -> LogFile:
    """The log in a file, or that of the run that a replay file is of; `design` is the user's, as for `replay`.

    Raises `InputError`; also where that run is another one by now.
    """
    if not is_replay(path):
        return LogFile(path)
    return replayed(session, path, design).log


@dataclass(frozen=True, slots=True)
class Replayed:
    """The run of a replay file, made again with its events.

    Attributes:
        log: of that run.
    """

    recording: Recording
    world: Shown
    result: RunResult
    log: LogFile


def replayed(session: Session, path: Path, design: str | None) -> Replayed:
    """Make the run of a replay file again; where it is not the recorded one any more, stderr says so.

    Raises `InputError`; also where its choices do not fit any more.
    """
    recording = replay.load(path)
    adopt_recorded(session, path, recording, design)
    scenario = recording.scenario
    world = session.worlds.loader(scenario.text, scenario.path, scenario.overrides)
    try:
        result = world.run(recording.chooser(), driver="bare", record=True)
    except ReplayDiverged as error:
        raise InputError(str(path), "", f"{clipped(str(error))}; its run cannot be made any more") from None
    if not recording.matches(result):
        session.note(f"{path}: the run is not the recorded one any more")
    lines = world.log_lines(result, seed=recording.seed, run=recording.run, strategy=recording.strategy)
    return Replayed(recording, world, result, LogFile(path, b"".join(line + b"\n" for line in lines)))


def _head(path: Path) -> bytes:
    with open_regular(path, max(TEXT_MAX, 1 << 33)) as file:
        return file.read(_HEAD)
