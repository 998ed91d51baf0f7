"""Runs of shipped scenarios, numbered as the command line numbers them: seed 0, the default strategy.

Each is made once in a test session, however many tests look at it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ftrace_actors.actors import Chooser
from ftrace_actors.explore import DEFAULT, Profile, make_chooser
from ftrace_actors.explore.chunk import profile_of as profile_of_world
from ftrace_actors.explore.judge import is_expected_failure
from ftrace_actors.explore.portfolio import Learner
from ftrace_actors.explore.strategies.auto import LEARNS_AT
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
    return profile_of_world(world_of(name))


def chooser(name: str, run: int) -> Chooser:
    """Who answers in run number `run`, one of those before anything is learned from others."""
    assert run < LEARNS_AT
    return make_chooser(DEFAULT, 0, run, profile_of(name))


@dataclass(slots=True)
class _Made:
    """The first runs of a scenario, as many as somebody has asked for, and what they teach."""

    results: list[RunResult] = field(default_factory=list)
    learner: Learner = field(default_factory=lambda: Learner(0))

    def make(self, name: str) -> None:
        """Make the next one."""
        number, shares = len(self.results), self.learner.shares
        chooser = make_chooser(DEFAULT, 0, number, profile_of(name), shares)
        result = world_of(name).run(chooser, driver="bare")
        self.results.append(result)
        self.learner.add(result)


@cache
def _made(name: str) -> _Made:
    return _Made()


def runs(name: str, count: int) -> Iterator[RunResult]:
    """The first `count` runs."""
    made = _made(name)
    for run in range(count):
        if run == len(made.results):
            made.make(name)
        yield made.results[run]


def first_failure(name: str) -> RunResult:
    """The first run that fails as the scenario expects."""
    expect = world_of(name).expect
    return next(result for result in runs(name, RUNS_MAX) if is_expected_failure(expect, result))
