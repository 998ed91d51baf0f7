"""Run i of a seed is the same run in a test and on the command line, for every strategy."""

from pathlib import Path

import pytest

from ftrace_actors import load, run
from ftrace_actors.actors import Pick
from ftrace_actors.explore.proposals import drive
from ftrace_actors.explore.strategies import NAMES
from ftrace_actors.testing import Schedule
from ftrace_actors.testing.attempt import Attempt
from ftrace_actors.testing.exploration import Exploration, Plan
from tests.testing.samples import SCENARIOS

RUNS = 4
WORLD = "enable-call-first.toml"


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("strategy", [name for name in NAMES if name != "dull"])
def test_a_numbered_run_of_a_test_is_that_of_the_command_line(
    tmp_path: Path, strategy: str, twice: bool
) -> None:
    world = load(SCENARIOS / WORLD)
    made: list[tuple[Pick, ...] | None] = []

    def execute(schedule: Schedule) -> Attempt:
        with Attempt(schedule) as attempt:
            schedule.run(world.built, check=False)
        made.append(schedule.picks)
        return attempt

    plan = Plan("test", RUNS, strategy, 7, tmp_path / "pin", thorough=False, twice=twice, driver="bare")
    drive(Exploration(plan).proposals(), execute)
    numbered = made[2::2] if twice else made[1:]
    here = [
        run(world, number, seed=7, strategy=strategy, driver="bare").result.picks for number in range(RUNS)
    ]
    assert numbered == here
