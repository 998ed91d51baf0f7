"""After how many runs each shipped scenario shows what it must, over many seeds.

For a broken scenario: the first run that is the expected failure.  For one that holds: the run by which every
`sometimes` property had been seen.  `python -m benchmarks.detection [NAME...]` prints a Markdown table, slowest last,
and each row as it comes on stderr; a row that misses more than one seed in twenty is marked.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

from ftrace_actors.actors import DullChooser
from ftrace_actors.explore import Profile, make_chooser
from ftrace_actors.explore.judge import is_expected_failure
from ftrace_actors.scenario import World, build, load

__all__ = ["first_runs", "table"]

SCENARIOS = Path(__file__).parents[1] / "scenarios"
SEEDS = 20
RUNS = 3000
PAGE = Path(__file__).parents[1] / "docs" / "detection.md"
BETWEEN = r"(?<=<!-- table -->\n).*?(?=<!-- end of table -->)"
MISSES_ALLOWED = 1 / 20


def first_runs(path: Path, seeds: int = SEEDS, runs: int = RUNS) -> list[int | None]:
    """For each seed the number of runs it took, None when `runs` were not enough."""
    world = build(load(path))
    profile = Profile(world.run(DullChooser(), driver="bare").schedule_choices)
    return [_first(world, profile, seed, runs) for seed in range(seeds)]


def _first(world: World, profile: Profile, seed: int, runs: int) -> int | None:
    lacking = set(world.sometimes)
    holds = world.expect.verdicts == ("holds",)
    if holds and not lacking:
        return 0
    for number in range(runs):
        result = world.run(make_chooser("mix", seed, number, profile), driver="bare")
        lacking -= result.seen
        if is_expected_failure(world.expect, result) or (holds and not lacking):
            return number + 1
    return None


def _rows(paths: list[Path], seeds: int, runs: int) -> Iterator[tuple[float, str]]:
    with ProcessPoolExecutor() as pool:
        jobs = [(path, pool.submit(first_runs, path, seeds, runs)) for path in paths]
        for path, job in jobs:
            needed = job.result()
            print(f"{path.stem}: {needed}", file=sys.stderr, flush=True)
            yield _row(path, needed, runs)


def _row(path: Path, needed: list[int | None], runs: int) -> tuple[float, str]:
    verdicts = " or ".join(load(path).expect.verdicts)
    found = sorted(run for run in needed if run is not None)
    middle = median(found) if found else float(runs)
    worst = found[-1] if found else 0
    rare = len(needed) - len(found) > len(needed) * MISSES_ALLOWED
    mark = " **too rare**" if rare else ""
    return (
        middle,
        f"| {path.stem} | {verdicts} | {len(found)} of {len(needed)}{mark} | {middle:.0f} | {worst} |",
    )


def table(paths: list[Path], seeds: int = SEEDS, runs: int = RUNS) -> str:
    """The table, in Markdown, quickest first."""
    head = [
        f"| scenario | expected | seeds that showed it within {runs} runs | median run | worst |",
        "| --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *(row for _, row in sorted(_rows(paths, seeds, runs)))]) + "\n"


def write_page(text: str) -> None:
    """Put the table between the marks of docs/detection.md, the whole page at once."""
    page = PAGE.read_text(encoding="utf-8")
    new = PAGE.with_suffix(".new")
    new.write_text(re.sub(BETWEEN, lambda _: text, page, flags=re.DOTALL), encoding="utf-8")
    new.replace(PAGE)


def main(arguments: list[str]) -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help="names; all of scenarios/ when none is given")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--write", action="store_true", help="put the table into docs/detection.md")
    options = parser.parse_args(arguments)
    paths = [SCENARIOS / f"{name}.toml" for name in options.scenarios] or sorted(SCENARIOS.glob("*.toml"))
    text = table(paths, options.seeds, options.runs)
    print(text, end="")
    if options.write:
        write_page(text)


if __name__ == "__main__":
    main(sys.argv[1:])
