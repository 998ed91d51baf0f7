"""What a failing execution of a test is about, for shrinking and for those who read of it."""

from dataclasses import replace

from ftrace_actors.checks import Finding
from ftrace_actors.result import RunResult
from ftrace_actors.testing import ScheduleFailed, schedule_of
from ftrace_actors.testing.attempt import Attempt
from ftrace_actors.words import Severity

PROMISE = Finding("INV-GP", Severity.BROKEN_GRACE_PERIOD, "it ended too early", None, "tasks", (3,))
DEED = Finding("INV-LIFE", Severity.CORRUPTION, "it read freed memory", "W1", "ops", (9,))


def failed(*findings: Finding) -> Attempt:
    attempt = Attempt(schedule_of(b""))
    with attempt:
        raise ScheduleFailed("violated", findings, "violated")
    return attempt


def came_to(*findings: Finding) -> RunResult:
    return RunResult("violated", findings, ())


def test_it_is_about_what_is_shown_first_whatever_was_found_first() -> None:
    target = failed(PROMISE, DEED).target()
    assert (target.invariant, target.subject, target.window) == ("INV-LIFE", "ops", "W1")
    assert target.met(came_to(PROMISE, DEED))
    assert not target.met(came_to(PROMISE))


def test_what_is_shown_first_must_stay_first_and_in_its_window() -> None:
    target = failed(PROMISE).target()
    assert target.met(came_to(PROMISE))
    assert not target.met(came_to(PROMISE, DEED))
    assert not failed(DEED).target().met(came_to(replace(DEED, window="W2")))


def test_findings_of_a_failure_are_in_the_order_in_which_they_are_shown() -> None:
    error = failed(PROMISE, DEED).error
    assert isinstance(error, ScheduleFailed)
    assert error.findings == (DEED, PROMISE)
