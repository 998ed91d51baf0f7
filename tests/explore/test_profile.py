"""What strategies learn from the dull run."""

from random import Random

import pytest

from ftrace_actors.explore.chunk import profile_of
from ftrace_actors.explore.strategies import Profile
from ftrace_actors.explore.strategies.profile import writes
from ftrace_actors.scenario import build, load
from ftrace_actors.shipped import shipped

PROFILE = Profile(
    9,
    (
        (("start", 0), ("str", 8), ("send", "mail"), ("str", 16), ("dsb", 4)),
        (("receive", "cpu"), ("ldr", 16), ("ldr", 24)),
        (("receive", "mail"), ("send", "cpu")),
        (("start", 0),),
    ),
    ((), (), (), ()),
    (3, 0, 0, 0),
)


def test_what_two_actors_touch_and_one_writes_races() -> None:
    assert set(PROFILE.racing) == {"mail", "cpu", 16}


def test_an_actor_that_executes_nothing_is_a_service() -> None:
    assert list(PROFILE.movers(4)) == [0, 1]
    assert list(Profile(3, ((("a", "x"),), ())).movers(2)) == [0]
    assert list(Profile(3).movers(2)) == [0, 1]


def test_a_service_that_sends_to_an_actor_wakes_it() -> None:
    assert PROFILE.wakes(2, [0, 1])
    assert not PROFILE.wakes(2, [0])
    assert not PROFILE.wakes(3, [0, 1])


def test_steps_are_drawn_from_instructions_and_mostly_from_those_in_company() -> None:
    rng = Random(1)
    drawn = [PROFILE.draw_step(rng.random(), 0) for _ in range(400)]
    assert drawn.count(3) > 150
    assert drawn.count(1) < 40
    assert set(drawn) <= set(range(10))
    assert max(Profile(7).draw_step(rng.random(), 5) for _ in range(100)) == 6


@pytest.fixture(scope="module")
def teardown() -> Profile:
    return profile_of(build(load(shipped() / "teardown-no-wait-w1.toml")))


def test_the_dull_run_says_who_executes_and_what_races(teardown: Profile) -> None:
    """Three CPUs; the literal, the site, and the words of the ops are what the patcher and the readers share."""
    assert list(teardown.movers(11)) == [0, 1, 2]
    assert {op for op, place in teardown.steps[0] if place in teardown.racing and isinstance(place, int)} >= {
        "str"
    }
    assert {op for op, place in teardown.steps[1] if place in teardown.racing and isinstance(place, int)} >= {
        "fetch",
        "ldur",
    }


def test_what_callers_share_with_a_patcher_shows_when_they_are_late() -> None:
    """In the dull run they are over before the function is traced, so nobody reads the literal."""
    profile = profile_of(build(load(shipped() / "ordering-none.toml")))
    literal = next(place for op, place in profile.steps[0] if op == "str" and place in profile.racing)
    assert literal not in {place for _, place in profile.steps[1]}
    assert profile.late is not None
    assert literal in {place for _, place in profile.late.steps[1]}


@pytest.fixture(scope="module")
def wait_first() -> Profile:
    """The ops is waited for before the text is changed, so a patcher writes only once a reader got past the wait."""
    return profile_of(build(load(shipped() / "teardown-wait-first.toml")))


def test_what_a_patcher_does_after_a_wait_shows_when_readers_are_held(wait_first: Profile) -> None:
    """In the dull run they are over by then, and what it does alone is not seen."""
    assert wait_first.held is not None
    seen = len(wait_first.held.steps[wait_first.main])
    assert seen > len(wait_first.steps[wait_first.main])
    assert wait_first.best(wait_first.main, traced=False) is wait_first.held


def test_the_code_of_a_reader_is_that_of_the_dull_run_unless_it_is_traced(wait_first: Profile) -> None:
    reader = min(wait_first.late_movers)
    assert wait_first.best(reader, traced=False) is wait_first.dull
    assert wait_first.best(reader, traced=True) is wait_first.late


def test_steps_are_drawn_from_the_run_that_is_asked_for(wait_first: Profile) -> None:
    rng = Random(1)
    held = wait_first.held
    assert held is not None
    known = len(wait_first.steps[wait_first.main])
    drawn = [wait_first.draw_step(0.15 + 0.85 * rng.random(), wait_first.main, held) for _ in range(400)]
    assert max(drawn) > known
    assert set(drawn) <= set(held.in_company(held.instructions[wait_first.main], wait_first.main))


def test_an_exception_return_writes_nothing() -> None:
    assert not writes("eret")
    assert writes("str")


def test_the_busiest_touches_most_things_and_not_the_same_most_often() -> None:
    assert PROFILE.busiest([0, 1]) == 0
    often = (("ldr", 8),) * 50
    assert Profile(60, (often, (("str", 8), ("str", 16)))).busiest([0, 1]) == 1


def test_the_patcher_has_company_once_it_woke_the_readers(teardown: Profile) -> None:
    before = teardown.steps[0][: teardown.company[0]]
    assert ("action", "wake reader2") in before
    assert ("action", "kfree tracer_a") not in before
    assert teardown.company[1] < 10


def test_early_points_are_numbered_by_the_steps_before_them(teardown: Profile) -> None:
    for steps, early in zip(teardown.steps, teardown.early, strict=True):
        assert all(0 < at <= len(steps) and isinstance(steps[at - 1][1], int) for at in early)
    assert teardown.early[0]
