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

An execution that was stopped from outside (see `attempt`) is the last one. Its schedule is pinned as it is.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NoReturn

from ..actors import DullChooser, Pick, ReplayChooser
from ..errors import InputError
from ..explore import Profile, make_chooser
from ..explore.shrink import Shrunk, Target, shrinking
from . import pins
from .attempt import Attempt
from .fidelity import why_not
from .pins import Numbers
from .schedule import Schedule

__all__ = ["Exploration", "Failing", "Plan"]

_DULL: Final = "dull"


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
    """

    test: str
    runs: int
    strategy: str
    seed: int
    pin: Path
    replays: tuple[Path, ...] = ()
    replay: Path | None = None
    thorough: bool = True


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
    """See the module. `failing` is there once a schedule failed."""

    plan: Plan
    failing: Failing | None = None
    witnessed: dict[str, bool] = field(default_factory=dict)

    def attempts(self) -> Iterator[Attempt]:
        """The executions to make; raises what the test raised under the schedule that fails."""
        __tracebackhide__ = True
        plan = self.plan
        if plan.replay is not None:
            yield from self._replay(plan.replay)
            return
        for path in plan.replays:
            yield from self._kept(pins.load(path), path)
        yield from self._pinned()
        yield from self._sampled()
        self._require_witnesses()
        plan.pin.unlink(missing_ok=True)

    def _sampled(self) -> Iterator[Attempt]:
        __tracebackhide__ = True
        plan = self.plan
        attempt = yield from self._passes(Attempt(Schedule(DullChooser())), Numbers(_DULL, plan.seed, 0))
        profile = Profile(attempt.schedule.schedule_choices)
        for run in range(plan.runs if plan.strategy != _DULL else 0):
            schedule = Schedule(make_chooser(plan.strategy, plan.seed, run, profile))
            yield from self._passes(Attempt(schedule), Numbers(plan.strategy, plan.seed, run))

    def _passes(self, attempt: Attempt, numbers: Numbers) -> Generator[Attempt, None, Attempt]:
        """Make one execution, and deal with its failure."""
        __tracebackhide__ = True
        yield from self._made(attempt)
        if attempt.stopped:
            self._out_of_time(attempt, numbers, attempt)
        if attempt.error is not None:
            yield from self._fails(attempt, attempt.error, numbers)
        return attempt

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
        target = attempt.target()
        shrunk = yield from self._shrunk(picks, target)
        if isinstance(shrunk, Attempt):
            self._out_of_time(attempt, numbers, shrunk)
        if shrunk is None:
            self._is_fickle(Failing(attempt, numbers, len(picks)), error)
            return
        final = yield from self._written_down(shrunk.result.picks)
        if final.stopped:
            self._out_of_time(attempt, numbers, final)
        if final.error is None or not target.met(final.seen()):
            self._is_fickle(Failing(attempt, numbers, len(picks)), error)
            return
        failing = Failing(final, numbers, len(picks), shrunk.replays, shrunk.minimal)
        self.failing = self._pin(failing, final.error)
        raise final.error

    def _is_fickle(self, failing: Failing, error: BaseException) -> None:
        """The same choices, another outcome; always raises."""
        __tracebackhide__ = True
        remark = "it came out differently the second time: more than the schedule decides this test"
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
        attempt = Attempt(Schedule(ReplayChooser(picks), trace=True))
        yield attempt
        return attempt

    def _shrunk(
        self, picks: Sequence[Pick], target: Target
    ) -> Generator[Attempt, None, Shrunk | Attempt | None]:
        """The shortest run that fails alike, None when there is none, or the attempt that was stopped."""
        choosers = shrinking(picks, target)
        chooser = next(choosers)
        while True:
            attempt = Attempt(Schedule(chooser))
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
            by_command = pins.save(plan.pin, plan.test, schedule, failing.numbers, failure, failing.before)
        except OSError as broken:
            return _remarked(failing, f"{plan.pin} cannot be written: {broken.strerror}")
        return replace(failing, file=plan.pin, by_command=by_command)

    def _pinned(self) -> Iterator[Attempt]:
        __tracebackhide__ = True
        if not self.plan.pin.exists():
            return
        try:
            kept = pins.load(self.plan.pin)
        except InputError as error:
            warnings.warn(f"{error}; this pinned schedule is left out", stacklevel=1)
            return
        yield from self._kept(kept, self.plan.pin)

    def _kept(self, kept: pins.Kept, file: Path) -> Iterator[Attempt]:
        """A schedule from a file, as far as it fits the test as it is now."""
        __tracebackhide__ = True
        attempt = Attempt(Schedule(pins.PinnedChooser(kept.picks)))
        yield from self._made(attempt)
        if attempt.stopped:
            self._out_of_time(attempt, kept.numbers, attempt)
        if attempt.error is None:
            return
        if not _same_picks(attempt.schedule.picks, kept.picks):
            yield from self._fails(attempt, attempt.error, kept.numbers)
            return
        # It was shrunk when it was written.
        final = yield from self._written_down(kept.picks)
        if final.stopped:
            self._out_of_time(attempt, kept.numbers, final)
        if final.error is None:
            self._is_fickle(Failing(attempt, kept.numbers, len(kept.picks)), attempt.error)
            return
        self._raise_from_file(final, final.error, kept, file)

    def _replay(self, path: Path) -> Iterator[Attempt]:
        """One schedule, as it was recorded or not at all."""
        __tracebackhide__ = True
        kept = pins.load(path)
        attempt = yield from self._written_down(kept.picks)
        if not attempt.stopped:
            wrong = why_not(kept, attempt, self.plan.test)
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
    return [(pick.position, pick.kind, pick.picked) for pick in made or ()] == [
        (pick.position, pick.kind, pick.picked) for pick in kept
    ]
