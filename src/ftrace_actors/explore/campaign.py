"""Campaigns: many numbered runs of one scenario, over all cores, merged into one answer.

The answer is a function of (scenario, strategy, seed, runs): chunks are merged in the order of their runs, as soon as
all earlier ones are in, and what comes after the run that ends the campaign is dropped. So the number of jobs, the
sizes of chunks and who finished first leave no trace in it. Only a time limit or an interrupt does; then it says how
many runs it counts.

A scenario that must break ends at its lowest-numbered expected failure. One that must hold runs to its end,
so that its counts mean something, and reports the lowest-numbered run with the strongest verdict.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import trio
from trio_util import AsyncBool, AsyncValue, move_on_when, run_and_cancelling, wait_all

from ..checks import SUBSTANCE
from ..errors import FtraceActorsError
from ..result import Expect
from ..words import Verdict
from .chunk import ChunkReport, Failure, Plan, Sighting, prepare
from .judge import Judgement, judge, judge_shard
from .merging import Chunks, InOrder, Kept, Progress, Stopped, restore
from .shard import WHOLE
from .strategies import AUTO
from .strategies.auto import FIRST
from .strength import Strength, failure_bound, strength_of
from .workers import Workers, WorkersLost

__all__ = ["Campaign", "expectations", "judged", "run_campaign"]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign, over.

    Attributes:
        plan: what was asked for.
        expect: what the scenario expects.
        report: its runs, merged.
        judgement: the answer.
        failure: the run to show: the lowest-numbered expected failure, unless another run decided the verdict;
            else the lowest-numbered of the verdict.
        bound: upper 95 % confidence bound for the probability that an independent run fails (`report.independent`
            says how many there were); None unless the verdict is holds and there were any.
        stopped: why it ended before its own end.
        lost: ranges of runs (first, last) given up because they killed their worker twice.
    """

    plan: Plan
    expect: Expect
    report: ChunkReport
    judgement: Judgement
    failure: Failure | None
    bound: float | None
    stopped: Stopped = Stopped.NOT
    lost: tuple[tuple[int, int], ...] = ()

    @property
    def ok(self) -> bool:
        """As expected, and nothing got lost."""
        return self.judgement.ok and not self.lost

    @property
    def runs(self) -> int:
        """Runs that count."""
        return self.report.runs

    @property
    def strength(self) -> Strength:
        """What its runs say, and with which certainty."""
        return strength_of(self.report.sampled, ended_by_itself=self.report.over)

    @property
    def failed(self) -> int:
        """How many of them did not hold."""
        return self.runs - self.report.verdicts[Verdict.HOLDS]


async def run_campaign(
    plan: Plan,
    workers: Workers,
    *,
    found: Callable[[Sighting], None] = lambda _: None,
    progress: AsyncValue[Progress] | None = None,
    interrupted: AsyncBool | None = None,
    seconds_max: float | None = None,
    kept: Kept | None = None,
) -> Campaign:
    """Run a campaign to its end; when it is `kept` somewhere, from what is there.

    `found` gets the first sighting of each thing that breaks, in the order of the runs, as soon as all earlier
    runs are in. `progress` is kept up to date with `Progress` values. Once `interrupted` is true, chunks in flight are
    finished and counted, and no other is begun. `seconds_max` does the same by the clock. Raises an `InputError` when
    the scenario cannot be built, no worker can be started (`NoWorkers`) or what is kept is not of this campaign, and
    `RunFailed` when a run raises.
    """
    assert plan.strategy != AUTO or plan.shard == WHOLE, (
        "auto learns from all earlier runs, a shard has its own"
    )
    expect, sometimes = await trio.to_thread.run_sync(expectations, plan)
    chunks = Chunks(plan.positions)
    order = InOrder(plan, found, _nowhere if kept is None else kept.add)
    if kept is not None:
        await restore(plan, expect, kept, order, chunks, workers)
    work = _Work(plan, workers, chunks, order, progress)
    failed: AsyncValue[FtraceActorsError | None] = AsyncValue(None)

    async def work_or_fail() -> None:
        try:
            await work.until_all_are_in()
        except FtraceActorsError as error:
            failed.value = error  # raised below, outside of the nurseries, which would make a group of it

    async with (
        move_on_when(failed.wait_value, lambda error: error is not None),
        run_and_cancelling(_stop, chunks, interrupted or AsyncBool(), seconds_max),
    ):
        await wait_all(*[work_or_fail] * workers.jobs)
    if failed.value is not None:
        raise failed.value
    return judged(
        plan,
        expect,
        sometimes,
        order.merged,
        Stopped.NOT if order.is_complete() else chunks.stopped,
        order.lost_runs(),
    )


