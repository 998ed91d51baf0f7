"""A directory of toy scenarios, and the command line in it as a process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

REPO = Path(__file__).parents[2]
Done: TypeAlias = "subprocess.CompletedProcess[str]"
Command: TypeAlias = Callable[..., Done]

SCENARIOS = {
    "broken": "# increments get lost\nverdicts = violated\ninvariants = INV-COUNT INV-LIFE\n",
    "flaky": "# said to hold, does not\nverdicts = holds\nactors = 3\n",
    "holding": "# one actor cannot race\nverdicts = holds\nactors = 1\nstale = 0\n",
    "vacuous": "# never loads stale\nverdicts = holds\nactors = 1\nstale = 0\nsometimes = stale-load\n",
}


def environment(**extra: str) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in {"COLUMNS", "FTRACE_ACTORS_SEED", "NO_COLOR"}
    }
    return {**kept, "PYTHONPATH": f"{REPO / 'src'}{os.pathsep}{REPO}", **extra}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    for name, text in SCENARIOS.items():
        (tmp_path / "scenarios" / f"{name}.toml").write_text(text)
    return tmp_path


@pytest.fixture
def command(directory: Path) -> Command:
    """Run ``ftrace-actors ARGS`` over the toys."""

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
