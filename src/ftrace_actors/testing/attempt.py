"""One execution of a test: what it raised, kept for those who decide what comes next.

What stops an execution from outside is not a failure of the test. A timer that somebody else set (pytest-timeout's, for
one) fires once and raises wherever the test happens to be; executing the test again would run without it, and what
hung would hang for ever. Such an exception is known by where it comes from: it was raised in the handler of a signal,
and that handler is still installed when the test is left. A timer of the test's own is gone by then, and set again in
the next execution, so what it raises is a failure like any other.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from types import CodeType, TracebackType
from typing import Final, Self

import pytest

from ..actors import ForeignAwait
from ..errors import InputError
from ..explore.evidence import target_for
from ..explore.shrink import Target
from ..result import Expect, RunResult
from ..words import Verdict
from .files import from_root
from .schedule import Schedule, ScheduleFailed

__all__ = ["REFUSALS", "Attempt"]

REFUSALS: Final = (InputError, ForeignAwait)
"""What says that the test cannot be executed as it is written, under whichever schedule."""

_NOTHING: Final = Expect(())
"""A test does not say which finding it expects, so the first one counts."""


class Attempt:
    """One execution of the test: a context manager that keeps the failure to itself.

    Attributes:
        schedule: what the test gets.
        error: what it raised.
        stopped: that came from outside, and the test must not be executed again; see the module.
    """

    __slots__ = ("error", "schedule", "stopped")

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.error: BaseException | None = None
        self.stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        # Skipping, being cancelled and Ctrl-C are about the whole test. So is a file that cannot be used.
        if error is not None and _is_failure(error):
            self.error = error
            self.stopped = _stopped(error)
            return True
        return False

    def seen(self) -> RunResult:
        """What happened, as shrinking looks at it: a run whose verdict is what went wrong.

        The rest is that of the world that was run, where there was one: a strategy may learn from it.
        """
        made = self.schedule.result or RunResult(Verdict.HOLDS, (), self.schedule.picks or ())
        if self.error is None:
            return replace(made, verdict=Verdict.HOLDS, findings=())
        if isinstance(self.error, ScheduleFailed):
            return replace(made, verdict=self.error.verdict, findings=self.error.findings)
        return replace(made, verdict=_place(self.error), findings=())

    def target(self) -> Target:
        """What must keep failing: the finding that the message, the timeline and the pin put first."""
        seen = self.seen()
        return target_for(_NOTHING, seen.verdict, seen.findings)


def _is_failure(error: BaseException) -> bool:
    """Whether it is about this execution rather than about the test; under trio it may be a group."""
    if isinstance(error, BaseExceptionGroup):
        refused = error.subgroup(REFUSALS) is not None
        return not refused and error.split((Exception, pytest.fail.Exception))[1] is None
    return isinstance(error, Exception | pytest.fail.Exception) and not isinstance(error, REFUSALS)


def _place(error: BaseException) -> str:
    """Kind and line of what was raised, by the test rather than by a helper that hides from tracebacks."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    place = ""
    trace = error.__traceback__
    while trace is not None:
        if not trace.tb_frame.f_locals.get("__tracebackhide__", False):
            place = f"{from_root(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"


def _stopped(error: BaseException) -> bool:
    """Whether the handler of a signal raised it, or what it stands for; see the module."""
    handlers = {code for code in map(_handler, signal.valid_signals()) if code is not None}
    return any(code in handlers for one in _behind(error) for code in _frames(one))


def _handler(number: int) -> CodeType | None:
    code = getattr(signal.getsignal(number), "__code__", None)
    return code if isinstance(code, CodeType) else None


def _behind(error: BaseException) -> Iterator[BaseException]:
    """It, the members of groups, and what was being handled when each was raised."""
    met: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or any(one is other for other in met):
            continue
        met.append(one)
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
    yield from met


def _frames(error: BaseException) -> Iterator[CodeType]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code
        trace = trace.tb_next
