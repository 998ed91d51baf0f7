"""Driving proposers: they are sent what their runs came to, learn from it, and stop when they like."""

from collections.abc import Iterator

import pytest
import trio

from ftrace_actors.actors.choices import Chooser, DullChooser
from ftrace_actors.explore.proposals import Proposals, drive, drive_trio

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

    assert trio.run(drive_trio, until(LIMIT), run) == list(range(LIMIT + 1))


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
