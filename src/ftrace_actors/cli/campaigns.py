"""Campaigns as `run` and `merge` show them: made or gone on with, judged, and what failed in lanes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, Protocol

import msgspec
import trio
from structlog.typing import FilteringBoundLogger
from trio_util import AsyncBool, AsyncValue, move_on_when

from ..errors import FtraceActorsError, InputError
from ..explore import (
    Campaign,
    Driver,
    Narrator,
    NoWorkers,
    Plan,
    Progress,
    Stopped,
    Workers,
    open_workers,
    prepare,
    run_campaign,
)
from ..explore.cluster import ClusterFailed
from ..explore.shard import WHOLE, Shard
from ..explore.store import Store
from ..kernel.designs import DesignError
from ..terminal import fold
from ..words import counted
from .designs import recorded_design
from .evidence import Evidence, gather
from .exit_codes import ExitCode
from .live_interrupts import live_interrupts
from .logs import LogFormat, campaign_log
from .plans import read_plan
from .progress import shown_progress
from .report import (
    INDENT,
    campaign_json,
    campaign_lines,
    complaints,
    failure_tail,
    failure_title,
    holds_words,
    print_failure,
    strength_lines,
    summary_line,
)
from .session import Session
from .setting import changed_words, setting_lines
from .sweeps import changes, heading, table
from .tokens import token_lines, token_words
from .worlds import Shown, world_of

__all__ = ["UNLIMITED", "RunOptions", "plan_of", "run"]

UNLIMITED = 10**12
"""Runs of a campaign that only its time limits."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of ``run``; see its help.

    `turns`: what options change of the scenarios; more than one where a key has several values.
    """

    runs: int
    seed: int
    strategy: str
    driver: Driver
    jobs: int
    seconds_max: float | None
    turns: tuple[dict[str, str], ...]
    out: Path
    json: bool
    keep_logs: bool
    quiet: bool
    verbose: bool
    fail_fast: bool = False
    allow_vacuous: bool = False
    log_format: LogFormat | None = None
    shard: Shard = WHOLE
    strength: bool = False
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class _Made:
    """A campaign, over: the run that shows its failure, and who logs what came of it."""

    narrator: Narrator
    campaign: Campaign
    evidence: Evidence | None


@dataclass(slots=True)
class _Tally:
    """What the command did so far."""

    campaigns: list[Campaign] = field(default_factory=list)
    changes: list[Mapping[str, str]] = field(default_factory=list)
    broken: int = 0
    unwritten: int = 0
    interrupted: bool = False
    failed: FtraceActorsError | None = None


class Kept(Protocol):
    """A campaign that is kept in a directory (`kept.Kept`)."""

    @property
    def plan(self) -> Plan:
        """What it is."""

    @property
    def store(self) -> Store:
        """Where its runs go."""

    def write_summary(self, summary: Mapping[str, Any]) -> list[str]:
        """Write what came of it; why it could not be, one line each."""


def run(
    session: Session, paths: Sequence[Path | InputError], options: RunOptions, kept: Kept | None = None
) -> ExitCode:
    """The campaigns of some scenarios, or that of one which is kept; the command's exit code."""
    wrong = [path for path in paths if isinstance(path, InputError)]
    if len(wrong) == len(paths):
        for error in wrong:
            session.note(str(error))
        return ExitCode.USAGE
    tally = _Tally()
    with (
        campaign_log(session, options.out, verbose=options.verbose, form=options.log_format) as log,
    ):
        trio.run(_until_interrupted_twice, session, paths, options, tally, log, kept)
    if tally.failed is not None:
        raise tally.failed
    if len(options.turns) > 1 and not options.json:
        table(session, list(zip(tally.changes, tally.campaigns, strict=True)), list(changes(options.turns)))
    if len(paths) * len(options.turns) > 1 and not options.json:
        session.say(summary_line(tally.campaigns, tally.broken, len(paths) * len(options.turns)))
    return ExitCode.worst(
        ExitCode.INTERRUPTED if tally.interrupted else ExitCode.OK,
        ExitCode.USAGE if tally.broken else ExitCode.OK,
        ExitCode.OK if all(campaign.ok for campaign in tally.campaigns) else ExitCode.UNEXPECTED,
        ExitCode.UNEXPECTED if tally.unwritten else ExitCode.OK,
    )


