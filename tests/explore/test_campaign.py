"""Campaigns: one answer whatever the number of workers, and nothing finished gets lost."""

import errno
import os
from contextlib import nullcontext
from dataclasses import replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
import trio
from trio_util import AsyncBool, AsyncValue

from ftrace_actors.errors import InputError
from ftrace_actors.explore import (
    Campaign,
    Plan,
    Progress,
    RunFailed,
    make_chooser,
    open_workers,
    run_campaign,
)
from ftrace_actors.explore.campaign import _shown
from ftrace_actors.explore.chunk import ChunkReport, Failure, Sighting, prepare, run_chunk
from ftrace_actors.explore.judge import Judgement
from ftrace_actors.explore.workers import NoWorkers, WorkersLost
from ftrace_actors.result import RunResult
from tests.explore import toy

BROKEN = "verdicts = violated\ninvariants = INV-COUNT\nactors = 2\nrounds = 2\n"
HOLDING = "verdicts = holds\nsometimes = stale-load\nactors = 1\nrounds = 3\nstale = 0\natomic = 1\n"
FLAKY = "verdicts = holds\nactors = 2\nrounds = 2\n"


def plan(text: str, runs: int = 60, **changes: object) -> Plan:
    """Under a strategy of which every run is an independent draw; tests/explore/test_auto.py has the default."""
    made = Plan("toy", "toy.toml", text, toy.load, strategy="mix", runs=runs, driver="bare")
    return replace(made, **changes)


async def campaign(what: Plan, jobs: int = 1, **options: object) -> Campaign:
    async with open_workers(jobs) as workers:
        return await run_campaign(what, workers, **options)  # type: ignore[arg-type]


async def test_a_broken_scenario_stops_at_its_lowest_numbered_failure() -> None:
    found = await campaign(plan(BROKEN, runs=500))
    assert found.ok
    assert found.failure is not None
    world, profile = prepare(found.plan)
    verdicts = [world.run(make_chooser("mix", 0, run, profile)).verdict for run in range(found.runs)]
    assert verdicts.index("violated") == found.failure.run == found.runs - 1
    assert found.judgement.verdict == "violated"
    assert found.bound is None


async def test_a_holding_scenario_runs_to_the_end_and_counts() -> None:
    found = await campaign(plan(FLAKY, runs=100))
    assert found.runs == 100
    assert not found.ok
    assert found.report.verdicts.total() == 100
    assert found.report.broken[("INV-COUNT", "", "corruption")] > 0
    assert found.failure is not None
    assert found.failure.run == found.report.first["violated"].run


async def test_the_expected_failure_is_shown_not_an_earlier_other_one() -> None:
    text = BROKEN + "actors = 3\nwindow = W1\n"
    others_first = 0
    for seed in range(20):
        found = await campaign(plan(text, runs=500, seed=seed))
        assert found.ok
        assert found.failure is not None
        assert found.failure.result.findings[0].window == "W1"
        others_first += found.report.first["violated"].run < found.failure.run
    assert others_first


async def test_what_may_fail_runs_to_the_end_and_shows_its_first_failure() -> None:
    found = await campaign(plan(FLAKY + "verdicts = holds violated\n", runs=100))
    assert found.ok
    assert found.runs == 100
    assert found.report.verdicts["violated"] > 10
    assert found.failure == found.report.first["violated"]


async def test_fail_fast_ends_at_the_lowest_numbered_failure_whatever_the_number_of_jobs() -> None:
    whole = await campaign(plan(FLAKY, runs=100))
    found = await campaign(plan(FLAKY, runs=100, fail_fast=True))
    assert (found.failure, found.failed) == (whole.failure, 1)
    assert found.failure is not None
    assert found.runs == found.failure.run + 1 < 100
    assert found.stopped == ""
    assert (await campaign(plan(FLAKY, runs=100, fail_fast=True), jobs=2)).report == found.report
    allowed = await campaign(plan(FLAKY + "verdicts = holds violated\n", runs=100, fail_fast=True))
    assert allowed.runs == 100


