"""The pytest side of `ftrace_actors.testing`: options, the `schedule` fixture, and what is added to a report.

pytest loads this module wherever the package is installed, so it imports nothing heavy before a test needs it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .errors import InputError

if TYPE_CHECKING:
    from .testing import Explorer, Options

__all__ = ["schedule"]

_OPTIONS: pytest.StashKey[Options] = pytest.StashKey()
_EXPLORER: pytest.StashKey[Explorer] = pytest.StashKey()
_REFUSED: pytest.StashKey[str] = pytest.StashKey()
"""Why no test may be executed, in a worker of pytest-xdist."""

_ROOT_BEFORE: pytest.StashKey[Path | None] = pytest.StashKey()

_TAPES = "ftrace_actors.testing.tapes"
_FILES = "ftrace_actors.testing.files"
_MARK = "__ftrace_explored__"
_TRIED = "ftrace_tried"
_DIRECTORY = "ftrace_replay_dir"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options are read as text, so that a wrong one is one line."""
    group = parser.getgroup("ftrace-actors", "tests under many schedules (@explore)")
    group.addoption(
        "--ftrace-driver", metavar="NAME", help="what steps the actors of each test: trio or bare"
    )
    group.addoption(
        "--ftrace-log", metavar="FILE", help="write the log of the schedule that fails, of one test"
    )
    group.addoption("--ftrace-replay", metavar="FILE", help="run one test under the schedule in FILE only")
    group.addoption("--ftrace-runs", metavar="N", help="schedules of each test, whatever it asks for")
    group.addoption("--ftrace-seed", metavar="N", help="seed of each test; 0x... is fine")
    group.addoption("--ftrace-strategy", metavar="NAME", help="who draws the schedules of each test")
    group.addoption("--ftrace-twice", action="store_true", help="execute each schedule twice, and compare")
    parser.addini(_DIRECTORY, "where failing schedules are pinned", default=".ftrace-actors/replays")


def pytest_configure(config: pytest.Config) -> None:
    """Check the options before anything is collected."""
    if all(value is None for value in _asked(config)) and not config.getoption("ftrace_twice"):
        return
    try:
        config.stash[_OPTIONS] = _read(config, {})
    except InputError as error:
        raise pytest.UsageError(str(error)) from None


def _read(config: pytest.Config, environment: Mapping[str, str]) -> Options:
    from .testing.options import read_options

    runs, seed, strategy, replay, driver, log = _asked(config)
    twice = config.getoption("ftrace_twice")
    here = config.invocation_params.dir
    return read_options(runs, seed, strategy, replay, environment, here, twice=twice, driver=driver, log=log)


def _asked(config: pytest.Config) -> list[str | None]:
    names = ("runs", "seed", "strategy", "replay", "driver", "log")
    return [config.getoption(f"ftrace_{name}") for name in names]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Look at what matters only where there are tests under @explore, and at how many there are."""
    explored = [item for item in items if getattr(getattr(item, "obj", None), _MARK, False)]
    of_one = {"replay": "a schedule", "log": "a log"}
    asked = [name for name in of_one if config.getoption(f"ftrace_{name}") is not None]
    if asked and len(explored) != 1:
        found = f"{len(explored)} such tests are selected" if explored else "none is selected"
        _refuse(session, f"--ftrace-{asked[0]}: {of_one[asked[0]]} is for one test under @explore; {found}")
    elif explored and os.environ.get("FTRACE_ACTORS_SEED"):
        try:
            config.stash[_OPTIONS] = _read(config, os.environ)
        except InputError as error:
            _refuse(session, str(error))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Tell the tests where relative names of files start, if the modules just collected have anything to do with it."""
    if _FILES in sys.modules:
        session.config.stash[_ROOT_BEFORE] = sys.modules[_FILES].start_from(session.config.rootpath)


def pytest_unconfigure(config: pytest.Config) -> None:
    """As it was, for a session that this one ran inside of."""
    if _ROOT_BEFORE in config.stash and _FILES in sys.modules:
        sys.modules[_FILES].start_from(config.stash[_ROOT_BEFORE])


