"""@explore(until=...): all schedules, as many as a bound takes, or as many as fit into some time."""

import re
from math import comb
from xml.etree import ElementTree as ET

import pytest

from ftrace_actors.errors import InputError
from ftrace_actors.explore.strategies import is_independent
from ftrace_actors.explore.strength import failure_bound
from ftrace_actors.testing import explore
from ftrace_actors.testing.until import Below, Complete, Seconds, runs_for, sampled_words, until_of
from tests.testing import samples

pytest_plugins = ["pytester"]

SOUND = samples.SOUND.replace("runs=100", 'until="complete"')
BROKEN = samples.LOST_UPDATE.replace("runs=100", 'until="complete"')


def run(pytester: pytest.Pytester, text: str, *args: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=text)
    return pytester.runpytest(*args)


def said(result: pytest.RunResult) -> str:
    (line,) = [line for line in result.stdout.lines if line.startswith("test_it.py::test_total: ")]
    return line.partition(": ")[2]


def test_all_schedules_of_a_small_test_are_tried(pytester: pytest.Pytester) -> None:
    """Each actor starts and makes two steps, whoever moves: as many orders as there are ways to place three in six."""
    result = run(pytester, SOUND, "-v")
    result.assert_outcomes(passed=1)
    assert said(result) == f"complete: all {comb(6, 3)} schedules"
    quiet = run(pytester, SOUND)
    assert "complete" not in quiet.stdout.str()


def test_what_was_tried_is_in_the_xml(pytester: pytest.Pytester) -> None:
    run(pytester, SOUND, "--junitxml=it.xml").assert_outcomes(passed=1)
    found = ET.parse(pytester.path / "it.xml").iter("property")
    assert [(one.get("name"), one.get("value")) for one in found] == [
        ("ftrace_tried", f"complete: all {comb(6, 3)} schedules")
    ]


def test_the_first_schedule_that_fails_has_as_few_deviations_as_any(pytester: pytest.Pytester) -> None:
    result = run(pytester, BROKEN)
    result.assert_outcomes(failed=1)
    (line,) = re.findall(r"^seed .*$", result.stdout.str(), re.MULTILINE)
    assert re.fullmatch(r"seed 0x0, run \d+, strategy complete; .*1 non-dull choice", line)
    again = run(pytester, BROKEN)  # the pin, which is of no strategy that there is
    again.assert_outcomes(failed=1)


def test_more_schedules_than_allowed_are_not_all(pytester: pytest.Pytester) -> None:
    result = run(pytester, SOUND.replace('"complete"', '"complete", runs=15'))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E*not complete after 15 schedules: all were tried that differ from the dull one in up to * choices; *"
        ]
    )
    # Fewer than the test asks for, by an option: this is not held against it, and said.
    fewer = run(pytester, SOUND, "-v", "--ftrace-runs=7")
    fewer.assert_outcomes(passed=1)
    assert said(fewer).startswith("not complete after 7 schedules: ")


def test_a_test_that_the_schedule_does_not_decide_is_not_complete(pytester: pytest.Pytester) -> None:
    text = SOUND.replace("@explore(", "EXECUTIONS = []\n\n\n@explore(")
    less = "    EXECUTIONS.append(1)\n    if len(EXECUTIONS) > 3:\n        conductor.actors.pop()\n"
    text = text.replace("    schedule.conduct(", f"{less}    schedule.conduct(")
    text = text.replace('shared["total"] == 4', 'shared["total"] in (2, 4)')
    result = run(pytester, text)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*more than the schedule decides this test*"])


@pytest.mark.parametrize(("strategy", "runs"), [("mix", 59), ("auto", 251), ("auto-fixed", 251)])
def test_as_many_runs_as_a_bound_takes(strategy: str, runs: int, pytester: pytest.Pytester) -> None:
    text = samples.SOUND.replace("runs=100", f'until="p < 0.05", strategy="{strategy}"')
    result = run(pytester, text, "-v")
    result.assert_outcomes(passed=1)
    assert said(result).startswith(f"no failure in {runs} runs")
    assert said(result).endswith("fails with probability below 0.05")


@pytest.mark.parametrize("probability", [0.5, 0.05, 0.001, 0.00012])
def test_a_bound_takes_no_more_runs_than_needed(probability: float) -> None:
    runs = runs_for(Below(probability), "random")
    assert runs is not None
    assert failure_bound(runs) < probability <= failure_bound(runs - 1)
    mixed = runs_for(Below(probability), "auto")
    assert mixed is not None
    assert sum(is_independent("auto", number) for number in range(mixed)) == runs
    assert runs_for(Below(probability), "dull") is None


def test_time_ends_it_after_the_run_that_is_being_made(pytester: pytest.Pytester) -> None:
    result = run(pytester, samples.SOUND.replace("runs=100", 'until="0s"'), "-v")
    result.assert_outcomes(passed=1)
    assert said(result) == "no failure in 1 run"  # which is no independent draw
    result = run(pytester, samples.LOST_UPDATE.replace("runs=100", 'until="10m"'))
    result.assert_outcomes(failed=1)


def test_what_never_happened_is_said_with_the_runs_that_were_made(pytester: pytest.Pytester) -> None:
    text = SOUND.replace("    assert shared", '    schedule.sometimes("luck", False)\n    assert shared')
    result = run(pytester, text)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E*never happened in {comb(6, 3)} runs: luck; *"])


def test_ends_in_words() -> None:
    assert until_of("x", "complete") == Complete()
    assert until_of("x", " 1.5m ") == Seconds(90.0)
    assert until_of("x", "p<.01") == Below(0.01)
    assert sampled_words("dull", 3) == "no failure in 3 runs"


@pytest.mark.parametrize("text", ["all", "60", "p < 1", "p < 0", "p < 0.0000001", "-5s", 0.01, ""])
def test_what_is_not_an_end_is_refused_with_those_there_are(text: object) -> None:
    with pytest.raises(InputError, match=r'until: .* is not an end; there are "complete", a time as "60s"'):
        explore(until=text)  # type: ignore[call-overload]


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(InputError, match="@explore: runs: follows from until"):
        explore(until="p < 0.01", runs=7)
    with pytest.raises(InputError, match="@explore: until: runs of turns are not independent draws"):
        explore(until="p < 0.01", strategy="turns")
