"""Which driver steps the actors of a test: trio unless the test or the command line says otherwise."""

import pytest

from tests.testing import samples

pytest_plugins = ["pytester"]

TEST = (
    samples.ADDER
    + """

import trio

loops = []


@explore(ARGUMENTS)
def test_it(schedule):
    conductor, shared = adders(schedule, atomic=True)
    real = Adder.body

    async def body(self):
        loops.append(trio.lowlevel.in_trio_run())
        await real(self)

    Adder.body = body
    try:
        schedule.conduct(conductor)
    finally:
        Adder.body = real


def test_which():
    assert set(loops) == {EXPECTED}
"""
)


@pytest.mark.parametrize(
    ("arguments", "options", "trio"),
    [
        ("runs=5", [], True),
        ("runs=5, driver='bare'", [], False),
        ("runs=5", ["--ftrace-driver=bare"], False),
        ("runs=5, driver='bare'", ["--ftrace-driver=trio"], True),
    ],
)
def test_the_option_outranks_the_test(
    pytester: pytest.Pytester, arguments: str, options: list[str], trio: bool
) -> None:
    pytester.makepyfile(test_it=TEST.replace("ARGUMENTS", arguments).replace("EXPECTED", str(trio)))
    pytester.runpytest(*options).assert_outcomes(passed=2)


IN_A_LOOP = (
    samples.ADDER
    + """

@explore(ARGUMENTS)
async def test_it(schedule):
    conductor, shared = adders(schedule, atomic=True)
    schedule.conduct(conductor)
"""
)


def test_an_async_test_that_does_not_await_is_told_what_to_await(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ntrio_mode = true")
    pytester.makepyfile(test_it=IN_A_LOOP.replace("ARGUMENTS", "runs=5"))
    result = pytester.runpytest("-rN")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*InputError: schedule.conduct(): *inside a running event loop: use `await schedule.conduct_trio*"]
    )
    pytester.makepyfile(test_it=IN_A_LOOP.replace("ARGUMENTS", "runs=5, driver='bare'"))
    pytester.runpytest().assert_outcomes(passed=1)
