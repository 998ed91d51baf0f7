"""After how many runs each shipped scenario shows what it must, over many seeds.

For a broken scenario: the first run that is the expected failure.  For one that holds: the run by which every
`sometimes` property had been seen.  `python -m benchmarks.detection [SEEDS [RUNS]]` prints a Markdown table, slowest
last; a row that misses more than one seed in twenty is marked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

from ftrace_actors.actors import DullChooser
from ftrace_actors.explore import Profile, make_chooser
from ftrace_actors.explore.judge import is_expected_failure
from ftrace_actors.scenario import World, build, load

__all__ = ["first_runs", "report"]

SCENARIOS = Path(__file__).parents[1] / "scenarios"
SEEDS = 20
RUNS = 2000
MISSES_ALLOWED = 1 / 20


def first_runs(path: Path, seeds: int = SEEDS, runs: int = RUNS) -> list[int | None]:
    """For each seed the number of runs it took, None when `runs` were not enough."""
    world = build(load(path))
    profile = Profile(world.run(DullChooser()).schedule_choices)
    return [_first(world, profile, seed, runs) for seed in range(seeds)]


def _first(world: World, profile: Profile, seed: int, runs: int) -> int | None:
    lacking = set(world.sometimes)
    holds = world.expect.verdicts == ("holds",)
    if holds and not lacking:
        return 0
    for number in range(runs):
        result = world.run(make_chooser("mix", seed, number, profile))
        lacking -= result.seen
        if is_expected_failure(world.expect, result) or (holds and not lacking):
            return number + 1
    return None


def _rows(seeds: int, runs: int) -> Iterator[tuple[float, str]]:
    paths = sorted(SCENARIOS.glob("*.toml"))
    with ProcessPoolExecutor() as pool:
        jobs = [(path, pool.submit(first_runs, path, seeds, runs)) for path in paths]
        for path, job in jobs:
            needed = job.result()
            found = sorted(run for run in needed if run is not None)
            middle = median(found) if found else float(runs)
            worst = found[-1] if found else 0
            mark = "" if len(needed) - len(found) <= seeds * MISSES_ALLOWED else " **too rare**"
            yield middle, f"| {path.stem} | {len(found)} of {seeds}{mark} | {middle:.0f} | {worst} |"


def report(seeds: int = SEEDS, runs: int = RUNS) -> None:
    """Print the table."""
    print(f"| scenario | seeds that showed it within {runs} runs | median run | worst |")
    print("| --- | --- | --- | --- |")
    for _, row in sorted(_rows(seeds, runs)):
        print(row)


if __name__ == "__main__":
    report(*(int(argument) for argument in sys.argv[1:]))
