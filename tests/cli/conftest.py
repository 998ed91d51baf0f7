"""A directory of toy scenarios, and the command line in it: in this process, or as one of its own."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from ftrace_actors.cli import main
from tests.cli.toycli import ToyWorlds
from tests.environment import REPO, Done, environment
from tests.inprocess import call

__all__ = ["REPO", "Command", "Done", "environment"]

Command: TypeAlias = Callable[..., Done]

SCENARIOS = {
    "broken": "# increments get lost\nverdicts = violated\ninvariants = INV-COUNT INV-LIFE\n",
    "flaky": "# said to hold, does not\nverdicts = holds\nactors = 3\n",
    "holding": "# one actor cannot race\nverdicts = holds\nactors = 1\nstale = 0\n",
    "vacuous": "# never loads stale\nverdicts = holds\nactors = 1\nstale = 0\nsometimes = stale-load\n",
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    for name, text in SCENARIOS.items():
        (tmp_path / "scenarios" / f"{name}.toml").write_text(text)
    return tmp_path


@pytest.fixture
def command(directory: Path) -> Command:
    """Run ``ftrace-actors ARGS`` over the toys, in this process."""

    def run(*args: str, **env: str) -> Done:
        return call(partial(main, worlds=ToyWorlds), *args, cwd=directory, **env)

    return run


@pytest.fixture
def process(directory: Path) -> Command:
    """Run ``ftrace-actors ARGS`` over the toys, as a process."""

    def run(*args: str, **env: str) -> Done:
        return subprocess.run(
            [sys.executable, "-m", "tests.cli.toycli", *args],
            cwd=directory,
            env=environment(**env),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run
