"""What stops a test from outside comes through as it is, and the test is not executed again."""

import re
from pathlib import Path

import pytest

from tests.testing import samples

pytest_plugins = ["pytester"]

PIN = Path(".ftrace-actors/replays/test_it.py/test_it.replay.json")

# As pytest-timeout does it, with an alarm that a test rings itself: time plays no part in it. It rings once.
ALARM = (
    samples.ADDER
    + """

import signal

import pytest

executions = []


@pytest.fixture(autouse=True)
def alarm():
    def handler(signum, frame):
        pytest.fail("Timeout (>2.0s)")

    signal.signal(signal.SIGALRM, handler)
    yield
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    print(f"executed {len(executions)} times")


def hang():
    assert not executions.count("hang"), "it hangs, and nobody stops it any more"
    executions.append("hang")
    signal.raise_signal(signal.SIGALRM)


"""
)

HANGS_AT_A_SWITCH = (
    ALARM
    + """
class Spinner(Adder):
    async def body(self):
        await super().body()
        if self.shared["total"] < 3 and self.name == "bert":
            hang()


@explore(runs=100)
def test_it(schedule):
    executions.append("test")
    conductor = schedule.conductor()
    shared = {"total": 0}
    Spinner(conductor, "anna", shared)
    Spinner(conductor, "bert", shared)
    schedule.conduct(conductor)
"""
)


def test_a_timeout_comes_through_and_is_pinned_unshrunk(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=HANGS_AT_A_SWITCH)
    result = pytester.runpytest("-rN")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *Failed: Timeout (>2.0s)",
            "E *time was up while it was executed*",
            "seed 0x0, run *, strategy auto; * non-dull choice*",
            "  note    time was up while it was executed",
            f"  replay  pytest test_it.py::test_it *{PIN}",
        ]
    )
    result.stdout.no_fnmatch_line("*nobody stops it*")
    result.stdout.no_fnmatch_line("*; shrunk in*")
    run = re.search(r"^seed 0x0, run (\d+)", result.stdout.str(), re.MULTILINE)
    times = re.search(r"executed (\d+) times", result.stdout.str())
    assert run
    assert times
    assert int(times[1]) == 1 + int(run[1]) + 1 + 1  # the dull one, runs from 0, and what hangs counts twice


@pytest.mark.parametrize(
    "how", [["--ftrace-strategy=dull"], ["test_it.py::test_it", f"--ftrace-replay={PIN}"]]
)
def test_what_hung_hangs_again(pytester: pytest.Pytester, how: list[str]) -> None:
    pytester.makepyfile(test_it=HANGS_AT_A_SWITCH)
    pytester.runpytest()
    result = pytester.runpytest(*how)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *Failed: Timeout (>2.0s)", "seed 0x0, run *; * non-dull *", "executed 2 times"]
    )
    if len(how) > 1:
        result.stdout.fnmatch_lines(["  step  anna *bert"])


def test_a_timeout_while_shrinking_keeps_the_failure(pytester: pytest.Pytester) -> None:
    text = """
@explore(runs=100)
def test_it(schedule):
    executions.append("test")
    conductor, shared = adders(schedule)
    schedule.conduct(conductor)
    if "lost" in executions:
        hang()
    if shared["total"] != 4:
        executions.append("lost")
    assert shared["total"] == 4
"""
    pytester.makepyfile(test_it=ALARM + text)
    result = pytester.runpytest("-rN")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *assert 3 == 4",
            "E *Failed: Timeout (>2.0s)",
            "seed 0x0, run *, strategy auto; * non-dull choice*",
            "  note    time was up before this failure was shrunk",
        ]
    )
    assert '"failure": "assert 3 == 4"' in (pytester.path / PIN).read_text()


def test_a_timeout_in_a_world_pins_nothing(pytester: pytest.Pytester) -> None:
    text = f"""
class Watched:
    def __init__(self, chooser):
        self.chooser, self.begin, self.end = chooser, chooser.begin, chooser.end

    def choose(self, *about):
        hang()


@explore()
def test_it(schedule):
    schedule.chooser = Watched(schedule.chooser)
    schedule.run_file({str(samples.SCENARIOS / "teardown-tasks.toml")!r})
"""
    pytester.makepyfile(test_it=ALARM + text)
    result = pytester.runpytest("-rN")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *Failed: Timeout (>2.0s)",
            "seed 0x0, run 0, strategy dull",
            "  note    time was up while it was executed; what was chosen is not known, so it cannot be pinned",
        ]
    )
    assert not (pytester.path / PIN).exists()


def test_a_timer_of_the_tests_own_is_a_failure_like_any_other(pytester: pytest.Pytester) -> None:
    text = """
@explore(runs=100)
def test_it(schedule):
    conductor, shared = adders(schedule)
    schedule.conduct(conductor)

    def late(signum, frame):
        raise TimeoutError("lost")

    before = signal.signal(signal.SIGALRM, late)
    try:
        if shared["total"] < 4:
            signal.raise_signal(signal.SIGALRM)
    finally:
        signal.signal(signal.SIGALRM, before)
"""
    pytester.makepyfile(test_it=ALARM + text)
    result = pytester.runpytest()
    result.stdout.fnmatch_lines(["E *TimeoutError: lost", "seed 0x0, *; shrunk in * to 1 non-dull choice"])
