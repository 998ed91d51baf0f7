"""Driving proposers: they are sent what their runs came to, learn from it, and stop when they like."""

from collections.abc import Generator, Iterator
from dataclasses import replace

import pytest
import trio

from ftrace_actors.actors.choices import Chooser, DullChooser
from ftrace_actors.explore import Plan, Workers, open_workers
from ftrace_actors.explore.chunk import ChunkReport
from ftrace_actors.explore.proposals import Proposals, drive, drive_async, through
from tests.explore import toy
from tests.explore.ranges import Range, in_ranges

LIMIT = 5


def until(limit: int) -> Proposals[int, list[int]]:
    """Proposes runs until one comes to `limit`; all that they came to."""
    got: list[int] = []
    while not got or got[-1] < limit:
        got.append((yield DullChooser()))
    return got


def counting() -> Iterator[int]:
    yield from range(100)


def test_a_proposer_is_sent_each_result_and_stops_when_it_likes() -> None:
    numbers = counting()
    assert drive(until(LIMIT), lambda chooser: next(numbers)) == list(range(LIMIT + 1))
    assert next(numbers) == LIMIT + 1


def test_runs_that_are_awaited_make_no_difference() -> None:
    numbers = counting()

    async def run(chooser: Chooser) -> int:
        await trio.lowlevel.checkpoint()
        return next(numbers)

    assert trio.run(drive_async, until(LIMIT), run) == list(range(LIMIT + 1))


def test_a_proposer_without_a_run_has_its_say() -> None:
    def nothing() -> Proposals[int, str]:
        return "nothing to do"
        yield DullChooser()

    assert drive(nothing(), lambda chooser: 0) == "nothing to do"


def test_what_a_run_raises_comes_out_and_the_proposer_is_closed() -> None:
    closed: list[bool] = []

    def proposer() -> Proposals[int, None]:
        try:
            yield DullChooser()
        finally:
            closed.append(True)

    def run(chooser: Chooser) -> int:
        raise OSError("the run")

    proposals = proposer()  # kept, so that only `drive` can have closed it
    with pytest.raises(OSError, match="the run"):
        drive(proposals, run)
    assert closed == [True]


@pytest.mark.parametrize("error", [OSError("the run"), StopIteration("the run"), GeneratorExit("the run")])
def test_a_run_cannot_end_the_proposer(error: BaseException) -> None:
    """A run that happens to raise what ends generators is a run that raises, not a proposer that has had enough."""

    def run(chooser: Chooser) -> int:
        raise error

    with pytest.raises(type(error), match="the run"):
        drive(until(LIMIT), run)


def test_a_proposer_serves_runs_of_another_kind_by_what_stands_for_each_of_its_own() -> None:
    def twice(chooser: Chooser) -> Generator[str, int, int]:
        """Two runs of the other kind for one; the greater result."""
        return max((yield "first"), (yield "second"))

    asked: list[str] = []
    numbers = counting()

    def run(name: str) -> int:
        asked.append(name)
        return next(numbers)

    assert drive(through(until(LIMIT), twice), run) == [1, 3, 5]
    assert asked == ["first", "second"] * 3


def test_what_stands_for_a_run_may_refuse_and_closes_the_proposer() -> None:
    closed: list[bool] = []

    def proposer() -> Proposals[int, None]:
        try:
            yield DullChooser()
        finally:
            closed.append(True)

    def refuse(chooser: Chooser) -> Generator[str, int, int]:
        raise OSError("refused")
        yield ""

    proposals = proposer()  # kept, so that only `through` can have closed it
    with pytest.raises(OSError, match="refused"):
        drive(through(proposals, refuse), lambda name: 0)
    assert closed == [True]


PLAN = Plan("toy", "toy.toml", "verdicts = holds", toy.load, driver="bare")


async def ranges(workers: Workers, chunk: int, enough: int = 1_000) -> tuple[list[Range], int]:
    """What the ranges make of the toy, each in chunks of a size; and how many of all runs failed."""
    failed = 0

    async def run(what: Range) -> ChunkReport:
        nonlocal failed
        plan = replace(PLAN, strategy=what.strategy)
        merged = ChunkReport(what.start)
        for start in range(what.start, what.stop, chunk):
            merged.merge(await workers.run(plan, start, min(start + chunk, what.stop)))
        failed += merged.runs - merged.verdicts["holds"]
        return merged

    return await drive_async(
        in_ranges(("dull", "random", "pct"), size=16, runs=90, enough=enough), run
    ), failed


async def test_a_proposer_that_learns_in_a_campaign_does_so_whatever_the_chunks() -> None:
    async with open_workers(1) as workers:
        made, failed = await ranges(workers, 16)
        assert [each.strategy for each in made[:3]] == ["dull", "random", "pct"]
        learned = {each.strategy for each in made[3:]}
        assert len(learned) == 1, "one of them is the best from then on"
        assert learned != {"dull"}, "of which no run fails"
        assert (made[-1].stop, len(made)) == (90, 6)
        assert await ranges(workers, 5) == (made, failed)
    async with open_workers(2) as workers:
        assert await ranges(workers, 7) == (made, failed)


async def test_a_proposer_that_learns_in_a_campaign_may_end_it() -> None:
    async with open_workers(1) as workers:
        made, failed = await ranges(workers, 16, enough=1)
    assert len(made) < 6
    assert failed >= 1
