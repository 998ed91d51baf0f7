"""What strategies promise: purity, range, and the odds they draw."""

from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.actors.choices import Kind, RunInfo
from ftrace_actors.explore.strategies import (
    DEFAULT,
    NAMES,
    PCT,
    SAMPLING,
    Profile,
    RandomWalk,
    make_chooser,
    mix_seed,
)
from ftrace_actors.explore.strategies.relaxation import NEVER, RATES, Relaxation, draw_gap
from tests.explore import toy

PROFILE = Profile(schedule_choices=40)
INFO = RunInfo(("a", "b", "c"), 1000, lambda actor: ("op", actor))
SEEDS = st.integers(0, 2**64 - 1)


def answers(name: str, seed: int, run: int, length: int = 200) -> list[int]:
    """A fixed questionnaire."""
    chooser = make_chooser(name, seed, run, PROFILE)
    chooser.begin(INFO)
    kinds = list(Kind)
    picked = []
    for i in range(length):
        kind = kinds[i % len(kinds)]
        actors = (0, 1, 2) if kind is Kind.SCHEDULE else ()
        picked.append(chooser.choose(kind, 3 if actors else 2 + i % 4, actors))
    return picked


@pytest.mark.parametrize("name", NAMES)
@given(seed=SEEDS, run=st.integers(0, 10**9))
def test_a_run_is_a_pure_function_of_seed_and_number(name: str, seed: int, run: int) -> None:
    assert answers(name, seed, run) == answers(name, seed, run)


@pytest.mark.parametrize("name", NAMES)
@given(seed=SEEDS, run=st.integers(0, 1000))
def test_answers_are_in_range(name: str, seed: int, run: int) -> None:
    for i, picked in enumerate(answers(name, seed, run)):
        assert 0 <= picked < (3 if i % len(Kind) == 0 else 2 + i % 4)


@pytest.mark.parametrize("name", sorted({"auto", "turns"} | SAMPLING - {"near"}))
def test_runs_and_seeds_differ(name: str) -> None:
    runs = {tuple(answers(name, seed, run)) for seed in range(5) for run in range(10)}
    assert len(runs) > 40


def test_dull_is_all_zeros() -> None:
    assert set(answers("dull", 1, 1)) == {0}


def test_the_default_is_the_portfolio() -> None:
    assert DEFAULT == "auto"


def test_mix_alternates() -> None:
    assert answers("mix", 3, 4) == answers("random", 3, 4)
    assert answers("mix", 3, 5) == answers("pct", 3, 5)


def test_seeds_and_runs_are_not_interchangeable() -> None:
    assert mix_seed(0, 1) != mix_seed(1, 0)
    assert len({mix_seed(seed, run) for seed in range(50) for run in range(50)}) == 2500


@given(p=st.floats(0.01, 1.0), seed=st.integers(0, 1000))
def test_gaps_have_the_wanted_rate(p: float, seed: int) -> None:
    rng = Random(seed)
    gaps = [draw_gap(rng, p) for _ in range(400)]
    assert min(gaps) >= 1
    assert 0.75 / p < sum(gaps) / len(gaps) < 1.3 / p + 0.01


def test_probability_zero_never_comes() -> None:
    assert draw_gap(Random(0), 0.0) == NEVER


def test_each_run_draws_its_own_probabilities() -> None:
    drawn = Counter(
        make.relaxation.probability[Kind.LOAD] for make in (RandomWalk(0, i, PROFILE) for i in range(400))
    )
    assert set(drawn) == set(RATES[Kind.LOAD])
    assert min(drawn.values()) > 50


def test_relaxation_rate_is_what_was_drawn() -> None:
    relaxation = next(r for r in map(Relaxation, map(Random, range(100))) if r.oldest == 0.0)
    for kind, probability in relaxation.probability.items():
        picks = [relaxation.choose(kind, 4) for _ in range(4000)]
        rate = sum(pick != 0 for pick in picks) / len(picks)
        assert abs(rate - probability) < 0.05
        if probability:
            assert {1, 2, 3} <= set(picks)


def test_switch_probabilities_span_the_range() -> None:
    switches = [RandomWalk(0, run, PROFILE).switch for run in range(300)]
    assert min(switches) < 0.06
    assert max(switches) > 0.9
    assert all(0.05 <= p <= 1.0 for p in switches)


def walk_of(run: int) -> RandomWalk:
    walk = RandomWalk(0, run, PROFILE)
    walk.begin(INFO)
    return walk


