"""How short shrinking gets, and what it takes: small broken scenarios, several failing runs of each.

For each scenario, failing runs are drawn by several strategies. Each is shrunk as `shrink FILE` does it: its schedule,
its scenario, and the schedule again. Printed are choices before and after, CPU time, and how much was left out.

What a schedule is compared with is the shortest known for the same finding in the given scenario: the shortest that any
of the runs came to, or a run that a search (`exhaustive`, one pass, with a budget of places) reached with the fewest
deviations, itself shrunk. Where all runs with fewer deviations were gone through as well, it is proven and has a *

    python -m benchmarks.shrinking [NAME...]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import geometric_mean, median
from time import process_time

from ftrace_actors.checks import Finding
from ftrace_actors.exhaustive import Limits, Search, least_deviations, remake
from ftrace_actors.explore import make_chooser
from ftrace_actors.explore.chunk import profile_of
from ftrace_actors.explore.evidence import target_for
from ftrace_actors.explore.judge import is_expected_failure
from ftrace_actors.explore.shrink import Target, shrink
from ftrace_actors.result import RunResult
from ftrace_actors.scenario import World, build, loads
from ftrace_actors.studies.shortest import Part, Shortest, shortest

SCENARIOS = Path(__file__).parents[1] / "scenarios"
NAMES = (
    "explore-teardown-no-wait",
    "static-key",
    "unguarded-survivor",
    "enable-call-first",
    "ordering-none",
    "torn-literal-modify",
    "list-only-no-wait",
    "teardown-no-wait-w0",
    "teardown-no-wait-w1",
    "teardown-no-wait-w2",
    "two-teardown-no-wait",
)
DRAWN = (("mix", 1), ("pct", 2), ("near", 2), ("urw", 1))
"""How many failing runs of which strategy."""
RUNS = 200
"""Among how many they are looked for."""
PLACES = 1_500
"""Of one search."""
PROVEN_MAX = 1
"""With more deviations than that no proof is tried: it takes thousands of places."""


@dataclass(frozen=True, slots=True)
class Case:
    """One failing run, shrunk.

    Attributes:
        target: what it shows.
        before: its choices.
        schedule: choices after its schedule was shrunk, and CPU time.
        whole: after its scenario was made smaller as well, and CPU time of all.
    """

    target: Target
    before: int
    schedule: tuple[int, float]
    whole: Shortest
    seconds: float


def load(part: Part) -> World:
    """The world of a scenario."""
    return build(loads(part.text, "<scenario>", part.overrides))


def failing(world: World) -> Iterator[RunResult]:
    """Some failing runs."""
    profile = profile_of(world)
    for strategy, wanted in DRAWN:
        found = 0
        for number in range(RUNS):
            result = world.run(make_chooser(strategy, 0, number, profile), driver="bare")
            if is_expected_failure(world.expect, result):
                found += 1
                yield result
                if found == wanted:
                    break


def cases(part: Part) -> Iterator[Case]:
    """Each of them, shrunk."""
    world = load(part)
    run = partial(world.run, driver="bare")
    for result in failing(world):
        target = target_for(world.expect, result.verdict, result.findings)
        begun = process_time()
        first = shrink(run, result.picks, target)
        between = process_time()
        whole = shortest(part, result.picks, target, load=load)
        assert first is not None
        assert whole is not None
        schedule = (len(first.result.picks), between - begun)
        yield Case(target, len(result.picks), schedule, whole, process_time() - between)


def searched(part: Part, target: Target) -> int | None:
    """How short the run gets that a search reaches first; None when the search does not reach it."""
    world = load(part)
    search = Search(world, Limits(places=PLACES, first=True))
    for _ in search.levels():
        if search.passes > 1 or any(is_meant(target, found.finding) for found in search.found.values()):
            break
    found = [each for each in search.found.values() if is_meant(target, each.finding)]
    result = remake(world, found[0]) if found else None
    if result is None or not target.met(result):
        return None
    short = shrink(partial(world.run, driver="bare"), result.picks, target)
    return None if short is None else len(short.result.picks)


def proven(part: Part, target: Target, least: int) -> bool:
    """Whether all runs with fewer deviations can be gone through, and none shows it."""
    if least > PROVEN_MAX:
        return False
    meant = partial(is_meant, target)
    found = least_deviations(load(part), meant, given=least, early=0, places_max=PLACES)
    return found.at_least == least


def is_meant(target: Target, finding: Finding) -> bool:
    """Whether a finding is what the run is about."""
    return (finding.invariant, finding.subject, finding.window) == (
        target.invariant,
        target.subject,
        target.window,
    )


def report(names: tuple[str, ...] = NAMES) -> None:
    """Print everything."""
    ratios: list[float] = []
    schedules: list[float] = []
    wholes: list[float] = []
    print(
        "choices before -> schedule shrunk (CPU s) -> and scenario (CPU s); things left out; by the shortest known:"
    )
    for name in names:
        part = Part((SCENARIOS / f"{name}.toml").read_text(encoding="utf-8"), {})
        made = list(cases(part))
        known = {case.target: set[int]() for case in made}
        for case in made:
            known[case.target].add(case.schedule[0])
        for target, found in known.items():
            if (best := searched(part, target)) is not None:
                found.add(best)
        sure = {target for target, found in known.items() if proven(part, target, min(found))}
        for case in made:
            least = min(known[case.target])
            mark = "*" if case.target in sure else ""
            ratio = case.schedule[0] / least if least else 1.0
            ratios.append(ratio)
            schedules.append(case.schedule[1])
            wholes.append(case.seconds)
            print(
                f"  {name:26} {case.target.invariant:9} {case.before:4} -> {case.schedule[0]:2} "
                f"({case.schedule[1]:.2f}) -> {len(case.whole.result.picks):2} ({case.seconds:.2f}); "
                f"{len(case.whole.dropped)}; {case.schedule[0]}/{least}{mark} = {ratio:.2f}",
                flush=True,
            )
    print(
        f"ratio: geometric mean {geometric_mean(ratios):.3f}, worst {max(ratios):.2f}; CPU time: schedule median "
        f"{median(schedules):.2f} s, all passes median {median(wholes):.2f} s, worst {max(wholes):.2f} s"
    )


if __name__ == "__main__":
    report(tuple(sys.argv[1:]) or NAMES)
