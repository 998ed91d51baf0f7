"""What counts of runs say is right as often as it claims to be."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from ftrace_actors.explore.sampled import RUNS_LOOKED_AT, PctRuns, Sampled
from ftrace_actors.explore.strategies import PCT, Profiler
from ftrace_actors.explore.strength import (
    CONFIDENCE,
    failure_bound,
    failure_interval,
    strength_of,
    unseen_bound,
)
from ftrace_actors.result import RunResult
from ftrace_actors.words import Verdict
from tests.explore.toy import world

ERROR = 1 - CONFIDENCE


def test_the_bound_of_runs_that_did_not_fail() -> None:
    assert failure_bound(0) == 1.0
    assert failure_bound(1) == pytest.approx(0.95)
    assert failure_bound(29_956) == pytest.approx(1e-4, rel=1e-3)


@pytest.mark.parametrize("p", [0.5, 0.1, 0.01, 0.001])
def test_that_bound_is_right_whenever_somebody_stops(p: float) -> None:
    """Exactly: it is wrong from some number of runs on, and so many must have held."""
    wrong_from = next(runs for runs in range(1, 10_000) if failure_bound(runs) <= p)
    assert (1 - p) ** wrong_from <= ERROR
    assert (1 - p) ** (wrong_from - 1) > ERROR  # and it could not be said any earlier


def wrong_at_some_time(p: float, runs_max: int) -> float:
    """The exact probability that some interval of a campaign with failures does not contain `p`."""
    wrong, alive = 0.0, {0: 1.0}
    for runs in range(1, runs_max + 1):
        after: dict[int, float] = {}
        for failed, weight in alive.items():
            after[failed] = after.get(failed, 0.0) + weight * (1 - p)
            after[failed + 1] = after.get(failed + 1, 0.0) + weight * p
        alive = {}
        for failed, weight in after.items():
            low, high = failure_interval(runs, failed) if failed else (0.0, 1.0)
            if low <= p <= high:
                alive[failed] = weight
            else:
                wrong += weight
    return wrong


@pytest.mark.parametrize("p", [0.4, 0.1, 0.02])
def test_an_interval_is_right_whenever_somebody_stops(p: float) -> None:
    assert 0.0 < wrong_at_some_time(p, 60) <= ERROR


def test_intervals_contain_the_share_that_failed_and_shrink() -> None:
    for runs, failed in [(1, 1), (10, 1), (10, 9), (1000, 500)]:
        low, high = failure_interval(runs, failed)
        assert 0.0 < low < failed / runs <= high <= 1.0
    narrow, wide = failure_interval(1000, 100), failure_interval(100, 10)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    assert failure_interval(10, 10)[1] == 1.0
    assert failure_interval(10, 0) == (0.0, failure_bound(10))


def draw_campaign(draw: Random, weights: list[list[float]], runs: int) -> tuple[float, float, float]:
    """(probability of something new, estimate, bound) after draws of several distributions by turns."""
    of = range(len(weights[0]))
    drawn = Counter(draw.choices(of, weights[run % len(weights)])[0] for run in range(runs))
    once = sum(count == 1 for count in drawn.values())
    new = [sum(each[species] for species in of if species not in drawn) / sum(each) for each in weights]
    return sum(new) / len(new), once / runs, unseen_bound(once, runs)


@pytest.mark.parametrize(
    "weights",
    [
        [[1.0] * 60],
        [[0.8**species for species in range(60)]],
        [[1.0] * 20 + [0.0] * 40, [0.01] * 20 + [1.0] * 40],
    ],
    ids=["even", "uneven", "two by turns"],
)
def test_the_bound_of_what_was_not_seen_is_right(weights: list[list[float]]) -> None:
    draw = Random(7)
    campaigns = [draw_campaign(draw, weights, 60) for _ in range(400)]
    assert sum(new > bound for new, _, bound in campaigns) <= ERROR * len(campaigns)
    # The estimate alone is no bound, but right on the average.
    assert sum(new > estimate for new, estimate, _ in campaigns) > ERROR * len(campaigns)
    mean_new, mean_estimate = (sum(each[i] for each in campaigns) / len(campaigns) for i in (0, 1))
    assert mean_estimate == pytest.approx(mean_new, abs=0.02)


def run_of(behaviour: int | None, verdict: Verdict = Verdict.HOLDS) -> RunResult:
    return RunResult(verdict, (), (), behaviour=behaviour)


def sampled(*behaviours: int | None, start: int = 0, independent: bool = True) -> Sampled:
    found = Sampled()
    for run, behaviour in enumerate(behaviours, start):
        maker = ("random", "pct")[run % 2]
        found.add(run, maker, run_of(behaviour), independent=independent)
    return found


def test_chunks_can_be_added_in_any_grouping() -> None:
    runs = [1, 2, 2, 3, 4, 4, 4, 5]
    whole = sampled(*runs)
    for at in range(len(runs)):
        first, rest = sampled(*runs[:at]), sampled(*runs[at:], start=at)
        first.merge(rest)
        assert first == whole
    strength = strength_of(whole, ended_by_itself=False)
    assert strength.behaviours == 5
    assert strength.unseen is not None
    assert (strength.unseen.once, strength.unseen.runs) == (3, 8)
    assert [(each.strategy, each.runs) for each in strength.failing] == [("pct", 4), ("random", 4)]


def test_only_independent_draws_say_what_was_not_seen() -> None:
    found = sampled(1, 2, 3)
    found.merge(sampled(3, 4, start=3, independent=False))
    strength = strength_of(found, ended_by_itself=False)
    assert (strength.looked_at, strength.behaviours) == (5, 4)
    assert strength.unseen is not None
    assert (strength.unseen.runs, strength.unseen.once) == (3, 3)
    assert strength_of(sampled(1, independent=False), ended_by_itself=False).unseen is None


def test_no_bound_is_given_when_what_was_seen_ended_the_campaign() -> None:
    unseen = strength_of(sampled(1, 2), ended_by_itself=True).unseen
    assert unseen is not None
    assert unseen.bound is None


def test_a_world_without_behaviours_has_none() -> None:
    strength = strength_of(sampled(None, None), ended_by_itself=False)
    assert (strength.looked_at, strength.behaviours, strength.unseen) == (0, 0, None)


def test_runs_beyond_a_limit_are_not_looked_at() -> None:
    found = sampled(1, 2, start=RUNS_LOOKED_AT - 1)
    assert (found.looked_at, len(found.behaviours)) == (1, 1)


def test_failures_are_those_of_each_strategy() -> None:
    found = Sampled()
    for run in range(4):
        verdict = Verdict.VIOLATED if run == 2 else Verdict.HOLDS
        found.add(run, "random", run_of(run, verdict), independent=True)
    (failing,) = strength_of(found, ended_by_itself=False).failing
    assert (failing.strategy, failing.runs, failing.failed) == ("random", 4, 1)
    assert (failing.low, failing.high) == failure_interval(4, 1)


def pct_runs(runs: int) -> tuple[PctRuns, int, int]:
    """Runs of an increment without a lock, which fails when a preemption comes between a read and its write.

    Also how many of them have one change point, and how many of these fail.
    """
    toy = world("stale = 0\nrounds = 3\n")
    profiler = Profiler()
    profile = profiler.profile(toy.run(profiler, driver="bare").schedule_choices)
    counted, one, failed = PctRuns(), 0, 0
    for run in range(runs):
        chooser = PCT(0, run, profile)
        result = toy.run(chooser, driver="bare")
        counted.add(chooser, 2, result)
        if chooser.depth == 2 and not chooser.relaxation.promises:
            one += 1
            failed += result.verdict != Verdict.HOLDS
    return counted, one, failed


def test_what_pct_promises_is_kept() -> None:
    counted, one, failed = pct_runs(600)
    ordered = strength_of(Sampled(pct=counted), ended_by_itself=False).ordered
    assert ordered is not None
    assert ordered.runs == 600
    assert ordered.actors == 2
    # Twelve steps, of which the last three at most are made alone.
    assert ordered.decisions < 12
    assert 0 < ordered.counted <= one
    assert failed / one >= ordered.one
    assert ordered.all_runs == pytest.approx(1 - (1 - ordered.one) ** ordered.counted, rel=0.5)


def test_pct_promises_nothing_where_change_points_could_not_be_everywhere() -> None:
    pct = PctRuns(10, 3, 50, Counter({40: 5, 80: 2}))
    ordered = strength_of(Sampled(pct=pct), ended_by_itself=False).ordered
    assert ordered is not None
    assert ordered.counted == 2
    assert ordered.one == pytest.approx(1 / 240)
    pct.decisions = 81
    assert strength_of(Sampled(pct=pct), ended_by_itself=False).ordered is None


def test_one_actor_alone_has_no_order() -> None:
    assert strength_of(Sampled(pct=PctRuns(3, 1, 1, Counter({1: 3}))), ended_by_itself=False).ordered is None
