"""Run i of a seed is the same run in a test and on the command line, for every strategy."""

from pathlib import Path
from typing import TypeAlias

import pytest

from ftrace_actors import World, load, sample
from ftrace_actors.actors import Pick
from ftrace_actors.explore.proposals import drive
from ftrace_actors.explore.strategies import NAMES
from ftrace_actors.explore.strategies.auto import next_boundary
from ftrace_actors.testing import Schedule
from ftrace_actors.testing.attempt import Attempt
from ftrace_actors.testing.exploration import Exploration
from ftrace_actors.testing.plan import Plan
from tests.testing.samples import SCENARIOS

Made: TypeAlias = list[tuple[Pick, ...] | None]

RUNS = 20
SEED = 6
"""Under which run 65 of auto is another one once the results of runs 0 to 63 are known."""
WORLD = "enable-call-first.toml"


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("strategy", [name for name in NAMES if name != "dull"])
def test_a_numbered_run_of_a_test_is_that_of_the_command_line(
    tmp_path: Path, strategy: str, twice: bool
) -> None:
    tested, here = numbered(tmp_path, strategy, RUNS, twice=twice)
    assert tested == here


def test_a_test_learns_as_a_campaign_does(tmp_path: Path) -> None:
    tested, here = numbered(tmp_path, "auto", next_boundary(0) + 2, world="enable-idc.toml")
    assert tested == here


def test_the_dull_strategy_executes_a_test_once(tmp_path: Path) -> None:
    plan = Plan("test", RUNS, "dull", SEED, tmp_path / "pin", thorough=False, driver="bare")
    assert executions(plan, load(SCENARIOS / WORLD)) == [()]


def executions(plan: Plan, world: World) -> Made:
    """What each execution of a test that runs a world chose."""
    made: Made = []

    def execute(schedule: Schedule) -> Attempt:
        with Attempt(schedule) as attempt:
            schedule.run(world.built, check=False)
        made.append(schedule.picks)
        return attempt

    drive(Exploration(plan).proposals(), execute)
    return made


def numbered(
    tmp_path: Path, strategy: str, runs: int, *, world: str = WORLD, twice: bool = False
) -> tuple[Made, Made]:
    """The numbered runs of a test, and the same of the library."""
    loaded = load(SCENARIOS / world)
    plan = Plan("test", runs, strategy, SEED, tmp_path / "pin", thorough=False, twice=twice, driver="bare")
    made = executions(plan, loaded)
    library = sample(loaded, runs, seed=SEED, strategy=strategy, driver="bare")
    each = 2 if twice else 1
    first = each + 2  # the dull run, and two others of which the profile is made
    return made[first::each], [run.result.picks for run in library]
