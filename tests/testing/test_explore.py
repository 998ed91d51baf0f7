"""@explore under pytest: what fails is found, shrunk, told, pinned and replayed."""

import json
import re
from pathlib import Path

import pytest

from ftrace_actors.testing import schedule_of
from ftrace_actors.testing.attempt import Attempt
from tests.testing import samples

pytest_plugins = ["pytester"]

PIN = Path(".ftrace-actors/replays/test_it.py/test_total.replay.json")
REPLAY = f"pytest test_it.py::test_total --ftrace-replay={PIN}"


def make(pytester: pytest.Pytester, text: str) -> None:
    pytester.makepyfile(test_it=text)


def seeds(result: pytest.RunResult) -> list[str]:
    return re.findall(r"^seed .*$", result.stdout.str(), re.MULTILINE)


def test_a_failing_schedule_is_shrunk_and_told(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            ">*assert shared*== 4",
            f"E*replay: {REPLAY}",
            "*ftrace-actors: the schedule that fails*",
            "seed 0x0, run *, strategy auto; shrunk in * replays from 3 to 1 non-dull choice",
            "  step  anna *bert",
            "     2  load total",
            "[*]    5   *start",
            "        (10 steps; [*] is not what the dull schedule would do)",
            f"  replay  {REPLAY}",
        ]
    )
    result.stdout.no_fnmatch_line("*ftrace-actors replay*")  # there is no scenario to replay


def test_the_replay_shows_the_same_run(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE)
    first = pytester.runpytest()
    again = pytester.runpytest(*REPLAY.split()[1:])
    again.assert_outcomes(failed=1)

    def steps(result: pytest.RunResult) -> list[str]:
        lines = result.stdout.lines
        return lines[lines.index(next(line for line in lines if line.startswith("  step "))) :][:11]

    assert steps(again) == steps(first)


def test_the_pinned_schedule_runs_first(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE)
    pytester.runpytest()
    before = (pytester.path / PIN).read_bytes()
    # One run of a strategy that finds nothing: what fails can only be what was pinned.
    result = pytester.runpytest("--ftrace-strategy=dull")
    result.assert_outcomes(failed=1)
    (line,) = seeds(result)
    assert re.fullmatch(r"seed 0x0, run \d+, strategy auto; 1 non-dull choice", line)
    assert (pytester.path / PIN).read_bytes() == before


def test_the_pin_goes_away_with_the_bug(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE)
    pytester.runpytest()
    assert (pytester.path / PIN).exists()
    make(pytester, samples.MENDED)
    result = pytester.runpytest()
    result.assert_outcomes(passed=1)
    assert not (pytester.path / PIN).exists()


def test_a_pin_that_no_longer_fits_is_kept_and_reported(pytester: pytest.Pytester) -> None:
    """What was not tried has not passed: the test has another step, another actor, or none of the steps."""
    make(pytester, samples.LOST_UPDATE)
    pytester.runpytest()
    before = (pytester.path / PIN).read_bytes()
    changed = [
        samples.SOUND,
        samples.MENDED.replace('"store"', '"write"'),
        samples.MENDED.replace("range(2)", "range(1)").replace("== 4", "== 2"),
        samples.MENDED.replace(
            "    schedule.conduct", '    Adder(conductor, "carl", shared)\n    schedule.conduct'
        ).replace("== 4", "== 6"),
    ]
    for text in changed:
        make(pytester, text)
        result = pytester.runpytest()
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(
            [f"E *{PIN}: does not match the current test: * at choice 4: *; no other schedule fails; *"]
        )
        assert (pytester.path / PIN).read_bytes() == before
    make(pytester, samples.MENDED)
    pytester.runpytest().assert_outcomes(passed=1)


def test_a_pin_that_no_longer_fits_gives_way_to_a_new_failure(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE)
    pytester.runpytest()
    before = (pytester.path / PIN).read_bytes()
    make(pytester, samples.LOST_UPDATE.replace('"store"', '"write"'))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *assert 2 == 4"])
    assert (pytester.path / PIN).read_bytes() != before


def test_what_cannot_be_executed_is_not_an_expected_failure(pytester: pytest.Pytester) -> None:
    expected = "@__import__('pytest').mark.xfail(strict=True)\n@explore("
    make(pytester, samples.LOST_UPDATE.replace("@explore(", expected))
    pytester.runpytest().assert_outcomes(xfailed=1)
    make(pytester, samples.SOUND.replace("@explore(", expected))
    pytester.runpytest().assert_outcomes(failed=1)
    missing = samples.of_scenario("gone.toml").replace("@explore(", expected)
    make(pytester, missing)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *gone.toml: cannot be read: No such file or directory"])