def _announce(session: Session, options: RunOptions) -> None:
    runs = "as many runs as fit" if options.runs == UNLIMITED else f"{counted(options.runs, 'run')} each"
    changed = changed_words(options.turns[0], session.own_path) if len(options.turns) == 1 else ""
    session.note(
        f"{f'with {changed}, ' if changed else ''}seed {options.seed}, strategy {options.strategy}, {runs}, "
        f"driver {_driver_words(options.driver)}, {_workers_words(options)}"
    )


def _workers_words(options: RunOptions) -> str:
    return f"cluster {options.cluster}" if options.cluster else counted(options.jobs, "job")


def _driver_words(driver: Driver) -> str:
    return driver if driver == "bare" else f"{driver} (bare to shrink)"


async def _until_interrupted_twice(
    session: Session,
    paths: Sequence[Path | InputError],
    options: RunOptions,
    tally: _Tally,
    log: FilteringBoundLogger,
    kept: Kept | None,
) -> None:
    """The campaigns.  Raises KeyboardInterrupt at the second interrupt."""
    with live_interrupts() as interrupts:
        async with move_on_when(interrupts.second.wait_value, True) as scope:
            await _campaigns(session, paths, options, tally, log, kept, interrupts.first)
        if scope.cancelled_caught:
            raise KeyboardInterrupt


async def _campaigns(
    session: Session,
    paths: Sequence[Path | InputError],
    options: RunOptions,
    tally: _Tally,
    log: FilteringBoundLogger,
    kept: Kept | None,
    interrupted: AsyncBool,
) -> None:
    try:
        await _on_workers(session, paths, options, tally, log, kept, interrupted)
    except ClusterFailed as error:
        tally.failed = error  # there are no workers; raised outside the nurseries, as below


async def _on_workers(
    session: Session,
    paths: Sequence[Path | InputError],
    options: RunOptions,
    tally: _Tally,
    log: FilteringBoundLogger,
    kept: Kept | None,
    interrupted: AsyncBool,
) -> None:
    """One campaign after the other; an unusable scenario does not keep the others from running."""
    async with (
        open_workers(options.jobs, options.cluster) as workers,
        shown_progress(session, quiet=options.quiet) as progress,
    ):
        announced = options.quiet
        alone = len(paths) * len(options.turns) == 1
        for change, path in product(options.turns, paths):
            try:
                if path is paths[0] and not (options.json or options.quiet):
                    heading(session, change, options.turns)
                plan = plan_of(session, path, options, change) if kept is None else kept.plan
                await trio.to_thread.run_sync(prepare, plan)
                if not announced:  # what is wrong with the first scenario, or an option, is said first
                    _announce(session, options)
                    announced = True
                made = await _campaign(session, plan, options, workers, log, kept, progress, interrupted)
            except (ClusterFailed, DesignError, NoWorkers) as error:
                tally.failed = error  # no other scenario would fare better
                return
            except InputError as error:
                tally.broken += 1
                session.note(str(error))
                continue
            except FtraceActorsError as error:
                tally.failed = error  # raised outside the nurseries, which would wrap it in groups
                return
            tally.campaigns.append(made.campaign)
            tally.changes.append(change)
            tally.interrupted |= made.campaign.stopped == Stopped.INTERRUPTED or interrupted.value
            tally.unwritten += _report(session, made, options, kept, alone=alone)
            if tally.interrupted or (options.fail_fast and not made.campaign.ok):
                return


async def _campaign(
    session: Session,
    plan: Plan,
    options: RunOptions,
    workers: Workers,
    log: FilteringBoundLogger,
    kept: Kept | None,
    progress: AsyncValue[Progress],
    interrupted: AsyncBool,
) -> _Made:
    """One campaign, and the evidence of what it found."""
    world = world_of(session.worlds, plan)
    narrator = Narrator(log, plan, **_design(world))
    narrator.started(world.expect, None if options.runs == UNLIMITED else options.runs)
    campaign = await run_campaign(
        plan,
        workers,
        found=narrator.finding,
        progress=progress,
        interrupted=interrupted,
        seconds_max=options.seconds_max,
        kept=None if kept is None else kept.store,
    )
    if campaign.failure is not None:
        progress.value = replace(progress.value, phase="shrinking")
    return _Made(narrator, campaign, await _evidence(session, campaign, options, interrupted))


def _report(session: Session, made: _Made, options: RunOptions, kept: Kept | None, *, alone: bool) -> int:
    """Log and print what came of a campaign; how many files could not be written."""
    _log_end(session, made.narrator, made.campaign, made.evidence)
    unwritten = list(made.evidence.unwritten if made.evidence is not None else ())
    if kept is not None:  # before anything is printed, since nobody may read it
        unwritten += kept.write_summary(_as_json(session, made.campaign, made.evidence))
    _print(session, made.campaign, made.evidence, options, alone=alone)
    for line in unwritten:
        session.note(line)
    return len(unwritten)