def _refuse(session: pytest.Session, message: str) -> None:
    """Run nothing. A worker of pytest-xdist cannot say so before its first test, which then fails or is the last."""
    if not hasattr(session.config, "workerinput"):
        raise pytest.UsageError(message)
    session.config.stash[_REFUSED] = message
    session.shouldfail = message


@pytest.fixture
def schedule(request: pytest.FixtureRequest) -> Explorer:
    """The schedule of a test under `@explore`, a `ftrace_actors.testing.Schedule`; another one in each execution."""
    from . import testing

    if not getattr(request.function, _MARK, False):
        pytest.fail(_why_none(request.function), pytrace=False)
    config = request.config
    if _REFUSED in config.stash:
        pytest.fail(config.stash[_REFUSED], pytrace=False)
    here = config.invocation_params.dir
    test = request.node.nodeid
    explorer = testing.Explorer(
        test=test,
        shown_test=_seen_from(here, config.rootpath, test),
        here=here,
        root=config.rootpath,
        pins=config.rootpath / Path(config.getini(_DIRECTORY)),
        options=config.stash.get(_OPTIONS, testing.Options()),
    )
    request.node.stash[_EXPLORER] = explorer
    return explorer


def _why_none(test: object) -> str:
    """Why there is no fixture `schedule` for a test."""
    drawn = getattr(test, "hypothesis", None)
    if drawn is None:
        return "the fixture 'schedule' is for tests under @explore(); this one is not"
    both = getattr(drawn.inner_test, _MARK, False)
    return "a test under @given draws its schedule, as in @given(schedule=schedules())" + (
        "; leave out @explore, which repeats a test by itself" if both else ""
    )


def _seen_from(here: Path, root: Path, test: str) -> str:
    """A node id, which starts from the root, as one types it in a directory."""
    file, separator, name = test.partition("::")
    return f"{os.path.relpath(root / file, here)}{separator}{name}"


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A test under @given that draws schedules and makes no run passes under any of them, so it fails."""
    __tracebackhide__ = True
    tapes = sys.modules.get(_TAPES)
    if tapes is None or not hasattr(pyfuncitem.obj, "hypothesis"):
        return (yield)
    with tapes.counting() as drawn:
        result = yield
    if drawn and all(schedule.unmade for schedule in drawn):
        pytest.fail(next(schedule.unmade for schedule in drawn), pytrace=False)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the schedule that failed to the report, as a section of its own."""
    report = yield
    _brief(report, call)
    explorer = item.stash.get(_EXPLORER, None)
    if call.when == "call" and explorer is not None and explorer.story:
        report.sections.append(("ftrace-actors: the schedule that fails", explorer.story))
    if call.when == "call" and explorer is not None and explorer.tried:
        report.sections.append(("ftrace-actors: the schedules that were tried", explorer.tried))
        report.user_properties.append((_TRIED, explorer.tried))
        item.user_properties.append((_TRIED, explorer.tried))  # the XML takes those of the teardown
    if explorer is not None and hasattr(report, "wasxfail") and _is_refused(call.excinfo):
        # What cannot be executed is not the failure that was expected.
        del report.wasxfail
        report.outcome = "failed"
    return report


def _brief(report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
    """In pytest's short summary say what broke, where there is room for half a line, and not which class was raised."""
    crash = getattr(report.longrepr, "reprcrash", None)
    # Where nothing has imported it, nothing has raised it.
    failed = sys.modules.get(f"{__package__}.testing.failed")
    if crash is None or call.excinfo is None or failed is None:
        return
    if isinstance(call.excinfo.value, failed.ScheduleFailed):
        crash.message = call.excinfo.value.brief


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With -v, say what it means that a test passed which asks for more than a number of runs."""
    if terminalreporter.verbosity < 1:
        return
    said = [
        f"{report.nodeid}: {words}"
        for report in terminalreporter.getreports("passed")
        for name, words in report.user_properties
        if name == _TRIED
    ]
    if said:
        terminalreporter.section("ftrace-actors: the schedules that were tried")
    for line in said:
        terminalreporter.line(line)


def _is_refused(info: pytest.ExceptionInfo[BaseException] | None) -> bool:
    from .testing.attempt import REFUSALS

    if info is None:
        return False
    if isinstance(info.value, BaseExceptionGroup):
        return info.value.subgroup(REFUSALS) is not None
    return isinstance(info.value, REFUSALS)
