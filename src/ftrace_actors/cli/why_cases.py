"""From what `why` is given, a replay file, a log or a scenario, to a failing run to explain."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..checks import INV_LIVE, Finding, ranked
from ..errors import InputError, ReplayDiverged, clipped
from ..events import Event
from ..explore import Failure, Plan, Recording, prepare, replay
from ..explore.judge import headline, is_expected_failure, stops_early
from ..explore.numbered import numbered
from ..explore.portable import locate
from ..explore.proposals import drive
from ..inspect import LogFile, Symbols, recheck, render
from ..reading import exists
from ..result import Expect, RunResult
from ..scenario import kernel_facts
from ..studies.needed import Subject
from ..why import Source
from ..words import Verdict
from .designs import adopt_recorded, recorded_design
from .evidence import gather
from .log_sources import is_log
from .plans import read_plan
from .session import Session
from .targets import resolve
from .tokens import recorded_text_is_there
from .worlds import world_of

__all__ = ["Case", "Sampled", "case_of_file", "case_of_log", "is_file", "sample"]


@dataclass(frozen=True, slots=True)
class Case:
    """A failing run.

    Attributes:
        name: of its scenario.
        path: the file that it is in, a replay file or a log.
        verdict, finding, findings, events, symbols, watched, wait_for: the run.
        kernel, overrides: what it is a run of; empty for a log, which does not say.
        recording, source: of a replay file; None for a log.
        scenario: path of the scenario; "" where its file is not there with the recorded text, so that tokens are
            of no use.
        expected: the scenario expects this failure; None where that is not known.
        timeline: the run in lanes, in a number of columns.
    """

    name: str
    path: Path
    verdict: str
    finding: Finding
    findings: Sequence[Finding]
    events: Sequence[Event]
    symbols: Symbols
    watched: Collection[int]
    wait_for: str
    kernel: Mapping[str, str]
    overrides: Mapping[str, str]
    expected: bool | None
    timeline: Callable[[int], str]
    recording: Recording | None = None
    source: Source | None = None
    scenario: str = ""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What sampling a scenario came to.

    Attributes:
        plan: its runs.
        runs: how many were made.
        expect: what the scenario expects.
        replay: the replay file of the shrunk failing run; None when no run failed.
        expected: the scenario expects that failure; of no failure, whether it expects to hold.
    """

    plan: Plan
    runs: int
    expect: Expect
    replay: Path | None
    expected: bool


def is_file(target: str) -> bool:
    """Whether a target is a replay file or a log, and not a scenario."""
    path = Path(target)
    return exists(path) and path.is_file() and path.suffix != ".toml"


def case_of_file(session: Session, path: Path, design: str | None) -> Case | None:
    """The run of a file; None when it is not the recorded one any more, which is said on stderr.

    Raises `InputError`, also for a run that holds.
    """
    if is_log(path):
        return case_of_log(path)
    recording = replay.load(path)
    if recording.verdict == Verdict.HOLDS:
        raise InputError(str(path), "verdict", "this run holds; `why` explains one that fails")
    adopt_recorded(session, path, recording, design)
    part = recording.scenario
    overrides = tuple(sorted(part.overrides.items()))
    subject = Subject(part.name, part.path, part.text, overrides, session.own)
    shown = session.worlds.loader(part.text, part.path, part.overrides)
    world = subject.world()
    try:
        result = world.run(recording.chooser(), driver="bare", record=True)
    except ReplayDiverged as error:
        session.note(f"{path}: {clipped(str(error))}; replay it for more")
        return None
    if not recording.matches(result):
        session.note(f"{path}: the choices fit, but the run is not the recorded one any more; see replay")
        return None
    finding = recording.shown(result) or headline(world.expect, result.findings)
    if finding is None:
        raise InputError(str(path), "verdict", "nothing broke in this run")
    return Case(
        name=part.name,
        path=path,
        verdict=result.verdict,
        finding=finding,
        findings=result.findings,
        events=result.events,
        symbols=world.image.symbols,
        watched=world.image.watched,
        wait_for=result.wait_for,
        kernel=kernel_facts(world.scenario.spec),
        overrides=part.overrides,
        expected=is_expected_failure(world.expect, result),
        timeline=partial(shown.timeline, result, finding),
        recording=recording,
        source=Source(subject, world, result, finding),
        scenario=str(locate(part.path)) if recorded_text_is_there(recording) else "",
    )


def case_of_log(path: Path) -> Case:
    """The run of a log, of which only the events are known.  Raises `InputError`."""
    log = LogFile(path)
    checked = recheck(log)
    expect = checked.header.expected()
    found = ranked(checked.findings)
    if not found:
        raise InputError(str(path), "", "nothing broke in this run; `why` explains one that fails")
    finding = found[0] if expect is None else headline(expect, found) or found[0]
    events = tuple(log.events())
    result = RunResult(checked.verdict, checked.findings, ())
    return Case(
        name=log.header.scenario,
        path=path,
        verdict=checked.verdict,
        finding=finding,
        findings=checked.findings,
        events=events,
        symbols=log.symbols,
        watched=(),
        wait_for=checked.header.end().explanation,
        kernel={},
        overrides={},
        expected=None if expect is None else is_expected_failure(expect, result),
        timeline=partial(_lanes, events, finding, found, log.symbols),
    )


def _lanes(
    events: Sequence[Event], finding: Finding, findings: Sequence[Finding], symbols: Symbols, width: int
) -> str:
    shown = sorted(
        (each for each in findings if each.invariant != INV_LIVE), key=lambda each: each is not finding
    )
    return render(events, shown, symbols, width)


def sample(
    session: Session,
    target: str,
    overrides: Mapping[str, str],
    *,
    strategy: str,
    seed: int,
    runs: int,
    out: Path,
    progress: Callable[[str, int, int], None],
    over: Callable[[], bool],
) -> Sampled | None:
    """Make runs of a scenario until one fails, as the scenario expects where it expects that, and shrink it.

    None when it is `over` before a run fails.  Raises `InputError`, also where no replay file can be written.
    """
    paths = resolve([target])
    if len(paths) != 1:
        raise InputError(target, "", f"has {len(paths)} scenarios; name one")
    plan = read_plan(
        session, paths[0], overrides=overrides, strategy=strategy, seed=seed, runs=runs, driver="bare"
    )
    _, profile = prepare(plan)
    world = world_of(session.worlds, plan)
    failed: list[Failure] = []
    made = 0

    def is_enough(result: RunResult) -> bool:
        nonlocal made
        made += 1
        progress(plan.name, made, runs)
        if over():
            return True
        if result.verdict == Verdict.HOLDS:
            return False
        expected = is_expected_failure(world.expect, result)
        failed.append(Failure(made - 1, result))
        return expected or not stops_early(world.expect)

    drive(
        numbered(strategy, seed, runs, profile, is_enough),
        lambda draw: world.run(draw.chooser(), driver="bare"),
    )
    if not failed and over():
        return None
    if not failed:
        return Sampled(plan, made, world.expect, None, not stops_early(world.expect))
    meant = next((each for each in failed if is_expected_failure(world.expect, each.result)), failed[0])
    evidence = gather(
        plan, meant, out, session.worlds, keep_log=False, design=recorded_design(session), interrupted=over
    )
    if evidence.proof.replay is None:
        raise InputError("--out", "", evidence.proof.unwritten)
    expected = is_expected_failure(world.expect, meant.result)
    return Sampled(plan, made, world.expect, evidence.proof.replay, expected)
