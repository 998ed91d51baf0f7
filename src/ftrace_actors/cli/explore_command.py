"""``explore``: all runs of a scenario, by number of deviations, instead of a sample of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ..errors import InputError
from ..exhaustive import Ending, Limits, Reductions, Search, remake
from ..exhaustive.saved import State
from ..explore import Plan
from ..explore.evidence import prove
from ..explore.judge import headline
from ..explore.replay import EXPLORE, DesignPart, Origin, replay_path, variant_of
from ..explore.shrink import target_of
from ..kernel.designs import DesignError
from ..scenario.run import blaming_the_design
from .exit_codes import ExitCode
from .explore_report import Explored, ExploreOptions, as_expected, say
from .explore_saved import Keeper, read_saved, saved_limits
from .interrupts import interrupts
from .options import Here, Pairs, cores, duration, number, number_or_all
from .plans import read_plan
from .progress import shown_bar
from .scenario_worlds import ScenarioLoader, ScenarioWorld
from .session import Session
from .sweeps import each_change, each_turn
from .targets import resolve_each

__all__ = ["ExploreOptions", "command", "explore"]

_FLAG = Parameter(negative="", show_default=False)


def command(
    *targets: str,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    design: str | None = None,
    deviations: Annotated[int | None, number(0, 1000)] = None,
    early: Annotated[Literal["all"] | int | None, number_or_all(0, 1000)] = None,
    jobs: Annotated[int | None, number(1, 1024)] = None,
    json: Annotated[bool, _FLAG] = False,
    no_fuse: Annotated[bool, _FLAG] = False,
    no_merge: Annotated[bool, _FLAG] = False,
    out: Annotated[Path, Parameter(alias="-o")] = Path("out"),
    places: Annotated[int | None, number(1, 10**9)] = None,
    resume: Path | None = None,
    save: Path | None = None,
    set_: Pairs = None,
    time_: Annotated[str | None, Parameter(name="--time")] = None,
    session: Here,
) -> int:
    """All runs of a scenario, few deviations first: complete, or how far it came; exit 1 when not as expected.

    Parameters
    ----------
    targets
        Scenario files, directories, or names of shipped scenarios.
    all_
        Do not stop after the first level in which something broke; later ones may break other invariants.
    design
        As for run.
    deviations
        The last level; with --no-fuse exactly how many choices may be other than the dull ones, else about as many.
    early
        How many stores may become visible early in one run, or all; 0 unless given.
    jobs
        Processes that go through a large search together; as many as there are processors unless given.
    json
        One object a scenario.
    no_fuse
        Try every order, also of steps that are independent of each other.
    no_merge
        Go through places again that were seen before.
    out
        Where replay files go.
    places
        How many places to go through at most.
    resume
        Continue the search that was saved in this file, and save it there again.
    save
        Write to this file, between two levels, where the search of one scenario is.
    set_
        KEY.PATH=VALUE replaces a value of the scenario; may be repeated.
    time_
        How long to search each scenario at most: 90, 60s, 5m, 1.5h.
    """
    options = ExploreOptions(
        Limits(
            deviations=deviations, early=None if early == "all" else early or 0, places=places, first=not all_
        ),
        Reductions(merge=not no_merge, fuse=not no_fuse),
        out=out,
        json=json,
        seconds=None if time_ is None else duration(time_),
        jobs=cores() if jobs is None else jobs,
        save=save,
    )
    if resume is not None:
        said = {
            "a scenario": bool(targets),
            "--early": early is not None,
            "--no-fuse": no_fuse,
            "--no-merge": no_merge,
            "--save": save is not None,
            "--set": bool(set_),
        }
        for word in [word for word, is_said in said.items() if is_said]:
            raise InputError("--resume", "", f"takes everything from {resume}; leave out {word}")
        return _resume(session, resume, design, options)
    if not targets:
        raise InputError("explore", "", "names no scenario; name files, directories or shipped scenarios")
    turns = each_change(set_)
    if save is not None and len(turns) > 1:
        raise InputError("--save", "", f"--set asks for {len(turns)} searches; a file keeps one")
    return ExitCode.worst(
        *[
            explore_each(session, targets, replace(options, overrides=given))
            for given in each_turn(session, design, turns, quiet=json)
        ]
    )


def _resume(session: Session, path: Path, design: str | None, options: ExploreOptions) -> ExitCode:
    """Continue the search that was saved in a file."""
    saved = read_saved(path)
    plan = saved.plan(session, path, design, EXPLORE)
    limits, reductions = saved_limits(saved, options.limits)
    options = replace(
        options,
        limits=limits,
        reductions=reductions,
        save=path,
        overrides=tuple(saved.scenario.overrides.items()),
    )
    with interrupts() as interrupted:
        code = explore(session, plan, options, interrupted, saved.state)
        if interrupted():
            raise KeyboardInterrupt
    return code


def explore_each(session: Session, targets: Sequence[str], options: ExploreOptions) -> ExitCode:
    """One search after the other; an unusable scenario does not keep the others from being searched.

    The first interrupt ends a search, and what it found is said; then KeyboardInterrupt is raised, as at the second.
    """
    paths = list(resolve_each(targets))
    if options.save is not None and len(paths) > 1:
        raise InputError("--save", "", f"{len(paths)} scenarios; a file keeps the search of one")
    codes: list[ExitCode] = []
    with interrupts() as interrupted:
        for path in paths:
            try:
                if isinstance(path, InputError):
                    raise path
                codes.append(explore(session, _plan(session, path, options), options, interrupted))
            except DesignError:
                raise  # no other scenario would fare better
            except InputError as error:
                session.note(str(error))
                codes.append(ExitCode.USAGE)
            if interrupted():
                raise KeyboardInterrupt
    return ExitCode.worst(*codes)


def _plan(session: Session, path: Path, options: ExploreOptions) -> Plan:
    return read_plan(
        session,
        path,
        overrides=dict(options.overrides),
        strategy=EXPLORE,
        seed=0,
        runs=1,
        driver="bare",
    )


def explore(
    session: Session,
    plan: Plan,
    options: ExploreOptions,
    interrupted: Callable[[], bool] = lambda: False,
    state: State | None = None,
) -> ExitCode:
    """Search one scenario, say what came out, and show what broke; `state` is where to continue.

    Raises `InputError` when it cannot be used.
    """
    source = partial(ScenarioLoader(session.own), plan.text, plan.path, plan.overrides)
    world = source()
    limits = replace(options.limits, stop=_stop(options.seconds, interrupted))
    search = Search(world, limits, options.reductions, source, options.jobs)
    keeper = None if options.save is None else Keeper(session, options.save, plan, search)
    if state is not None:
        search.take_up(state)
    with shown_bar(session) as bar, blaming_the_design():
        for level in search.levels():
            if keeper is not None:
                keeper.level_done()
            if bar is not None:
                bar.update(
                    plan.name,
                    level.places,
                    level.places + level.waiting,
                    f"  pass {search.passes}",
                    f"level {level.deviations} done",
                )
    explored = _explored(session, options, plan, world, search, interrupted)
    say(session, options, plan, world, explored)
    if keeper is not None and search.ending in {Ending.STOPPED, Ending.BOUND}:
        keeper.write()
        session.note(f"to continue: ftrace-actors explore --resume {options.save}{session.own_option}")
    written = explored.proof is None or not explored.proof.unwritten
    return ExitCode.OK if written and as_expected(world.expect, explored) else ExitCode.UNEXPECTED


def _stop(seconds: float | None, interrupted: Callable[[], bool]) -> Callable[[], bool]:
    """Whether a search that begins now is to end."""
    if seconds is None:
        return interrupted
    until = time.monotonic() + seconds
    return lambda: interrupted() or time.monotonic() >= until


def _explored(
    session: Session,
    options: ExploreOptions,
    plan: Plan,
    world: ScenarioWorld,
    search: Search,
    interrupted: Callable[[], bool],
) -> Explored:
    """Choose what to point at: what the scenario expects, with the fewest deviations."""
    found = list(search.found.values())
    if not found:
        return Explored(search, None, None)
    first = min(each.deviations for each in found)
    pointed = headline(world.expect, [each.finding for each in found if each.deviations == first])
    shown = next(each for each in found if each.finding == pointed)
    result = remake(world, shown)
    limits, reductions = options.limits, options.reductions
    other = "" if (limits.early, reductions) == (0, Reductions()) else repr((limits.early, reductions))
    variant = variant_of(plan.overrides, "" if session.own is None else session.own.digest, other)
    target = target_of(
        result.verdict, shown.finding.invariant, shown.finding.subject, window=shown.finding.window
    )
    proof = prove(
        Origin(plan.name, plan.path, plan.text, plan.overrides, EXPLORE, 0, 0, _own(session)),
        result.picks,
        target,
        replay_path(options.out, f"{plan.name}.{EXPLORE}", 0, 0, variant),
        attempt=partial(world.run, driver="bare"),
        record=partial(world.run, driver="bare", record=True),
        point=lambda made: shown.finding if target.met(made) else None,
        same=target.met,
        stop=interrupted,
    )
    return Explored(search, shown, proof)


def _own(session: Session) -> DesignPart | None:
    return None if session.own is None else DesignPart.of(session.own)
