"""@explore over coroutine functions, under pytest-trio."""

import pytest
import trio

from ftrace_actors.actors import DullChooser, RunCancelled
from ftrace_actors.errors import InputError
from ftrace_actors.testing import Schedule
from tests.testing import samples

pytest_plugins = ["pytester"]

ASYNC = (
    samples.ADDER
    + """

import pytest
import trio


@pytest.fixture
async def log():
    async with trio.open_nursery() as nursery:
        yield []


@explore(runs=100)
async def test_total(schedule, nursery, log):
    conductor, shared = adders(schedule, atomic=ATOMIC)
    outcome = await schedule.conduct_trio(conductor)
    log.append(outcome.steps)
    await trio.lowlevel.checkpoint()
    assert shared["total"] == 4
"""
)


@pytest.fixture(autouse=True)
def trio_mode(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ntrio_mode = true")


def test_a_failing_schedule_is_the_one_of_the_plain_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=ASYNC.replace("ATOMIC", "False"))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*replay: pytest test_it.py::test_total --ftrace-replay=*",
            "seed 0x0, run *, strategy auto; shrunk in * from 3 to 1 non-dull choice",
            "  step  anna *bert",
            "[*]    5   *start",
        ]
    )
    (pin,) = pytester.path.rglob("*.replay.json")
    pytester.runpytest("test_it.py::test_total", f"--ftrace-replay={pin}").assert_outcomes(failed=1)
    pytester.runpytest("--ftrace-strategy=dull").stdout.fnmatch_lines(["seed 0x0, run *; 1 non-dull choice"])


def test_a_sound_one_passes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=ASYNC.replace("ATOMIC", "True"))
    pytester.runpytest().assert_outcomes(passed=1)


def test_a_world_on_trio(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it=f"""
from pathlib import Path

from ftrace_actors import scenario
from ftrace_actors.testing import explore

WORLD = scenario.build(scenario.load(Path({str(samples.SCENARIOS / "ordering-none.toml")!r})))


@explore()
async def test_world(schedule):
    await schedule.run_trio(WORLD)
"""
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["* *ScheduleFailed: violated: INV-*", "  why *", "  replay  ftrace-actors replay *"]
    )


@pytest.mark.parametrize("name", ["run", "run_file", "run_text"])
async def test_a_sync_call_in_a_loop_names_what_to_await(name: str) -> None:
    with pytest.raises(InputError, match=rf"^schedule\.{name}\(\): .*: use `await schedule\.{name}_trio\("):
        getattr(Schedule(DullChooser()), name)("never looked at")


async def test_the_tasks_of_a_scenario_are_below_a_nursery_that_is_given(nursery: trio.Nursery) -> None:
    path = samples.SCENARIOS / "teardown-tasks.toml"
    assert (await Schedule(DullChooser()).run_file_trio(path, nursery=nursery)).verdict == "holds"
    nursery.cancel_scope.cancel()
    with pytest.raises(RunCancelled):
        await Schedule(DullChooser()).run_text_trio(path.read_text(), nursery=nursery)


@pytest.mark.parametrize("name", ["run_file", "run_text"])
def test_a_scenario_on_trio(pytester: pytest.Pytester, name: str) -> None:
    """It fails as it does for a plain function, and its pin can be replayed by the command line."""
    scenario = samples.SCENARIOS / "ordering-none.toml"
    given = f"Path({str(scenario)!r})" + (".read_text()" if name == "run_text" else "")
    pytester.makepyfile(
        test_it=f"""
from pathlib import Path

from ftrace_actors.testing import explore


@explore()
async def test_scenario(schedule):
    await schedule.{name}_trio({given}, {{"machine.cpus": "3"}}, design="call-ops")
"""
    )
    result = pytester.runpytest("--ftrace-runs=100")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["* *ScheduleFailed: violated: INV-*", "  why *", "  replay  ftrace-actors replay *"]
    )


def test_what_takes_too_long_fails_under_the_dull_schedule(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it=samples.ADDER
        + """

import trio


@explore()
async def test_stuck(schedule, autojump_clock):
    with trio.fail_after(5):
        await schedule.conduct_trio(adders(schedule)[0])
        await trio.sleep_forever()
"""
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*TooSlowError*", "seed 0x0, run 0, strategy dull; 0 non-dull choices"])


IN_A_BODY = (
    samples.ADDER
    + """

import signal

import pytest


def ring():
    def handler(signum, frame):
        pytest.fail("Timeout (>2.0s)")

    signal.signal(signal.SIGALRM, handler)
    signal.raise_signal(signal.SIGALRM)


class Jumpy(Adder):
    async def body(self):
        await super().body()
        if self.shared["total"] < 3 and self.name == "bert":
            HOW


@explore(runs=100)
async def test_total(schedule):
    conductor = schedule.conductor()
    shared = {"total": 0}
    Jumpy(conductor, "anna", shared)
    Jumpy(conductor, "bert", shared)
    await schedule.conduct_trio(conductor)
"""
)


def test_what_a_body_says_is_a_failure_of_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=IN_A_BODY.replace("HOW", 'pytest.fail("lost")'))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Failed: lost", "*replay: pytest *", "seed 0x0, run *; shrunk in *"])


def test_a_timeout_in_a_body_comes_through_and_is_pinned(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=IN_A_BODY.replace("HOW", "ring()"))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*Failed: Timeout*", "  note    time was up while it was executed", "  replay  *"]
    )
    assert list(pytester.path.rglob("*.replay.json"))


def test_skipping_in_a_body_skips_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=IN_A_BODY.replace("HOW", 'pytest.skip("not here")'))
    result = pytester.runpytest()
    result.assert_outcomes(skipped=1)
    assert not list(pytester.path.rglob("*.replay.json"))
