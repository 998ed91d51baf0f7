"""The commands and their options, and where exceptions become exit codes."""

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import App, CycloptsError, Group, Parameter

from .. import __version__
from ..actors.errors import ReplayDiverged
from ..errors import InputError, clipped
from ..explore import Driver, RunFailed
from ..reading import shortened
from .check_command import add_check
from .cost_command import add_cost
from .designs import DesignChanged, adopt
from .exit_codes import ExitCode
from .interrupts import interruptible
from .litmus_command import add_litmus
from .log_command import add_log
from .logs import LogFormat
from .matrix_command import add_matrix
from .once_command import add_once
from .options import JOBS_MAX, RUNS_MAX, Pairs, Seed, Strategy, duration, number, overrides
from .output import Output, OutputLost, flush, prepare_streams, silence
from .session import Session
from .worlds import Worlds

__all__ = ["build_app", "main"]

RUNS_DEFAULT = 1000

E = TypeVar("E", bound=BaseException)

_FLAG = Parameter(negative="")
_MANY = Parameter(negative="", consume_multiple=False)
_RUNS = number(1, RUNS_MAX)
_JOBS = number(1, JOBS_MAX)

HELP = """A deterministic laboratory for arm64 code-patching protocols.

Exit codes: 0 as expected, 1 not as expected, 2 usage or input, 4 replay
diverged, 70 our own bug, 130 interrupted (Ctrl-C, SIGTERM, SIGHUP), 141 nobody
reads the output.
"""


def build_app(session: Session) -> App:
    """The command line, acting on one session."""
    app = App(
        name="ftrace-actors",
        help=HELP,
        help_format="plaintext",
        version=__version__,
        console=Output(),  # the session's does not wrap
        suppress_keyboard_interrupt=False,
    )
    app["--help"].group = app["--version"].group = Group("Other", sort_key=9)

    for add in (
        _add_list,
        _add_run,
        add_once,
        _add_replay,
        _add_disasm,
        add_litmus,
        add_log,
        add_check,
        add_cost,
    ):
        add(app, session)
    add_matrix(app, session, _cores())
    return app


def _add_list(app: App, session: Session) -> None:
    @app.command(name="list")
    def list_(
        *targets: str,
        design: str | None = None,
        designs: Annotated[bool, _FLAG] = False,
        json: Annotated[bool, _FLAG] = False,
    ) -> int:
        """Scenarios, one line each, with what they expect.

        Parameters
        ----------
        targets
            Files, directories or names; the shipped scenarios when none is given.
        design
            A design file of your own, which the scenarios may name.
        designs
            List the designs instead.
        json
            One object a line.
        """
        from .list_command import list_designs, list_scenarios

        adopt(session, design, {})
        if designs:
            return list_designs(session, targets, json=json)
        return list_scenarios(session, targets, json=json)


def _add_run(app: App, session: Session) -> None:
    @app.command
    def run(
        *targets: Annotated[str, Parameter(required=True)],
        allow_vacuous: Annotated[bool, _FLAG] = False,
        design: str | None = None,
        driver: Driver = "bare",
        fail_fast: Annotated[bool, Parameter(alias="-x", negative="")] = False,
        jobs: Annotated[int | None, Parameter(validator=_JOBS)] = None,
        json: Annotated[bool, _FLAG] = False,
        keep_logs: Annotated[bool, _FLAG] = False,
        log_format: LogFormat | None = None,
        out: Path = Path("out"),
        quiet: Annotated[bool, Parameter(alias="-q", negative="")] = False,
        runs: Annotated[int | None, Parameter(validator=_RUNS)] = None,
        seed: Seed = 0,
        set_: Pairs = None,
        strategy: Strategy = "mix",
        time: str | None = None,
        verbose: Annotated[bool, Parameter(alias="-v", negative="")] = False,
    ) -> int:
        """Sample scenarios under explored schedules; verdict, and on failure the run in lanes and a replay file.

        Parameters
        ----------
        targets
            Scenario files, directories of them, or names of shipped ones.
        allow_vacuous
            Also accept a scenario that shows nothing, since no traced function is called or no ops is registered.
        design
            The design to put under every scenario: a name (list --designs), or a Python file with one of your own.
        driver
            What steps the actors; the same choices give the same events under both.
        fail_fast
            Stop at the first run that fails where it should hold, and at the first scenario not as expected.
        jobs
            Worker processes; the number of cores when not given. The answer does not depend on it.
        json
            One object a scenario on stdout.
        keep_logs
            Also write the step log of each failing run.
        log_format
            Show what happens on stderr as it happens: one JSON object a line, or columns for people.
        out
            Directory for replay files and logs.
        quiet
            Print only what is not as expected.
        runs
            Runs of each scenario; 1000 when neither this nor --time is given.
        seed
            Decimal or 0x...; run i of a seed is the same run everywhere.
        set_
            KEY.PATH=VALUE replaces a value of the scenario, as machine.cpus=4; may be repeated.
        strategy
            Who answers the choices.
        time
            Begin no more runs of a scenario after this long: 60s, 5m, 1h.
        verbose
            Show every failing run in full, and the log on stderr.
        """
        from .run_command import UNLIMITED, RunOptions
        from .run_command import run as run_scenarios

        return run_scenarios(
            session,
            targets,
            RunOptions(
                runs=runs or (RUNS_DEFAULT if time is None else UNLIMITED),
                seed=seed,
                strategy=strategy,
                driver=driver,
                jobs=jobs or _cores(),
                seconds_max=None if time is None else duration(time),
                overrides=adopt(session, design, overrides(set_ or [])),
                out=out,
                json=json,
                keep_logs=keep_logs,
                quiet=quiet,
                verbose=verbose,
                fail_fast=fail_fast,
                allow_vacuous=allow_vacuous,
                log_format=log_format,
            ),
        )


