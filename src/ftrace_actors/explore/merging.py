"""Ranges of runs: handed out one after the other, and merged in the order of their runs whenever they come in.

Those that a kept campaign has already go through the same merging, before any range is handed out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

import trio
from trio_util import AsyncValue

from ..errors import InputError
from ..result import Expect
from ..words import Verdict
from .chunk import ChunkReport, Plan, Sighting
from .portfolio import relearned
from .rows import Row, lost_line, refuse_more
from .strategies.auto import FIRST, Shares, boundary, next_boundary
from .workers import Workers, WorkersLost

__all__ = ["Chunks", "InOrder", "Kept", "Progress", "Stopped", "restore"]

_CHUNK_FIRST = 4
"""Runs of the first chunks: many scenarios fail within a few, and how long a run takes is not known yet."""
_CHUNK_MAX = 256
"""A chunk that is still at work when the campaign ends is made in vain, so it has a limit also where runs are short."""
_CHUNK_SECONDS = 0.5
"""Long compared to handing over a chunk, short for somebody who waits for the bar or presses Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is: runs finished of how many, and how many of them did not hold.

    `phase`: what happens after the last one, "" before.
    """

    name: str
    runs: int
    total: int
    failures: int
    phase: str = ""


class Stopped(StrEnum):
    """Why a campaign ended before its own end; the text is what people and logs are shown."""

    NOT = ""
    """It went to its own end."""
    INTERRUPTED = "interrupted"
    """Somebody asked for that, by a signal."""
    TIME = "time"
    """`seconds_max` was over."""


class Kept(Protocol):
    """Where the results of a campaign are kept, and those that are there: `store.Store`."""

    @property
    def file(self) -> str:
        """Its name, for messages."""

    def rows(self) -> Iterator[Row]:
        """The campaign's runs from the first on, as far as they are there.  Raises `InputError`."""

    def cut(self) -> None:
        """Drop what follows the last of `rows` that was taken."""

    def add(self, lines: Iterable[bytes]) -> None:
        """Add the runs that follow.  Raises `InputError` when it cannot."""