async def test_nothing_is_begun_behind_the_failure() -> None:
    workers = Scripted(1, set())
    found = await run_campaign(plan(BROKEN, runs=10_000), workers)
    assert found.failure is not None
    assert workers.started[-1] <= found.failure.run


async def test_what_never_happened_is_not_ok() -> None:
    found = await campaign(plan(HOLDING))
    assert found.judgement.verdict == "holds"
    assert not found.ok
    assert found.judgement.unmet == ("stale-load",)
    assert found.bound == pytest.approx(1 - 0.05 ** (1 / 60))


async def test_dull_runs_are_no_sample() -> None:
    assert (await campaign(plan(HOLDING, strategy="dull"))).bound is None


@pytest.mark.parametrize("text", [BROKEN, FLAKY])
async def test_the_number_of_workers_leaves_no_trace(text: str) -> None:
    one = await campaign(plan(text, runs=40))
    two = await campaign(plan(text, runs=40), jobs=2)
    assert one == two


async def test_both_drivers_agree() -> None:
    bare = await campaign(plan(FLAKY, runs=40))
    under_trio = await campaign(plan(FLAKY, runs=40, driver="trio"))
    assert bare.report == under_trio.report


class Scripted:
    """Workers that finish in an order of the test's choosing."""

    def __init__(self, jobs: int, held: set[int]) -> None:
        self.jobs = jobs
        self.held = held
        self.started: list[int] = []
        self.release = trio.Event()

    def place(self) -> nullcontext[None]:
        return nullcontext()

    async def run(self, what: Plan, start: int, stop: int) -> ChunkReport:
        self.started.append(start)
        if start in self.held:
            await self.release.wait()
        report = run_chunk(what, start, stop)
        await trio.lowlevel.checkpoint()
        return report


async def test_a_late_chunk_with_a_lower_number_wins() -> None:
    what = plan(BROKEN, runs=200)
    workers = Scripted(2, {0})
    alone = await campaign(what)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(_release_when_idle, workers)
        found = await run_campaign(what, workers)
    assert found == alone
    assert len(workers.started) > 1


async def test_what_breaks_is_said_in_the_order_of_the_runs() -> None:
    """The first chunk comes in last; nothing is said before it, and what lies behind the end never is."""
    what = plan(BROKEN + "actors = 3\nwindow = W1\n", runs=200, seed=6)
    alone: list[Sighting] = []
    await campaign(what, found=alone.append)
    heard: list[Sighting] = []
    early: list[Sighting] = []

    async def release(workers: Scripted) -> None:
        await trio.testing.wait_all_tasks_blocked()
        early.extend(heard)
        workers.release.set()

    workers = Scripted(2, {0})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(release, workers)
        await run_campaign(what, workers, found=heard.append)
    assert workers.started == [0, 4]
    assert early == []
    assert heard == alone
    assert [seen.run for seen in heard] == [0, 4]


async def _release_when_idle(workers: Scripted) -> None:
    await trio.testing.wait_all_tasks_blocked()
    workers.release.set()


async def test_an_interrupt_keeps_what_was_finished() -> None:
    interrupted = AsyncBool()
    progress = AsyncValue(Progress("", 0, 0, 0))

    async def interrupt() -> None:
        await progress.wait_value(lambda value: value.runs >= 12)
        interrupted.value = True

    async with trio.open_nursery() as nursery:
        nursery.start_soon(interrupt)
        found = await campaign(plan(FLAKY, runs=10_000), interrupted=interrupted, progress=progress)
    assert found.stopped == "interrupted"
    assert 12 <= found.runs < 10_000
    full = await campaign(plan(FLAKY, runs=found.runs))
    assert found.report.verdicts == full.report.verdicts


async def test_a_time_limit_ends_it() -> None:
    found = await campaign(plan(FLAKY, runs=10_000_000), seconds_max=0.0)
    assert found.stopped == "time"
    assert 0 < found.runs < 10_000_000


