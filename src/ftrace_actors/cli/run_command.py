"""``run``: sample scenarios, judge them, and show what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..errors import InputError
from ..explore import DEFAULT, Driver
from ..explore.shard import WHOLE, Shard
from ..explore.strategies import AUTO, FIXED
from .campaigns import UNLIMITED, RunOptions, plan_of, run
from .designs import adopt
from .exit_codes import ExitCode
from .kept import begun, overrides_words, resumed, shard_of
from .logs import LogFormat
from .options import (
    JOBS_MAX,
    RUNS_MAX,
    Here,
    MaybeSeed,
    Pairs,
    Strategy,
    cores,
    duration,
    number,
)
from .session import Session
from .sweeps import changes, each_change
from .targets import ALL, resolve, resolve_each

__all__ = ["command"]

RUNS_DEFAULT = 1000
_FLAG = Parameter(negative="", show_default=False)
_RUNS = number(1, RUNS_MAX)
_JOBS = number(1, JOBS_MAX)


@dataclass(frozen=True, slots=True)
class Keeping:
    """The options of campaigns that outlast a terminal or outgrow a machine."""

    cluster: str | None = None
    "Have the runs made on a cluster of Dask: the address of its scheduler, or local for --jobs processes here."
    campaign: Path | None = None
    "Keep the campaign of one scenario in this directory, every run's result included (docs/campaigns.md)."
    resume: Path | None = None
    "Continue the campaign in this directory; the answer is that of one that nobody stopped."
    shard: str | None = None
    "Make one part of the campaign's runs, as 2/4: the second of four. `merge` puts the parts together."

    @property
    def directory(self) -> Path | None:
        """Where it is kept; None when it is not."""
        return self.campaign or self.resume

    @property
    def part(self) -> Shard:
        """Which of the runs are made.  Raises `InputError`."""
        return WHOLE if self.shard is None else shard_of(self.shard)

    @property
    def strategy(self) -> str:
        """The strategy when none is named."""
        return DEFAULT if self.part == WHOLE else FIXED


_NOT_KEPT = Keeping()
_NOT_LEARNED = (
    f"--shard: strategy {FIXED}, which is {DEFAULT} but does not learn from earlier runs (docs/campaigns.md)"
)


def command(
    *targets: str,
    all_: Annotated[bool, Parameter(name="--all", negative="", show_default=False)] = False,
    allow_vacuous: Annotated[bool, _FLAG] = False,
    design: str | None = None,
    driver: Driver | None = None,
    fail_fast: Annotated[bool, Parameter(alias="-x", negative="", show_default=False)] = False,
    jobs: Annotated[int | None, _JOBS] = None,
    json: Annotated[bool, _FLAG] = False,
    keep_logs: Annotated[bool, _FLAG] = False,
    keeping: Annotated[Keeping, Parameter(name="*")] = _NOT_KEPT,
    log_format: LogFormat | None = None,
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
    quiet: Annotated[bool, Parameter(alias="-q", negative="", show_default=False)] = False,
    runs: Annotated[int | None, _RUNS] = None,
    seed: MaybeSeed = None,
    set_: Pairs = None,
    strategy: Strategy | None = None,
    strength: Annotated[bool, _FLAG] = False,
    time: str | None = None,
    verbose: Annotated[bool, Parameter(alias="-v", negative="", show_default=False)] = False,
    session: Here,
) -> int:
    """Sample scenarios under explored schedules; verdict, and on failure the run in lanes and a replay file.

    Parameters
    ----------
    targets
        Files, directories, names of shipped scenarios, groups (list --groups), or patterns of names ('teardown-*').
    all_
        All shipped scenarios.
    allow_vacuous
        Also accept a scenario that shows nothing, since no traced function is called or no ops is registered.
    design
        The design to put under every scenario: a name (list --designs), or a Python file with one of your own.
    driver
        What steps the actors: trio tasks (default), or bare, a plain loop, which is faster. The events are the same.
    fail_fast
        Stop at the first run that fails where it should hold, and at the first scenario not as expected.
    jobs
        Worker processes; the number of cores when not given. The answer does not depend on it.
    json
        One object a scenario on stdout.
    keep_logs
        Also write the step log of each failing run.
    log_format
        Show what happens on stderr as it happens: one JSON object a line, or columns for people.
    out
        Directory for replay files and logs; that of the campaign where it is kept, else "out".
    quiet
        Print only what is not as expected.
    runs
        Runs of each scenario; 1000 when neither this nor --time is given.
    seed
        Decimal or 0x...; run i of a seed is the same run everywhere. Default: 0.
    set_
        KEY.PATH=VALUE changes a value of the scenario; may be repeated. Each of VALUE,VALUE is run (docs/scenarios.md).
    strategy
        Who answers the choices. Default: auto; with --shard auto-fixed, which does not learn from earlier runs.
    strength
        Say in full what the runs show, and with which certainty (docs/exploration.md).
    time
        Begin no more runs of a scenario after this long: 60s, 5m, 1h.
    verbose
        Show every failing run in full, and the log on stderr.
    """
    given, targets = each_change(set_), _targets(targets, all_=all_)
    options = RunOptions(
        runs=runs or (RUNS_DEFAULT if time is None else UNLIMITED),
        seed=seed or 0,
        strategy=strategy or keeping.strategy,
        driver=driver or "trio",
        jobs=jobs or cores(),
        seconds_max=None if time is None else duration(time),
        turns=({},) if keeping.resume else tuple(adopt(session, design, change) for change in given),
        out=keeping.directory or out or Path("out"),
        json=json,
        keep_logs=keep_logs,
        quiet=quiet,
        verbose=verbose,
        fail_fast=fail_fast,
        allow_vacuous=allow_vacuous,
        log_format=log_format,
        strength=strength,
        cluster=keeping.cluster or "",
        shard=keeping.part,
    )
    _check(targets, options, keeping, out)
    said = {"driver": driver, "runs": runs, "seed": seed, "shard": keeping.shard, "strategy": strategy}
    return _run(session, targets, options, keeping, _Said(design, said, given[0]))


def _targets(targets: tuple[str, ...], *, all_: bool) -> tuple[str, ...]:
    if all_ and targets:
        raise InputError("--all", "", f"is all shipped scenarios; leave out {' '.join(targets)}")
    return (ALL,) if all_ else targets


@dataclass(frozen=True, slots=True)
class _Said:
    """What the user says of a campaign that is to be continued; what is None was left out."""

    design: str | None
    values: Mapping[str, object]
    overrides: Mapping[str, str]


def _run(
    session: Session, targets: Sequence[str], options: RunOptions, keeping: Keeping, said: _Said
) -> ExitCode:
    if keeping.resume is not None:
        return _resume(session, targets, options, keeping.resume, said)
    if keeping.campaign is not None:
        path = _only(targets)
        with begun(
            session, keeping.campaign, plan_of(session, path, options, options.turns[0]), options
        ) as kept:
            if options.shard != WHOLE and said.values["strategy"] is None and not options.quiet:
                session.note(_NOT_LEARNED)
            return run(session, [path], options, kept)
    return run(session, resolve_each(targets), options)


def _resume(
    session: Session, targets: Sequence[str], options: RunOptions, directory: Path, said: _Said
) -> ExitCode:
    given = {key: str(value) for key, value in said.values.items() if value is not None}
    given |= {key: "true" for key in ("fail_fast", "allow_vacuous") if getattr(options, key)}
    if said.overrides:
        given["scenario.overrides"] = overrides_words(said.overrides)
    path = _only(targets) if targets else None
    with resumed(session, directory, said.design, given, path, options) as kept:
        return run(session, [Path(kept.plan.path)], kept.options, kept)


def _only(targets: Sequence[str]) -> Path:
    """The one scenario of a campaign that is kept.  Raises `InputError`."""
    paths = resolve(targets)
    if len(paths) > 1:
        raise InputError(targets[0], "", f"{len(paths)} scenarios; a directory keeps the campaign of one")
    return paths[0]


def _check(targets: Sequence[str], options: RunOptions, keeping: Keeping, out: Path | None) -> None:
    """Raise `InputError` for options that do not go together."""
    if not targets and keeping.resume is None:
        raise InputError(
            "run", "", "of which scenario? name a file, a directory or a shipped one, or give --all"
        )
    if options.shard != WHOLE and options.strategy == AUTO and keeping.resume is None:
        why = "auto learns from all earlier runs, of which a shard has only its own"
        raise InputError("--shard", "", f"{why}; leave out --strategy, or choose {FIXED}, which does not")
    if keeping.campaign is not None and keeping.resume is not None:
        raise InputError("--resume", "", "continues a campaign, --campaign begins one; give one of them")
    if keeping.directory is not None and out is not None:
        where = keeping.directory
        raise InputError("--out", "", f"all files of a campaign that is kept are in its directory, {where}")
    if keeping.directory is not None and (varied := changes(options.turns)):
        raise InputError(
            f"--set {next(iter(varied))}", "", "has several values; a campaign that is kept takes one of each"
        )
    if options.shard == WHOLE:
        return
    if keeping.directory is None:
        raise InputError("--shard", "", "add --campaign DIR to keep the results, which `merge` needs")
    if options.runs == UNLIMITED:
        raise InputError("--shard", "", "add --runs: a part of as many runs as fit is not known")
