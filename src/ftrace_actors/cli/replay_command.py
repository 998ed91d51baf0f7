"""``replay``: a recorded run once more, and whether it is still the same run."""

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from .. import __version__
from ..checks import Finding
from ..errors import InputError, ReplayDiverged, clipped
from ..explore import Driver, Recording, replay
from ..explore.judge import headline
from ..explore.portable import locate
from ..explore.replay import EXPLORE
from ..reading import exists, read_text
from ..result import RunResult
from ..terminal import unbroken
from ..words import Verdict
from .designs import adopt_recorded
from .evidence import write_log_to
from .exit_codes import ExitCode
from .lenient_replay import LenientOptions, replay_leniently
from .log_sources import is_log
from .options import Here, Pairs
from .report import broken_words, finding_json, print_failure, replay_command, result_json
from .session import Session
from .setting import setting_json
from .sweeps import one_change
from .targets import is_shipped
from .token_replay import TokenOptions, replay_token
from .tokens import token_lines, token_of_recording
from .worlds import Shown

__all__ = ["command", "replay_file"]

_FLAG = Parameter(negative="", show_default=False)

CHOICES_MAX = 40
"""Of a run that is not short; all of them are in its file."""


def command(
    target: str,
    token: str | None = None,
    /,
    *,
    design: str | None = None,
    driver: Driver = "trio",
    json: Annotated[bool, _FLAG] = False,
    lenient: Annotated[bool, _FLAG] = False,
    log: Annotated[bool, _FLAG] = False,
    log_to: Path | None = None,
    on: str | None = None,
    save: Path | None = None,
    set_: Pairs = None,
    session: Here,
) -> int:
    """A recorded run once more; exit 4 when it is not the recorded run any more.

    Parameters
    ----------
    target
        A replay file; before a token the scenario, as for run.
    token
        The word that a report printed, for a run of that scenario.
    design
        The file of the design, when the run was recorded with one of your own; with --lenient any other.
    driver
        What steps the actors; the output is the same under both.
    json
        One object instead of the timeline.
    lenient
        Follow the recorded schedule as far as it fits, in what --set, --on and --design change; say what was skipped
        and whether the failure still shows. Exit 1 when something breaks, 0 when nothing does.
    log
        The log on stdout instead of the timeline.
    log_to
        Also write the log to this file, for `log` and `check`.
    on
        With --lenient: another scenario to follow the schedule in, a file or the name of a shipped one.
    save
        With --lenient: write the run as a replay file of its own.
    set_
        KEY.PATH=VALUE as for run, with --lenient or a token; may be repeated.
    """
    changed = one_change(set_, "a recorded run is replayed in one scenario")
    if token is not None:
        _only_with_lenient(lenient=lenient, on=on, save=save)
        options = TokenOptions(changed, design, driver, json, log, log_to)
        return replay_token(session, target, token, options)
    if is_shipped(target) and not exists(Path(target)):
        raise InputError(
            target, "", "is not a file; the run of a scenario takes its token: replay NAME TOKEN"
        )
    if is_log(Path(target)):
        raise InputError(target, "", "is a log, not a replay file; `log` and `check` read it")
    if lenient:
        options_there = LenientOptions(changed, on, design, driver, json, log, log_to, save)
        return replay_leniently(session, Path(target), options_there)
    _only_with_lenient(set_=changed or None, on=on, save=save)
    return replay_file(session, Path(target), design=design, driver=driver, log=log, log_to=log_to, json=json)


def _only_with_lenient(*, lenient: bool = False, **options: object) -> None:
    """Raise `InputError` for an option that would change a run that is replayed strictly."""
    if lenient:
        raise InputError("--lenient", "", "goes with a replay file; a token is strict")
    for name, value in options.items():
        if value is not None:
            raise InputError(
                f"--{name.rstrip('_')}", "", "goes with --lenient; a replay as recorded is strict"
            )


