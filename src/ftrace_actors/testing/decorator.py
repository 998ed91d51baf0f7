"""`@explore`: a test that is executed under many schedules."""

from __future__ import annotations

import functools
import inspect
import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, assert_never, cast, overload

from ..actors.drivers.names import Driver, driver_of
from ..errors import InputError
from ..explore import DEFAULT
from ..explore.arguments import integer_of, seed_of, strategy_of
from ..explore.proposals import drive, drive_async
from . import files
from .attempt import Attempt
from .exploration import Exploration
from .logs import write_log
from .options import Options
from .pins import Numbers, pin_path
from .plan import Plan
from .report import note, story
from .schedule import Schedule
from .unawaited import require_awaited, unawaited
from .until import COMPLETE_MAX, Below, Complete, Seconds, Until, runs_for, until_of

__all__ = ["ARGUMENT", "MARK", "Explorer", "explore"]

ARGUMENT: Final = "schedule"
RUNS_DEFAULT: Final = 500
UNLIMITED: Final = 10**12
"""Runs of a test that only time limits."""
MARK: Final = "__ftrace_explored__"
"""Attribute of a test function that is explored."""

Test = TypeVar("Test", bound=Callable[..., Any])


class Explorer:
    """What the plugin knows about the test that is about to be explored; becomes its `schedule`.

    Args:
        test: node id.
        shown_test: the same as one would type it in `here`.
        here: the directory pytest was started in.
        root: what relative file names of the test start from.
        pins: directory of pinned schedules.

    Attributes:
        story: what to tell about the schedule that failed; "" when none did.
        tried: what it says that none did, where the test asks for that; else "".
    """

    def __init__(
        self, *, test: str, shown_test: str, here: Path, root: Path, pins: Path, options: Options
    ) -> None:
        self.test = test
        self.shown_test = shown_test
        self.here = here
        self.root = root
        self.pins = pins
        self.options = options
        self.story = ""
        self.tried = ""

    def exploration(self, asked: _Asked, test: Callable[..., Any]) -> Exploration:
        """Options outrank what the test asks for."""
        options = self.options
        seed = asked.seed if options.seed is None else options.seed
        strategy = options.strategy or asked.strategy
        wanted = asked.runs_under(strategy)
        runs = wanted if options.runs is None else options.runs
        plan = Plan(
            test=self.test,
            runs=runs,
            strategy=strategy,
            seed=options.seed_default if seed is None else seed,
            pin=pin_path(self.pins, self.test),
            replays=tuple(files.located(replay, self.root) for replay in asked.replays),
            replay=options.replay,
            thorough=runs >= wanted,
            twice=options.twice,
            code=files.digest_of(inspect.unwrap(test).__code__.co_filename),
            driver=options.driver or asked.driver,
            until=asked.until,
            log=options.log is not None,
        )
        return Exploration(plan)

    def tell(self, exploration: Exploration, error: BaseException) -> None:
        """Make the failing schedule part of what is reported."""
        failing = exploration.failing
        if failing is None:
            return
        width = min(max(shutil.get_terminal_size((100, 24)).columns, 80), 140)
        self.story = story(failing, self.shown_test, self.here, width)
        error.add_note(note(failing, self.shown_test, self.here))
        if unwritten := self._logged(failing.attempt, failing.numbers):
            error.add_note(unwritten)

    def passed(self, exploration: Exploration) -> None:
        """Keep what is to be said of a test under which no schedule failed."""
        self.tried = exploration.tried
        if exploration.shown is not None and (unwritten := self._logged(*exploration.shown)):
            warnings.warn(unwritten, stacklevel=1)

    def _logged(self, attempt: Attempt, numbers: Numbers) -> str:
        """Write the log that is wanted; "", or why it could not be."""
        log = self.options.log
        return "" if log is None else write_log(log, self.test, attempt, numbers)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The arguments of the decorator; `runs` is None where it follows from the rest."""

    runs: int | None
    strategy: str
    seed: int | None
    replays: tuple[Path, ...]
    driver: Driver
    until: Until | None

    def runs_under(self, strategy: str) -> int:
        """How many runs there are, at most.  Raises `InputError` where no number of them says what is wanted."""
        match self.until:
            case Below():
                runs = runs_for(self.until, strategy)
                if runs is None:
                    message = (
                        f"runs of {strategy} are not independent draws, so they say nothing about probability"
                    )
                    raise InputError("@explore", "until", message)
                return runs
            case Complete():
                return self.runs or COMPLETE_MAX
            case Seconds():
                return self.runs or UNLIMITED
            case None:
                return self.runs or RUNS_DEFAULT
            case _:
                assert_never(self.until)


@overload
def explore(test: Test, /) -> Test: ...


@overload
def explore(
    *,
    runs: int | None = None,
    strategy: str = DEFAULT,
    seed: int | None = None,
    replays: Sequence[Path | str] = (),
    driver: Driver = "trio",
    until: str | None = None,
) -> Callable[[Test], Test]: ...


def explore(
    test: Test | None = None,
    /,
    *,
    runs: int | None = None,
    strategy: str = DEFAULT,
    seed: int | None = None,
    replays: Sequence[Path | str] = (),
    driver: Driver = "trio",
    until: str | None = None,
) -> Test | Callable[[Test], Test]:
    """Execute a test under many schedules, and show the shortest one under which it fails.

    ::

        @explore(runs=500)
        def test_teardown(schedule: Schedule) -> None:
            result = schedule.run_file("scenarios/teardown-tasks.toml")
            assert "window:W1" in result.seen or result.steps > 0

    The test takes an argument named `schedule` and makes one run with it; it may be `async def`. It is executed for
    each schedule anew, while its other fixtures are set up once. ``@explore`` alone is ``@explore()``.

    Args:
        test: the test itself, where the decorator has no arguments.
        runs: how many schedules, not counting the dull one that goes first; 500 unless `until` says more.
        strategy: who draws them; one of `ftrace_actors.explore.NAMES`.
        seed: default ``$FTRACE_ACTORS_SEED``, else 0.
        replays: files of schedules that run first, always; a relative name starts from pytest's rootdir, or else from
            where pytest was started.
        driver: what steps the actors where the test does not await: "trio", with an event loop for each run, or "bare",
            a plain loop; trio takes 1.2 to 1.5 times as long. The runs are the same. Shrinking is always bare.
        until: instead of a number of runs: "complete", when there is no other schedule, for tiny tests (it fails when
            there are more than `runs`, 100,000); a time as "60s"; or "p < 0.001", when enough runs passed to say that a
            run fails with a probability below that, with 95 % confidence.

    ``--ftrace-runs``, ``--ftrace-strategy``, ``--ftrace-seed`` and ``--ftrace-driver`` outrank these. Raises
    `InputError` for arguments that make no sense.
    """
    asked = _checked(runs, strategy, seed, replays, driver, until)
    if test is not None and not callable(test):
        raise InputError(
            "@explore", "", f"{test!r} is not a test; arguments have names, as in @explore(runs=500)"
        )

    def decorate(test: Test) -> Test:
        _check_test(test)
        wrapper = _async_wrapper(test, asked) if inspect.iscoroutinefunction(test) else _wrapper(test, asked)
        setattr(wrapper, MARK, True)
        return cast(Test, wrapper)

    return decorate if test is None else decorate(test)


def _wrapper(test: Callable[..., Any], asked: _Asked) -> Callable[..., None]:
    @functools.wraps(test)
    def explored(*args: Any, schedule: Explorer | None = None, **fixtures: Any) -> None:
        __tracebackhide__ = True
        explorer = _explorer(schedule)
        exploration = explorer.exploration(asked, test)

        def execute(drawn: Schedule) -> Attempt:
            __tracebackhide__ = True
            with Attempt(drawn) as attempt:
                test(*args, schedule=drawn, **fixtures)
            require_awaited(forgotten)
            _require_run(test, attempt)
            return attempt

        try:
            with unawaited() as forgotten:
                drive(exploration.proposals(), execute)
        except BaseException as error:  # boundary: reported, and raised again
            explorer.tell(exploration, error)
            raise
        explorer.passed(exploration)

    return explored


def _async_wrapper(test: Callable[..., Any], asked: _Asked) -> Callable[..., Any]:
    @functools.wraps(test)
    async def explored(*args: Any, schedule: Explorer | None = None, **fixtures: Any) -> None:
        __tracebackhide__ = True
        explorer = _explorer(schedule)
        exploration = explorer.exploration(asked, test)

        async def execute(drawn: Schedule) -> Attempt:
            __tracebackhide__ = True
            with Attempt(drawn) as attempt:
                await test(*args, schedule=drawn, **fixtures)
            require_awaited(forgotten)
            _require_run(test, attempt)
            return attempt

        try:
            with unawaited() as forgotten:
                await drive_async(exploration.proposals(), execute)
        except BaseException as error:  # boundary: reported, and raised again
            explorer.tell(exploration, error)
            raise
        explorer.passed(exploration)

    return explored


def _require_run(test: Callable[..., Any], attempt: Attempt) -> None:
    """Raise for a test that returned without a run: it would pass under any schedule."""
    __tracebackhide__ = True
    if attempt.error is None and attempt.schedule.unmade:
        code = inspect.unwrap(test).__code__
        place = f"{os.path.relpath(code.co_filename)}:{code.co_firstlineno}"
        raise InputError(place, code.co_name, attempt.schedule.unmade)


def _explorer(given: object) -> Explorer:
    if given is None:
        raise InputError(
            "@explore",
            ARGUMENT,
            "is missing: pytest gives it to functions and to plain classes, not to unittest's",
        )
    if not isinstance(given, Explorer):
        kind = type(given).__name__
        raise InputError(
            "@explore", ARGUMENT, f"is a {kind}: another fixture of that name hides the plugin's"
        )
    return given


def _checked(
    runs: int | None,
    strategy: str,
    seed: int | None,
    replays: Sequence[Path | str],
    driver: Driver,
    until: str | None,
) -> _Asked:
    if isinstance(replays, str | Path):
        raise InputError("@explore", "replays", "is a list of files, also when it is one")
    end = None if until is None else until_of("@explore", until, "until")
    if isinstance(end, Below) and runs is not None:
        raise InputError("@explore", "runs", "follows from until; give one of the two")
    asked = _Asked(
        runs=None if runs is None else integer_of("@explore", runs, "a number of runs", 1, "runs"),
        strategy=strategy_of("@explore", strategy, "strategy"),
        seed=None if seed is None else seed_of("@explore", seed, "seed"),
        replays=tuple(Path(path) for path in replays),
        driver=driver_of("@explore", driver, "driver"),
        until=end,
    )
    asked.runs_under(asked.strategy)
    return asked


def _check_test(test: Callable[..., Any]) -> None:
    name = getattr(test, "__name__", repr(test))
    if hasattr(test, "hypothesis"):
        raise InputError("@explore", name, "is under @given already; draw from schedules() there instead")
    if inspect.isgeneratorfunction(test) or inspect.isasyncgenfunction(test):
        raise InputError("@explore", name, "is a generator; a test is a function or a coroutine function")
    if ARGUMENT not in inspect.signature(test).parameters:
        raise InputError(
            "@explore", name, f"must take an argument named {ARGUMENT!r}, and make a run with it"
        )
