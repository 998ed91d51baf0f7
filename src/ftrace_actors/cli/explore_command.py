"""``explore``: all runs of a scenario, by number of deviations, instead of a sample of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, assert_never

import msgspec
from cyclopts import Parameter

from ..errors import InputError
from ..exhaustive import Ending, Found, Level, Limits, Reductions, Search, collision_bound, remake
from ..explore import Plan
from ..explore.evidence import Proof, prove
from ..explore.judge import headline, is_expected_failure
from ..explore.replay import DesignPart, Origin, replay_path, variant_of
from ..explore.shrink import target_of
from ..kernel.designs import DesignError
from ..result import Expect
from ..scenario.run import blaming_the_design
from ..terminal import unbroken
from ..words import Verdict
from .designs import adopt
from .exit_codes import ExitCode
from .interrupts import interrupts
from .options import Here, Pairs, duration, number, overrides
from .plans import read_plan
from .progress import shown_bar
from .report import finding_json, print_failure
from .scenario_worlds import ScenarioLoader, ScenarioWorld
from .session import Session
from .setting import setting_json
from .targets import resolve_each

__all__ = ["ExploreOptions", "command", "explore"]

_FLAG = Parameter(negative="")
_STRATEGY = "explore"


@dataclass(frozen=True, slots=True)
class ExploreOptions:
    """The options of ``explore``; see its help."""

    limits: Limits = field(default_factory=Limits)
    reductions: Reductions = field(default_factory=Reductions)
    overrides: tuple[tuple[str, str], ...] = ()
    out: Path = Path("out")
    json: bool = False
    seconds: float | None = None


def command(
    *targets: str,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    design: str | None = None,
    deviations: Annotated[int | None, number(0, 1000)] = None,
    early: Annotated[int, number(0, 1000)] = 0,
    json: Annotated[bool, _FLAG] = False,
    no_fuse: Annotated[bool, _FLAG] = False,
    no_merge: Annotated[bool, _FLAG] = False,
    out: Path = Path("out"),
    places: Annotated[int | None, number(1, 10**9)] = None,
    set_: Pairs = None,
    time_: Annotated[str | None, Parameter(name="--time")] = None,
    session: Here,
) -> int:
    """All runs of a scenario, fewest deviations first: complete, or how far it came; exit 1 when not as expected.

    Parameters
    ----------
    targets
        Scenario files, directories, or names of shipped scenarios.
    all
        Do not stop after the level in which something broke.
    design
        As for run.
    deviations
        The last level: how many choices may be other than the dull ones.
    early
        How many stores may become visible early in one run.
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
    set_
        KEY.PATH=VALUE replaces a value of the scenario; may be repeated.
    time
        How long to search each scenario at most: 90, 60s, 5m, 1.5h.
    """
    if not targets:
        raise InputError("explore", "", "names no scenario; name files, directories or shipped scenarios")
    given = tuple(adopt(session, design, overrides(set_ or [])).items())
    limits = Limits(deviations=deviations, early=early, places=places, first=not all_)
    options = ExploreOptions(
        limits,
        Reductions(merge=not no_merge, fuse=not no_fuse),
        given,
        out,
        json,
        None if time_ is None else duration(time_),
    )
    return explore_each(session, targets, options)


def explore_each(session: Session, targets: Sequence[str], options: ExploreOptions) -> ExitCode:
    """One search after the other; an unusable scenario does not keep the others from being searched.

    The first interrupt ends a search, and what it found is said; then KeyboardInterrupt is raised, as at the second.
    """
    codes: list[ExitCode] = []
    with interrupts() as interrupted:
        for path in resolve_each(targets):
            try:
                if isinstance(path, InputError):
                    raise path
                codes.append(explore(session, path, options, interrupted))
            except DesignError:
                raise  # no other scenario would fare better
            except InputError as error:
                session.note(str(error))
                codes.append(ExitCode.USAGE)
            if interrupted():
                raise KeyboardInterrupt
    return ExitCode.worst(*codes)


def explore(
    session: Session, path: Path, options: ExploreOptions, interrupted: Callable[[], bool] = lambda: False
) -> ExitCode:
    """Search one scenario, say what came out, and show what broke.  Raises `InputError` when it cannot be used."""
    plan = read_plan(
        session,
        path,
        overrides=dict(options.overrides),
        strategy=_STRATEGY,
        seed=0,
        runs=1,
        driver="bare",
    )
    world = ScenarioLoader(session.own)(plan.text, plan.path, plan.overrides)
    search = Search(
        world, replace(options.limits, stop=_stop(options.seconds, interrupted)), options.reductions
    )
    done = _Done()
    with shown_bar(session) as bar, blaming_the_design():
        for level in search.levels():
            done.note(search.passes, level)
            if bar is not None:
                bar.update(
                    plan.name,
                    level.places,
                    level.places + level.waiting,
                    f"  pass {search.passes}",
                    f"{level.deviations} deviations done",
                )
    explored = _explored(session, options, plan, world, search, done.of_pass(search.passes), interrupted)
    _say(session, options, plan, world, explored)
    written = explored.proof is None or not explored.proof.unwritten
    return ExitCode.OK if written and _as_expected(world.expect, explored) else ExitCode.UNEXPECTED


def _stop(seconds: float | None, interrupted: Callable[[], bool]) -> Callable[[], bool]:
    """Whether a search that begins now is to end."""
    if seconds is None:
        return interrupted
    until = time.monotonic() + seconds
    return lambda: interrupted() or time.monotonic() >= until


@dataclass(slots=True)
class _Done:
    """The highest level gone through, and in which pass."""

    passes: int = 0
    deviations: int = -1

    def note(self, number: int, level: Level) -> None:
        """A level is done."""
        self.passes = number
        self.deviations = level.deviations

    def of_pass(self, number: int) -> int:
        """The highest level gone through in a pass, -1 for none: each begins with level 0 again."""
        return self.deviations if self.passes == number else -1


@dataclass(frozen=True, slots=True)
class _Explored:
    """A search and, if something broke, the run to show.

    Attributes:
        search: over, or stopped.
        deviations: the highest level gone through, -1 for none.
        found: what to point at.
        proof: its run and its replay file.
    """

    search: Search
    deviations: int
    found: Found | None
    proof: Proof | None


def _explored(
    session: Session,
    options: ExploreOptions,
    plan: Plan,
    world: ScenarioWorld,
    search: Search,
    deviations: int,
    interrupted: Callable[[], bool],
) -> _Explored:
    """Choose what to point at: what the scenario expects, with the fewest deviations."""
    found = list(search.found.values())
    if not found:
        return _Explored(search, deviations, None, None)
    first = min(each.deviations for each in found)
    pointed = headline(world.expect, [each.finding for each in found if each.deviations == first])
    shown = next(each for each in found if each.finding == pointed)
    result = remake(world, shown)
    variant = variant_of(plan.overrides, "" if session.own is None else session.own.digest, "")
    target = target_of(
        result.verdict, shown.finding.invariant, shown.finding.subject, window=shown.finding.window
    )
    proof = prove(
        Origin(plan.name, plan.path, plan.text, plan.overrides, _STRATEGY, 0, 0, _own(session)),
        result.picks,
        target,
        replay_path(options.out, plan.name, 0, 0, variant),
        attempt=partial(world.run, driver="bare"),
        record=partial(world.run, driver="bare", record=True),
        point=lambda made: shown.finding if target.met(made) else None,
        same=target.met,
        stop=interrupted,
    )
    return _Explored(search, deviations, shown, proof)


def _own(session: Session) -> DesignPart | None:
    return None if session.own is None else DesignPart.of(session.own)


def _as_expected(expect: Expect, explored: _Explored) -> bool:
    """Nothing broke where nothing may; something that may has been found where something must."""
    search = explored.search
    if not search.found:
        return Verdict.HOLDS in expect.verdicts
    findings = tuple(each.finding for each in search.found.values())
    proof = explored.proof
    assert proof is not None
    return is_expected_failure(expect, replace(proof.result, findings=findings))


# -- what is said -----------------------------------------------------------------------------------------------------


def _say(
    session: Session, options: ExploreOptions, plan: Plan, world: ScenarioWorld, explored: _Explored
) -> None:
    if options.json:
        session.plain(msgspec.json.encode(_summary(session, options, plan, world, explored)).decode())
        return
    search = explored.search
    ok = "ok" if _as_expected(world.expect, explored) else "FAIL"
    found = explored.found
    verdict = Verdict.HOLDS if explored.proof is None else explored.proof.result.verdict
    said = verdict.upper() if found is not None or search.ending is Ending.COMPLETE else "nothing broke"
    session.say(f"{unbroken(plan.path)}: {ok} {said}, {_strength(options, explored)}")
    for line in _counts(options, search):
        session.plain(f"  {line}")
    if found is None or explored.proof is None:
        return
    for each in sorted(search.found.values(), key=lambda each: (each.deviations, each.finding.invariant)):
        session.plain(f"  {_broken(each)}")
    proof = explored.proof
    title = f"{found.finding.invariant} ({found.finding.severity}), as it was reached first"
    tail = f"  replay  ftrace-actors replay {proof.path}{session.own_option}"
    if proof.unwritten:
        tail = f"  no replay file: {proof.unwritten}"
    print_failure(session, title, plan.overrides, world, proof.result, found.finding, tail)


def _strength(options: ExploreOptions, explored: _Explored) -> str:
    """How far the search came, as one can rely on it."""
    search, early = explored.search, options.limits.early
    bounds = "" if early is None else f", early stores <= {early}"
    match search.ending:
        case Ending.COMPLETE:
            return f"complete{bounds}"
        case Ending.BROKEN:
            assert explored.found is not None
            return f"fewest deviations: {explored.found.deviations}{bounds}"
        case Ending.BOUND:
            return f"complete up to {_deviations(explored.deviations)}{bounds}"
        case Ending.STOPPED:
            if search.passes > 1 or explored.deviations < 0:
                return f"stopped in pass {search.passes}, nothing is complete{bounds}"
            return f"stopped after {_deviations(explored.deviations)}, not checked by a second pass{bounds}"
        case _:
            assert_never(search.ending)


def _deviations(count: int) -> str:
    return f"{count} deviation{'' if count == 1 else 's'}"


def _counts(options: ExploreOptions, search: Search) -> list[str]:
    ends = ", ".join(f"{count:,} {status}" for status, count in sorted(search.ends.items()))
    passes = "pass" if search.passes == 1 else "passes"
    lines = [
        f"{search.places:,} places, {search.steps:,} steps, {search.passes} {passes}, {search.fused:,} places fused",
        f"ends of runs: {ends or 'none'}",
    ]
    if options.reductions.merge:
        lines.append(f"two places taken for one: probability below {collision_bound(search.places):.0e}")
    return lines


def _broken(found: Found) -> str:
    finding = found.finding
    where = f" in {finding.window}" if finding.window else ""
    early = f", {found.early} early" if found.early else ""
    return f"broken: {finding.invariant} of {finding.subject}{where}: {_deviations(found.deviations)}{early}"


def _summary(
    session: Session, options: ExploreOptions, plan: Plan, world: ScenarioWorld, explored: _Explored
) -> dict[str, object]:
    search, found, proof = explored.search, explored.found, explored.proof
    return {
        "name": plan.name,
        "verdict": Verdict.HOLDS if proof is None else proof.result.verdict,
        "ok": _as_expected(world.expect, explored),
        **finding_json(None if found is None else found.finding),
        "ending": search.ending,
        "deviations": explored.deviations,
        "early": options.limits.early,
        "places": search.places,
        "steps": search.steps,
        "passes": search.passes,
        "fused": search.fused,
        "ends": dict(sorted(search.ends.items())),
        "collision": collision_bound(search.places) if options.reductions.merge else 0.0,
        "found": [
            {
                **finding_json(each.finding),
                "subject": each.finding.subject,
                "deviations": each.deviations,
                "early": each.early,
            }
            for each in search.found.values()
        ],
        "replay": None if proof is None or proof.replay is None else str(proof.replay),
        **setting_json(world.kernel(), plan.overrides, session.own),
    }