def drive(chooser: RandomWalk | PCT, steps: int) -> list[int]:
    """Who moved, three actors always enabled, the last one first."""
    moved = [0]
    for _ in range(steps):
        actors = (moved[-1], *(actor for actor in (0, 1, 2) if actor != moved[-1]))
        moved.append(actors[chooser.choose(Kind.SCHEDULE, 3, actors)])
    return moved[1:]


def changes(moved: list[int]) -> float:
    return sum(a != b for a, b in pairwise(moved)) / (len(moved) - 1)


def test_an_even_walk_stays_until_it_switches() -> None:
    walk = next(walk for walk in map(walk_of, range(100)) if len(set(walk.weights)) == 1)
    moved = drive(walk, 6000)
    assert abs(changes(moved) - walk.switch * 2 / 3) < 0.05
    assert min(Counter(moved).values()) > 1500


def test_an_uneven_walk_starves_somebody() -> None:
    walk = next(walk for walk in map(walk_of, range(100)) if min(walk.weights) < 0.01 * max(walk.weights))
    counts = Counter(drive(walk, 6000))
    assert counts[walk.weights.index(min(walk.weights))] < 600
    assert changes(drive(walk, 6000)) < walk.switch


def test_a_blocked_actor_leaves_the_choice_open() -> None:
    firsts = Counter(walk_of(run).choose(Kind.SCHEDULE, 3, (0, 1, 2)) for run in range(300))
    assert min(firsts[index] for index in range(3)) > 50


def test_after_something_early_somebody_else_may_look() -> None:
    for strategy in (RandomWalk, PCT):
        handed_over = Counter()
        for run in range(200):
            chooser = strategy(0, run, Profile(10_000))
            chooser.begin(INFO)
            leader = drive(chooser, 1)[0]
            chooser.relaxation.promised = True
            others = [actor for actor in (0, 1, 2) if actor != leader]
            handed_over[chooser.choose(Kind.SCHEDULE, 3, (leader, *others)) != 0] += 1
        assert handed_over[True] > 60


class TestPCT:
    def test_depth_and_change_points_fit(self) -> None:
        depths = Counter()
        for run in range(200):
            pct = PCT(0, run, PROFILE)
            depths[pct.depth] += 1
            assert len(pct.change_points) == pct.depth - 1
            assert all(1 <= at <= 80 for at in pct.change_points)
        assert set(depths) == {2, 3, 4, 5}

    def test_a_tiny_run_has_fewer_change_points(self) -> None:
        for run in range(50):
            assert len(PCT(0, run, Profile(0)).change_points) in (1, 2)

    def test_the_leader_runs_until_a_change_point(self) -> None:
        pct = PCT(0, 2, PROFILE)
        pct.begin(INFO)
        actors = (0, 1, 2)
        led = [actors[pct.choose(Kind.SCHEDULE, 3, actors)] for _ in range(max(pct.change_points) + 10)]
        changes = [i + 1 for i in range(1, len(led)) if led[i] != led[i - 1]]
        assert changes == [at for at in pct.change_points if at > 1]

    def test_blocked_leaders_come_back(self) -> None:
        pct = PCT(0, 1, Profile(10_000))
        pct.begin(INFO)
        leader = pct.choose(Kind.SCHEDULE, 3, (0, 1, 2))
        others = tuple(actor for actor in (0, 1, 2) if actor != leader)
        assert others[pct.choose(Kind.SCHEDULE, 2, others)] != leader
        assert (2, 1, 0)[pct.choose(Kind.SCHEDULE, 3, (2, 1, 0))] == leader

    def test_a_spinner_is_dropped_in_the_end(self) -> None:
        pct = PCT(0, 1, Profile(1))
        pct.begin(INFO)
        led = [pct.choose(Kind.SCHEDULE, 2, (0, 1)) for _ in range(3 * pct.patience)]
        assert set(led[-2 * pct.patience :]) == {0, 1}

    def test_all_orders_of_first_steps_occur(self) -> None:
        firsts = Counter()
        for run in range(120):
            pct = PCT(0, run, Profile(10_000))
            pct.begin(INFO)
            firsts[pct.choose(Kind.SCHEDULE, 3, (0, 1, 2))] += 1
        assert min(firsts[i] for i in range(3)) > 20


@pytest.mark.parametrize("name", sorted({"auto", "turns"} | SAMPLING - {"near"}))
def test_the_toy_bug_is_found_soon(name: str) -> None:
    world = toy.world("stale = 0")
    found = [
        run for run in range(60) if world.run(make_chooser(name, 0, run, Profile(8))).verdict == "violated"
    ]
    assert len(found) > 5


def test_dull_finds_nothing() -> None:
    assert toy.world().run(make_chooser("dull", 0, 0, Profile(8))).verdict == "holds"