def plan_of(
    session: Session, path: Path | InputError, options: RunOptions, change: Mapping[str, str]
) -> Plan:
    """The campaign of a scenario, changed as options say; raises what is wrong with it, an `InputError`."""
    if isinstance(path, InputError):
        raise path
    plan = read_plan(
        session,
        path,
        overrides=change,
        strategy=options.strategy,
        seed=options.seed,
        runs=options.runs,
        driver=options.driver,
    )
    return replace(
        plan, fail_fast=options.fail_fast, allow_vacuous=options.allow_vacuous, shard=options.shard
    )


async def _evidence(
    session: Session, campaign: Campaign, options: RunOptions, interrupted: AsyncBool
) -> Evidence | None:
    if campaign.failure is None:
        return None
    failure = campaign.failure
    # A thread, because a run under the trio driver has an event loop of its own.
    return await trio.to_thread.run_sync(
        lambda: gather(
            campaign.plan,
            failure,
            options.out,
            session.worlds,
            keep_log=options.keep_logs,
            design=recorded_design(session),
            interrupted=lambda: bool(interrupted.value),
        )
    )


def _design(world: Shown) -> dict[str, str]:
    """What the log binds: the name of the design, where there is one."""
    return {name: value for name, value in world.kernel().items() if name == "design"}


def _log_end(session: Session, narrator: Narrator, campaign: Campaign, evidence: Evidence | None) -> None:
    """What became of the failure, and of the campaign."""
    if evidence is not None and campaign.failure is not None:
        run = campaign.failure.run
        narrator.shrunk(run, evidence.proof.before, evidence.proof.after, minimal=evidence.proof.minimal)
        for what, path in (("replay", evidence.proof.replay), ("log", evidence.log)):
            if path is not None:
                narrator.written(run, what, path)
    summary = _as_json(session, campaign, evidence)
    bound = {"name", "seed", "coverage"}
    coverage = {name: value for name, value in summary["coverage"].items() if name != "strategy"}
    narrator.ended(**{name: value for name, value in summary.items() if name not in bound}, **coverage)


def _print(
    session: Session, campaign: Campaign, evidence: Evidence | None, options: RunOptions, *, alone: bool
) -> None:
    if options.json:
        session.plain(msgspec.json.encode(_as_json(session, campaign, evidence)).decode())
        return
    if options.quiet and campaign.ok:
        return
    for line in campaign_lines(campaign, session.width):
        session.say(line)
    for complaint in complaints(campaign):
        for line in fold(complaint, session.width, INDENT):
            session.say(line)
    in_full = evidence is not None and (alone or options.verbose or not campaign.ok)
    if not in_full:
        # The kernel is another one in each scenario; what options changed is said of each that is printed.
        kernel = _kernel(session, campaign) if alone else {}
        for line in setting_lines(kernel, campaign.plan.overrides, session.own_path, session.width, INDENT):
            session.plain(line)
    if not options.quiet and (words := holds_words(campaign)) and (alone or options.verbose):
        for line in fold(words, session.width, INDENT):
            session.plain(line)
    _print_strength(session, campaign, options)
    if evidence is not None and in_full:
        title = failure_title(campaign, evidence)
        overrides = campaign.plan.overrides
        token = token_lines(session, campaign.plan.path, overrides, _token(session, campaign, evidence))
        tail = "\n".join([failure_tail(campaign, evidence, session.own_option), *token])
        print_failure(
            session, title, overrides, evidence.world, evidence.proof.result, evidence.proof.finding, tail
        )


def _print_strength(session: Session, campaign: Campaign, options: RunOptions) -> None:
    for line in strength_lines(campaign, session.width) if options.strength else ():
        session.plain(line)


def _kernel(session: Session, campaign: Campaign) -> Mapping[str, str]:
    return world_of(session.worlds, campaign.plan).kernel()


def _token(session: Session, campaign: Campaign, evidence: Evidence) -> str:
    return token_words(session, campaign.plan.text, campaign.plan.overrides, evidence.proof.result)


def _as_json(session: Session, campaign: Campaign, evidence: Evidence | None) -> dict[str, Any]:
    token = _token(session, campaign, evidence) if evidence is not None else ""
    return campaign_json(campaign, evidence, _kernel(session, campaign), session.own, token)
