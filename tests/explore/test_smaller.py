"""Making a scenario small: what is kept still fails, with no more choices; bounded, deterministic, interruptible."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from ftrace_actors.actors.choices import Chooser, Pick, ReplayChooser
from ftrace_actors.explore import smaller as smaller_module
from ftrace_actors.explore.shrink import Target, shrink, target_of
from ftrace_actors.explore.smaller import Smaller, make_smaller
from ftrace_actors.explore.strategies import Profile, make_chooser
from ftrace_actors.result import RunResult
from ftrace_actors.scenario import build as build_world
from ftrace_actors.scenario import loads
from ftrace_actors.scenario.smaller import reductions, whole
from tests.explore import toy
from tests.scenario.runs import SHIPPED, first_failure, world_of

TARGET = Target("violated", "INV-COUNT", "counter")
BIG = "actors = 4\nrounds = 3\nstale = 1\n"


@dataclass(frozen=True)
class Less:
    words: str
    text: str


def toys(text: str) -> Iterator[Less]:
    """One actor less, one round less, no stale loads, and one that makes no sense."""
    values = dict(line.split(" = ") for line in text.splitlines())
    yield Less("sense", f"{text}colour = red\n")
    for key, low in (("actors", 1), ("rounds", 1), ("stale", 0)):
        if int(values[key]) > low:
            lower = {**values, key: str(int(values[key]) - 1)}
            yield Less(
                f"{key} {values[key]}", "".join(f"{name} = {value}\n" for name, value in lower.items())
            )


def build(text: str) -> Callable[[Chooser], RunResult]:
    return toy.world(text).run


@pytest.fixture(scope="module")
def picks() -> tuple[Pick, ...]:
    world = toy.world(BIG)
    results = (world.run(make_chooser("random", 0, run, Profile(20))) for run in range(1000))
    first = next(result for result in results if result.verdict == "violated")
    shrunk = shrink(world.run, first.picks, TARGET)
    assert shrunk is not None
    return shrunk.result.picks


def made(picks: tuple[Pick, ...], **options: int) -> Smaller:
    found = make_smaller(BIG, picks, TARGET, build=build, reductions=toys, **options)
    assert found is not None
    return found


def test_a_lost_update_needs_two_actors_and_one_round(picks: tuple[Pick, ...]) -> None:
    smaller = made(picks)
    assert smaller.text == "actors = 2\nrounds = 1\nstale = 0\n"
    assert smaller.minimal
    assert sorted(smaller.dropped) == ["actors 3", "actors 4", "rounds 2", "rounds 3", "stale 1"]
    assert len(smaller.result.picks) <= len(picks)


def test_the_result_replays_strictly_in_the_smaller_scenario(picks: tuple[Pick, ...]) -> None:
    smaller = made(picks)
    again = build(smaller.text)(ReplayChooser(smaller.result.picks))
    assert TARGET.met(again)
    assert again.picks == smaller.result.picks


def test_deterministic_and_idempotent(picks: tuple[Pick, ...]) -> None:
    once, twice = made(picks), made(picks)
    assert (once.text, once.dropped, once.result.picks, once.runs) == (
        twice.text,
        twice.dropped,
        twice.result.picks,
        twice.runs,
    )
    again = make_smaller(once.text, once.result.picks, TARGET, build=build, reductions=toys)
    assert again is not None
    assert (again.text, again.dropped) == (once.text, ())


@pytest.mark.parametrize("runs_max", [0, 1, 10, 40])
def test_a_spent_budget_keeps_the_best_so_far(picks: tuple[Pick, ...], runs_max: int) -> None:
    smaller = made(picks, runs_max=runs_max)
    assert not smaller.minimal or smaller.runs <= runs_max
    assert TARGET.met(build(smaller.text)(ReplayChooser(smaller.result.picks)))
    assert bool(smaller.dropped) is (runs_max >= 10)


def test_an_interrupt_keeps_the_best_so_far(picks: tuple[Pick, ...]) -> None:
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 3

    smaller = make_smaller(BIG, picks, TARGET, build=build, reductions=toys, stop=stop)
    assert smaller is not None
    assert not smaller.minimal
    assert smaller.dropped


@pytest.mark.parametrize(("samples", "dropped"), [(0, ()), (smaller_module.SAMPLES, ("two",))])
def test_sampling_finds_what_following_does_not(
    picks: tuple[Pick, ...], monkeypatch: pytest.MonkeyPatch, samples: int, dropped: tuple[str, ...]
) -> None:
    """The actor that moves instead is not there any more."""
    assert picks[0].mover == 2

    def other(text: str) -> Iterator[Less]:
        if text == BIG:
            yield Less("two", "actors = 2\nrounds = 3\nstale = 0\n")

    monkeypatch.setattr(smaller_module, "SAMPLES", samples)
    smaller = make_smaller(BIG, picks, TARGET, build=build, reductions=other)
    assert smaller is not None
    assert smaller.dropped == dropped


def test_sampling_that_shows_nothing_is_done_less_and_less(picks: tuple[Pick, ...]) -> None:
    """One actor loses no update, whatever is drawn: 16, 8, 4, 2 runs and 1, and no more."""

    def alone(text: str) -> Iterator[Less]:
        for rounds in range(1, 21):
            yield Less(f"{rounds}", f"actors = 1\nrounds = {rounds}\nstale = 0\n")

    smaller = make_smaller(BIG, picks, TARGET, build=build, reductions=alone)
    assert smaller is not None
    assert (smaller.dropped, smaller.minimal) == ((), True)
    following = 20 * 3
    sampling = 16 + 8 + 4 + 2 + 1 + 5
    assert 20 + sampling <= smaller.runs <= following + sampling + 3


def test_more_choices_are_not_smaller(picks: tuple[Pick, ...]) -> None:
    """One choice is enough here; a smaller world in which it takes two is refused."""
    assert len(picks) == 1

    def two_needed(text: str) -> Callable[[Chooser], RunResult]:
        run = build(text)
        if text == BIG:
            return run

        def patient(chooser: Chooser) -> RunResult:
            result = run(chooser)
            return result if len(result.picks) > 1 else toy.result("holds")

        return patient

    smaller = make_smaller(BIG, picks, TARGET, build=two_needed, reductions=toys)
    assert smaller is not None
    assert smaller.dropped == ()


def test_picks_of_something_else_are_refused() -> None:
    assert make_smaller(BIG, [], TARGET, build=build, reductions=toys) is None


def test_a_shipped_scenario_breaks_as_before_with_fewer_tasks() -> None:
    name = "teardown-no-wait-w1"
    first, expect = first_failure(name), world_of(name).expect
    finding = next(found for found in first.findings if expect.window in (None, found.window))
    target = target_of(first.verdict, finding.invariant, finding.subject)

    def make(text: str) -> Callable[[Chooser], RunResult]:
        return partial(build_world(loads(text, "smaller.toml")).run, driver="bare")

    text = whole(SHIPPED[name].read_text(), name, {})
    shrunk = shrink(make(text), first.picks, target)
    assert shrunk is not None
    smaller = make_smaller(text, shrunk.result.picks, target, build=make, reductions=reductions)
    assert smaller is not None
    assert smaller.dropped
    assert len(smaller.text) < len(text)
    assert target.met(make(smaller.text)(ReplayChooser(smaller.result.picks)))