def replay_file(
    session: Session,
    path: Path,
    *,
    design: str | None = None,
    driver: Driver,
    log: bool,
    log_to: Path | None,
    json: bool,
) -> ExitCode:
    """The command; its exit code. What it prints and writes does not depend on the driver."""
    recording = replay.load(path)
    adopt_recorded(session, path, recording, design)
    _remark(session, recording)
    scenario = recording.scenario
    world = session.worlds.loader(scenario.text, scenario.path, scenario.overrides)
    try:
        result = world.run(recording.chooser(), driver=driver, record=True)
    except ReplayDiverged as error:
        session.note(f"{path}: {clipped(str(error))}; {_versions(recording)}")
        return ExitCode.DIVERGED
    same = recording.matches(result)
    lines = _log_lines(recording, world, result) if log or log_to is not None else []
    if log_to is not None:
        write_log_to(log_to, lines)
    if log:
        for line in lines:
            session.plain(line.decode())
    elif json:
        setting = setting_json(world.kernel(), scenario.overrides, session.own)
        _, token = token_of_recording(session, recording, result)
        summary = {**_summary(recording, world, result, same=same), "token": token or None, **setting}
        session.plain(msgspec.json.encode(summary).decode())
    else:
        _print(session, path, recording, world, result)
    if not recording.is_laid_out_like(result):
        session.note(f"{path}: {replay.OTHER_LAYOUT}")
    if not same:
        session.note(
            f"{path}: the choices fit, but {_what_differs(recording, result)}; {_versions(recording)}"
        )
        return ExitCode.DIVERGED
    return ExitCode.OK


def _log_lines(recording: Recording, world: Shown, result: RunResult) -> list[bytes]:
    return world.log_lines(result, seed=recording.seed, run=recording.run, strategy=recording.strategy)


def _versions(recording: Recording) -> str:
    if recording.tool == __version__:
        return f"recorded by this version, {__version__}"
    return f"recorded by version {recording.tool}, this is {__version__}"


def _remark(session: Session, recording: Recording) -> None:
    """Say what disagrees with the file but does not decide the run: the text in it does."""
    if recording.tool != __version__:
        session.note(_versions(recording))
    path = locate(recording.scenario.path)
    try:
        text = read_text(path)
    except InputError:
        return
    if text != recording.scenario.text:
        session.note(f"{path} has changed since; replaying the text in the file")


def _what_differs(recording: Recording, result: RunResult) -> str:
    if recording.is_laid_out_like(result):
        now, then = f"{result.verdict}, digest {result.digest}", f"{recording.verdict}, {recording.digest}"
        return f"the events are not the recorded ones ({now}; recorded {then})"
    broken = sorted({found.invariant for found in result.findings})
    wanted = f" of {recording.finding.invariant}" if recording.finding else ""
    now = " ".join([result.verdict, *broken])
    return f"something else broke ({now}; recorded {recording.verdict}{wanted})"


def _came_from(recording: Recording) -> str:
    """Where the run came from: a search numbers none."""
    if recording.strategy == EXPLORE:
        return "found by explore"
    return f"seed {recording.seed}, run {recording.run}"


def _print(session: Session, path: Path, recording: Recording, world: Shown, result: RunResult) -> None:
    finding = _shown(recording, world, result)
    broke = broken_words(result.verdict, finding)
    title = (
        f"{unbroken(f'{recording.scenario.path}:')} {result.verdict.upper()}{broke} in {result.steps} steps "
        f"({_came_from(recording)}), {len(result.picks)} non-dull choices of {result.positions}"
    )
    changed = recording.scenario.overrides
    print_failure(session, title, changed, world, result, finding, _choices(recording))
    session.plain(f"  replay  {replay_command(path, session.own_option)}")
    if result.verdict != Verdict.HOLDS:
        scenario, token = token_of_recording(session, recording, result)
        for line in token_lines(session, scenario, changed, token):
            session.plain(line)


def _choices(recording: Recording) -> str:
    lines = [
        f"  {'choices' if index == 0 else '':<7}{pick.position:>6}  {pick.kind.value:<9} option {pick.picked} of "
        f"{pick.count}  at {pick.op} {pick.object}"
        for index, pick in enumerate(recording.picks[:CHOICES_MAX])
    ]
    if (more := len(recording.picks) - CHOICES_MAX) > 0:
        lines.append(f"{'':<9}... {more:,} more choices")
    return "\n".join(lines)


def _shown(recording: Recording, world: Shown, result: RunResult) -> Finding | None:
    """The finding that the file is about; what broke instead, where that did not."""
    return recording.shown(result) or headline(world.expect, result.findings)


def _summary(recording: Recording, world: Shown, result: RunResult, *, same: bool) -> dict[str, object]:
    finding = _shown(recording, world, result)
    return {
        "name": recording.scenario.name,
        "same": same,
        "verdict": result.verdict,
        **finding_json(finding),
        "seed": recording.seed,
        "run": recording.run,
        **result_json(result),
        "tool": recording.tool,
    }
