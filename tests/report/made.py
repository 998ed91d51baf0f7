"""Reports of failing runs of shipped scenarios, each made once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from ftrace_actors.actors import ReplayChooser
from ftrace_actors.cli.report_sources import report_of_replay
from ftrace_actors.cli.session import Session, scenario_worlds
from ftrace_actors.explore import Origin, make_chooser, replay
from ftrace_actors.explore.judge import headline, is_expected_failure
from ftrace_actors.inspect.phrases import Narrator
from ftrace_actors.report import RunReport, States
from ftrace_actors.scenario import RunResult, World
from tests.scenario.runs import RUNS_MAX, SHIPPED, profile_of, world_of

__all__ = ["Made", "expanded", "made", "report_of", "write_replay"]


class Made(NamedTuple):
    """A failing run with its events, and what puts them into words."""

    world: World
    result: RunResult
    narrator: Narrator


@cache
def made(name: str) -> Made:
    """The first run of a scenario that fails as expected, of those of `mix`."""
    world = world_of(name)
    choosers = (make_chooser("mix", 0, run, profile_of(name)) for run in range(RUNS_MAX))
    results = (world.run(chooser, driver="bare") for chooser in choosers)
    failing = next(result for result in results if is_expected_failure(world.expect, result))
    result = world.run(ReplayChooser(failing.picks), driver="bare", record=True)
    return Made(world, result, Narrator(result.events, world.image.symbols, world.image.watched))


def write_replay(name: str, path: Path) -> Path:
    """Its replay file."""
    world, result, _ = made(name)
    scenario = world.scenario
    origin = Origin(scenario.name, str(SHIPPED[name]), scenario.text, {}, "mix", 0, 0)
    replay.save(path, replay.make(origin, result, headline(world.expect, result.findings)))
    return path


def report_of(name: str, directory: Path) -> RunReport:
    """What `report` shows of it."""
    path = write_replay(name, directory / f"{name}.replay.json")
    return report_of_replay(Session(scenario_worlds), path, None)


def expanded(states: States) -> dict[int, dict[tuple[str, str], str]]:
    """Every state in full: that after event number N, by N."""
    now = dict(zip(states.fields, states.first, strict=True))
    found = {-1: dict(now)}
    for upto, *changes in states.changes:
        for at, value in zip(changes[::2], changes[1::2], strict=True):
            assert isinstance(at, int)
            now[states.fields[at]] = str(value)
        assert isinstance(upto, int)
        found[upto] = dict(now)
    return found