@dataclass(slots=True)
class Chunks:
    """Hands out consecutive ranges of runs, sized so that a chunk takes about half a second."""

    runs: int
    size: int = _CHUNK_FIRST
    next_run: int = 0
    stopped: Stopped = Stopped.NOT
    over: bool = False
    handed_out: int = 0

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Index, first run, and the run after the last; no range goes beyond a run at which shares change."""
        # The first one is made whatever the clock says: a campaign without a run has no answer.
        while self.next_run < self.runs and not (self.stopped and self.handed_out) and not self.over:
            index, start = self.handed_out, self.next_run
            stop = min(start + self.size, self.runs, next_boundary(start))
            self.handed_out += 1
            self.next_run = stop
            yield index, start, stop

    def took(self, seconds: float) -> None:
        """Learn how long a range took; those to come are longer or shorter then."""
        if seconds < _CHUNK_SECONDS / 2:
            self.size = min(2 * self.size, _CHUNK_MAX)
        elif seconds > 2 * _CHUNK_SECONDS:
            self.size = max(1, self.size // 2)


@dataclass(frozen=True, slots=True)
class _Learned:
    """The shares of the members of `auto`, by the first run that has them; `over`: there will be no others."""

    shares: Mapping[int, Shares]
    over: bool = False


@dataclass(slots=True)
class InOrder:
    """Chunks as they come in, merged in the order of their runs up to the one that ends the campaign."""

    plan: Plan
    found: Callable[[Sighting], None]
    keep: Callable[[Iterable[bytes]], None]
    merged: ChunkReport = field(default_factory=lambda: ChunkReport(0))
    lost: list[tuple[int, int]] = field(default_factory=list)
    learned: AsyncValue[_Learned] = field(default_factory=lambda: AsyncValue(_Learned({0: FIRST})))
    _next: int = 0
    _waiting: dict[int, ChunkReport | tuple[int, int]] = field(default_factory=dict)

    def take(self, index: int, chunk: ChunkReport | tuple[int, int]) -> None:
        """One more, or the first and the last run of one that got lost."""
        self._waiting[index] = chunk
        while self._next in self._waiting and not self.merged.over:
            self._merge(self._waiting.pop(self._next))
            self._next += 1

    def _merge(self, chunk: ChunkReport | tuple[int, int]) -> None:
        if isinstance(chunk, tuple):
            first, last = chunk
            number = self.plan.shard.number
            self.keep(lost_line(number(position)) for position in range(first, last + 1))
            self.lost.append(chunk)
            self._learn(last + 1)
            return
        news = [seen for kind, seen in chunk.sighted.items() if kind not in self.merged.sighted]
        self.keep(chunk.rows)
        self.merged.merge(chunk)
        for sighting in news:
            self.found(sighting)
        self._learn(chunk.start + chunk.runs)

    def _learn(self, run: int) -> None:
        """All runs before `run` are in: the shares change here and there."""
        shares = relearned(run, self.merged.tallies)
        if shares is not None:
            self.learned.value = _Learned(self.learned.value.shares | {run: shares})

    def end(self) -> None:
        """Nobody needs wait for what is not in: no more runs count."""
        self.learned.value = _Learned(self.learned.value.shares, over=True)

    async def shares_of(self, run: int) -> Shares | None:
        """The shares with which a run is made, once all that they depend on is in; None when it is not made."""
        at = boundary(run)
        known = await self.learned.wait_value(lambda known: known.over or at in known.shares)
        return None if known.over else known.shares[at]

    def is_complete(self) -> bool:
        """Whether the campaign came to its own end: by a run that ends it, or since all are in or lost."""
        lost = sum(last - first + 1 for first, last in self.lost)
        return self.merged.over or self.merged.runs + lost == self.plan.positions

    def lost_runs(self) -> tuple[tuple[int, int], ...]:
        """The ranges that got lost, by the numbers of their first and last runs."""
        number = self.plan.shard.number
        return tuple((number(first), number(last)) for first, last in self.lost)

    def progress(self) -> Progress:
        """All that are in count here, also those that wait for an earlier one."""
        waiting = [chunk for chunk in self._waiting.values() if isinstance(chunk, ChunkReport)]
        reports = [self.merged, *waiting]
        runs = sum(report.runs for report in reports)
        held = sum(report.verdicts[Verdict.HOLDS] for report in reports)
        return Progress(self.plan.name, runs, self.plan.positions, runs - held)


async def restore(
    plan: Plan, expect: Expect, kept: Kept, order: InOrder, chunks: Chunks, workers: Workers
) -> None:
    """Take the runs that were made before, in chunks as workers would send them; the campaign continues after them.

    The last of them is made once more.  Raises `InputError` when it comes out differently, and when there are runs
    after the end of the campaign: cutting them off would lose them, and no campaign has written them.
    """
    report = ChunkReport(0)
    shares = FIRST
    last: tuple[Row, Shares] | None = None

    def take() -> None:
        order.take(chunks.handed_out, report)
        chunks.handed_out += 1
        chunks.next_run = report.start + report.runs
        chunks.over = order.merged.over

    rows = kept.rows()
    while chunks.next_run + report.runs < chunks.runs and not chunks.over:
        if (row := next(rows, None)) is None or row.result is None:
            break
        last = row, shares
        report.add(row.run, row.result, replace(plan, shares=shares, rows=False), expect)
        position = report.start + report.runs
        if report.over or report.runs == _CHUNK_MAX or position == next_boundary(report.start):
            take()
            report = ChunkReport(position)
            shares = order.learned.value.shares[boundary(position)]
            await trio.lowlevel.checkpoint()
    if report.runs:
        take()
    if chunks.next_run == chunks.runs or chunks.over:
        refuse_more(kept.file, next(rows, None), chunks.next_run, over=chunks.over)
    if last is not None:
        await _check(replace(plan, shares=last[1]), chunks.next_run - 1, last[0], kept, workers)
    kept.cut()


async def _check(plan: Plan, position: int, row: Row, kept: Kept, workers: Workers) -> None:
    """See to it that a run that is kept is what this laboratory makes of it."""
    try:
        again = await workers.run(plan, position, position + 1)
    except WorkersLost:
        return
    if again.rows != [row.line]:
        raise InputError(
            kept.file,
            f"run {row.run}",
            "comes out differently now, so the laboratory was changed since; begin anew",
        )
