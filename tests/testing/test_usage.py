"""Wrong usage is one clear line."""

import pytest

from ftrace_actors.errors import InputError
from ftrace_actors.testing import Schedule, explore
from tests.testing import samples

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (
            "--ftrace-runs=none",
            "--ftrace-runs: 'none' is not a number of runs; write an integer of at least 1, or 0x...",
        ),
        ("--ftrace-runs=0", "--ftrace-runs: '0' is not a number of runs; *"),
        ("--ftrace-seed=-1", "--ftrace-seed: '-1' is not a seed; write an integer of at least 0, or 0x..."),
        ("--ftrace-seed=0xg", "--ftrace-seed: '0xg' is not a seed; *"),
        ("--ftrace-driver=asyncio", "--ftrace-driver: unknown driver 'asyncio'; there are trio and bare"),
        ("--ftrace-strategy=pcct", "--ftrace-strategy: unknown strategy 'pcct'; did you mean 'pct'[?]"),
        ("--ftrace-strategy=zz", "--ftrace-strategy: unknown strategy 'zz'; there are *, dull, *"),
        ("--ftrace-replay=gone.json", "--ftrace-replay: gone.json: no such file"),
    ],
)
def test_wrong_options(pytester: pytest.Pytester, option: str, message: str) -> None:
    pytester.makepyfile(test_it=samples.SOUND)
    result = pytester.runpytest(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
    assert len([line for line in result.stderr.lines if line]) == 1


WRONG_SEED = "FTRACE_ACTORS_SEED: 'now' is not a seed; *"


def test_a_wrong_seed_in_the_environment(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FTRACE_ACTORS_SEED", "now")
    pytester.makepyfile(test_it=samples.SOUND)
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {WRONG_SEED}"])


def test_which_is_nothing_to_tests_without_schedules(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTRACE_ACTORS_SEED", "now")
    pytester.makepyfile(test_it=samples.SOUND + "\n\ndef test_plain(): pass")
    pytester.runpytest("-k", "plain").assert_outcomes(passed=1, deselected=1)
    pytester.runpytest("-k", "plain", "--ftrace-runs=3").assert_outcomes(passed=1, deselected=1)


def test_workers_refuse_as_well(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(test_it=samples.SOUND + 3 * "\n\ndef test_plain(): pass")
    pytester.makepyfile(test_two=samples.SOUND + "\n\ntest_another = test_total\n" * 3)
    pytester.makefile(".json", some="{}")
    one = "a schedule is for one test under @explore"
    refusals = [
        (["test_two.py", "--ftrace-replay=some.json"], {"errors": 1}, f"{one}; 2 such tests *"),
        (["test_it.py", "-kplain", "--ftrace-replay=some.json"], {"passed": 1}, f"{one}; none is selected"),
    ]
    for arguments, outcomes, message in refusals:
        result = pytester.runpytest_subprocess("-n1", *arguments)
        assert result.ret == pytest.ExitCode.INTERRUPTED
        result.assert_outcomes(**outcomes)
        result.stdout.fnmatch_lines([f"!*--ftrace-replay: {message}*!"])
    monkeypatch.setenv("FTRACE_ACTORS_SEED", "now")
    result = pytester.runpytest_subprocess("-n1", "test_it.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([WRONG_SEED])


def test_a_replay_is_of_one_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it=samples.SOUND + "\n\ntest_another = test_total\n", test_plain="def test_plain(): pass"
    )
    pytester.makefile(".json", some="{}")
    for chosen, found in (("test_it.py", "2 such tests are selected"), ("test_plain.py", "none is selected")):
        result = pytester.runpytest(chosen, "--ftrace-replay=some.json")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(
            [f"ERROR: --ftrace-replay: a schedule is for one test under @explore; {found}"]
        )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("no json", "some.json: not a replay file: *"),
        ("{}", "some.json: *missing required field*"),
        ('{"test": "x"}', "some.json: *missing required field*"),
        ('{"format": 2, "test": "x", "picks": 3}', "some.json: *"),
        ('{"format": 1, "test": "x", "picks": []}', "some.json: format: *record the run again*"),
    ],
)
def test_a_replay_that_is_none(pytester: pytest.Pytester, content: str, message: str) -> None:
    pytester.makepyfile(test_it=samples.SOUND)
    pytester.makefile(".json", some=content)
    result = pytester.runpytest("--ftrace-replay=some.json")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E *{message}"])


def test_a_spoilt_pin_is_kept_and_reported(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=samples.SOUND)
    pin = pytester.path / ".ftrace-actors/replays/test_it.py/test_total.replay.json"
    pin.parent.mkdir(parents=True)
    pin.write_text("{")
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *test_total.replay.json: not a replay file: *; no other schedule fails; *"]
    )
    assert pin.read_text() == "{"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"runs": 0}, "@explore: runs: 0 is not a number of runs; it must be an integer of at least 1"),
        (
            {"runs": "many"},
            "@explore: runs: 'many' is not a number of runs; it must be an integer of at least 1",
        ),
        ({"seed": -3}, "@explore: seed: -3 is not a seed; it must be an integer of at least 0"),
        ({"driver": "asyncio"}, "@explore: driver: unknown driver 'asyncio'; there are trio and bare"),
        ({"strategy": "randm"}, "@explore: strategy: unknown strategy 'randm'; did you mean 'random'?"),
        ({"replays": "a.json"}, "@explore: replays: is a list of files, also when it is one"),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as error:
        explore(**arguments)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_a_test_must_take_a_schedule() -> None:
    with pytest.raises(InputError, match="@explore: test_it: must take an argument named 'schedule'"):

        @explore()
        def test_it() -> None: ...


