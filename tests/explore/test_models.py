"""The small model of the protocol: the same states as under Spin and TLC, the same runs as under a conductor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from math import sqrt

import pytest

from benchmarks.bounds import WORLDS, Right, campaigns
from benchmarks.models.ftp import MUTANTS, Ftp
from benchmarks.models.others import Missing, Said, Stopped, spin, tlc
from benchmarks.models.places import Weights, count, ends, failing, sticky, uniform
from benchmarks.models.world import Memoryless, behaviour_of, run
from ftrace_actors.explore import Profile, make_chooser
from ftrace_actors.words import Verdict

TWO = Ftp(2, calls=2)
# What Spin 6.5.2 and TLC 2.15 count: states, and whether freed ops are used.
SAID = {
    "holds": (1224, False),
    "no quiesce": (1296, True),
    "no sync": (2004, False),
    "late": (1120, False),
    "late, no sync": (1940, True),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_states_are_those_of_spin_and_tlc(name: str) -> None:
    found = count(replace(TWO, **MUTANTS[name]))
    assert (found.states, found.broken) == SAID[name]
    sorted_ = count(replace(TWO, **MUTANTS[name]), sort=True)
    assert sorted_.broken == found.broken
    # Two CPUs: each state has at most one twin.
    assert found.states / 2 <= sorted_.states < found.states


@pytest.mark.parametrize(
    ("ftp", "states"),
    [(Ftp(1), 54), (Ftp(3), 3738), (Ftp(2, calls=2, rounds=2, sync_again=False), 5421)],
    ids=["one CPU", "three CPUs", "two rounds"],
)
def test_in_other_sizes_as_well(ftp: Ftp, states: int) -> None:
    assert count(ftp).states == states


def test_weights_are_what_their_names_say() -> None:
    assert uniform((0, 3), 3) == (0.5, 0.5)
    assert sticky(0.3)((0, 1, 2), 1) == pytest.approx((0.1, 0.8, 0.1))
    assert sticky(0.3)((0, 2), 1) == (0.5, 0.5)


@pytest.mark.parametrize("tool", [spin, tlc])
def test_they_still_say_so(tool: Callable[[Ftp], Said]) -> None:
    ftp = replace(TWO, **MUTANTS["late, no sync"])
    try:
        said = tool(ftp)
    except Missing as missing:
        pytest.skip(str(missing))
    assert (said.states, said.broken) == SAID["late, no sync"]


def test_a_tool_that_takes_too_long_is_stopped() -> None:
    try:
        with pytest.raises(Stopped, match="over 1 s"):
            spin(Ftp(6), seconds_max=1.0)
    except Missing as missing:
        pytest.skip(str(missing))


def every_run(ftp: Ftp, weights: Weights, state: bytes, last: int, bad: bool) -> float:
    """The probability that a run fails, schedule by schedule."""
    movers, now = ftp.movers(), bytearray(state)
    enabled = tuple(actor for actor, mover in enumerate(movers) if mover.may(now))
    if not enabled:
        return float(bad)
    total = 0.0
    for actor, weight in zip(enabled, weights(enabled, last), strict=True):
        after = now.copy()
        movers[actor].move(after)
        total += weight * every_run(ftp, weights, bytes(after), actor, bad or ftp.is_bad(after))
    return total


@pytest.mark.parametrize("weights", [uniform, sticky(0.3)], ids=["uniform", "sticky"])
def test_the_exact_probability_is_the_sum_over_all_schedules(weights: Weights) -> None:
    ftp = Ftp(1, quiesce=False)
    wanted = every_run(ftp, weights, ftp.start(), -1, False)
    assert 0.0 < wanted < 0.1
    assert failing(ftp, weights) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("at", range(len(WORLDS)))
def test_runs_under_a_conductor_come_to_what_was_calculated(at: int) -> None:
    known, runs = WORLDS[at], 1500
    probability = {behaviour_of(end): p for end, p in ends(known.ftp, known.weights).items()}
    assert sum(probability.values()) == pytest.approx(1.0)
    made = [run(known.ftp, Memoryless(3, number, known.weights)) for number in range(runs)]
    failed = sum(result.verdict != Verdict.HOLDS for result in made)
    p = failing(known.ftp, known.weights)
    assert abs(failed - runs * p) <= 4 * sqrt(runs * p)
    for behaviour, seen in Counter(result.behaviour for result in made).items():
        assert behaviour is not None
        p = probability[behaviour]
        assert abs(seen - runs * p) <= 5 * sqrt(runs * p) + 3


@pytest.mark.parametrize("strategy", ["random", "pct", "dull"])
def test_any_strategy_stays_within_the_model(strategy: str) -> None:
    ftp = Ftp(2, calls=2, quiesce=False, shown=True)
    possible = {behaviour_of(end) for end in ends(ftp)}
    for number in range(60):
        result = run(ftp, make_chooser(strategy, 0, number, Profile(30)))
        assert result.behaviour in possible


def test_what_campaigns_say_is_right_as_often_as_promised() -> None:
    total = Right(), Right(), Right()
    for at, known in enumerate(WORLDS):
        for whole, part in zip(total, campaigns(known, 12, at), strict=True):
            whole.made += part.made
            whole.right += part.right
    for statement in total:
        assert statement.made >= 10
        assert statement.right >= 0.93 * statement.made
