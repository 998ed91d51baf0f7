"""``shrink``: a recorded failing run, as short as it gets, in a scenario as small as it gets."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from ..actors.choices import ReplayChooser
from ..checks import Finding
from ..errors import InputError, ModelError, ReplayDiverged, clipped
from ..explore import Driver, Origin, Recording, Target, replay, target_of
from ..explore.evidence import target_for, write
from ..explore.judge import headline
from ..result import Expect, RunResult
from ..studies.shortest import Part, Shortest, deviations_of, shortest
from ..terminal import fold, unbroken
from ..words import Verdict
from .designs import adopt_recorded, recorded_design
from .exit_codes import ExitCode
from .interrupts import interrupts
from .options import Here, number
from .report import broken_words, finding_json, print_failure, replay_command, result_json
from .scenario_worlds import ScenarioLoader, ScenarioWorld
from .session import Session
from .setting import setting_json

__all__ = ["ShrinkOptions", "command", "shrink_file"]

_FLAG = Parameter(negative="", show_default=False)
_PLACES = 250
"""Of the proof: enough to say that a run with one choice needs it, in a second or two."""
_INDENT = " " * 11


@dataclass(frozen=True, slots=True)
class ShrinkOptions:
    """The options of ``shrink``; see its help."""

    design: str | None
    driver: Driver
    json: bool
    out: Path
    places: int
    scenario: bool


def command(
    file: Path,
    /,
    *,
    design: str | None = None,
    driver: Driver = "trio",
    json: Annotated[bool, _FLAG] = False,
    out: Annotated[Path, Parameter(alias="-o")] = Path("out"),
    places: Annotated[int, number(0, 10**9)] = _PLACES,
    schedule_only: Annotated[bool, _FLAG] = False,
    session: Here,
) -> int:
    """A recorded failing run, as short as it gets, in a scenario as small as it gets; proven where that is possible.

    Parameters
    ----------
    file
        A replay file.
    design
        The file of the design, when the run was recorded with one of your own.
    driver
        What makes the run that is shown; the output is the same under both. Shrinking is always bare.
    json
        One object instead of the timeline.
    out
        Directory for the replay file of the shorter run.
    places
        How many places to go through, to prove that nothing shorter breaks it; 0 for no proof.
    schedule_only
        Leave the scenario as it is.
    """
    options = ShrinkOptions(design, driver, json, out, places, not schedule_only)
    return shrink_file(session, file, options)


def shrink_file(session: Session, path: Path, options: ShrinkOptions) -> ExitCode:
    """The command; its exit code: 0, or 4 when the run in the file is not the recorded one any more.

    After an interrupt, what was reached is written and shown, and KeyboardInterrupt raised.
    """
    recording = replay.load(path)
    if recording.verdict == Verdict.HOLDS:
        raise InputError(str(path), "verdict", "holds; only a run that fails can be shrunk")
    adopt_recorded(session, path, recording, options.design)
    load = ScenarioLoader(session.own)
    part = Part(recording.scenario.text, recording.scenario.overrides)
    world = load(part.text, recording.scenario.path, part.overrides)
    try:
        first = world.run(recording.chooser(), driver="bare", record=True)
    except ReplayDiverged as error:
        session.note(f"{path}: {clipped(str(error))}")
        return ExitCode.DIVERGED
    if not recording.matches(first):
        session.note(f"{path}: the choices fit, but the run is not the recorded one; see replay")
        return ExitCode.DIVERGED
    target = _target(recording, world.expect, first)
    name = _smaller_path(recording.scenario.path)
    with interrupts() as interrupted:
        found = shortest(
            part,
            first.picks,
            target,
            load=lambda each: load(each.text, name, each.overrides),
            scenario=options.scenario,
            places_max=options.places,
            stop=interrupted,
        )
        if found is None:
            raise ModelError(f"{path}: the run came out differently the second time")
        _show(session, path, recording, _Shown(load, found, target, name), options)
        if interrupted():
            raise KeyboardInterrupt
    return ExitCode.OK


def _target(recording: Recording, expect: Expect, result: RunResult) -> Target:
    """What to keep: what the file is about, in the window in which the scenario expects it where it does."""
    shown = recording.shown(result)
    if shown is None or shown == headline(expect, result.findings):
        return target_for(expect, result.verdict, result.findings)
    return target_of(result.verdict, shown.invariant, shown.subject)


def _smaller_path(path: str) -> str:
    """What the smaller scenario is called; it is in the replay file and nowhere else."""
    stem = Path(path).stem.removesuffix("-smaller")
    return f"{stem}-smaller.toml"


@dataclass(frozen=True, slots=True)
class _Shown:
    """What came out, and how to make it again."""

    load: ScenarioLoader
    found: Shortest
    target: Target
    smaller_path: str

    def world(self, path: str) -> ScenarioWorld:
        """The world of the run; `path` is that of the given scenario."""
        part = self.found.part
        return self.load(part.text, self.path(path), part.overrides)

    def path(self, path: str) -> str:
        """What the scenario is called, also in messages."""
        return self.smaller_path if self.found.dropped else path


def _show(session: Session, path: Path, recording: Recording, shown: _Shown, options: ShrinkOptions) -> None:
    """Make the run once more with its events, write its file, and print it."""
    found, origin = shown.found, recording.scenario
    world = shown.world(origin.path)
    result = world.run(ReplayChooser(found.result.picks), driver=options.driver, record=True)
    if not shown.target.met(result):
        raise ModelError(f"{path}: recording the run changed what happened")
    finding = headline(world.expect, result.findings)
    if shown.target.invariant and shown.target.expect is None:
        finding = next(each for each in result.findings if each.invariant == shown.target.invariant)
    where = shown.path(origin.path)
    made = Origin(
        Path(where).stem,
        where,
        found.part.text,
        found.part.overrides,
        recording.strategy,
        recording.seed,
        recording.run,
        recorded_design(session),
    )
    before = len(recording.picks) if recording.shrunk_from is None else recording.shrunk_from
    written = (
        options.out / f"{path.name.removesuffix('.replay.json').removesuffix('.short')}.short.replay.json"
    )
    unwritten = write(written, lambda: replay.save(written, replay.make(made, result, finding, before)))
    if options.json:
        summary = _summary(recording, shown, result, finding, None if unwritten else written)
        setting = setting_json(world.kernel(), found.part.overrides, session.own)
        session.plain(msgspec.json.encode({**summary, **setting}).decode())
    else:
        tail = _tail(session, found, result)
        tail += [f"  replay  {replay_command(written, session.own_option)}"] if not unwritten else []
        title = _title(where, result, finding, found)
        print_failure(session, title, found.part.overrides, world, result, finding, "\n".join(tail))
    if unwritten:
        raise InputError("--out", "", unwritten)


def _title(path: str, result: RunResult, finding: Finding | None, found: Shortest) -> str:
    cut = "" if found.minimal else ", shrinking interrupted"
    return (
        f"{unbroken(f'{path}:')} {result.verdict.upper()}{broken_words(result.verdict, finding)} in "
        f"{result.steps} steps, shrunk {found.before} -> {len(result.picks)} non-dull choices{cut}"
    )


def _tail(session: Session, found: Shortest, result: RunResult) -> list[str]:
    dropped = ", ".join(map(unbroken, found.dropped)) or "nothing of the scenario"
    return [
        *fold(dropped, session.width, "  dropped  ", _INDENT),
        *fold(_minimal_words(found, result), session.width, "  minimal  ", _INDENT),
    ]


def _minimal_words(found: Shortest, result: RunResult) -> str:
    """What is known of shorter runs."""
    count = deviations_of(result)
    early = len(result.picks) - count
    bound = f" and at most {early} early stores" if early else ""
    least = found.least
    if least is None:
        return "not proven: no proof was tried (--places N tries one)"
    if found.proven:
        if count == 0:
            return "proven: it needs no choice at all"
        return f"proven: no run with fewer than {count} deviations{bound} breaks it ({least.places:,} places)"
    return (
        f"not proven: it takes at least {least.at_least} deviations{bound}, and this run has {count} "
        f"({least.places:,} places; --places N goes further)"
    )


def _summary(
    recording: Recording, shown: _Shown, result: RunResult, finding: Finding | None, written: Path | None
) -> dict[str, object]:
    found = shown.found
    return {
        "name": recording.scenario.name,
        "verdict": result.verdict,
        **finding_json(finding),
        "before": found.before,
        "dropped": list(found.dropped),
        "scenario": found.part.text,
        "finished": found.minimal,
        "deviations": deviations_of(result),
        "at_least": None if found.least is None else found.least.at_least,
        "proven": found.proven,
        "places": 0 if found.least is None else found.least.places,
        **result_json(result),
        "replay": None if written is None else str(written),
    }
