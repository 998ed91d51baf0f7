"""--ftrace-replay makes the recorded run or says that it did not; it never passes."""

import json
from pathlib import Path

import pytest

from tests.testing import samples

pytest_plugins = ["pytester"]

FILE = "kept.json"
OPTION = f"--ftrace-replay={FILE}"
TEST = "test_it.py::test_total"


def keep(pytester: pytest.Pytester, text: str = samples.LOST_UPDATE, **changes: object) -> None:
    """Pin the failure of a test, and put the file aside."""
    pytester.makepyfile(test_it=text)
    pytester.runpytest("-q")
    (pin,) = pytester.path.rglob("*.replay.json")
    (pytester.path / FILE).write_text(json.dumps({**json.loads(pin.read_text()), **changes}))
    pin.unlink()


def refused(
    pytester: pytest.Pytester, message: str, *, text: str = samples.LOST_UPDATE, test: str = TEST
) -> None:
    """The replay fails with one line about the file."""
    pytester.makepyfile(test_it=text)
    result = pytester.runpytest(test, OPTION)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E *InputError: *{FILE}: {message}"])
    result.stdout.no_fnmatch_line("seed 0x0, *")


def test_the_recorded_run_is_made(pytester: pytest.Pytester) -> None:
    keep(pytester)
    result = pytester.runpytest(TEST, OPTION)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *assert 2 == 4", "seed 0x0, run *; 1 non-dull choice"])
    result.stdout.no_fnmatch_line("  note *")


def test_another_operation_at_the_place(pytester: pytest.Pytester) -> None:
    keep(pytester)
    text = samples.LOST_UPDATE.replace('"load", "total"', '"read", "total"').replace('"store"', '"write"')
    refused(
        pytester,
        "does not match the current test: replay diverged at choice 4: expected schedule asked by actor 0 "
        "about to do store total, found schedule asked by actor 0 about to do write total",
        text=text,
    )


def test_a_step_more_before_the_place(pytester: pytest.Pytester) -> None:
    keep(pytester)
    more = '            await self.step("look", "total")\n            await self.step("load", "total")\n'
    text = samples.LOST_UPDATE.replace('            await self.step("load", "total")\n', more)
    assert text != samples.LOST_UPDATE
    refused(pytester, "does not match the current test: replay diverged at choice 4: *", text=text)


def test_an_actor_more(pytester: pytest.Pytester) -> None:
    keep(pytester)
    text = samples.LOST_UPDATE.replace(
        "    schedule.conduct", '    Adder(conductor, "carl", shared)\n    schedule.conduct'
    )
    refused(pytester, "does not match the current test: * of 2, found schedule with 3 options", text=text)


def test_a_run_that_is_over_before(pytester: pytest.Pytester) -> None:
    keep(pytester)
    text = samples.LOST_UPDATE.replace("range(2)", "range(0)").replace("== 4", "== 1")
    refused(pytester, "does not match the current test: replay diverged at choice 4: *", text=text)


def test_more_choices_after_the_last(pytester: pytest.Pytester) -> None:
    keep(pytester, positions=99)
    refused(
        pytester,
        "does not match the current test: the run asked * choices, the recorded one 99; "
        "the file of the test is as it was, so code it uses has changed, or more than the schedule decides *",
    )


def test_a_failure_that_is_gone(pytester: pytest.Pytester) -> None:
    keep(pytester)
    refused(
        pytester,
        "the recorded failure (assert 2 == 4) does not happen any more: the test passes",
        text=samples.LOST_UPDATE.replace("== 4", "== 2"),
    )


def test_another_failure_is_remarked(pytester: pytest.Pytester) -> None:
    keep(pytester)
    pytester.makepyfile(test_it=samples.LOST_UPDATE.replace("== 4", "== 5"))
    result = pytester.runpytest(TEST, OPTION)
    result.stdout.fnmatch_lines(
        ["E *assert 2 == 5", "  note    the file says that it fails otherwise: assert 2 == 4"]
    )


OTHER = samples.LOST_UPDATE.replace("test_total", "test_other")


def test_the_file_of_another_test(pytester: pytest.Pytester) -> None:
    keep(pytester)
    other = "test_it.py::test_other"
    of = f"it was recorded of {TEST}"
    refused(
        pytester,
        f"the recorded failure (assert 2 == 4) does not happen any more: the test passes; {of}",
        text=OTHER.replace("== 4", "== 2"),
        test=other,
    )
    refused(
        pytester,
        f"is a schedule of another test, {TEST}, in which another failure was recorded (assert 2 == 4)",
        text=OTHER.replace("== 4", "== 3"),
        test=other,
    )


def test_a_renamed_test_is_warned_of(pytester: pytest.Pytester) -> None:
    keep(pytester)
    pytester.makepyfile(test_it=OTHER)
    result = pytester.runpytest("test_it.py::test_other", OPTION, "-W", "default")
    result.assert_outcomes(failed=1, warnings=1)
    result.stdout.fnmatch_lines(
        ["E *assert 2 == 4", f"*{FILE}: {TEST} is test_it.py::test_other now: it fails alike"]
    )


ENABLE = "enable-call-first.toml"
SCENARIO = "test_it.py::test_scenario"


def test_the_file_of_another_scenario(pytester: pytest.Pytester) -> None:
    keep(pytester, samples.of_scenario("teardown-no-wait-w1.toml"))
    runs = f"this test runs scenarios/{ENABLE}"
    refused(
        pytester,
        f"* it was recorded of scenarios/teardown-no-wait-w1.toml, and {runs}",
        text=samples.of_scenario(ENABLE),
        test=SCENARIO,
    )
    refused(pytester, "* it was recorded of */teardown-no-wait-w1.toml")


def test_a_scenario_that_was_edited(pytester: pytest.Pytester) -> None:
    text = (samples.SCENARIOS / ENABLE).read_text(encoding="utf-8")
    copy = pytester.path / "copy.toml"
    copy.write_text(text)
    test = samples.of_scenario(ENABLE).replace(str(samples.SCENARIOS / ENABLE), "copy.toml")
    keep(pytester, test)
    copy.write_text("# A remark changes nothing.\n" + text)
    result = pytester.runpytest(SCENARIO, OPTION)
    result.stdout.fnmatch_lines(["E *ScheduleFailed: violated: *", "  replay  ftrace-actors replay *"])
    recorded = json.loads((pytester.path / FILE).read_text())
    (pytester.path / FILE).write_text(json.dumps({**recorded, "digest": "0" * 32}))
    refused(
        pytester,
        "does not match the current test: the choices fit, but the events are not the recorded ones "
        "(tool *); copy.toml has changed since",
        text=test,
        test=SCENARIO,
    )


def test_a_file_that_the_command_line_wrote(pytester: pytest.Pytester, tmp_path: Path) -> None:
    """It names no test; what it is a run of decides."""
    keep(pytester, samples.of_scenario(ENABLE))
    text = samples.of_scenario(ENABLE).replace("test_scenario", "test_of_another_name")
    pytester.makepyfile(test_it=text)
    result = pytester.runpytest("test_it.py::test_of_another_name", OPTION, "-W", "error")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *ScheduleFailed: violated: *"])
