"""Executing one test under many schedules, until one fails.

Theory of operation
-------------------
`Exploration.attempts` is a generator that yields one attempt after the other; the caller executes the test inside each
(``with attempt: test(attempt.schedule)``) and asks for the next. What comes next is decided here, and nothing here
calls the test: so the same code serves plain functions and coroutines under whatever event loop they live in.

The order: schedules kept for good, the pinned one, the dull one (the simplest that could fail, and strategies learn
from it how long a run is), then the numbered runs of the strategy. Run i of seed s is the same schedule as run i of
seed s on the command line. The first failure ends it: it is shrunk by more attempts, made once more with its steps
written down, pinned, and what the test raised in that last attempt is what comes out of the generator.

A failure is the same failure when the same invariant broke for the same subject, or the same kind of exception was
raised at the same line. Shrinking never moves from one to another.

A schedule that fails is made twice with its steps written down, and the two executions must be alike (`comparison`);
where they are not, more than the schedule decides the test, and it is said instead of pinning what would not come back.
`Plan.twice` asks this of every schedule.

A pinned schedule that does not fit the test as it is now has not been tried, whatever it leads to. When no schedule
fails, the test fails for that reason, and the file stays.

An execution that was stopped from outside (see `attempt`) is the last one. Its schedule is pinned as it is.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from ..actors import Chooser, DullChooser, Pick, ReplayChooser, ReplayDiverged
from ..errors import InputError
from ..explore import Driver, Profile, make_chooser
from ..explore.replay import OTHER_LAYOUT
from ..explore.shrink import Shrunk, Target, shrinking
from . import pins
from .attempt import Attempt
from .comparison import DEPENDS, WHAT_ELSE, parted
from .fidelity import not_this_test, why_not
from .narration import Narration
from .pins import Numbers
from .schedule import Schedule

__all__ = ["Exploration", "Failing", "Plan"]

_DULL: Final = "dull"
_STAYS: Final = "no other schedule fails; delete the file when what it recorded is mended"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to explore.

    Attributes:
        test: node id.
        runs, strategy, seed: the numbered runs.
        pin: the file of the pinned schedule, which need not exist.
        replays: schedules that run first.
        replay: the one schedule to run, strictly and nothing else.
        thorough: all runs that the test asks for are made, so that what never happened counts.
        twice: execute the test twice under each schedule, and compare.
        code: digest of the file that the test is in.
        driver: of all executions but those that shrinking makes, which are bare.
    """

    test: str
    runs: int
    strategy: str
    seed: int
    pin: Path
    replays: tuple[Path, ...] = ()
    replay: Path | None = None
    thorough: bool = True
    twice: bool = False
    code: str = ""
    driver: Driver = "trio"


@dataclass(frozen=True, slots=True)
class Failing:
    """A schedule under which the test fails, ready to be told.

    Attributes:
        attempt: the execution, with its steps written down.
        numbers: where it came from.
        before: non-zero choices before shrinking.
        replays: executions that shrinking took.
        minimal: shrinking was not cut short.
        file: where it is written down, or None.
        by_command: the command line can replay the file.
        remark: what else must be said.
    """

    attempt: Attempt
    numbers: Numbers
    before: int
    replays: int = 0
    minimal: bool = True
    file: Path | None = None
    by_command: bool = False
    remark: str = ""