def _add_replay(app: App, session: Session) -> None:
    @app.command
    def replay(
        file: Path,
        *,
        design: str | None = None,
        driver: Driver = "bare",
        json: Annotated[bool, _FLAG] = False,
        log: Annotated[bool, _FLAG] = False,
        log_to: Path | None = None,
    ) -> int:
        """A recorded run once more; exit 4 when it is not the recorded run any more.

        Parameters
        ----------
        file
            A replay file.
        design
            The file of the design, when the run was recorded with one of your own.
        driver
            What steps the actors; the output is the same under both.
        json
            One object instead of the timeline.
        log
            The log on stdout instead of the timeline.
        log_to
            Also write the log to this file, for `log` and `check`.
        """
        from .replay_command import replay_file

        return replay_file(session, file, design=design, driver=driver, log=log, log_to=log_to, json=json)


def _add_disasm(app: App, session: Session) -> None:
    @app.command
    def disasm(
        target: str,
        *,
        design: str | None = None,
        set_: Annotated[
            list[str] | None, Parameter(name="--set", negative="", consume_multiple=False)
        ] = None,
    ) -> int:
        """What is in memory when a scenario starts, with symbols.

        Parameters
        ----------
        target
            A scenario, or a replay file.
        design
            As for run; for a replay file, the file of a design of your own.
        set_
            KEY.PATH=VALUE replaces a value of the scenario; may be repeated.
        """
        from .disasm_command import disassemble

        return disassemble(session, target, overrides(set_ or []), design)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main(argv: Sequence[str] | None = None, worlds: Worlds | None = None) -> int:
    """Run a command line; its exit code. `argv` defaults to the process's arguments."""
    if worlds is None:
        from .scenario_worlds import ScenarioWorlds

        worlds = ScenarioWorlds()
    lost = _streams()
    session = Session(worlds)
    if lost is not None:
        return _output_lost(session, lost)
    try:
        with interruptible():
            return _run(session, sys.argv[1:] if argv is None else argv)
    except OutputLost as error:
        return _output_lost(session, error)


def _streams() -> OutputLost | None:
    try:
        prepare_streams()
    except OutputLost as lost:
        return lost
    return None


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


def _run(session: Session, argv: Sequence[str]) -> int:
    try:
        _check_surroundings(argv)
        result = build_app(session)(
            argv, exit_on_error=False, print_error=False, result_action="return_value"
        )
        flush()
    except CycloptsError as error:
        session.note(f"{_one_line(error)} (see ftrace-actors --help)")
        return ExitCode.USAGE
    except DesignChanged as error:
        session.note(str(error))
        return ExitCode.DIVERGED
    except InputError as error:
        session.note(str(error))
        return ExitCode.USAGE
    except ReplayDiverged as error:
        session.note(clipped(str(error)))
        return ExitCode.DIVERGED
    except KeyboardInterrupt:
        session.note("interrupted")
        return ExitCode.INTERRUPTED
    except OutputLost:
        raise
    except BaseExceptionGroup as group:
        if lost := _first(group, OutputLost):
            raise lost from None
        if _first(group, KeyboardInterrupt) is None:
            return _our_bug(session, traceback.format_exc(), str(group))
        session.note("interrupted")
        return ExitCode.INTERRUPTED
    except RunFailed as error:
        return _our_bug(session, error.details, str(error))
    except Exception as error:  # noqa: BLE001  # boundary: a person must not be left with a bare traceback
        return _our_bug(session, traceback.format_exc(), f"{type(error).__name__}: {error}")
    return result if isinstance(result, int) else ExitCode.OK


def _first(group: BaseExceptionGroup, kind: type[E]) -> E | None:
    """Of the exceptions that nurseries put together, the first of a kind."""
    for error in group.exceptions:
        found = _first(error, kind) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, kind):
            return found
    return None


def _output_lost(session: Session, lost: OutputLost) -> ExitCode:
    silence()
    if not lost.reason:
        return ExitCode.PIPE
    with suppress(OutputLost):
        session.note(str(lost))
    return ExitCode.USAGE


def _one_line(error: CycloptsError) -> str:
    return clipped(" ".join(str(error).split()))


def _our_bug(session: Session, details: str, summary: str) -> ExitCode:
    session.details(details)
    session.note(summary)
    session.note("this is our bug, not yours: please report it with the text above")
    return ExitCode.BUG
