"""The environment of every test and of every process it starts: the same for everybody.

What a test sees must not depend on who runs it, where, in which terminal, language or time zone, with which umask, or
on what the shell has exported. So the variables that programs listen to are taken out or set once, when the first test
is collected; processes inherit them. `tools/odd-environments` runs tests under odd ones to show it.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

__all__ = ["REPO", "Done", "environment", "pin", "run_tool"]

REPO = Path(__file__).parents[1]
Done = subprocess.CompletedProcess[str]

PINNED: Final = {"COLUMNS": "80", "LINES": "24", "LC_ALL": "C.UTF-8", "TERM": "dumb", "TZ": "UTC"}
"""What everybody has."""

KEPT: Final = {
    "FTRACE_ACTORS_BROWSER",
    "FTRACE_ACTORS_BROWSER_REQUIRED",
    "FTRACE_ACTORS_COMPILE",
    "FTRACE_ACTORS_LITMUS",
}
"""Variables of this project that say where things are, or must be, rather than what to do."""

REMOVED: Final = {
    "BUILD_NUMBER",
    "CI",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "FORCE_COLOR",
    "LANG",
    "LANGUAGE",
    "NO_COLOR",
    "PYTEST_ADDOPTS",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHASHSEED",
    "PYTHONIOENCODING",
    "PYTHONOPTIMIZE",
    "PYTHONWARNINGS",
    "PY_COLORS",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
}
"""What nobody has."""

UMASK: Final = 0o022

SIGNALS: Final = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
    signal.SIGPIPE: signal.SIG_IGN,
}
"""As Python sets them: a job in the background of a script inherits SIGINT ignored, one under nohup SIGHUP."""


def pin() -> None:
    """Make this process, and all that it starts, independent of where it was started."""
    for name in list(os.environ):
        ours = name.startswith("FTRACE_ACTORS_") and name not in KEPT
        if name in REMOVED or name.startswith("LC_") or ours:
            del os.environ[name]
    os.environ.update(PINNED)
    # The suite starts some hundreds of Pythons; where nothing is kept, each of them compiles the package anew.
    sys.dont_write_bytecode = False
    time.tzset()
    os.umask(UMASK)
    for number, handler in SIGNALS.items():
        signal.signal(number, handler)


def environment(**extra: str) -> dict[str, str]:
    """The variables for a process that runs this checkout; `extra` outranks the rest.

    Unlike the tests themselves it has no COLUMNS: output that is not a terminal is 80 wide by itself.
    """
    kept = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return {**kept, "PYTHONPATH": f"{REPO / 'src'}{os.pathsep}{REPO}", **extra}


def run_tool(*args: str, cwd: Path | None = None, timeout: int = 300, **env: str) -> Done:
    """``ftrace-actors ARGS`` as a process of its own; its output as text, and its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "ftrace_actors", *args],
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
