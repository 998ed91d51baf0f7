"""Runs of shipped scenarios, numbered as the command line numbers them: seed 0, the default strategy.

Each is made once in a test session, however many tests look at it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ftrace_actors.actors import Chooser, DullChooser
from ftrace_actors.explore import DEFAULT, Profile, make_chooser
from ftrace_actors.explore.judge import is_expected_failure
from ftrace_actors.scenario import RunResult, World, build, load

__all__ = ["SHIPPED", "chooser", "first_failure", "may_hold", "profile_of", "runs", "world_of"]

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SHIPPED = {path.stem: path for path in sorted(SCENARIOS.rglob("*.toml"))}
RUNS_MAX = 1_500


@cache
def world_of(name: str) -> World:
    """A shipped scenario, built once."""
    return build(load(SHIPPED[name]))


@cache
def may_hold(name: str) -> bool:
    """Whether it is expected to hold, from the text alone: tests are collected without building a world."""
    verdict = tomllib.loads(SHIPPED[name].read_text(encoding="utf-8"))["expect"]["verdict"]
    return "holds" in verdict  # one word, or a list of words


@cache
def profile_of(name: str) -> Profile:
    """What strategies know of it."""
    return Profile(world_of(name).run(DullChooser(), driver="bare").schedule_choices)


def chooser(name: str, run: int) -> Chooser:
    """Who answers in run number `run`."""
    return make_chooser(DEFAULT, 0, run, profile_of(name))


@cache
def _made(name: str) -> list[RunResult]:
    """The first runs, as many as somebody has asked for."""
    return []


def runs(name: str, count: int) -> Iterator[RunResult]:
    """The first `count` runs."""
    made = _made(name)
    for run in range(count):
        if run == len(made):
            made.append(world_of(name).run(chooser(name, run), driver="bare"))
        yield made[run]


def first_failure(name: str) -> RunResult:
    """The first run that fails as the scenario expects."""
    expect = world_of(name).expect
    return next(result for result in runs(name, RUNS_MAX) if is_expected_failure(expect, result))
