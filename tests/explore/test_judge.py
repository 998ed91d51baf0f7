"""The rules of judging, one by one."""

import pytest

from ftrace_actors.checks import ranked
from ftrace_actors.explore.judge import (
    STRENGTH,
    headline,
    is_expected_failure,
    judge,
    matching_finding,
    stops_early,
    strongest,
)
from ftrace_actors.result import Expect, RunResult
from ftrace_actors.words import Severity
from tests.explore.toy import finding, result


def test_order_of_verdicts() -> None:
    assert strongest(["holds", "deadlock", "livelock"]) == "deadlock"
    assert strongest(reversed(STRENGTH)) == "violated"
    assert strongest(["unpredictable", "deadlock"]) == "unpredictable"
    assert strongest([]) == "holds"


def violated(*invariants: str, window: str | None = None) -> RunResult:
    return result("violated", *(finding(name, window) for name in invariants))


@pytest.mark.parametrize(
    ("expect", "came", "wanted"),
    [
        (Expect(("violated",)), violated("INV-A"), True),
        (Expect(("violated",), ("INV-A", "INV-B")), violated("INV-B"), True),
        (Expect(("violated",), ("INV-A",)), violated("INV-C"), False),
        (Expect(("violated",), ("INV-A",)), violated("INV-C", "INV-A"), True),
        (Expect(("violated",), ("INV-A",), "W1"), violated("INV-A", window="W2"), False),
        (Expect(("violated",), ("INV-A",), "W1"), violated("INV-A", window="W1"), True),
        (Expect(("unpredictable", "violated"), ("INV-A",)), result("unpredictable"), True),
        (Expect(("unpredictable",)), violated("INV-A"), False),
        (Expect(("deadlock",)), result("deadlock"), True),
        (Expect(("deadlock",)), result("livelock"), False),
        (Expect(("holds",)), violated("INV-A"), False),
        (Expect(("holds",)), result(), False),
    ],
)
def test_expected_failures(expect: Expect, came: RunResult, wanted: bool) -> None:
    assert is_expected_failure(expect, came) is wanted


def test_window_and_invariant_must_be_one_finding() -> None:
    expect = Expect(("violated",), ("INV-A",), "W1")
    assert matching_finding(expect, [finding("INV-A", window="W2"), finding("INV-B", window="W1")]) is None


@pytest.mark.parametrize(
    ("windows", "wanted"),
    [
        (("W3",), True),
        (("W3", "W1"), True),
        (("W1", "W3"), True),
        ((None, "W3"), True),
        (("W1", None), False),
    ],
)
def test_the_window_is_where_a_named_invariant_broke(windows: tuple[str | None, ...], wanted: bool) -> None:
    """Any finding counts, not only the first."""
    expect = Expect(("violated",), ("INV-A", "INV-B"), "W3")
    uses = [finding("INV-B" if window == "W1" else "INV-A", window=window) for window in windows]
    assert (matching_finding(expect, [finding("INV-C", window="W3"), *uses]) is not None) is wanted


def test_a_headline_is_the_expected_finding_or_what_broke_first() -> None:
    found = [finding("INV-C", window="W0"), finding("INV-A", window="W1"), finding("INV-A", window="W2")]
    assert headline(Expect(("violated",), ("INV-A",), "W1"), found) is found[1]
    assert headline(Expect(("violated",), ("INV-A",), "W2"), found) is found[2]
    assert headline(Expect(("violated",), ("INV-A",), "W3"), found) is found[0]


def test_a_bad_access_is_shown_before_a_promise_that_broke() -> None:
    found = [
        finding("INV-X", severity=Severity.UNPREDICTABLE),
        finding("INV-GP", severity=Severity.WAIT_TOO_SHORT),
        finding("INV-LIT", severity=Severity.STALE_POINTER),
        finding("INV-QUIET", severity=Severity.LATE_CALL),
        finding("INV-LIFE", severity=Severity.USE_AFTER_FREE),
    ]
    assert headline(Expect(("holds",)), found) is found[3]
    assert [one.invariant for one in ranked(found)] == ["INV-QUIET", "INV-LIFE", "INV-GP", "INV-LIT", "INV-X"]


def test_only_scenarios_that_may_hold_run_to_the_end() -> None:
    assert stops_early(Expect(("violated",)))
    assert not stops_early(Expect(("holds",)))
    assert not stops_early(Expect(("holds", "violated")))


@pytest.mark.parametrize(
    ("expect", "verdicts", "expected_failure", "ok"),
    [
        (Expect(("holds",)), ["holds"], False, True),
        (Expect(("holds",)), ["holds", "livelock"], False, False),
        (Expect(("violated",), ("INV-A",)), ["violated"], True, True),
        (Expect(("violated",), ("INV-A",)), ["violated"], False, False),
        (Expect(("violated",)), ["holds"], False, False),
        (Expect(("deadlock",)), ["deadlock", "holds"], True, True),
        (Expect(("deadlock",)), ["deadlock", "violated"], True, False),
        (Expect(("holds", "violated")), ["holds"], False, True),
    ],
)
def test_judgement(expect: Expect, verdicts: list[str], expected_failure: bool, ok: bool) -> None:
    judgement = judge(expect, (), verdicts, frozenset(), expected_failure=expected_failure)
    assert judgement.ok is ok
    assert bool(judgement.reasons) is not ok
    assert not judgement.shows_nothing


def test_a_vacuous_pass_is_not_ok() -> None:
    judgement = judge(
        Expect(("holds",)), ("w1", "w2", "w3"), ["holds"], frozenset({"w2"}), expected_failure=False
    )
    assert judgement.verdict == "holds"
    assert not judgement.ok
    assert judgement.unmet == ("w1", "w3")
    assert judgement.reasons == ("never happened: w1, w3",)
    assert not judgement.shows_nothing


def test_what_shows_nothing_says_so_first() -> None:
    wanted = ("w1", "registered", "called", "traced")
    judgement = judge(Expect(("holds",)), wanted, ["holds"], frozenset(), expected_failure=False)
    assert judgement.shows_nothing
    assert judgement.reasons == (
        "it shows nothing: in every run, no ops is registered and no traced function is called",
        "never happened: w1",
    )


def test_a_broken_scenario_is_not_asked_what_it_saw() -> None:
    judgement = judge(Expect(("violated",)), ("w1",), ["violated"], frozenset(), expected_failure=True)
    assert judgement.ok
    assert judgement.unmet == ()
