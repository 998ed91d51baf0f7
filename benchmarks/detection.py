"""After how many runs each shipped scenario shows what it must, over many seeds.

For a broken scenario: the first run that is the expected failure.  For one that holds: the run by which every
`sometimes` property had been seen.  `python -m benchmarks.detection [NAME...]` prints a Markdown table, slowest last,
and each row as it comes on stderr; a row that misses more than one seed in twenty is marked.  What was found is kept
in a file (`--kept`), so that what was interrupted continues where it was.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median

from ftrace_actors import __version__
from ftrace_actors.atomic_file import write_whole
from ftrace_actors.explore import DEFAULT, NAMES, Profile, collecting_rarely
from ftrace_actors.explore.chunk import profile_of
from ftrace_actors.explore.judge import is_expected_failure
from ftrace_actors.explore.numbered import Draw, numbered
from ftrace_actors.explore.proposals import drive
from ftrace_actors.explore.replay import hash_text
from ftrace_actors.result import RunResult
from ftrace_actors.scenario import World, build, load

__all__ = ["Asked", "first_run", "table"]

SCENARIOS = Path(__file__).parents[1] / "scenarios"
SEEDS = 20
RUNS = 1000
SOON = 300
"""Within this number of runs we want to see everything, for all seeds but one in twenty."""
PAGE = Path(__file__).parents[1] / "docs" / "detection.md"
KEPT = Path("out/detection.jsonl")
BETWEEN = r"(?<=<!-- table -->\n).*?(?=<!-- end of table -->)"
MISSES_ALLOWED = 1 / 20


@dataclass(frozen=True, slots=True)
class Asked:
    """One scenario and seed: after how many of at most `runs` runs it shows what it must."""

    scenario: str
    hash: str
    strategy: str
    seed: int
    runs: int
    version: str = __version__


Found = dict[Asked, int | None]
"""None where the runs were not enough."""


@lru_cache(maxsize=1)
def _world(path: Path) -> tuple[World, Profile]:
    world = build(load(path))
    return world, profile_of(world)


def first_run(path: Path, strategy: str, seed: int, runs: int) -> int | None:
    """How many runs it took; None when `runs` were not enough."""
    world, profile = _world(path)
    lacking = set(world.sometimes)
    holds = world.expect.verdicts == ("holds",)
    if holds and not lacking:
        return 0
    made = 0
    shown = False

    def shows(result: RunResult) -> bool:
        nonlocal made, shown
        made += 1
        lacking.difference_update(result.seen)
        shown = is_expected_failure(world.expect, result) or (holds and not lacking)
        return shown

    def make(draw: Draw) -> RunResult:
        return world.run(draw.chooser(), driver="bare")

    with collecting_rarely():
        drive(numbered(strategy, seed, runs, profile, shows), make)
    return made if shown else None


def _kept(file: Path) -> Found:
    """What was found before."""
    if not file.exists():
        return {}
    lines = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    return {Asked(**line["asked"]): line["found"] for line in lines}


def _questions(paths: Sequence[Path], strategy: str, seeds: int, runs: int) -> Mapping[Path, list[Asked]]:
    return {
        path: [
            Asked(path.stem, hash_text(path.read_text(encoding="utf-8")), strategy, seed, runs)
            for seed in range(seeds)
        ]
        for path in paths
    }


def _answers(
    questions: Mapping[Path, list[Asked]], kept: Path, jobs: int
) -> Iterator[tuple[Path, list[int | None]]]:
    """Those of each scenario, as soon as all its seeds are there."""
    known = _kept(kept)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(jobs) as pool, kept.open("a", encoding="utf-8") as file:
        submitted = {
            asked: pool.submit(first_run, path, asked.strategy, asked.seed, asked.runs)
            for path, each in questions.items()
            for asked in each
            if asked not in known
        }
        for path, each in questions.items():
            for asked in each:
                if asked not in known:
                    known[asked] = submitted[asked].result()
                    print(json.dumps({"asked": asdict(asked), "found": known[asked]}), file=file, flush=True)
            yield path, [known[asked] for asked in each]


def _row(path: Path, needed: list[int | None], runs: int) -> tuple[float, str]:
    verdicts = " or ".join(load(path).expect.verdicts)
    found = sorted(run for run in needed if run is not None)
    middle = median(runs if run is None else run for run in needed)
    soon = sum(run <= SOON for run in found)
    late = len(needed) - soon > len(needed) * MISSES_ALLOWED
    worst = str(found[-1]) if len(found) == len(needed) else f"over {runs:,}"
    return (
        middle,
        f"| {path.stem} | {verdicts} | {soon}{' **late**' if late else ''} | {len(found)} | {middle:.0f} | {worst} |",
    )


def table(answers: Iterator[tuple[Path, list[int | None]]], seeds: int, runs: int) -> str:
    """The table, in Markdown, quickest first."""
    head = [
        f"| scenario | expected | of {seeds} seeds, within {SOON} runs | within {runs:,} | median run | worst |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    rows = []
    for path, needed in answers:
        print(f"{path.stem}: {needed}", file=sys.stderr, flush=True)
        rows.append(_row(path, needed, runs))
    return "\n".join([*head, *(row for _, row in sorted(rows))]) + "\n"


def write_page(text: str) -> None:
    """Put the table between the marks of docs/detection.md, the whole page at once."""
    page = PAGE.read_text(encoding="utf-8")
    write_whole(PAGE, re.sub(BETWEEN, lambda _: text, page, flags=re.DOTALL).encode())


def main(arguments: list[str]) -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help="names; all of scenarios/ when none is given")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--strategy", choices=NAMES, default=DEFAULT)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kept", type=Path, default=KEPT)
    parser.add_argument("--write", action="store_true", help="put the table into docs/detection.md")
    options = parser.parse_args(arguments)
    paths = [SCENARIOS / f"{name}.toml" for name in options.scenarios] or sorted(SCENARIOS.glob("*.toml"))
    questions = _questions(paths, options.strategy, options.seeds, options.runs)
    text = table(_answers(questions, options.kept, options.jobs), options.seeds, options.runs)
    print(text, end="")
    if options.write:
        write_page(text)


if __name__ == "__main__":
    main(sys.argv[1:])
