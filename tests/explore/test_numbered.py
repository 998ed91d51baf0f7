"""The proposers of numbered runs: which they propose, when they stop, and what they are taught."""

from collections.abc import Callable
from dataclasses import replace

from ftrace_actors.explore.chunk import prepare, profile_of
from ftrace_actors.explore.model import World
from ftrace_actors.explore.numbered import Draw, numbered, profiling
from ftrace_actors.explore.proposals import drive
from ftrace_actors.explore.strategies import Profile, Profiler
from ftrace_actors.explore.strategies.auto import FIRST, LEARNS_AT, Shares
from ftrace_actors.result import RunResult
from ftrace_actors.scenario import build, load
from ftrace_actors.shipped import shipped
from ftrace_actors.words import Verdict
from tests.explore.test_auto import PLAN


def result(number: int) -> RunResult:
    """Every third run shows something."""
    seen = frozenset() if number % 3 else frozenset({"something"})
    return RunResult(Verdict.HOLDS, (), (), steps=1, seen=seen)


def made(
    strategy: str, runs: int, until: Callable[[RunResult], bool] = lambda _: False
) -> tuple[list[Draw], Shares]:
    """What is proposed, and the shares in the end."""
    draws: list[Draw] = []

    def run(draw: Draw) -> RunResult:
        draws.append(draw)
        return result(draw.run)

    shares = drive(numbered(strategy, 3, runs, Profile(10), until), run)
    return draws, shares


def test_runs_are_proposed_in_order_and_no_further_than_the_first_that_is_enough() -> None:
    asked: list[RunResult] = []

    def third(result: RunResult) -> bool:
        asked.append(result)
        return len(asked) == 3

    draws, _ = made("pct", 9, third)
    assert [(draw.strategy, draw.seed, draw.run) for draw in draws] == [("pct", 3, run) for run in range(3)]
    assert len(made("pct", 9)[0]) == 9


def test_a_draw_makes_choosers_that_answer_alike() -> None:
    world, profile = prepare(PLAN)
    draw = Draw("random", 3, 5, profile, FIRST)
    assert world.run(draw.chooser(), driver="bare").picks == world.run(draw.chooser(), driver="bare").picks


def test_only_auto_is_taught_and_only_by_the_runs_before() -> None:
    draws, shares = made("auto", LEARNS_AT + 1)
    assert {draw.shares for draw in draws[:LEARNS_AT]} == {FIRST}
    assert draws[LEARNS_AT].shares == shares != FIRST
    assert made("turns", LEARNS_AT + 1)[1] == FIRST


def profiled(world: World) -> tuple[list[bool], Profile]:
    """Which of the runs of a profile are dull."""
    dull: list[bool] = []

    def run(profiler: Profiler) -> int:
        dull.append(profiler.is_dull)
        return world.run(profiler, driver="bare").schedule_choices

    return dull, drive(profiling(), run)


def test_a_profile_is_made_of_the_dull_run_and_two_in_which_actors_are_late() -> None:
    world = build(load(shipped() / "visibility-isb.toml"))
    dull, found = profiled(world)
    assert dull == [True, False, False]
    assert None not in (found.late, found.held)
    assert found == profile_of(world)


def test_one_actor_has_nobody_who_could_be_late() -> None:
    world, _ = prepare(replace(PLAN, text="verdicts = holds\nactors = 1\nrounds = 2\n"))
    assert profiled(world)[0] == [True]
