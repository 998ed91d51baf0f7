"""Known bugs must be found: shipped scenarios, broken ones and one that holds, through @explore."""

import re

import pytest

from tests.environment import run_tool
from tests.testing import samples

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(
    ("name", "invariants"),
    [
        ("enable-call-first", {"INV-COMPL", "INV-LIT"}),
        ("ordering-none", {"INV-COMPL"}),
        ("teardown-no-wait-w1", {"INV-LIFE", "INV-QUIET"}),
        ("teardown-wait-first", {"INV-LIFE", "INV-QUIET", "INV-GP", "INV-LIT"}),
        ("torn-literal-call-first", {"INV-LIT", "INV-COMPL"}),
        ("deadlock-spin", {"deadlock"}),
    ],
)
def test_known_bugs_are_found(pytester: pytest.Pytester, name: str, invariants: set[str]) -> None:
    pytester.makepyfile(test_it=samples.of_scenario(f"{name}.toml", runs=3000))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    found = re.search(r"ScheduleFailed: (?:violated: )?(INV-[A-Z]+|deadlock)", result.stdout.str())
    assert found is not None
    assert found[1] in invariants
    short = next(line for line in result.outlines if line.startswith("FAILED "))
    assert re.search(r" - (violated: INV-|deadlock: )", short), "the short summary says what broke"
    result.stdout.fnmatch_lines(
        ["seed 0x0, run *", "  event cpu0 *", "  replay  pytest *", "  replay  ftrace-actors *"]
    )


def test_a_failure_names_fields_and_not_offsets(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=samples.of_scenario("teardown-no-wait-w1.toml", runs=3000))
    lines = pytester.runpytest().outlines
    said = [line for line in lines if line.startswith("E ")]
    assert any("reads tracer_a->" in line for line in said)
    assert [line for line in said if "+0x" in line] == []


def test_a_sound_protocol_holds_and_shows_what_it_must(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=samples.of_scenario("teardown-tasks.toml", runs=150))
    pytester.runpytest().assert_outcomes(passed=1)


def test_a_sound_protocol_that_shows_nothing_does_not_pass(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=samples.of_scenario("teardown-tasks.toml", runs=1))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *never happened in 1 run: *; more runs may show it*"])


def test_the_command_line_replays_what_a_test_pinned(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=samples.of_scenario("teardown-no-wait-w1.toml"))
    pytester.runpytest()
    (pin,) = pytester.path.rglob("*.replay.json")
    done = run_tool("replay", str(pin))
    assert done.returncode == 0
    assert "VIOLATED INV-" in done.stdout


def test_the_command_line_names_the_test_of_a_schedule_without_a_scenario(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=samples.LOST_UPDATE)
    pytester.runpytest()
    (pin,) = pytester.path.rglob("*.replay.json")
    done = run_tool("replay", str(pin))
    assert done.returncode == 2
    assert f"pytest test_it.py::test_total --ftrace-replay={pin}" in done.stderr


def test_text_overrides_and_looking_for_oneself(pytester: pytest.Pytester) -> None:
    text = (samples.SCENARIOS / "teardown-tasks.toml").read_text(encoding="utf-8")
    pytester.makepyfile(
        test_it=f"""
from ftrace_actors.testing import explore

TEXT = {text!r}


@explore(runs=300)
def test_windows(schedule):
    result = schedule.run_text(TEXT, {{"protocol.wait": "[]"}}, check=False, record=True)
    assert result.events
    assert result.verdict == "holds", result.findings[0].invariant
"""
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *AssertionError: INV-*", "  event cpu0 *"])
    (pin,) = pytester.path.rglob("*.replay.json")
    assert '"protocol.wait"' in pin.read_text()


def test_a_scenario_that_cannot_be_used_is_one_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=samples.of_scenario("no-such.toml"))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *no-such.toml: cannot be read: No such file or directory"])
    result.stdout.no_fnmatch_line("*seed*")


def test_a_world_whose_text_does_not_say_all_is_for_pytest_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it=f"""
from pathlib import Path

from ftrace_actors import scenario
from ftrace_actors.testing import explore

PATH = Path({str(samples.SCENARIOS / "teardown-tasks.toml")!r})
WORLD = scenario.build(scenario.load(PATH, {{"protocol.wait": "[]"}}))


@explore()
def test_world(schedule):
    schedule.run(WORLD)
"""
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  event cpu0 *", "  replay  pytest *"])
    result.stdout.no_fnmatch_line("*ftrace-actors replay*")
    (pin,) = pytester.path.rglob("*.replay.json")
    pytester.runpytest("test_it.py::test_world", f"--ftrace-replay={pin}").assert_outcomes(failed=1)


OWN_DESIGN = """
from ftrace_actors.kernel.designs import CallOps, PatchStep


class BlFirst(CallOps):
    name = "bl-first"
    summary = "the instruction before the literal"

    def enable(self, ops, changes, core):
        for record, update in changes:
            written = core.nop_ops if update == "make_nop" else core.unique(record) or core.list_ops
            target = "" if update == "make_nop" else "ftrace_caller"
            yield PatchStep(record, f"ftrace_{update}_call_first", written.pointer, target)
"""


def of_design(design: str, overrides: str = "None") -> str:
    return samples.of_scenario("enable-under-load.toml", runs=60).replace(
        "toml')", f"toml', {overrides}, design={design!r})"
    )


def test_a_design_of_the_tests_own_is_put_under_a_scenario(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(own_design=OWN_DESIGN, test_it=of_design("own_design.py"))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *INV-COMPL*", "  replay  ftrace-actors replay * --design own_design.py"])
    (pin,) = pytester.path.rglob("*.replay.json")
    assert run_tool("replay", str(pin), "--design", "own_design.py").returncode == 0
    pytester.runpytest(f"--ftrace-replay={pin}", "test_it.py::test_scenario").assert_outcomes(failed=1)
    pytester.makepyfile(test_it=of_design("call-ops"))
    pytester.runpytest().assert_outcomes(failed=1)  # what was recorded is not a schedule of this design
    pin.unlink()
    pytester.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("design", "overrides", "message"),
    [
        ("call-op", "None", "design=: unknown design 'call-op'; did you mean call-ops?"),
        ("gone.py", "None", "gone.py: cannot be read: No such file or directory"),
        (
            "call-ops",
            "{'protocol.design': 'list-only'}",
            "design=: call-ops contradicts protocol.design=list-only",
        ),
    ],
)
def test_a_design_that_cannot_be_used_is_one_line(
    pytester: pytest.Pytester, design: str, overrides: str, message: str
) -> None:
    pytester.makepyfile(test_it=of_design(design, overrides))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E *{message}*"])
