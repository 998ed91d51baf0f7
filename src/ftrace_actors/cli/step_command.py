"""``step``: go through a run by hand, and from a decision on another way."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, ReplayDiverged, clipped
from ..explore import Origin, replay
from ..inspect import EventSymbols, LogFile
from ..reading import shortened
from ..scenario import World
from ..step.run import SteppedRun, made_run, not_too_long, other_run, run_of_log
from ..step.walk import Walk
from .designs import adopt_recorded, recorded_design
from .exit_codes import ExitCode
from .export_command import headline_of
from .log_output import narrator_of
from .log_sources import is_replay
from .options import Here

if TYPE_CHECKING:
    from ..explore import Recording
    from ..step.decisions import Decision
    from .session import Session

__all__ = ["Opened", "command", "opened"]

_STRATEGY = "step"
"""What a file says of where a run came from that was made by hand."""


def command(file: Path, /, *, at: str | None = None, design: str | None = None, session: Here) -> int:
    """Go through a run on the screen, forward and backward, with the machine; and take another way at a decision.

    Parameters
    ----------
    file
        A replay file, whose run is then made, or a log (of which there is less to see, and no other way).
    at
        The event to begin at, by its number or its name (cpu1/fetch/vfs_read+0x4#2).
    design
        The file of the design, for a replay file that was recorded with one of your own.
    """
    try:
        from ..step.app import StepApp  # noqa: PLC0415 -- an extra
    except ImportError:
        raise InputError("step", "", "needs the package textual: pip install 'ftrace-actors[step]'") from None
    run, source = opened(session, file, design)
    walk = Walk(run)
    if at is not None and not walk.to_name(at):
        raise InputError(
            "--at",
            "",
            f"{shortened(repr(at))} is not the number or name of an event; there are 0 to {len(run.events) - 1}",
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError("step", "", "needs a terminal; `log FILE` and `report FILE -o OUT.html` do without")
    StepApp(run, source, walk.at).run()
    return ExitCode.OK


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a run came from; see `step.app.Source`.  Of a log there is no `world`."""

    session: Session
    title: str
    world: World | None = None
    recording: Recording | None = None

    def other(self, run: SteppedRun, decision: Decision, option: int, *, lenient: bool) -> SteppedRun | str:
        """The run that takes another option; or why there is none, in a line."""
        if self.world is None:
            return "a log has no decisions"
        try:
            return other_run(self.world, run, decision.position, option, lenient=lenient)
        except InputError as error:
            return str(error)

    def save(self, run: SteppedRun, path: str) -> str:
        """Write a run as a replay file; what came of it, in a line."""
        if self.recording is None or run.result is None:
            return "a log cannot be saved as a replay file"
        scenario, recording = self.recording.scenario, self.recording
        origin = Origin(
            scenario.name,
            scenario.path,
            scenario.text,
            scenario.overrides,
            _STRATEGY,
            recording.seed,
            recording.run,
            recorded_design(self.session),
        )
        try:
            replay.save(Path(path), replay.make(origin, run.result, run.finding, recording.shrunk_from))
        except OSError as error:
            return f"cannot write {path}: {error.strerror or error}"
        return f"wrote {path}"


def opened(session: Session, path: Path, design: str | None) -> tuple[SteppedRun, Opened]:
    """The run of a file, and where it came from.  Raises `InputError`, also where that run is another one by now."""
    if not is_replay(path):
        log = LogFile(path)
        return _of_log(log), Opened(session, log.header.scenario)
    recording = replay.load(path)
    adopt_recorded(session, path, recording, design)
    scenario = recording.scenario
    world = session.worlds.loader(scenario.text, scenario.path, scenario.overrides)
    assert isinstance(world, World), "worlds of scenarios can be looked into"
    try:
        run = made_run(world, recording.chooser(), recording.finding)
    except ReplayDiverged as error:
        raise InputError(str(path), "", f"{clipped(str(error))}; its run cannot be made any more") from None
    assert run.result is not None
    if not recording.matches(run.result):
        session.note(f"{path}: the run is not the recorded one any more")
    return run, Opened(session, scenario.name, world, recording)


def _of_log(log: LogFile) -> SteppedRun:
    told = log.header.events
    not_too_long(str(log.path), 0 if told is None else told)
    events = list(log.events())
    not_too_long(str(log.path), len(events))
    narrator = narrator_of(log)
    symbols = log.symbols if log.header.symbols else EventSymbols(events)
    return run_of_log(log.header.verdict or "", events, narrator, symbols, headline_of(log, events))