def test_a_pin_that_fits_only_in_part_is_shrunk_anew(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE)
    pytester.runpytest()
    pin = json.loads((pytester.path / PIN).read_text())
    pin["picks"].append({**pin["picks"][0], "position": 999})
    (pytester.path / PIN).write_text(json.dumps(pin))
    result = pytester.runpytest("--ftrace-strategy=dull")
    result.assert_outcomes(failed=1)
    assert [line.partition("; ")[2] for line in seeds(result)] == [
        "shrunk in 15 replays from 1 to 1 non-dull choice"
    ]
    assert len(json.loads((pytester.path / PIN).read_text())["picks"]) == 1


def test_a_passing_test_is_quiet(pytester: pytest.Pytester) -> None:
    make(pytester, samples.SOUND)
    result = pytester.runpytest("-rA")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*ftrace-actors:*")
    result.stdout.no_fnmatch_line("*seed*")
    assert not (pytester.path / ".ftrace-actors").exists()


def test_as_many_runs_as_asked_for_and_fixtures_once(pytester: pytest.Pytester) -> None:
    text = (
        samples.SOUND
        + """

import pytest


@pytest.fixture
def counter():
    counts = []
    yield counts
    print(f"executed {len(counts)} times")


@explore(runs=20)
def test_counted(schedule, counter):
    counter.append(1)
    schedule.conduct(adders(schedule)[0])
"""
    )
    make(pytester, text)
    pytester.runpytest("-s", "-k", "counted").stdout.fnmatch_lines(["*executed 21 times"])
    pytester.runpytest("-s", "-k", "counted", "--ftrace-runs=0x5").stdout.fnmatch_lines(["*executed 6 times"])


def test_seed_of_option_decorator_and_environment(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        samples.LOST_UPDATE
        + """

@explore(runs=100, seed=3)
def test_with_seed(schedule):
    test_total.__wrapped__(schedule)
"""
    )
    make(pytester, text)

    def tried(*options: str) -> list[str]:
        found = seeds(pytester.runpytest("-o", "ftrace_replay_dir=pins", *options))
        for pin in pytester.path.rglob("*.replay.json"):
            pin.unlink()
        return [line.partition(",")[0] for line in found]

    assert tried() == ["seed 0x0", "seed 0x3"]
    monkeypatch.setenv("FTRACE_ACTORS_SEED", "0x2a")
    assert tried() == ["seed 0x2a", "seed 0x3"]
    assert tried("--ftrace-seed=0x10") == ["seed 0x10", "seed 0x10"]


def test_two_runs_say_the_same(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE)
    texts = []
    for _ in range(2):
        texts.append(pytester.runpytest("-q").stdout.str())
        (pytester.path / PIN).unlink()
    assert len({re.sub(r"\d+\.\d+s", "", text) for text in texts}) == 1


def test_the_directory_of_pins_can_be_chosen(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE)
    pytester.makeini("[pytest]\nftrace_replay_dir = kept")
    result = pytester.runpytest()
    result.stdout.fnmatch_lines(["  replay  pytest * --ftrace-replay=kept/test_it.py/test_total.replay.json"])
    assert (pytester.path / "kept/test_it.py/test_total.replay.json").exists()


def test_a_directory_that_cannot_be_written_hides_nothing(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE)
    pytester.makefile("", blocked="a file where the directory should be")
    result = pytester.runpytest("-o", "ftrace_replay_dir=blocked")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">*assert shared*", "  step  anna*", "  note    *cannot be written: *"])


def test_schedules_kept_for_good_run_always(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE)
    pytester.runpytest()
    (pytester.path / PIN).rename(pytester.path / "lost-update.replay.json")
    make(pytester, samples.LOST_UPDATE.replace("runs=100", "runs=1, replays=['lost-update.replay.json']"))
    result = pytester.runpytest("--ftrace-strategy=dull")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  replay  pytest *--ftrace-replay=lost-update.replay.json"])


def test_a_deadlock_fails_by_itself_and_says_who_waits(pytester: pytest.Pytester) -> None:
    make(
        pytester,
        """
from ftrace_actors.actors import Actor
from ftrace_actors.testing import explore


class Philosopher(Actor):
    __slots__ = ("forks", "held")

    async def body(self):
        for fork in self.forks:
            await self.wait(
                guard=lambda: fork not in self.held,
                point=f"take {fork}",
                waits_for=lambda: [self.held.get(fork, "nobody")],
            )
            self.held[fork] = self.name
        for fork in self.forks:
            del self.held[fork]


@explore()
def test_they_eat(schedule):
    conductor = schedule.conductor()
    held = {}
    for name, forks in (("plato", "ab"), ("kant", "ba")):
        one = Philosopher(conductor, name)
        one.forks, one.held = forks, held
    schedule.conduct(conductor)
""",
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *ScheduleFailed: deadlock*",
            "  step  plato *kant",
            "  deadlock after * steps*",
            "  cycle: * -> *",
        ]
    )