def test_a_generator_is_no_test() -> None:
    with pytest.raises(InputError, match="is a generator"):

        @explore()
        def test_it(schedule: Schedule):
            yield


def test_not_over_given() -> None:
    from hypothesis import given
    from hypothesis import strategies as st

    with pytest.raises(InputError, match=r"is under @given already; draw from schedules\(\)"):

        @explore()
        @given(st.integers())
        def test_it(schedule: Schedule, number: int) -> None: ...


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "pass",
            "*.py:4: test_it: the test made no run: use schedule.run... or schedule.conductor()",
        ),
        (
            "schedule.conductor()",
            "*.py:4: test_it: the test made a conductor that was never conducted: schedule.conduct(conductor) *",
        ),
        (
            "Actor(schedule.conductor(), 'anna')",
            "*.py:4: test_it: the test made actors (anna) that were never conducted: schedule.conduct(conductor) *",
        ),
        (
            "schedule.conduct(schedule.conductor())",
            "*.py:4: test_it: the test conducted no actor: make them, for this conductor, before *",
        ),
        (
            "schedule.conductor(); schedule.conduct(Conductor(DullChooser()))",
            "*schedule: conducts another conductor than the one that schedule.conductor() made",
        ),
        (
            "schedule.conductor(); schedule.conductor()",
            "*schedule: a schedule answers the choices of one run; this is the second",
        ),
    ],
)
def test_one_run_no_more_no_less(pytester: pytest.Pytester, body: str, message: str) -> None:
    pytester.makepyfile(
        "from ftrace_actors.actors import Actor, Conductor, DullChooser\n"
        f"from ftrace_actors.testing import explore\n\n@explore()\ndef test_it(schedule):\n    {body}\n"
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E {message}"])
    result.stdout.no_fnmatch_line("seed *")


def test_actors_made_after_the_run_are_refused(pytester: pytest.Pytester) -> None:
    text = samples.SOUND.replace(
        "    schedule.conduct(conductor)\n",
        '    schedule.conduct(conductor)\n    Adder(conductor, "late", shared)\n',
    )
    assert text != samples.SOUND
    pytester.makepyfile(test_it=text)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *actor 'late' was made after the run had started"])


@pytest.mark.parametrize("how", ["schedule.conduct(conductor)", "await schedule.conduct_trio(conductor)"])
@pytest.mark.parametrize("library", ["asyncio.sleep(0)", "trio.lowlevel.checkpoint()"])
def test_foreign_awaits_are_refused_and_not_pinned(pytester: pytest.Pytester, how: str, library: str) -> None:
    pytester.makepyfile(
        test_it=f"""
import asyncio
import trio
from ftrace_actors.actors import Actor
from ftrace_actors.testing import explore


class Stray(Actor):
    async def body(self):
        await self.step("load")
        await {library}


@explore()
{"async " if "await" in how else ""}def test_it(schedule):
    conductor = schedule.conductor()
    Stray(conductor, "anna")
    {how}
"""
    )
    result = pytester.runpytest("-o", "trio_mode=true")
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines(
        [rf"[E |]+ .*ForeignAwait: 'anna' awaited {library.partition('.')[0]}\.\w+ at test_it\.py:\d+: "]
    )
    assert not list(pytester.path.rglob("*.replay.json"))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("pass", "the test made no run: use schedule.run... or schedule.conductor()"),
        ("schedule.conductor()", "the test made a conductor that was never conducted: *"),
        ("Actor(schedule.conductor(), 'anna')", "the test made actors (anna) that were never conducted: *"),
    ],
)
def test_a_drawn_schedule_decides_something(pytester: pytest.Pytester, body: str, message: str) -> None:
    text = f"""
from hypothesis import assume, given, settings, strategies as st
from ftrace_actors.actors import Actor
from ftrace_actors.testing import schedules


@settings(max_examples=20, database=None, derandomize=True)
@given(schedule=schedules(), number=st.integers(0, 9))
def test_it(schedule, number):
    {body}
"""
    pytester.makepyfile(test_it=text)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([message])
    # One that makes its run in some examples is in order.
    run = "conductor = schedule.conductor(); Actor(conductor, 'a'); schedule.conduct(conductor)"
    sometimes = f"    if number < 5:\n        {run}"
    pytester.makepyfile(test_it=text.replace(f"    {body}\n", f"{sometimes}\n        return\n    {body}\n"))
    pytester.runpytest().assert_outcomes(passed=1)


