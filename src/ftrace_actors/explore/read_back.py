"""A kept campaign read back: judged by the results that are there, without making a run.

`merging.restore` does the same for a campaign that is to be continued.  There the last run is made once more, since a
changed laboratory must not add to what an older one found; here nothing is added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from .campaign import Campaign, expectations, judged
from .chunk import ChunkReport, Plan
from .merging import InOrder, Stopped
from .rows import Row
from .strategies.auto import FIRST, boundary, next_boundary

__all__ = ["campaign_of"]


def campaign_of(plan: Plan, rows: Iterable[Row], each: Callable[[Row], None] = lambda _: None) -> Campaign:
    """The campaign of the `rows` that are there; `each` is called with every run that counts.

    One that did not come to its end counts as interrupted.  Raises `InputError` for a scenario that cannot be built.
    """
    expect, sometimes = expectations(plan)
    order = InOrder(plan, _ignored, _ignored)
    report, shares, index = ChunkReport(0), FIRST, 0
    for row in rows:
        if row.result is None:
            break
        report.add(row.run, row.result, replace(plan, shares=shares, rows=False), expect)
        each(row)
        position = report.start + report.runs
        if report.over or position == next_boundary(report.start):
            order.take(index, report)
            report, index = ChunkReport(position), index + 1
            if order.merged.over:
                break
            shares = order.learned.value.shares[boundary(position)]
    if report.runs:
        order.take(index, report)
    stopped = Stopped.NOT if order.is_complete() else Stopped.INTERRUPTED
    return judged(plan, expect, sometimes, order.merged, stopped, order.lost_runs())


def _ignored(_: object) -> None:
    """Nobody waits for it."""