@dataclass(slots=True)
class Exploration:
    """The executions of one test, and what came of them. `failing` is there once a schedule failed."""

    plan: Plan
    failing: Failing | None = None
    witnessed: dict[str, bool] = field(default_factory=dict)
    _untried: InputError | None = None
    _log: Narration = field(init=False)

    def __post_init__(self) -> None:
        self._log = Narration(self.plan.test, self.plan.seed, self.plan.strategy)

    def attempts(self) -> Iterator[Attempt]:
        """The executions to make; raises what the test raised under the schedule that fails."""
        __tracebackhide__ = True
        self._log.started(self.plan.runs, self.plan.driver)
        try:
            yield from self._attempts()
        except GeneratorExit:
            raise  # the test was left for a reason of its own: skipped, cancelled
        except BaseException:  # boundary: raised again
            self._log.ended(ok=False)
            raise
        self._log.ended(ok=True)

    def _attempts(self) -> Iterator[Attempt]:
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
        yield from self._sampled()
        if self._untried is not None:
            raise self._untried
        self._require_witnesses()
        plan.pin.unlink(missing_ok=True)

    def _attempt(self, chooser: Chooser, *, trace: bool = False) -> Attempt:
        return Attempt(Schedule(chooser, driver=self.plan.driver, trace=trace))

    def _sampled(self) -> Iterator[Attempt]:
        __tracebackhide__ = True
        plan = self.plan
        attempt = yield from self._passes(DullChooser, Numbers(_DULL, plan.seed, 0))
        profile = Profile(attempt.schedule.schedule_choices)
        for run in range(plan.runs if plan.strategy != _DULL else 0):
            draw = partial(make_chooser, plan.strategy, plan.seed, run, profile)
            yield from self._passes(draw, Numbers(plan.strategy, plan.seed, run))

    def _passes(self, draw: Callable[[], Chooser], numbers: Numbers) -> Generator[Attempt, None, Attempt]:
        """Make one execution, and deal with its failure."""
        __tracebackhide__ = True
        attempt = self._attempt(draw(), trace=self.plan.twice)
        yield from self._made(attempt)
        if attempt.stopped:
            self._out_of_time(attempt, numbers, attempt)
        if attempt.error is not None:
            yield from self._fails(attempt, attempt.error, numbers)
        elif self.plan.twice:
            yield from self._comes_again(attempt, self._attempt(draw(), trace=True), numbers)
        return attempt

    def _comes_again(self, first: Attempt, again: Attempt, numbers: Numbers) -> Iterator[Attempt]:
        """Execute a schedule that passed once more; it must pass alike."""
        __tracebackhide__ = True
        yield again
        if again.stopped:
            self._out_of_time(again, numbers, again)
        difference = parted(first, again)
        if difference:
            error = again.error or AssertionError(f"{DEPENDS} ({WHAT_ELSE})")
            self._is_fickle(Failing(again, numbers, len(again.schedule.picks or ())), error, difference)

    def _made(self, attempt: Attempt) -> Iterator[Attempt]:
        """Make one execution, and note what happened in it."""
        yield attempt
        for name, happened in attempt.schedule.witnessed.items():
            self.witnessed[name] = self.witnessed.get(name, False) or happened

    def _fails(self, attempt: Attempt, error: BaseException, numbers: Numbers) -> Iterator[Attempt]:
        """Shrink, write down, pin; always raises."""
        __tracebackhide__ = True
        picks = attempt.schedule.picks
        if picks is None:
            # No run, or a world that raised: there is no schedule to be blamed, or to be shrunk.
            raise error
        self._log.finding(numbers.run, attempt.seen().verdict, attempt.schedule.facts)
        target = attempt.target()
        shrunk = yield from self._shrunk(picks, target)
        if isinstance(shrunk, Attempt):
            self._out_of_time(attempt, numbers, shrunk)
        if shrunk is None:
            self._is_fickle(Failing(attempt, numbers, len(picks)), error, "it failed once and then did not")
        final = yield from self._written_down(shrunk.result.picks)
        if final.stopped:
            self._out_of_time(attempt, numbers, final)
        if final.error is None or not target.met(final.seen()):
            self._is_fickle(
                Failing(attempt, numbers, len(picks)), error, "it failed, and then did not fail alike"
            )
        again = yield from self._written_down(shrunk.result.picks)
        if again.stopped:
            self._out_of_time(attempt, numbers, again)
        difference = parted(final, again)
        if difference:
            self._is_fickle(Failing(final, numbers, len(picks)), final.error, difference)
        failing = Failing(final, numbers, len(picks), shrunk.replays, shrunk.minimal)
        self._log.shrunk(numbers.run, len(picks), len(shrunk.result.picks), minimal=shrunk.minimal)
        self.failing = self._pin(failing, final.error)
        raise final.error

    def _is_fickle(self, failing: Failing, error: BaseException, difference: str) -> NoReturn:
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

    def _written_down(self, picks: Sequence[Pick]) -> Generator[Attempt, None, Attempt]:
        """One execution with its steps written down."""
        attempt = self._attempt(ReplayChooser(picks), trace=True)
        yield attempt
        return attempt

    def _shrunk(
        self, picks: Sequence[Pick], target: Target
    ) -> Generator[Attempt, None, Shrunk | Attempt | None]:
        """The shortest run that fails alike, None when there is none, or the attempt that was stopped."""
        choosers = shrinking(picks, target)
        chooser = next(choosers)
        while True:
            attempt = Attempt(Schedule(chooser, driver="bare"))
            yield attempt
            if attempt.stopped:
                return attempt
            try:
                chooser = choosers.send(attempt.seen())
            except StopIteration as stop:
                shrunk: Shrunk | None = stop.value
                return shrunk

    def _pin(self, failing: Failing, error: BaseException) -> Failing:
        plan = self.plan
        failure = pins.failure_of(error)
        schedule = failing.attempt.schedule
        if schedule.picks is None:
            return _remarked(failing, "what was chosen is not known, so it cannot be pinned")
        try:
            by_command = pins.save(
                plan.pin, plan.test, schedule, failing.numbers, failure, failing.before, plan.code
            )
        except OSError as broken:
            return _remarked(failing, f"{plan.pin} cannot be written: {broken.strerror}")
        self._log.pinned(failing.numbers.run, plan.pin)
        return replace(failing, file=plan.pin, by_command=by_command)

    def _pinned(self) -> Iterator[Attempt]:
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

    def _kept(self, kept: pins.Kept, file: Path) -> Generator[Attempt, None, str]:
        """A schedule from a file, as far as it fits the test as it is now; why it does not fit, else ""."""
        __tracebackhide__ = True
        attempt = self._attempt(pins.PinnedChooser(kept.picks))
        yield from self._made(attempt)
        if attempt.stopped:
            self._out_of_time(attempt, kept.numbers, attempt)
        if attempt.error is None:
            return (yield from self._misfit(attempt, kept))
        if not _same_picks(attempt.schedule.picks, kept.picks):
            yield from self._fails(attempt, attempt.error, kept.numbers)
            return ""
        # It was shrunk when it was written.
        final = yield from self._written_down(kept.picks)
        if final.stopped:
            self._out_of_time(attempt, kept.numbers, final)
        difference = parted(attempt, final)
        if difference or final.error is None:
            self._is_fickle(Failing(attempt, kept.numbers, len(kept.picks)), attempt.error, difference)
        self._raise_from_file(final, final.error, kept, file)

    def _misfit(self, passed: Attempt, kept: pins.Kept) -> Generator[Attempt, None, str]:
        """Why a schedule from a file, under which the test passes, is not the one that was recorded; "" if it is."""
        __tracebackhide__ = True
        strict = yield from self._written_down(kept.picks)
        if strict.stopped:
            self._out_of_time(strict, kept.numbers, strict)
        if isinstance(strict.error, ReplayDiverged):
            return not_this_test(str(strict.error), kept, self.plan.code)
        difference = parted(passed, strict)
        if difference:
            error = strict.error or AssertionError(f"{DEPENDS} ({WHAT_ELSE})")
            self._is_fickle(Failing(strict, kept.numbers, len(kept.picks)), error, difference)
        return ""

    def _replay(self, path: Path) -> Iterator[Attempt]:
        """One schedule, as it was recorded or not at all."""
        __tracebackhide__ = True
        kept = pins.load(path)
        attempt = yield from self._written_down(kept.picks)
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
            failing = _remarked(failing, f"the file says that it fails otherwise: {kept.failure}")
        file_of_run = kept.scenario
        if file_of_run and by_command and not file_of_run.is_laid_out_like(attempt.schedule.recorded()):
            failing = _remarked(failing, OTHER_LAYOUT)
        self.failing = failing
        raise error

    def _require_witnesses(self) -> None:
        __tracebackhide__ = True
        unmet = [name for name, happened in self.witnessed.items() if not happened]
        if unmet and self.plan.thorough:
            raise AssertionError(
                f"never happened in {self.plan.runs} runs: {', '.join(unmet)}; "
                "more runs may show it, or the test cannot"
            )


def _remarked(failing: Failing, remark: str) -> Failing:
    """With one more thing to say."""
    return replace(failing, remark="; ".join(part for part in (failing.remark, remark) if part))


def _same_picks(made: Sequence[Pick] | None, kept: Sequence[Pick]) -> bool:
    """Whether a run made exactly the choices of a file."""
    return list(made or ()) == list(kept)
