"""The proposer of all runs, fewest deviations first, against the one that visits them depth first."""

import pytest

from ftrace_actors.actors.choices import Kind
from ftrace_actors.explore.every import Going, Tried, every_run
from ftrace_actors.explore.proposals import drive
from ftrace_actors.result import RunResult
from tests.explore import toy
from tests.explore.depth_first import depth_first


def made_by(text: str, runs_max: int = 100_000) -> tuple[Tried, list[RunResult]]:
    results: list[RunResult] = []
    world = toy.world(text)

    def run(going: Going) -> RunResult:
        results.append(world.run(going))
        return results[-1]

    return drive(every_run(runs_max), run), results


@pytest.mark.parametrize("text", ["rounds = 1", "rounds = 2\nstale = 0", "rounds = 1\nactors = 3\nstale = 0"])
def test_every_run_is_made_once(text: str) -> None:
    tried, results = made_by(text)
    wanted = drive(depth_first(), toy.world(text).run)
    assert tried.complete
    assert tried.runs == len(results) == len(wanted)
    assert {result.picks for result in results} == {result.picks for result in wanted}


def test_those_with_fewer_deviations_come_first() -> None:
    tried, results = made_by("rounds = 2")
    deviations = [len(result.picks) for result in results]
    assert deviations == sorted(deviations)
    assert tried.deviations == deviations[-1] > 2
    assert deviations[0] == 0


def test_it_says_how_far_it_came() -> None:
    whole, results = made_by("rounds = 2\nstale = 0")
    assert made_by("rounds = 2\nstale = 0", whole.runs) == (whole, results)
    for runs in (0, 1, 5, whole.runs - 1):
        tried, some = made_by("rounds = 2\nstale = 0", runs)
        assert some == results[:runs]
        assert (tried.runs, tried.complete) == (runs, False)
        beyond = {len(result.picks) for result in results[runs:]}
        assert tried.deviations == min(beyond) - 1


@pytest.mark.parametrize("counts", [[2], [2, 2], []])
def test_a_world_that_asks_otherwise_is_noticed(counts: list[int]) -> None:
    going = Going([(1, 2)])
    for asked, strays in (([3, 3, 3], False), (counts, True)):
        going.begin(None)  # type: ignore[arg-type]  # it is not looked at
        for count in asked:
            assert going.choose(Kind.SCHEDULE, count, ()) < count
        going.end(None)  # type: ignore[arg-type]  # nor this
        assert going.strayed is strays
