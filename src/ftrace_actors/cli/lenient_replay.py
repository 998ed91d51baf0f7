"""``replay --lenient``: a recorded schedule in a changed scenario, and whether the failure still shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from ..actors.choices import Chooser, ReplayChooser
from ..checks import Finding
from ..errors import InputError
from ..explore import Driver, Origin, Recording, replay
from ..explore.judge import headline
from ..explore.lenient import Anchor, Followed, Schedule, follow, schedule_of
from ..reading import read_text
from ..result import RunResult
from ..scenario.designs import DESIGN_KEY, put_design
from ..terminal import fold, unbroken
from ..words import Verdict
from .designs import recorded_design
from .evidence import write_log_to
from .exit_codes import ExitCode
from .report import broken_words, finding_json, print_failure, replay_command, result_json
from .session import Session
from .setting import setting_json
from .targets import resolve
from .worlds import Shown

__all__ = ["LenientOptions", "replay_leniently"]

_STRATEGY = "lenient"
"""What a file says of where a run came from that followed another one."""
_INDENT = " " * 11


@dataclass(frozen=True, slots=True)
class LenientOptions:
    """The options of ``replay --lenient``; see its help."""

    overrides: Mapping[str, str]
    on: str | None
    design: str | None
    driver: Driver
    json: bool
    log: bool
    log_to: Path | None
    save: Path | None


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """The world in which the schedule is followed, and what it was made of."""

    name: str
    path: str
    text: str
    overrides: dict[str, str]
    world: Shown


def replay_leniently(session: Session, path: Path, options: LenientOptions) -> ExitCode:
    """The command; its exit code: 1 when something breaks under the schedule, 0 when nothing does."""
    recording = replay.load(path)
    before = _maker_before(session, recording)
    elsewhere = _elsewhere(session, path, recording, options)
    if before is None and session.own is not None and _is_recorded_design(session, recording):
        before = _maker(session, recording)
    schedule = schedule_of([part.pick() for part in recording.picks], run=before, actors=recording.actors)
    followed = follow(schedule, partial(elsewhere.world.run, driver="bare"), partial(_shows, recording))
    # Once more, strictly: what is shown is a run as every other one, with its events.
    chooser = ReplayChooser(followed.result.picks)
    result = elsewhere.world.run(chooser, driver=options.driver, record=True)
    _tell(session, path, recording, elsewhere, schedule, replace(followed, result=result), options)
    return ExitCode.OK if result.verdict == Verdict.HOLDS else ExitCode.UNEXPECTED


def _shows(recording: Recording, result: RunResult) -> bool:
    """Whether a run shows what the file is about."""
    if recording.finding is None:
        return result.verdict == recording.verdict
    return recording.shown(result) is not None


# -- the two worlds ---------------------------------------------------------------------------------------------------


def _maker_before(session: Session, recording: Recording) -> Callable[[Chooser], RunResult] | None:
    """Makes runs of the recorded world; None for one with a user's design, and for one that cannot be built now."""
    return None if recording.scenario.design is not None else _maker(session, recording)


def _maker(session: Session, recording: Recording) -> Callable[[Chooser], RunResult] | None:
    part = recording.scenario
    try:
        world = session.worlds.loader(part.text, part.path, part.overrides)
    except InputError as error:
        session.note(
            f"the recorded scenario cannot be built any more ({error}); its choices are as the file says"
        )
        return None
    return partial(world.run, driver="bare")


def _is_recorded_design(session: Session, recording: Recording) -> bool:
    own, part = session.own, recording.scenario.design
    return own is not None and part is not None and part.has_text(own.digest)


def _elsewhere(session: Session, path: Path, recording: Recording, options: LenientOptions) -> _Elsewhere:
    part = recording.scenario
    overrides = dict(options.overrides) if options.on is not None else {**part.overrides, **options.overrides}
    if options.design is not None:
        if DESIGN_KEY not in options.overrides:
            overrides.pop(DESIGN_KEY, None)
        overrides, own = put_design(options.design, overrides, "--design")
        if own is not None:
            session.adopt(own)
    elif part.design is not None and options.on is None and DESIGN_KEY not in options.overrides:
        raise InputError(
            str(path),
            "scenario.own_design",
            f"recorded with {part.design.name}, a design of your own; add --design {part.design.file}",
        )
    if options.on is None:
        name, where, text = part.name, part.path, part.text
    else:
        (file,) = _one(resolve([options.on]), options.on)
        name, where, text = file.stem, str(file), read_text(file)
    return _Elsewhere(name, where, text, overrides, session.worlds.loader(text, where, overrides))


def _one(paths: list[Path], target: str) -> list[Path]:
    if len(paths) != 1:
        raise InputError("--on", "", f"{target} has {len(paths)} scenarios; a schedule is followed in one")
    return paths


# -- what is said -----------------------------------------------------------------------------------------------------


