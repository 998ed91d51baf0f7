"""Recorded runs of shipped scenarios, and their logs."""

from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

from ftrace_actors import scenario
from ftrace_actors.actors import DullChooser
from ftrace_actors.actors.choices import ReplayChooser
from ftrace_actors.explore.judge import is_expected_failure
from ftrace_actors.inspect import LogHeader, make_header, write_log
from tests.scenario.runs import SHIPPED, runs, world_of

SCENARIOS = list(SHIPPED.values())


class Recorded(NamedTuple):
    """One run with its events."""

    world: scenario.World
    result: scenario.RunResult
    run: int

    @property
    def header(self) -> LogHeader:
        return make_header(self.world, self.result, seed=0, run=self.run, strategy="mix")

    def write(self, path: Path) -> Path:
        write_log(path, self.header, self.result.events, self.world.image.symbols)
        return path


@cache
def dull(name: str) -> Recorded:
    """The run in which nothing goes either way."""
    world = world_of(name)
    return Recorded(world, world.run(DullChooser(), record=True, driver="bare"), 0)


def search(path: Path, *, holds: bool, runs_max: int, expected: bool = False) -> Recorded | None:
    """The first run of seed 0 that holds, or that does not, or fails as the scenario expects.

    None when there is none within `runs_max`.
    """
    world = world_of(path.stem)
    for run, result in enumerate(runs(path.stem, runs_max)):
        if (result.verdict == "holds") is holds and (
            not expected or is_expected_failure(world.expect, result)
        ):
            again = world.run(ReplayChooser(result.picks), record=True, driver="bare")
            return Recorded(world, cast(scenario.RunResult, again), run)
    return None
