"""A coroutine that a test or an actor forgets to await is an error that names it, and nothing passes without it."""

import warnings

import pytest

from ftrace_actors.testing.unawaited import Forgotten, unawaited

pytest_plugins = ["pytester"]

ACTOR = """
import warnings

from ftrace_actors.actors import Actor
from ftrace_actors.testing import explore


class Adder(Actor):
    async def body(self):
        await self.step("one")
        STEP


@explore(runs=3)
def test_it(schedule):
    conductor = schedule.conductor()
    for name in ("anna", "bert"):
        Adder(conductor, name)
    schedule.conduct(conductor)
"""


@pytest.mark.parametrize("how", [(), ("-W", "error::RuntimeWarning"), ("-W", "ignore")])
def test_a_step_that_an_actor_does_not_await_is_an_error(
    pytester: pytest.Pytester, how: tuple[str, ...]
) -> None:
    pytester.makepyfile(test_it=ACTOR.replace("STEP", 'self.step("two")'))
    result = pytester.runpytest("--tb=short", *how)
    result.assert_outcomes(failed=1)
    said = "*test_it.py:10: await: is missing: the coroutine Actor.step was never awaited, so it did nothing*"
    result.stdout.fnmatch_lines([said])
    assert not (pytester.path / ".ftrace-actors").exists()


def test_one_that_is_awaited_passes_and_other_warnings_stay(pytester: pytest.Pytester) -> None:
    other = 'await self.step("two"); warnings.warn("something else")'
    pytester.makepyfile(test_it=ACTOR.replace("STEP", other))
    result = pytester.runpytest("-W", "default")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*UserWarning: something else*"])


def test_a_run_that_a_test_does_not_await_is_an_error(pytester: pytest.Pytester) -> None:
    text = ACTOR.replace("STEP", "pass").replace("schedule.conduct(", "schedule.conduct_trio(")
    pytester.makepyfile(test_it=text)
    result = pytester.runpytest("--tb=short")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the coroutine Schedule.conduct_trio was never awaited*"])


def test_what_was_set_before_is_set_after() -> None:
    async def nothing() -> None:
        """Not awaited."""

    before = warnings.showwarning, list(warnings.filters)
    with unawaited() as found:
        dropped = nothing()
        del dropped
        (one,) = found
    assert isinstance(one, Forgotten)
    assert one.coroutine.endswith("nothing")
    assert one.file == __file__
    assert (warnings.showwarning, list(warnings.filters)) == before
