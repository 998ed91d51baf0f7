"""A proposer that learns during a campaign: ranges of runs for the strategy that has found most so far.

Its unit is a range of numbered runs, and it learns only where one ends, from the merged report.  So its answer does not
depend on how a range is divided among workers.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from ftrace_actors.explore.chunk import ChunkReport

__all__ = ["Range", "in_ranges"]


@dataclass(frozen=True, slots=True)
class Range:
    """Runs `start` up to, not including, `stop`, all by one strategy."""

    strategy: str
    start: int
    stop: int


def in_ranges(
    strategies: Sequence[str], *, size: int, runs: int, enough: int
) -> Generator[Range, ChunkReport, list[Range]]:
    """Ranges of `size` runs: one for each strategy, then all for the best.  It stops early at `enough` failures.

    Returns the ranges made.
    """
    made: list[Range] = []
    failed = dict.fromkeys(strategies, 0)
    for start in range(0, runs, size):
        waiting = strategies[len(made) :]
        strategy = waiting[0] if waiting else max(strategies, key=failed.__getitem__)
        made.append(Range(strategy, start, min(start + size, runs)))
        report = yield made[-1]
        failed[strategy] += report.runs - report.verdicts["holds"]
        if sum(failed.values()) >= enough:
            break
    return made
