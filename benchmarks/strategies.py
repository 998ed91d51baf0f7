"""How many runs each strategy takes to find each broken protocol of `corpus`, over many seeds.

`python -m benchmarks.strategies --half held-out` prints a Markdown table with a row for each mutant and a column for
each strategy, geometric mean / worst of the seeds, and the means over all of them; ``--write MARK`` puts
it into docs/exploration.md.  A seed that finds nothing counts as one more than the cap.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import exp, log

from benchmarks.corpus import HALVES, Mutant, mutants
from benchmarks.page import put
from ftrace_actors.explore import Profile, collecting_rarely
from ftrace_actors.explore.chunk import profile_of
from ftrace_actors.explore.judge import is_expected_failure
from ftrace_actors.explore.numbered import numbered
from ftrace_actors.explore.proposals import drive
from ftrace_actors.result import RunResult
from ftrace_actors.scenario import World

__all__ = ["STRATEGIES", "first_runs", "geometric_mean", "worst_of"]

STRATEGIES = ("auto", "random", "pct", "mix", "delay", "pos", "urw", "surw", "srw", "wpos", "near", "turns")
SEEDS = 8
CAP = 1000
MISSES_ALLOWED = 1 / 20

Cell = tuple[int, ...]
"""Runs to the bug, for each seed."""


def geometric_mean(values: Sequence[float]) -> float:
    """Of positive numbers; 1 of none."""
    return exp(sum(map(log, values)) / len(values)) if values else 1.0


def worst_of(runs: Cell) -> int:
    """The worst of 19 of 20 seeds: of fewer than 20, the worst of all."""
    return sorted(runs)[len(runs) - 1 - int(len(runs) * MISSES_ALLOWED)]


def first_runs(mutant: Mutant, strategy: str, seeds: int, cap: int) -> Cell:
    """For each seed, how many runs it took; `cap` + 1 where they were not enough."""
    with collecting_rarely():
        world = mutant.build()
        profile = profile_of(world)
        return tuple(_first(world, profile, strategy, seed, cap) for seed in range(seeds))


def _first(world: World, profile: Profile, strategy: str, seed: int, cap: int) -> int:
    made = 0
    found = False

    def fails(result: RunResult) -> bool:
        nonlocal made, found
        made += 1
        found = is_expected_failure(world.expect, result)
        return found

    drive(
        numbered(strategy, seed, cap, profile, fails), lambda draw: world.run(draw.chooser(), driver="bare")
    )
    return made if found else cap + 1


def _cells(
    rows: Sequence[Mutant], strategies: Sequence[str], seeds: int, cap: int, jobs: int
) -> dict[tuple[str, str], Cell]:
    with ProcessPoolExecutor(jobs) as pool:
        asked = {
            (str(mutant), strategy): pool.submit(first_runs, mutant, strategy, seeds, cap)
            for mutant in rows
            for strategy in strategies
        }
        found = {}
        for key, job in asked.items():
            found[key] = job.result()
            print(*key, *found[key], file=sys.stderr, flush=True)
        return found


def _table(
    rows: Sequence[Mutant], strategies: Sequence[str], cells: Mapping[tuple[str, str], Cell]
) -> Iterator[str]:
    yield f"| mutant | {' | '.join(strategies)} |"
    yield f"| --- |{' --- |' * len(strategies)}"
    for mutant in rows:
        shown = (cells[str(mutant), strategy] for strategy in strategies)
        yield f"| {mutant} | {' | '.join(f'{geometric_mean(runs):.1f} / {worst_of(runs)}' for runs in shown)} |"
    overall = []
    for strategy in strategies:
        column = [cells[str(mutant), strategy] for mutant in rows]
        runs = [run for cell in column for run in cell]
        overall.append(f"**{geometric_mean(runs):.1f}** / {max(map(worst_of, column))}")
    yield f"| all | {' | '.join(overall)} |"


def main(arguments: list[str]) -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.strategies", description=__doc__)
    parser.add_argument("strategies", nargs="*", help=f"by default {', '.join(STRATEGIES)}")
    parser.add_argument("--half", choices=HALVES, default="tuning")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--cap", type=int, default=CAP)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--write", metavar="MARK", help="put the table between these marks of docs/exploration.md"
    )
    options = parser.parse_args(arguments)
    rows, strategies = mutants(options.half), options.strategies or STRATEGIES
    cells = _cells(rows, strategies, options.seeds, options.cap, options.jobs)
    text = "\n".join(_table(rows, strategies, cells)) + "\n"
    print(text, end="")
    if options.write:
        put(options.write, text)


if __name__ == "__main__":
    main(sys.argv[1:])
