"""How long the table takes: a small slice of it, and what that makes of the whole; one process."""

from __future__ import annotations

from itertools import islice
from time import perf_counter

from ftrace_actors.studies.matrix import RUNS_DEFAULT, designs, run_cells, table_cells

__all__ = ["report"]

EVERY = 45
"""Of the grid, one cell in so many: all designs, waits and models turn up."""


def report() -> None:
    """Print it."""
    cells = table_cells(designs([]))
    slice_ = list(islice(cells, 0, None, EVERY))
    start = perf_counter()
    done = list(run_cells(slice_, seed=0, runs=RUNS_DEFAULT, jobs=1, out=None))
    spent = perf_counter() - start
    runs = sum(one.report.runs for one in done)
    whole = spent * len(cells) / len(slice_) / 60
    print(
        f"matrix: {len(slice_)} of {len(cells)} cells  {spent:8.1f} s, {runs} runs, {runs / spent:.0f} runs/s"
    )
    print(f"  the whole table          {whole:8.1f} minutes of one core, by that, without replay files")


if __name__ == "__main__":
    report()