def judged(
    plan: Plan,
    expect: Expect,
    sometimes: tuple[str, ...],
    merged: ChunkReport,
    stopped: Stopped,
    lost: tuple[tuple[int, int], ...],
) -> Campaign:
    """The answer of the runs that are in; `sometimes` must have been witnessed."""
    expected = merged.expected is not None
    judgement = (
        judge(expect, sometimes, merged.verdicts, frozenset(merged.seen), expected_failure=expected)
        if plan.shard == WHOLE
        else judge_shard(expect, merged.verdicts, expected_failure=expected)
    )
    return Campaign(
        plan,
        expect,
        merged,
        judgement,
        _shown(merged, judgement),
        failure_bound(merged.independent)
        if judgement.verdict == Verdict.HOLDS and merged.independent
        else None,
        stopped,
        lost,
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """What several tasks do at a time: take a range of runs, have it made, hand in its report."""

    plan: Plan
    workers: Workers
    chunks: Chunks
    order: InOrder
    progress: AsyncValue[Progress] | None

    async def until_all_are_in(self) -> None:
        """One of the tasks."""
        handed_out = iter(self.chunks)
        while True:
            async with self.workers.place():
                chunk = next(handed_out, None)
                if chunk is None or not await self._make(*chunk):
                    return

    async def _make(self, index: int, start: int, stop: int) -> bool:
        """Have one range made; False when it is not, since no more runs count."""
        shares = await self.order.shares_of(start) if self.plan.strategy == AUTO else FIRST
        if shares is None or (self.chunks.stopped and start):
            return False
        begun = trio.current_time()
        try:
            report = await self.workers.run(replace(self.plan, shares=shares), start, stop)
        except WorkersLost:
            self.order.take(index, (start, stop - 1))
            return True
        self.order.take(index, report)
        self.chunks.took(trio.current_time() - begun)
        if report.over:
            self.chunks.over = True
            self.order.end()
        if self.progress is not None:
            self.progress.value = self.order.progress()
        return True


def _nowhere(_: Iterable[bytes]) -> None:
    """Where results go that nobody keeps."""


def _shown(merged: ChunkReport, judgement: Judgement) -> Failure | None:
    """The run to show, see `Campaign.failure`."""
    expected, strongest = merged.expected, merged.first.get(judgement.verdict)
    if expected is not None and (judgement.ok or expected.result.verdict == judgement.verdict):
        return expected
    return strongest or expected


def expectations(plan: Plan) -> tuple[Expect, tuple[str, ...]]:
    """What must come out, and what must have been witnessed.

    Also finds a scenario that cannot be built before any worker does.
    """
    world, _ = prepare(plan)
    wanted = world.sometimes
    if plan.allow_vacuous:
        wanted = tuple(name for name in wanted if name not in SUBSTANCE)
    return world.expect, wanted


async def _stop(chunks: Chunks, interrupted: AsyncBool, seconds_max: float | None) -> None:
    """See to it that no chunk is begun after an interrupt, or when time is up."""
    with trio.move_on_after(math.inf if seconds_max is None else seconds_max) as limit:
        await interrupted.wait_value(True)
    if limit.cancelled_caught:
        chunks.stopped = Stopped.TIME
        await interrupted.wait_value(True)
    chunks.stopped = Stopped.INTERRUPTED
