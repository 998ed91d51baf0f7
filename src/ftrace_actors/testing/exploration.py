"""Executing one test under many schedules, until one fails.

Theory of operation
-------------------
`Exploration.proposals` is a proposer (`explore.proposals`): it yields the schedule to execute the test with, and is
sent the `Attempt` that came of it. What comes next is decided here, and nothing here calls the test: so the same code
serves plain functions and coroutines in any event loop. Its parts are proposers too, joined by ``yield from``: files
and the pin, which are of this module; and by `through` those of the command line: what strategies are shown before the
first run, the numbered runs, shrinking.

The order: schedules kept for good, the pinned one, the dull one (the simplest that could fail), two in which all actors
are late but the busiest (strategies see in these three what each actor does; a failure of the last two is not looked
at), then the numbered runs of the strategy. Run i of seed s is the same schedule as run i of seed s on the command
line. The first failure ends it: it is shrunk by more attempts, made once more with its steps written down, pinned, and
what the test raised in that last attempt is what comes out of the generator.

A failure is the same failure when the same invariant broke for the same subject in the same window, and is what a
reader is shown first; or when the same kind of exception was raised at the same line. Shrinking never moves from one
to another.

A schedule that fails is made twice with its steps written down, and the two executions must be alike (`comparison`);
where they are not, more than the schedule decides the test, and it is said instead of pinning what would not come back.
`Plan.twice` asks this of every schedule.

A pinned schedule that does not fit the test as it is now has not been tried, whatever it leads to. When no schedule
fails, the test fails for that reason, and the file stays.

An execution that was stopped from outside (see `attempt`) is the last one. Its schedule is pinned as it is.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NoReturn, TypeAlias, TypeVar

from ..actors import Chooser, DullChooser, Pick, ReplayChooser, ReplayDiverged
from ..errors import InputError
from ..explore.every import Going, every_run
from ..explore.numbered import Draw, numbered, profiling
from ..explore.proposals import through
from ..explore.replay import OTHER_LAYOUT
from ..explore.shrink import shrinking
from ..explore.strategies import Profiler
from ..result import RunResult
from ..words import counted
from . import pins
from .attempt import Attempt
from .comparison import DEPENDS, WHAT_ELSE, parted
from .failing import Failing, remarked
from .fidelity import not_this_test, why_not
from .narration import Narration
from .pins import Numbers
from .plan import Plan
from .schedule import Schedule
from .until import Complete, Seconds, sampled_words, tried_words

__all__ = ["Executions", "Exploration"]

T = TypeVar("T")

Executions: TypeAlias = Generator[Schedule, Attempt, T]
"""Proposes schedules to execute a test with, is sent what came of each, returns a T."""

_DULL: Final = "dull"
_COMPLETE: Final = "complete"
"""What stands for the strategy where all schedules are tried, in the order of `every_run`."""
_STAYS: Final = "no other schedule fails; delete the file when what it recorded is fixed"


@dataclass(slots=True)
class Exploration:
    """The executions of one test, and what came of them.

    `failing` is there once a schedule failed, `tried` once none did: what that says, where the plan has an `until`.
    `shown` is the execution to be logged, and where its schedule came from.
    """

    plan: Plan
    failing: Failing | None = None
    tried: str = ""
    shown: tuple[Attempt, Numbers] | None = None
    witnessed: dict[str, bool] = field(default_factory=dict)
    _untried: InputError | None = None
    _made: int = 0
    _log: Narration = field(init=False)

    def __post_init__(self) -> None:
        strategy = _COMPLETE if isinstance(self.plan.until, Complete) else self.plan.strategy
        self._log = Narration(self.plan.test, self.plan.seed, strategy)

    def proposals(self) -> Executions[None]:
        """The schedules to execute the test with; raises what the test raised under the one that fails."""
        __tracebackhide__ = True
        self._log.started(self.plan.runs, self.plan.driver)
        try:
            yield from self._in_order()
        except GeneratorExit:
            raise  # the test was left for a reason of its own: skipped, cancelled
        except BaseException:  # boundary: raised again
            self._log.ended(ok=False)
            raise
        self._log.ended(ok=True)

    def _in_order(self) -> Executions[None]:
        __tracebackhide__ = True
        plan = self.plan
        if plan.replay is not None:
            yield from self._replay(plan.replay)
            return
        for path in plan.replays:
            misfit = yield from self._kept(pins.load(path), path)
            if misfit:
                warnings.warn(f"{path}: {misfit}; what does not fit was dull", stacklevel=1)
        yield from self._pinned()
        yield from self._all() if isinstance(plan.until, Complete) else self._sampled()
        if self._untried is not None:
            raise self._untried
        self._require_witnesses()
        plan.pin.unlink(missing_ok=True)
        if plan.log:
            numbers = Numbers(_DULL, plan.seed, 0)
            self.shown = (yield from self._written_down((), numbers)), numbers

    def _schedule(self, chooser: Chooser, *, trace: bool = False) -> Schedule:
        return Schedule(chooser, driver=self.plan.driver, trace=trace)

    def _execute(
        self, schedule: Schedule, numbers: Numbers, failed: Attempt | None = None
    ) -> Executions[Attempt]:
        """One execution, the last one if it is stopped from outside; `failed` is what it is made for."""
        __tracebackhide__ = True
        attempt = yield schedule
        if attempt.stopped:
            self._out_of_time(failed or attempt, numbers, attempt)
        return attempt

    def _written_down(
        self, picks: Sequence[Pick], numbers: Numbers, failed: Attempt | None = None
    ) -> Executions[Attempt]:
        """One execution with its steps written down."""
        __tracebackhide__ = True
        schedule = self._schedule(ReplayChooser(picks), trace=True)
        return (yield from self._execute(schedule, numbers, failed))

    def _noted(self, schedule: Schedule, numbers: Numbers) -> Executions[Attempt]:
        """One execution, noting what happened in it."""
        __tracebackhide__ = True
        attempt = yield from self._execute(schedule, numbers)
        for name, happened in schedule.witnessed.items():
            self.witnessed[name] = self.witnessed.get(name, False) or happened
        return attempt

    def _sampled(self) -> Executions[None]:
        __tracebackhide__ = True
        plan = self.plan
        if plan.strategy == _DULL:  # there is one run of it, and nobody who would learn from others
            yield from self._try(DullChooser, Numbers(_DULL, plan.seed, 0))
        else:
            yield from self._numbered()
        if plan.until is not None:
            self.tried = sampled_words(plan.strategy, self._made)

    def _numbered(self) -> Executions[None]:
        """What strategies learn from, and the runs that one draws."""
        __tracebackhide__ = True
        plan = self.plan
        profile = yield from through(profiling(), self._profiled)
        over = plan.until.begins() if isinstance(plan.until, Seconds) else _never
        drawn = numbered(plan.strategy, plan.seed, plan.runs, profile, lambda _: over())
        yield from through(drawn, self._drawn)

    def _all(self) -> Executions[None]:
        """All schedules, fewest deviations first."""
        __tracebackhide__ = True
        tried = yield from through(every_run(self.plan.runs), self._one_of_all)
        self.tried = tried_words(tried)
        if not tried.complete and self.plan.thorough:
            raise AssertionError(f"{self.tried}; a smaller test has fewer, and runs= allows more")

    def _one_of_all(self, going: Going) -> Executions[RunResult]:
        __tracebackhide__ = True
        numbers = Numbers(_COMPLETE, self.plan.seed, self._made)
        self._made += 1
        attempt = yield from self._try(lambda: going, numbers)  # it begins anew with each run
        if going.strayed:
            raise AssertionError(f"{DEPENDS} ({WHAT_ELSE}): other choices were asked after the same answers")
        return attempt.seen()

    def _profiled(self, profiler: Profiler) -> Executions[int]:
        """How often an execution asked who moves; only the dull one is one of those that the test is tried under."""
        __tracebackhide__ = True
        numbers = Numbers(_DULL, self.plan.seed, 0)
        if profiler.is_dull:
            attempt = yield from self._try(lambda: profiler, numbers)  # it begins anew with each run
        else:
            attempt = yield from self._execute(self._schedule(profiler), numbers)
        return attempt.schedule.schedule_choices

    def _drawn(self, draw: Draw) -> Executions[RunResult]:
        """What a numbered run came to."""
        __tracebackhide__ = True
        self._made += 1
        attempt = yield from self._try(draw.chooser, Numbers(draw.strategy, draw.seed, draw.run))
        return attempt.seen()

    def _try(self, draw: Callable[[], Chooser], numbers: Numbers) -> Executions[Attempt]:
        """Make one execution, and deal with its failure."""
        __tracebackhide__ = True
        attempt = yield from self._noted(self._schedule(draw(), trace=self.plan.twice), numbers)
        if attempt.error is not None:
            yield from self._raise_failure(attempt, attempt.error, numbers)
        elif self.plan.twice:
            yield from self._comes_again(attempt, self._schedule(draw(), trace=True), numbers)
        return attempt

    def _comes_again(self, first: Attempt, schedule: Schedule, numbers: Numbers) -> Executions[None]:
        """Execute a schedule that passed once more; it must pass alike."""
        __tracebackhide__ = True
        again = yield from self._execute(schedule, numbers)
        difference = parted(first, again)
        if difference:
            error = again.error or AssertionError(f"{DEPENDS} ({WHAT_ELSE})")
            self._raise_fickle(Failing(again, numbers, len(again.schedule.picks or ())), error, difference)

    def _raise_failure(self, attempt: Attempt, error: BaseException, numbers: Numbers) -> Executions[None]:
        """Shrink, write down, pin; always raises."""
        __tracebackhide__ = True
        picks = attempt.schedule.picks
        if picks is None:
            # No run, or a world that raised: there is no schedule to be blamed, or to be shrunk.
            raise error
        self._log.finding(numbers.run, attempt.seen(), attempt.schedule.facts)
        target = attempt.target()
        once = Failing(attempt, numbers, len(picks))

        def bare(chooser: Chooser) -> Executions[RunResult]:
            __tracebackhide__ = True
            tried = yield from self._execute(Schedule(chooser, driver="bare"), numbers, attempt)
            return tried.seen()

        shrunk = yield from through(shrinking(picks, target), bare)
        if shrunk is None:
            self._raise_fickle(once, error, "it failed once and then did not")
        final = yield from self._written_down(shrunk.result.picks, numbers, attempt)
        if final.error is None or not target.met(final.seen()):
            self._raise_fickle(once, error, "it failed, and then did not fail alike")
        again = yield from self._written_down(shrunk.result.picks, numbers, attempt)
        difference = parted(final, again)
        if difference:
            self._raise_fickle(replace(once, attempt=final), final.error, difference)
        failing = replace(once, attempt=final, replays=shrunk.replays, minimal=shrunk.minimal)
        self._log.shrunk(numbers.run, len(picks), len(shrunk.result.picks), minimal=shrunk.minimal)
        self.failing = self._pin(failing, final.error)
        raise final.error

    def _raise_fickle(self, failing: Failing, error: BaseException, difference: str) -> NoReturn:
        """The same choices, another execution: nothing is pinned, since it would not come back."""
        __tracebackhide__ = True
        remark = f"it came out differently the second time: {DEPENDS} ({WHAT_ELSE}); {difference}"
        self.failing = replace(failing, remark=remark)
        raise error

    def _out_of_time(self, attempt: Attempt, numbers: Numbers, stopped: Attempt) -> NoReturn:
        """Let through what stopped an execution from outside, and pin what was found before, which may be the same.

        Nothing is executed any more: whoever stopped it would not do so again.
        """
        __tracebackhide__ = True
        error = stopped.error
        assert error is not None, "it was stopped by something"
        when = "while it was executed" if stopped is attempt else "before this failure was shrunk"
        failing = Failing(attempt, numbers, len(attempt.schedule.picks or ()), remark=f"time was up {when}")
        if stopped is not attempt:
            error.__cause__ = attempt.error
        self.failing = self._pin(failing, attempt.error or error)
        raise error

    def _pin(self, failing: Failing, error: BaseException) -> Failing:
        plan = self.plan
        failure = pins.failure_of(error)
        schedule = failing.attempt.schedule
        if schedule.picks is None:
            return remarked(failing, "what was chosen is not known, so it cannot be pinned")
        if not schedule.positions:
            return remarked(failing, "it failed before anything was chosen, so there is no schedule to pin")
        try:
            by_command = pins.save(
                plan.pin, plan.test, schedule, failing.numbers, failure, failing.before, plan.code
            )
        except OSError as broken:
            return remarked(failing, f"{plan.pin} cannot be written: {broken.strerror}")
        self._log.pinned(failing.numbers.run, plan.pin)
        return replace(failing, file=plan.pin, by_command=by_command)

    def _pinned(self) -> Executions[None]:
        __tracebackhide__ = True
        if not self.plan.pin.exists():
            return
        try:
            kept = pins.load(self.plan.pin)
        except InputError as error:
            self._untried = InputError(error.file, error.key_path, f"{error.message}; {_STAYS}")
            return
        misfit = yield from self._kept(kept, self.plan.pin)
        if misfit:
            self._untried = InputError(str(self.plan.pin), "", f"{misfit}; {_STAYS}")

    def _kept(self, kept: pins.Kept, file: Path) -> Executions[str]:
        """A schedule from a file, as far as it fits the test as it is now; why it does not fit, else ""."""
        __tracebackhide__ = True
        attempt = yield from self._noted(self._schedule(pins.PinnedChooser(kept.picks)), kept.numbers)
        if attempt.error is None:
            return (yield from self._misfit(attempt, kept))
        if not _same_picks(attempt.schedule.picks, kept.picks):
            yield from self._raise_failure(attempt, attempt.error, kept.numbers)
            return ""
        # It was shrunk when it was written.
        final = yield from self._written_down(kept.picks, kept.numbers, attempt)
        difference = parted(attempt, final)
        if difference or final.error is None:
            self._raise_fickle(Failing(attempt, kept.numbers, len(kept.picks)), attempt.error, difference)
        self._raise_from_file(final, final.error, kept, file)

    def _misfit(self, passed: Attempt, kept: pins.Kept) -> Executions[str]:
        """Why a schedule from a file, under which the test passes, is not the one that was recorded; "" if it is."""
        __tracebackhide__ = True
        strict = yield from self._written_down(kept.picks, kept.numbers)
        if isinstance(strict.error, ReplayDiverged):
            return not_this_test(str(strict.error), kept, self.plan.code)
        difference = parted(passed, strict)
        if difference:
            error = strict.error or AssertionError(f"{DEPENDS} ({WHAT_ELSE})")
            self._raise_fickle(Failing(strict, kept.numbers, len(kept.picks)), error, difference)
        return ""

    def _replay(self, path: Path) -> Executions[None]:
        """One schedule, as it was recorded or not at all."""
        __tracebackhide__ = True
        kept = pins.load(path)
        # Not by `_execute`: what stops it from outside comes out like a failure, and there is nothing to pin.
        attempt = yield self._schedule(ReplayChooser(kept.picks), trace=True)
        if not attempt.stopped:
            wrong = why_not(kept, attempt, self.plan.test, self.plan.code)
            if wrong:
                raise InputError(str(path), "", wrong) from attempt.error
            if kept.test not in ("", self.plan.test):
                warnings.warn(f"{path}: {kept.test} is {self.plan.test} now: it fails alike", stacklevel=1)
        assert attempt.error is not None, "that it fails is part of what is recorded"
        self._raise_from_file(attempt, attempt.error, kept, path)

    def _raise_from_file(
        self, attempt: Attempt, error: BaseException, kept: pins.Kept, file: Path
    ) -> NoReturn:
        __tracebackhide__ = True
        by_command = kept.scenario is not None and attempt.schedule.source() is not None
        failing = Failing(attempt, kept.numbers, len(kept.picks), file=file, by_command=by_command)
        if kept.scenario is None and pins.failure_of(error) != kept.failure:
            failing = remarked(failing, f"the file says that it fails otherwise: {kept.failure}")
        file_of_run = kept.scenario
        if file_of_run and by_command and not file_of_run.is_laid_out_like(attempt.schedule.recorded()):
            failing = remarked(failing, OTHER_LAYOUT)
        self.failing = failing
        raise error

    def _require_witnesses(self) -> None:
        __tracebackhide__ = True
        unmet = [name for name, happened in self.witnessed.items() if not happened]
        if unmet and self.plan.thorough:
            raise AssertionError(
                f"never happened in {counted(self._made or self.plan.runs, 'run')}: {', '.join(unmet)}; "
                "more runs may show it, or the test cannot"
            )


def _never() -> bool:
    return False


def _same_picks(made: Sequence[Pick] | None, kept: Sequence[Pick]) -> bool:
    """Whether a run made exactly the choices of a file."""
    return list(made or ()) == list(kept)
