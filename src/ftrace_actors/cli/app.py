"""The commands, and from a command line to an exit code.

A command's module is imported when that command is parsed.  Together they import the whole laboratory, and `--help` and
`list` should not have to wait for it, so this module and what it imports stay small (tests/cli/test_start.py).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App, Group

from .. import __version__
from ..errors import InputError
from ..reading import shortened
from .exit_codes import ExitCode
from .failures import ended, output_lost
from .interrupts import interruptible
from .output import Output, OutputLost, flush, prepare_streams
from .session import Session, scenario_worlds

if TYPE_CHECKING:
    from .worlds import Worlds

__all__ = ["COMMANDS", "build_app", "main"]

HELP = """A deterministic laboratory for arm64 code-patching protocols.

Exit codes: 0 as expected, 1 not as expected, 2 usage or input, 4 replay
diverged, 70 our own bug, 130 interrupted (Ctrl-C, SIGTERM, SIGHUP), 141 nobody
reads the output.
"""

STDIN = "/dev/stdin"
"""What `-` means where a litmus test is expected."""

COMMANDS = {
    "list": "Scenarios, one line each, with what they expect.",
    "new": "A scenario of your own to begin with: commented, for one of some questions, and it runs as it is.",
    "explain": (
        "What a word means: an invariant, window, strategy, wait, key, ordering, design, verdict, kernel function or "
        "term."
    ),
    "schema": "The JSON Schema of scenario files: editors complete keys by it, and show what they mean.",
    "run": (
        "Sample scenarios under explored schedules; verdict, and on failure the run in lanes and a replay file."
    ),
    "once": (
        "One run of those that `run` draws, as it was drawn: in lanes and as a log, whether it fails or holds."
    ),
    "explore": (
        "All runs of a scenario, few deviations first: complete, or how far it came; exit 1 when not as expected."
    ),
    "merge": "The shards of a campaign put together: judged and shown as if one machine had made all its runs.",
    "needed": (
        "Which barriers, cache operations, waits and interrupts a protocol needs: each left out, and what breaks then."
    ),
    "replay": "A recorded run once more; exit 4 when it is not the recorded run any more.",
    "shrink": (
        "A recorded failing run, as short as it gets, in a scenario as small as it gets; proven where that is possible."
    ),
    "disasm": "What is in memory when a scenario starts, with symbols.",
    "litmus": (
        "All final states of litmus tests, by exhaustive search; exit 1 when any is unknown or not as expected."
    ),
    "log": (
        "Look into the log of a run: filter its events, or ask what is around one, what led to it, what differs."
    ),
    "export": (
        "A run as a file for another tool: a trace viewer, a diagram, a graph, the kernel's own trace text."
    ),
    "report": (
        "One HTML file that shows a run step by step, with the machine after each; or a campaign, or a study's table."
    ),
    "why": (
        "Why a run fails: what broke, what led there, what the run needs, what helps, the nearest run that holds."
    ),
    "step": (
        "Go through a run on the screen, forward and backward, with the machine; and take another way at a decision."
    ),
    "check": (
        "Every invariant once more, on logs alone; exit 1 when the verdict is not as expected, or not as recorded."
    ),
    "cost": "What each design costs: per register and unregister, and per traced call. Counted, not timed.",
    "matrix": (
        "Which wait closes which window, for ops and text, under which preemption model: every cell is run."
    ),
    "completion": "A script by which a shell completes commands and options; docs/install.md says where to put it.",
}
"""Command -> the first line of its function's docstring; the function is `command` in the module NAME_command."""

MORE = {
    "litmus": (
        "\n\nAllowed: some final state meets what is in the parentheses of the condition. Forbidden: none does. "
        "Required: the condition is a forall, and all do. So exists and ~exists have the same verdict; Ok or No of "
        "--verbose says whether the condition holds with its quantifier. The exit code does not depend on that: 0 when "
        "every test was decided, 1 for Unknown and for what is not as --expect says, 2 for a test that cannot be used."
    ),
}
"""Command -> what its own help says after that line."""


def build_app() -> App:
    """The command line.  No command is imported before it is parsed or its own help is shown."""
    app = App(
        name="ftrace-actors",
        help=HELP,
        help_format="plaintext",
        version=__version__,
        console=Output(),  # the session's does not wrap
        suppress_keyboard_interrupt=False,
    )
    app["--help"].group = app["--version"].group = Group("Other", sort_key=9)
    for name, summary in COMMANDS.items():
        app.command(f"{__package__}.{name}_command:command", name=name, help=summary + MORE.get(name, ""))
    return app


def main(argv: Sequence[str] | None = None, worlds: Callable[[], Worlds] = scenario_worlds) -> int:
    """Run a command line; its exit code.

    `argv` defaults to the process's arguments.  `worlds` makes the worlds of a command that needs them.
    """
    lost = _streams()
    session = Session(worlds)  # looks at the streams, so they come first
    if lost is not None:
        return output_lost(session, lost)
    try:
        return _run(session, sys.argv[1:] if argv is None else argv)
    except OutputLost as error:
        return output_lost(session, error)


def _streams() -> OutputLost | None:
    try:
        prepare_streams()
    except OutputLost as lost:
        return lost
    return None


def _run(session: Session, argv: Sequence[str]) -> int:
    try:
        _check_surroundings(argv)
        command = _parsed(session, argv)
        # Not earlier: in the middle of an import an interrupt is best left to whoever started us.
        with interruptible():
            result = command()
            flush()
    except OutputLost:
        raise
    except BaseException as error:  # noqa: BLE001  # boundary: a person must not be left with a bare traceback
        return ended(session, error)
    return result if isinstance(result, int) else ExitCode.OK


def _parsed(session: Session, argv: Sequence[str]) -> Callable[[], object]:
    """What the command line asks for, ready to be called; the command's module is imported by now."""
    if argv[:1] == ["litmus"]:
        # A lone hyphen would be taken for an option.
        argv = [STDIN if word == "-" else word for word in argv]
    command, bound, left_out = build_app().parse_args(argv, exit_on_error=False, print_error=False)
    # What cyclopts does not parse is ours to give; its own commands, as --help, take nothing of it.
    given = {"session": session} if "session" in left_out else {}
    return partial(command, *bound.args, **bound.kwargs, **given)


def _check_surroundings(argv: Sequence[str]) -> None:
    """What would go wrong in the middle of a command otherwise.  Raises `InputError`."""
    for word in argv:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise InputError("command line", "", f"found {shortened(word)!r}, which is not UTF-8") from None
    try:
        Path.cwd()
    except OSError as error:
        raise InputError(
            "working directory", "", f"cannot be found: {error.strerror}; change to one that is there"
        ) from None
