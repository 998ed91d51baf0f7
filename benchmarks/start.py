"""What a start takes: an application of the same library with as many empty commands, `--help`, `list`.

CPU time, user and system, of the process and what it starts; interleaved, medians of 15.  Read the ratios: `--help` is
to stay below 1.5, `list` below 2.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from resource import RUSAGE_CHILDREN, getrusage

from ftrace_actors.cli.app import COMMANDS

__all__ = ["medians", "report"]

ROUNDS = 15
EMPTY = """
from cyclopts import App
app = App(name="empty", help="An empty application.", help_format="plaintext", version="0")
def nothing(*targets: str) -> int:
    '''Nothing.'''
    return 0
for name in {names}:
    app.command(nothing, name=name)
app(["--help"])
"""


def _seconds(argv: list[str]) -> float:
    """CPU time of a process."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def medians(rounds: int = ROUNDS) -> dict[str, float]:
    """CPU seconds of "empty", "--help" and "list"."""
    tool = [sys.executable, "-m", "ftrace_actors"]
    commands = {
        "empty": [sys.executable, "-c", EMPTY.format(names=list(COMMANDS))],
        "--help": [*tool, "--help"],
        "list": [*tool, "list"],
    }
    spent: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, argv in commands.items():
            spent[name].append(_seconds(argv))
    return {name: statistics.median(seconds) for name, seconds in spent.items()}


def report() -> None:
    """Print them."""
    found = medians()
    for name, seconds in found.items():
        print(f"start, {name}: {1000 * seconds:.0f} ms of CPU time, {seconds / found['empty']:.2f} x")


if __name__ == "__main__":
    report()
