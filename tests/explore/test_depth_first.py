"""A proposer that visits every schedule, against counts made without it."""

from functools import cache
from math import comb

import pytest
import trio

from ftrace_actors.explore.proposals import drive, drive_async
from tests.explore import toy
from tests.explore.depth_first import depth_first

Left = tuple[int, ...]
Held = tuple[int | None, ...]


@cache
def counted(left: Left, held: Held, wrote: tuple[int, ...], stale: bool) -> tuple[int, int]:
    """(runs, runs that lose an increment) from a state of the toy on: by recursion over who moves and what is read."""
    if not any(left):
        return 1, wrote[-1] != len(wrote) - 1
    total = lost = 0
    for actor, rounds in enumerate(left):
        if not rounds:
            continue
        value = held[actor]
        if value is None:
            nexts = [
                (left, (*held[:actor], read, *held[actor + 1 :]), wrote)
                for read in (wrote if stale else wrote[-1:])
            ]
        else:
            nexts = [
                (
                    (*left[:actor], rounds - 1, *left[actor + 1 :]),
                    (*held[:actor], None, *held[actor + 1 :]),
                    (*wrote, value + 1),
                )
            ]
        for state in nexts:
            runs, bad = counted(*state, stale)
            total += runs
            lost += bad
    return total, lost


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_two_actors_have_as_many_schedules_as_interleavings(rounds: int) -> None:
    results = drive(depth_first(), toy.world(f"rounds = {rounds}\nstale = 0").run)
    assert len(results) == comb(4 * rounds, 2 * rounds)
    assert len({result.picks for result in results}) == len(results)


@pytest.mark.parametrize("stale", [False, True])
def test_it_finds_every_run_that_fails(stale: bool) -> None:
    results = drive(depth_first(), toy.world(f"rounds = 2\nstale = {stale:d}").run)
    bad = sum(result.verdict == "violated" for result in results)
    assert (len(results), bad) == counted((2, 2), (None, None), (0,), stale)
    assert 0 < bad < len(results)


def test_all_of_them_fit_into_one_event_loop() -> None:
    world = toy.world("rounds = 1")
    assert trio.run(drive_async, depth_first(), world.run_trio) == drive(depth_first(), world.run)
