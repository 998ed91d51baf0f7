"""From a failing run to something to show: shrink it, run it once more with its events, write the replay file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..actors.choices import ReplayChooser
from ..checks import Finding
from ..errors import InputError, ModelError
from ..explore import Campaign, Failure, Origin, Plan, Target, replay, shrink, target_of
from ..explore.atomic_file import write_whole
from ..explore.judge import headline
from ..result import Expect, RunResult
from .targets import is_meant_by_name, portable
from .worlds import Shown, Worlds, world_of

__all__ = ["Evidence", "gather", "write_lines", "write_log_to"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A failing run, ready to be shown.

    Attributes:
        world: what it is a run of.
        result: the run, with its events.
        finding: what to point at, when something broke.
        replay: the file written, None when it could not be.
        before, after: non-zero choices before and after shrinking.  cut: it was interrupted.
        log: the event log written, when logs are kept.
        unwritten: why files are missing, one line each.
    """

    world: Shown
    result: RunResult
    finding: Finding | None
    replay: Path | None
    before: int
    after: int
    cut: bool = False
    log: Path | None = None
    unwritten: tuple[str, ...] = ()


def gather(
    campaign: Campaign,
    failure: Failure,
    out: Path,
    worlds: Worlds,
    *,
    keep_log: bool,
    design: replay.DesignPart | None = None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Evidence:
    """Shrink, record and write a campaign's failure, made with a user's `design` or a shipped one.

    Once it is `interrupted`, as far as it was shrunk then.  Raises `ModelError` when it cannot be made again.
    """
    plan = campaign.plan
    world = world_of(worlds, plan)
    wanted = headline(world.expect, failure.findings)
    target = _target(failure.verdict, wanted, world.expect)
    shrunk = shrink(world.run, failure.picks, target, stop=interrupted)
    if shrunk is None:
        raise ModelError(
            f"{plan.name}: run {failure.run} of seed {plan.seed} came out differently the second time"
        )
    result = world.run(ReplayChooser(shrunk.result.picks), driver=plan.driver, record=True)
    if not target.met(result):
        raise ModelError(
            f"{plan.name}: recording run {failure.run} of seed {plan.seed} changed what happened"
        )
    finding = headline(world.expect, result.findings)
    origin = Origin(
        plan.name,
        portable(plan.path),
        plan.text,
        plan.overrides,
        plan.strategy,
        plan.seed,
        failure.run,
        design,
    )
    path = replay.replay_path(out, plan.name, plan.seed, failure.run, _variant(plan, design))
    files = _Files()
    recording = replay.make(origin, result, finding, shrunk_from=len(failure.picks))
    written = files.write("replay file", path, lambda: replay.save(path, recording))
    log = None
    if keep_log:
        lines = world.log_lines(result, seed=plan.seed, run=failure.run, strategy=plan.strategy)
        log = path.with_name(path.name.replace(".replay.json", ".log.jsonl"))
        log = files.write("log", log, partial(write_lines, log, lines))
    return Evidence(
        world,
        result,
        finding,
        written,
        len(failure.picks),
        len(result.picks),
        interrupted() and not shrunk.minimal,
        log,
        tuple(files.missing),
    )


def _variant(plan: Plan, design: replay.DesignPart | None) -> str:
    """What tells the files of a plan from those of another one of the same name."""
    text = "" if is_meant_by_name(plan.path) else replay.hash_text(plan.text)
    return replay.variant_of(plan.overrides, "" if design is None else design.hash, text)


class _Files:
    """Files that are written where that is possible; `missing` says why one is not there."""

    def __init__(self) -> None:
        self.missing: list[str] = []

    def write(self, what: str, path: Path, write: Callable[[], object]) -> Path | None:
        """The path, or None when it could not be written."""
        try:
            write()
        except OSError as error:
            self.missing.append(f"no {what}: cannot write {path}: {error.strerror or error}")
            return None
        return path


def _target(verdict: str, wanted: Finding | None, expect: Expect) -> Target:
    """What was said of the failing run must be true of the one that is shown."""
    if wanted is None:
        return target_of(verdict)
    return target_of(verdict, wanted.invariant, wanted.subject, window=wanted.window, expect=expect)


def write_lines(path: Path, lines: list[bytes]) -> Path:
    """Write a log, whole or not at all; returns the path."""
    write_whole(path, b"".join(line + b"\n" for line in lines))
    return path


def write_log_to(path: Path, lines: list[bytes]) -> None:
    """Write a log where --log-to says.  Raises `InputError` when it cannot be."""
    try:
        write_lines(path, lines)
    except OSError as error:
        raise InputError("--log-to", "", f"cannot write {path}: {error.strerror}") from None
