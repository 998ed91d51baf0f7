"""What else than its schedule decides a test is named as such: random, time, the order of sets, earlier executions."""

from pathlib import Path

import pytest

from tests.testing import samples

pytest_plugins = ["pytester"]

PIN = Path(".ftrace-actors/replays/test_it.py/test_total.replay.json")


def make(pytester: pytest.Pytester, text: str) -> None:
    pytester.makepyfile(test_it=text)


def test_a_test_that_is_no_function_of_its_schedule_is_called_so(pytester: pytest.Pytester) -> None:
    make(
        pytester,
        samples.ADDER
        + """
executions = []


@explore()
def test_fickle(schedule):
    schedule.conduct(adders(schedule)[0])
    executions.append(1)
    assert len(executions) != 5
""",
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*it came out differently the second time: more than the schedule decides*"])
    assert not (pytester.path / ".ftrace-actors").exists()


DEPENDS = "more than the schedule decides this test"


def test_what_else_decides_is_found_by_executing_a_failing_schedule_twice(pytester: pytest.Pytester) -> None:
    """It fails every time and in the same line, and yet never alike: `random` is in a step, a message, a choice."""
    drawn = [
        ('"load", "total"', '"load", random.random()', "step 2 was anna: load *"),
        ('"load", "total"', '"load", str(id(object()) + next(counter))', "step 2 was anna: load *"),
        ("== 4", "== 4 + random.random()", "it ended with AssertionError: *"),
        ("== 4", "== time.monotonic()", "it ended with AssertionError: *"),
        ("range(2)", "range(2 + next(counter))", "* the second time *"),
    ]
    for old, new, difference in drawn:
        text = "import itertools, random, time\ncounter = itertools.count()\n" + samples.LOST_UPDATE
        make(pytester, text.replace(old, new).replace("== 4\n", "== -1\n"))
        result = pytester.runpytest()
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(
            [f"  note * came out differently the second time: {DEPENDS} (*); {difference}"]
        )
        assert not (pytester.path / PIN).exists()


def test_twice_looks_at_schedules_that_pass(pytester: pytest.Pytester) -> None:
    make(pytester, samples.SOUND)
    pytester.runpytest("--ftrace-twice").assert_outcomes(passed=1)
    text = "import random\n" + samples.SOUND.replace('"load", "total"', '"load", random.random()')
    make(pytester, text)
    pytester.runpytest().assert_outcomes(passed=1)
    result = pytester.runpytest("--ftrace-twice")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E *AssertionError: {DEPENDS} (*", "  note *; step 2 was anna: load *"])


def test_addresses_in_messages_are_not_a_difference(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE.replace('shared["total"] == 4', 'shared["total"] == 4, object()'))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("  note *")
    assert (pytester.path / PIN).exists()


def test_a_test_that_the_order_of_a_set_decides_is_named_when_its_pin_no_longer_fits(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within one process the order of a set of names is always the same."""
    text = samples.LOST_UPDATE.replace(
        '"load", "total"', '"load", min({"a", "b", "c", "d"}, key=lambda name: 0)'
    )
    text = text.replace('"store", "total"', '"store", min({"a", "b", "c", "d"}, key=lambda name: 0)')
    make(pytester, text.replace("== 4", "in (2, 4)"))
    seen = set()
    make(pytester, text)
    for seed in range(8):
        monkeypatch.setenv("PYTHONHASHSEED", str(seed))
        result = pytester.runpytest_subprocess(f"--ftrace-replay={PIN}" if seen else "-q")
        result.assert_outcomes(failed=1)
        seen.add(seed)
        if f"or {DEPENDS} (" in result.stdout.str():
            return
    pytest.fail("it was never named")


def test_nor_is_one_that_fails_until_it_is_written_down(pytester: pytest.Pytester) -> None:
    make(
        pytester,
        samples.ADDER
        + """

@explore()
def test_shy(schedule):
    schedule.conduct(adders(schedule)[0])
    assert type(schedule.chooser).__name__ == "ReplayChooser"
""",
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*it came out differently the second time: *"])
