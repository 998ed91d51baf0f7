"""Every test runs in the same environment, wherever the suite was started."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.environment import PINNED, REMOVED, REPO, UMASK, environment


def test_the_environment_is_the_pinned_one(tmp_path: Path) -> None:
    assert {name: os.environ.get(name) for name in PINNED} == PINNED
    assert not REMOVED & os.environ.keys()
    assert time.tzname[0] == "UTC"
    made = tmp_path / "file"
    made.touch()
    assert made.stat().st_mode & 0o777 == 0o666 & ~UMASK


ODD = {
    "COLUMNS": "41",
    "LC_ALL": "C",
    "LC_TIME": "de_DE",
    "TZ": "Pacific/Kiritimati",
    "FORCE_COLOR": "1",
    "FTRACE_ACTORS_SEED": "7",
    "FTRACE_ACTORS_LITMUS": "/somewhere",
}


def test_whatever_the_shell_has_exported() -> None:
    code = (
        "import os, tests.environment as e; os.umask(0o077); e.pin(); "
        "print(os.umask(0), *(f'{name}={os.environ.get(name)}' for name in sys.argv[1:]))"
    )
    line = [sys.executable, "-c", f"import sys; {code}", *ODD]
    done = subprocess.run(
        line, cwd=REPO, env={**environment(), **ODD}, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == [
        str(UMASK),
        "COLUMNS=80",
        "LC_ALL=C.UTF-8",
        "LC_TIME=None",
        "TZ=UTC",
        "FORCE_COLOR=None",
        "FTRACE_ACTORS_SEED=None",
        "FTRACE_ACTORS_LITMUS=/somewhere",
    ]
