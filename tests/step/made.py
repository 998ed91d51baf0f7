"""A failing run to go through, as its replay file has it: shrunk."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ftrace_actors.cli import main
from ftrace_actors.cli.session import Session, scenario_worlds
from ftrace_actors.cli.step_command import Opened, opened
from ftrace_actors.scenario import World
from ftrace_actors.step.run import SteppedRun
from tests.inprocess import call

STALE = "grace-period-orders-nothing"
LATE = "teardown-no-wait-w2"


@cache
def both(name: str = STALE) -> tuple[SteppedRun, Opened]:
    with TemporaryDirectory() as directory:
        path = Path(directory)
        done = call(main, "run", name, "--strategy", "mix", "--driver", "bare", cwd=path)
        assert done.returncode == 0, done.stderr
        (replay,) = (path / "out").glob("*.replay.json")
        return opened(Session(scenario_worlds), replay, None)


def stepped(name: str = STALE) -> SteppedRun:
    return both(name)[0]


def world(name: str = STALE) -> World:
    found = both(name)[1].world
    assert found is not None
    return found