def test_what_a_body_raises_is_shrunk_by_its_line(pytester: pytest.Pytester) -> None:
    make(
        pytester,
        samples.ADDER
        + """

class Jumpy(Adder):
    async def body(self):
        await super().body()
        if self.shared["total"] == 2 and self.name == "bert":
            raise ValueError("a lost update")


@explore()
def test_nobody_raises(schedule):
    conductor = schedule.conductor()
    shared = {"total": 0}
    Jumpy(conductor, "anna", shared)
    Jumpy(conductor, "bert", shared)
    schedule.conduct(conductor)
""",
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*ValueError: a lost update", "seed 0x0, run *, strategy auto; shrunk in *", "  step  anna*"]
    )


def test_other_choices_are_shown_at_their_step(pytester: pytest.Pytester) -> None:
    make(
        pytester,
        """
import pytest
from ftrace_actors.actors import Actor, Kind
from ftrace_actors.testing import explore


class Coin(Actor):
    async def body(self):
        await self.step("toss", 0x1000)
        if self.choose(Kind.DATA, 3, "side") == 2:
            pytest.fail("it stands on its edge")


@explore()
def test_heads_or_tails(schedule):
    conductor = schedule.conductor()
    Coin(conductor, "coin")
    schedule.conduct(conductor)
""",
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*it stands on its edge*", "[*]    2  toss 0x1000  [[]data side: 2 of 0..2[]]"]
    )


def failed(how: str) -> Attempt:
    attempt = Attempt(schedule_of(b""))
    with attempt:
        if how == "first":
            raise ValueError("here")
        if how == "hidden":
            pytest.fail("a helper raises this")
        raise ExceptionGroup("bodies", [ValueError("or there")])
    return attempt


def test_another_line_is_another_failure() -> None:
    kinds = ["first", "hidden", "other"]
    for mine in kinds:
        met = [failed(mine).target().met(failed(other).seen()) for other in kinds]
        assert met == [mine == other for other in kinds]


def test_what_never_happens_fails(pytester: pytest.Pytester) -> None:
    make(
        pytester,
        samples.ADDER
        + """

@explore(runs=50)
def test_sometimes(schedule):
    conductor, shared = adders(schedule)
    schedule.conduct(conductor)
    schedule.sometimes("a lost update", shared["total"] < 4)
    schedule.sometimes("a found update", shared["total"] > 4)
""",
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *never happened in 50 runs: a found update; *"])
    # Fewer runs than the test asks for prove nothing, so nothing is held against it.
    pytester.runpytest("--ftrace-runs=3").assert_outcomes(passed=1)


def test_skipping_is_about_the_whole_test(pytester: pytest.Pytester) -> None:
    make(
        pytester,
        samples.ADDER
        + "\n\n@explore()\ndef test_no(schedule):\n    import pytest\n    pytest.skip('not here')\n",
    )
    pytester.runpytest().assert_outcomes(skipped=1)


def test_methods_and_parameters(pytester: pytest.Pytester) -> None:
    text = (
        samples.ADDER
        + """

import pytest


class TestAdders:
    @pytest.mark.parametrize("atomic", [True, False], ids=["a/b", "a b"])
    @explore()
    def test_total(self, schedule, atomic):
        conductor, shared = adders(schedule, atomic=atomic)
        schedule.conduct(conductor)
        assert shared["total"] == 4
"""
    )
    make(pytester, text)
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    (pin,) = pytester.path.rglob("*.replay.json")
    assert re.fullmatch(r"TestAdders\.test_total\[a_b\]-[0-9a-f]{8}\.replay\.json", pin.name)
    result.stdout.fnmatch_lines(
        ["  replay  pytest 'test_it.py::TestAdders::test_total[[]a b[]]' --ftrace-replay=*"]
    )


def test_a_known_bug_is_a_strict_xfail(pytester: pytest.Pytester) -> None:
    make(
        pytester,
        samples.LOST_UPDATE.replace("@explore(", "@__import__('pytest').mark.xfail(strict=True)\n@explore("),
    )
    pytester.runpytest().assert_outcomes(xfailed=1)


def test_xdist(pytester: pytest.Pytester) -> None:
    make(pytester, samples.LOST_UPDATE + samples.SOUND.replace(samples.ADDER, "").replace("total(", "sound("))
    result = pytester.runpytest_subprocess("-n", "2", "--ftrace-seed=0x0")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["seed 0x0, run *, strategy auto; *", "  step  anna *", f"  replay  {REPLAY}"]
    )
    again = pytester.runpytest_subprocess("-n", "1", *REPLAY.split()[1:])
    again.assert_outcomes(failed=1)
