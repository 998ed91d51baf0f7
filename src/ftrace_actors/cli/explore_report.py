"""What `explore` says of a search: one line for the answer, counts, what broke, and the run to look at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import assert_never

import msgspec

from ..exhaustive import Ending, Found, Limits, Reductions, Search, collision_bound
from ..explore import Plan
from ..explore.evidence import Proof
from ..explore.judge import is_expected_failure
from ..result import Expect
from ..studies.shortest import deviations_of
from ..terminal import unbroken
from ..words import Verdict
from .report import finding_json, print_failure
from .scenario_worlds import ScenarioWorld
from .session import Session
from .setting import setting_json

__all__ = ["ExploreOptions", "Explored", "as_expected", "say"]


@dataclass(frozen=True, slots=True)
class ExploreOptions:
    """The options of ``explore``; see its help."""

    limits: Limits = field(default_factory=Limits)
    reductions: Reductions = field(default_factory=Reductions)
    overrides: tuple[tuple[str, str], ...] = ()
    out: Path = Path("out")
    json: bool = False
    seconds: float | None = None
    jobs: int = 1
    save: Path | None = None


@dataclass(frozen=True, slots=True)
class Explored:
    """A search and, if something broke, the run to show.

    Attributes:
        search: over, or stopped.
        found: what to point at.
        proof: its run and its replay file.
    """

    search: Search
    found: Found | None
    proof: Proof | None


def as_expected(expect: Expect, explored: Explored) -> bool:
    """Nothing broke where nothing may, up to some level at least; what may break was found where something must."""
    search = explored.search
    if not search.found:
        nothing_shown = search.ending is Ending.STOPPED and search.proven < 0
        return Verdict.HOLDS in expect.verdicts and search.ending is not Ending.ENDLESS and not nothing_shown
    findings = tuple(each.finding for each in search.found.values())
    proof = explored.proof
    assert proof is not None
    return is_expected_failure(expect, replace(proof.result, findings=findings))


def say(
    session: Session, options: ExploreOptions, plan: Plan, world: ScenarioWorld, explored: Explored
) -> None:
    """Say it, as one JSON object or as lines with the failing run in lanes."""
    if options.json:
        session.plain(msgspec.json.encode(_summary(session, options, plan, world, explored)).decode())
        return
    search = explored.search
    found = explored.found
    ok = "ok" if as_expected(world.expect, explored) else "FAIL"
    if search.ending is Ending.STOPPED and found is None:
        ok = "open"
    verdict = Verdict.HOLDS if explored.proof is None else explored.proof.result.verdict
    said = verdict.upper() if found is not None or search.ending is Ending.COMPLETE else "nothing broke"
    session.say(f"{unbroken(plan.name)}: {ok} {said}, {_strength(options, explored)}")
    for line in [*_raw(options, explored), *_counts(options, search)]:
        session.plain(f"  {line}")
    if found is None or explored.proof is None:
        return
    for each in sorted(search.found.values(), key=lambda each: (each.deviations, each.finding.invariant)):
        session.say(f"  {_broken(options, each)}")
    proof = explored.proof
    title = (
        f"{found.finding.invariant} ({found.finding.severity}), "
        f"shrunk {proof.before} -> {proof.after} non-dull choices"
    )
    tail = f"  replay  ftrace-actors replay {proof.path}{session.own_option}"
    if proof.unwritten:
        tail = f"  no replay file: {proof.unwritten}"
    print_failure(session, title, plan.overrides, world, proof.result, found.finding, tail)


def _strength(options: ExploreOptions, explored: Explored) -> str:
    """How far the search came, as one can rely on it."""
    search, early = explored.search, options.limits.early
    bounds = ", any early stores" if early is None else f", early stores <= {early}"
    match search.ending:
        case Ending.COMPLETE:
            return f"complete{bounds}"
        case Ending.BROKEN:
            assert explored.found is not None
            return f"breaks at {_level(options, explored.found.deviations)}{bounds}"
        case Ending.BOUND:
            return f"complete up to {_level(options, search.proven)}{bounds}"
        case Ending.ENDLESS:
            if not search.ends:
                return f"no run ends, so nothing is known of them{bounds}"
            return f"but some runs never end: from {search.endless:,} places none does{bounds}"
        case Ending.STOPPED if search.proven < 0:
            return f"stopped in pass {search.passes}, nothing is complete{bounds}"
        case Ending.STOPPED:
            return f"stopped, complete up to {_level(options, search.proven)}{bounds}"
        case _:
            assert_never(search.ending)


def _level(options: ExploreOptions, count: int) -> str:
    """A number of deviations; where steps are fused it is not exactly that of a run (docs/search.md)."""
    if options.reductions.fuse:
        return f"level {count}"
    return f"{count} deviation{'' if count == 1 else 's'}"


def _raw(options: ExploreOptions, explored: Explored) -> list[str]:
    """The deviations of the run itself, which are not those of its level where steps are fused."""
    found, proof = explored.found, explored.proof
    if not options.reductions.fuse or found is None or proof is None:
        return []
    reached, shrunk = found.raw, deviations_of(proof.result)
    return [
        f"raw: {reached} deviation{'' if reached == 1 else 's'} in the run that reached it, {shrunk} when shrunk"
    ]


def _counts(options: ExploreOptions, search: Search) -> list[str]:
    ends = ", ".join(sorted(search.ends))
    passes = "pass" if search.passes == 1 else "passes"
    lines = [
        f"{search.places:,} places, {search.steps:,} steps, {search.passes} {passes}, {search.fused:,} places fused",
        f"ends of runs: {ends or 'none'}",
    ]
    if options.reductions.merge and search.places > 1:
        lines.append(f"hash collision: probability below {collision_bound(search.places):.0e}")
    return lines


def _broken(options: ExploreOptions, found: Found) -> str:
    finding = found.finding
    where = f" in {finding.window}" if finding.window else ""
    early = f", {found.early} early" if found.early else ""
    level = _level(options, found.deviations)
    return f"broken: {finding.invariant}{where} of {finding.subject}: {level}, {_choices(found)}{early}"


def _choices(found: Found) -> str:
    """How many choices of the run are not the dull one, before it is shrunk."""
    return f"{found.choices} choice{'' if found.choices == 1 else 's'}"


def _verdict(explored: Explored) -> str | None:
    """None when nothing broke and not all was gone through."""
    if explored.proof is not None:
        return explored.proof.result.verdict
    return Verdict.HOLDS if explored.search.ending in {Ending.COMPLETE, Ending.BOUND} else None


def _summary(
    session: Session, options: ExploreOptions, plan: Plan, world: ScenarioWorld, explored: Explored
) -> dict[str, object]:
    search, found, proof = explored.search, explored.found, explored.proof
    return {
        "name": plan.name,
        "verdict": _verdict(explored),
        "ok": as_expected(world.expect, explored),
        **finding_json(None if found is None else found.finding),
        "ending": search.ending,
        "proven": search.proven,
        "early": options.limits.early,
        "places": search.places,
        "steps": search.steps,
        "passes": search.passes,
        "fused": search.fused,
        "ends": dict(sorted(search.ends.items())),
        "endless": search.endless,
        "collision": collision_bound(search.places) if options.reductions.merge else 0.0,
        "found": [
            {
                **finding_json(each.finding),
                "subject": each.finding.subject,
                "level": each.deviations,
                "choices": each.choices,
                "deviations": each.raw,
                "early": each.early,
            }
            for each in search.found.values()
        ],
        "shrunk": None if proof is None else deviations_of(proof.result),
        "replay": None if proof is None or proof.replay is None else str(proof.replay),
        **setting_json(world.kernel(), plan.overrides, session.own),
    }
