"""``merge``: the shards of a campaign put together."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..errors import InputError
from ..explore.portable import locate
from ..explore.shards import parts_of
from ..explore.store import ASKED, begin
from .campaigns import UNLIMITED, RunOptions, run
from .designs import adopt_scenario
from .kept import resumed
from .logs import LogFormat
from .options import JOBS_MAX, Here, cores, number

__all__ = ["command"]

_FLAG = Parameter(negative="", show_default=False)
_JOBS = number(1, JOBS_MAX)


def command(
    *directories: Annotated[Path, Parameter(required=True)],
    campaign: Annotated[Path, Parameter(required=True)],
    design: str | None = None,
    jobs: Annotated[int | None, _JOBS] = None,
    json: Annotated[bool, _FLAG] = False,
    keep_logs: Annotated[bool, _FLAG] = False,
    log_format: LogFormat | None = None,
    quiet: Annotated[bool, Parameter(alias="-q", negative="", show_default=False)] = False,
    strength: Annotated[bool, _FLAG] = False,
    verbose: Annotated[bool, Parameter(alias="-v", negative="", show_default=False)] = False,
    session: Here,
) -> int:
    """The shards of a campaign put together: judged and shown as if one machine had made all its runs.

    Parameters
    ----------
    directories
        Those of all shards, in any order, each made by `run --campaign DIR --shard I/N`.
    campaign
        Where to keep the whole campaign; a directory that holds none.
    design
        The file of your own design that the shards were made with.
    jobs
        Worker processes; the number of cores when not given.
    json
        One object on stdout.
    keep_logs
        Also write the step log of a failing run.
    log_format
        Show what happens on stderr as it happens: one JSON object a line, or columns for people.
    quiet
        Print only what is not as expected.
    strength
        Say in full what the runs show, and with which certainty (docs/exploration.md).
    verbose
        Show a failing run in full, and the log on stderr.
    """
    if len(set(directories)) < len(directories):
        twice = next(one for index, one in enumerate(directories) if one in directories[:index])
        raise InputError(str(twice), "", "was given twice")
    parts = parts_of(directories)
    adopt_scenario(session, parts.first / ASKED, parts.whole.scenario, design)
    plan = parts.whole.plan(locate(parts.whole.scenario.path), session.worlds.loader, UNLIMITED)
    lines = parts.lines(plan)
    with begin(campaign, parts.whole) as store:
        store.add(lines)
    options = RunOptions(
        runs=plan.runs,
        seed=plan.seed,
        strategy=plan.strategy,
        driver=plan.driver,
        jobs=jobs or cores(),
        seconds_max=None,
        turns=(dict(plan.overrides),),
        out=campaign,
        json=json,
        keep_logs=keep_logs,
        quiet=quiet,
        verbose=verbose,
        log_format=log_format,
        strength=strength,
    )
    with resumed(session, campaign, design, {}, None, options) as kept:
        return run(session, [Path(kept.plan.path)], kept.options, kept)