async def test_a_campaign_that_made_all_its_runs_was_not_stopped() -> None:
    """The first chunk is made whatever the clock says, and here there is no other."""
    found = await campaign(plan(FLAKY, runs=3), seconds_max=0.0)
    assert found.runs == 3
    assert found.stopped == ""


async def test_progress_is_told() -> None:
    progress = AsyncValue(Progress("", 0, 0, 0))
    await campaign(plan(FLAKY, runs=50), progress=progress)
    assert progress.value.name == "toy"
    assert (progress.value.runs, progress.value.total) == (50, 50)
    assert 0 < progress.value.failures < 50


async def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    """The first run in a worker kills it; its chunk is run again and nothing is missing."""
    marker = tmp_path / "killed"
    marker.touch()
    what = plan(FLAKY + f"kill = {marker}\n", runs=40)
    prepare(what)
    whole = await campaign(what)
    marker.unlink()
    prepared_here_already = await campaign(what, jobs=2)
    assert marker.exists()
    assert prepared_here_already.report == whole.report
    assert prepared_here_already.lost == ()


async def test_a_chunk_that_kills_twice_is_reported() -> None:
    what = plan(FLAKY + f"always_kill = {os.getpid()}\n", runs=6)
    found = await campaign(what, jobs=2)
    assert found.lost == ((0, 3), (4, 5))
    assert not found.ok
    assert found.runs == 0


async def test_a_system_without_worker_processes_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(process: ForkServerProcess) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(ForkServerProcess, "start", fails)
    with pytest.raises(NoWorkers, match="worker processes: none can be started"):
        await campaign(plan(FLAKY, runs=6), jobs=2)


async def test_lost_chunks_behind_the_failure_do_not_count() -> None:
    class LosesLater(Scripted):
        async def run(self, what: Plan, start: int, stop: int) -> ChunkReport:
            if start > 0:
                raise WorkersLost("gone")
            return await super().run(what, start, stop)

    workers = LosesLater(2, {0})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_release_when_idle, workers)
        found = await run_campaign(plan(BROKEN + "actors = 4\nrounds = 6\n", runs=16), workers)
    assert found.failure is not None
    assert found.failure.run < 4
    assert found.ok
    assert found.lost == ()


async def test_a_scenario_that_cannot_be_built_is_the_users_mistake() -> None:
    with pytest.raises(InputError, match=r"toy\.toml: wheels: unknown key"):
        await campaign(plan("wheels = 4"), jobs=2)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("driver", ["bare", "trio"])
async def test_a_run_that_raises_names_itself(jobs: int, driver: str) -> None:
    with pytest.raises(RunFailed, match=r"toy: run \d+ of seed 5 \(mix\) failed: a bug of ours") as caught:
        await campaign(plan(FLAKY + "raises = 1\n", seed=5, driver=driver), jobs=jobs)
    assert "ZeroDivisionError" in caught.value.details


def test_reports_merge_in_order() -> None:
    what = plan(FLAKY, runs=40)
    whole = run_chunk(what, 0, 40)
    merged = ChunkReport(0)
    for start in range(0, 40, 10):
        merged.merge(run_chunk(what, start, start + 10))
    assert merged == whole


def test_the_run_that_is_shown_is_one_of_the_verdict() -> None:
    """An expected failure that a worse one outdid is not what the campaign fails for."""
    expected = Failure(3, RunResult("unpredictable", (), ()))
    worse = Failure(7, RunResult("violated", (), ()))
    merged = ChunkReport(0, first={"unpredictable": expected, "violated": worse}, expected=expected)
    assert _shown(merged, Judgement("violated", False, ("expected unpredictable",), ())) is worse
    assert _shown(merged, Judgement("violated", True, (), ())) is expected
    assert _shown(merged, Judgement("unpredictable", True, (), ())) is expected
    assert _shown(ChunkReport(0), Judgement("holds", True, (), ())) is None
