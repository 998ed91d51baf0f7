"""From a failing run to something to show: shrink it, run it once more with its events, write the replay file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..atomic_file import write_lines
from ..errors import InputError
from ..explore import DEFAULT, Failure, Origin, Plan, replay
from ..explore.evidence import Proof, prove, target_for, write
from ..explore.judge import headline
from .targets import is_meant_by_name
from .worlds import Shown, Worlds, world_of

__all__ = ["Evidence", "gather", "write_log_to"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A failing run, ready to be shown.

    Attributes:
        world: what it is a run of.
        proof: the run, what to point at, and its replay file.
        cut: shrinking was interrupted.
        log: the event log written, when logs are kept.
        unwritten: why files are missing, one line each.
    """

    world: Shown
    proof: Proof
    cut: bool = False
    log: Path | None = None
    unwritten: tuple[str, ...] = ()


def gather(
    plan: Plan,
    failure: Failure,
    out: Path,
    worlds: Worlds,
    *,
    keep_log: bool,
    design: replay.DesignPart | None = None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Evidence:
    """Shrink, record and write the failure of a plan, made with a user's `design` or a shipped one.

    Once it is `interrupted`, as far as it was shrunk then.  Raises `ModelError` when it cannot be made again.
    """
    world = world_of(worlds, plan)
    target = target_for(world.expect, failure.result.verdict, failure.result.findings)
    path = replay.replay_path(out, plan.name, plan.seed, failure.run, _variant(plan, design))
    proof = prove(
        _origin(plan, failure, design),
        failure.result.picks,
        target,
        path,
        attempt=partial(world.run, driver="bare"),
        record=partial(world.run, driver=plan.driver, record=True),
        point=lambda result: headline(world.expect, result.findings),
        same=target.met,
        stop=interrupted,
    )
    missing = [f"no replay file: {proof.unwritten}"] if proof.unwritten else []
    log = None
    if keep_log:
        lines = world.log_lines(proof.result, seed=plan.seed, run=failure.run, strategy=plan.strategy)
        log = path.with_name(path.name.replace(".replay.json", ".log.jsonl"))
        if unwritten := write(log, partial(write_lines, log, lines)):
            missing.append(f"no log: {unwritten}")
            log = None
    return Evidence(world, proof, interrupted() and not proof.minimal, log, tuple(missing))


def _origin(plan: Plan, failure: Failure, design: replay.DesignPart | None) -> Origin:
    return Origin(
        plan.name,
        plan.path,
        plan.text,
        plan.overrides,
        plan.strategy,
        plan.seed,
        failure.run,
        design,
    )


def _variant(plan: Plan, design: replay.DesignPart | None) -> str:
    """What tells the files of a plan from those of another one of the same name."""
    text = "" if is_meant_by_name(plan.path) else replay.hash_text(plan.text)
    own = "" if design is None else design.hash
    return replay.variant_of(plan.overrides, own, text, "" if plan.strategy == DEFAULT else plan.strategy)


def write_log_to(path: Path, lines: list[bytes]) -> None:
    """Write a log where --log-to says.  Raises `InputError` when it cannot be."""
    try:
        write_lines(path, lines)
    except OSError as error:
        raise InputError("--log-to", "", f"cannot write {path}: {error.strerror}") from None