def _tell(
    session: Session,
    path: Path,
    recording: Recording,
    elsewhere: _Elsewhere,
    schedule: Schedule,
    followed: Followed,
    options: LenientOptions,
) -> None:
    """Write the files that were asked for, then print."""
    result = followed.result
    finding = recording.shown(result) or headline(elsewhere.world.expect, result.findings)
    if options.save is not None:
        _save(session, options.save, recording, elsewhere, result, finding)
    lines: list[bytes] = []
    if options.log or options.log_to is not None:
        lines = elsewhere.world.log_lines(result, seed=recording.seed, run=recording.run, strategy=_STRATEGY)
    if options.log_to is not None:
        write_log_to(options.log_to, lines)
    if options.log:
        for line in lines:
            session.plain(line.decode())
    elif options.json:
        session.plain(
            msgspec.json.encode(_summary(session, recording, elsewhere, schedule, followed, finding)).decode()
        )
    else:
        _print(session, path, recording, elsewhere, schedule, followed, finding, options.save)


def _save(
    session: Session,
    path: Path,
    recording: Recording,
    elsewhere: _Elsewhere,
    result: RunResult,
    finding: Finding | None,
) -> None:
    origin = Origin(
        elsewhere.name,
        elsewhere.path,
        elsewhere.text,
        elsewhere.overrides,
        _STRATEGY,
        recording.seed,
        recording.run,
        recorded_design(session),
    )
    try:
        replay.save(path, replay.make(origin, result, finding, recording.shrunk_from))
    except OSError as error:
        raise InputError("--save", "", f"cannot write {path}: {error.strerror or error}") from None


def _print(
    session: Session,
    path: Path,
    recording: Recording,
    elsewhere: _Elsewhere,
    schedule: Schedule,
    followed: Followed,
    finding: Finding | None,
    saved: Path | None,
) -> None:
    result = followed.result
    title = (
        f"{unbroken(f'{elsewhere.path}:')} {result.verdict.upper()}{broken_words(result.verdict, finding)} in "
        f"{result.steps} steps, {followed.taken} of {len(schedule.anchors)} recorded choices found their place"
    )
    lines = [
        *fold(_answer(recording, followed), session.width, "  answer   ", _INDENT),
        *fold(_how(schedule, followed), session.width, "  found    ", _INDENT),
    ]
    for late in followed.late:
        lines += fold(f"{late}: on a later occasion", session.width, "  late     ", _INDENT)
    for skipped in followed.skipped:
        lines += fold(f"{skipped.anchor}: {skipped.why}", session.width, "  skipped  ", _INDENT)
    if saved is not None:
        lines.append(f"  replay  {replay_command(saved, session.own_option)}")
    print_failure(session, title, elsewhere.overrides, elsewhere.world, result, finding, "\n".join(lines))


def _answer(recording: Recording, followed: Followed) -> str:
    """Whether the failure survives, in one sentence, and how much that says."""
    wanted = recording.finding
    what = recording.verdict
    if wanted is not None:
        what = f"{wanted.invariant} of {wanted.subject}" + (f" in {wanted.window}" if wanted.window else "")
    if recording.verdict == Verdict.HOLDS:
        return "the recorded run holds, and so does this one" if followed.shows else "the recorded run holds"
    if followed.shows:
        return f"{what} still shows under this schedule"
    words = f"{what} does not show under this schedule"
    if followed.result.verdict != Verdict.HOLDS:
        words += "; something else does"
    if followed.skipped:
        words += f"; {len(followed.skipped)} of its choices have no place here, which may be why"
    return f"{words}. Other schedules were not tried"


def _how(schedule: Schedule, followed: Followed) -> str:
    words = f"by {followed.way}"
    if not schedule.exact:
        words += ", as the file says: the recorded run could not be made again"
    return words


def _summary(
    session: Session,
    recording: Recording,
    elsewhere: _Elsewhere,
    schedule: Schedule,
    followed: Followed,
    finding: Finding | None,
) -> dict[str, object]:
    return {
        "name": elsewhere.name,
        "shows": followed.shows,
        "verdict": followed.result.verdict,
        **finding_json(finding),
        "recorded": {
            "name": recording.scenario.name,
            "verdict": recording.verdict,
            "invariant": recording.finding.invariant if recording.finding else None,
            "subject": recording.finding.subject if recording.finding else None,
            "window": recording.finding.window if recording.finding else None,
            "exact": schedule.exact,
        },
        "way": followed.way,
        "taken": followed.taken,
        "late": [_anchor_json(late) for late in followed.late],
        "skipped": [{**_anchor_json(skipped.anchor), "why": skipped.why} for skipped in followed.skipped],
        **result_json(followed.result),
        **setting_json(elsewhere.world.kernel(), elsewhere.overrides, session.own),
    }


def _anchor_json(anchor: Anchor) -> dict[str, object]:
    return {
        "kind": anchor.kind,
        "actor": anchor.actor,
        "op": anchor.op,
        "object": anchor.object,
        "picked": anchor.picked,
        "mover": anchor.mover or None,
    }