def test_the_fixture_without_the_decorator(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(schedule): pass")
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the fixture 'schedule' is for tests under @explore(); this one is not"])


def test_another_fixture_of_the_name(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        samples.SOUND + "\n\nimport pytest\n\n\n@pytest.fixture\ndef schedule():\n    return 'every Monday'\n"
    )
    result = pytester.runpytest()
    result.stdout.fnmatch_lines(
        ["E *@explore: schedule: is a str: another fixture of that name hides the plugin's"]
    )


def test_without_parentheses(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=samples.LOST_UPDATE.replace("@explore(runs=100)", "@explore"))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *assert 2 == 4", "seed 0x0, run *; shrunk in *"])


def test_arguments_have_names() -> None:
    with pytest.raises(
        InputError, match=r"@explore: 500 is not a test; arguments have names, as in @explore\(runs=500\)"
    ):
        explore(500)  # type: ignore[call-overload]


def test_methods_of_unittest_get_no_schedule(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import unittest
from ftrace_actors.testing import explore


class TestIt(unittest.TestCase):
    @explore()
    def test_it(self, schedule):
        schedule.conductor()
"""
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *@explore: schedule: is missing: pytest gives it to functions and *"])


@pytest.mark.parametrize(
    ("decorator", "more"),
    [("", ""), ("@explore()", "; leave out @explore, which repeats a test by itself")],
)
def test_under_given_a_schedule_is_drawn(pytester: pytest.Pytester, decorator: str, more: str) -> None:
    pytester.makepyfile(
        f"""
from hypothesis import given, strategies as st
from ftrace_actors.testing import explore


@given(number=st.integers())
{decorator}
def test_it(schedule, number): ...
"""
    )
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    drawn = "a test under @given draws its schedule, as in @given(schedule=schedules())"
    assert f"{drawn}{more}" in result.stdout.lines
