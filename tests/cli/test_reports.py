"""What a report says about itself: what was changed, on which kernel, how often it failed, how to see it again."""

import json
import os
import shlex
import signal
from pathlib import Path
from typing import Any

import pytest

from ftrace_actors.cli import main
from ftrace_actors.cli.interrupts import interruptible, interrupts
from ftrace_actors.cli.report import replay_command
from ftrace_actors.cli.session import scenario_worlds
from ftrace_actors.words import counted
from tests.cli.conftest import REPO
from tests.cli.toycli import ToyWorlds

FLAKY = "verdicts = holds\nactors = 3\n"
BROKEN = "verdicts = violated\ninvariants = INV-COUNT\n"
DESIGN = """\
from ftrace_actors.kernel.designs import *

class Mine(CallOps):
    name = "mine"
    summary = "as merged"
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "flaky.toml").write_text(FLAKY)
    (tmp_path / "scenarios" / "broken.toml").write_text(BROKEN)
    (tmp_path / "scenarios" / "holding.toml").write_text("verdicts = holds\nactors = 1\nstale = 0\n")
    return tmp_path


class Run:
    """Run the command over toys, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *args: str, real: bool = False) -> int:
        more = ("--jobs", "1") if args[0] == "run" else ()
        code = main([*args, *more], worlds=scenario_worlds if real else ToyWorlds)
        self.out, self.err = self._capsys.readouterr()
        return code


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("run", "holding", "--strategy", "mix"), "1 run, 1 behaviour, p(fail) < 0.95"),
        (("run", "holding"), "1 run, 1 behaviour kernel"),
        (("run", "holding", "-v", "--strategy", "mix"), "no failure in 1 run: "),
        (("run", "holding", "-v"), "strategy auto, 1 run each, driver trio (bare to shrink), 1 job"),
        (("run", "flaky", "--seed", "3"), "run 0, 1 of 1 run failed"),
        (("run", "flaky", "--seed", "3"), "VIOLATED INV-COUNT (corruption) after 1 run (seed 3, run 0)"),
        (("run", "holding", "broken"), "2 of 2 scenarios as expected; 2 runs"),
    ],
)
def test_one_run_is_not_called_runs(run: Run, args: tuple[str, ...], words: str) -> None:
    run(*args, "--runs", "1")
    assert words in " ".join((run.out + run.err).split())


def replays(here: Path, out: str = "out") -> list[str]:
    return sorted(path.name for path in (here / out).glob("*.replay.json"))


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


class TestOverrides:
    def test_are_in_the_header_the_report_and_the_json(self, run: Run) -> None:
        given = ("--runs", "30", "--set", "rounds=3", "--set", "actors=4")
        assert run("run", "flaky", *given) == 1
        assert run.err.startswith("ftrace-actors: with actors=4, rounds=3, seed 0,")
        title = next(number for number, line in enumerate(run.out.splitlines()) if "VIOLATED" in line)
        below = run.out.splitlines()[title + 1 :][:4]
        assert "  with    actors=4, rounds=3" in below
        assert "  kernel  toy, actors 4" in below
        assert run.out.count("  with ") == run.out.count("  kernel ") == 1
        run("run", "flaky", "--json", *given)
        (said,) = objects(run.out)
        assert said["with"] == {"actors": "4", "rounds": "3"}
        assert said["kernel"] == {"profile": "toy", "actors": "4"}
        assert said["design_file"] is None

    def test_are_in_a_report_that_nothing_failed_in(self, run: Run) -> None:
        assert run("run", "holding", "--runs", "5", "--set", "rounds=3") == 0
        assert "     with    rounds=3\n     kernel  toy, actors 1\n" in run.out
        assert run("run", "holding", "broken", "--runs", "40", "--set", "rounds=3") == 0
        assert run.out.count("     with    rounds=3\n") == 2
        assert "kernel" not in run.out

    def test_leave_a_report_without_them_as_it_is(self, run: Run) -> None:
        assert run("run", "flaky", "--runs", "30") == 1
        assert "  with " not in run.out + run.err
        assert "  kernel  toy, actors 3\n" in run.out

    def test_are_in_what_once_and_replay_print(self, run: Run, here: Path) -> None:
        run("run", "broken", "--set", "rounds=3")
        (name,) = replays(here)
        for args in (("replay", f"out/{name}"), ("once", "broken", "--set", "rounds=3")):
            assert run(*args) == 0
            assert "  with    rounds=3\n  kernel  toy, actors 2\n" in run.out
            assert run(*args, "--json") == 0
            assert objects(run.out)[0]["with"] == {"rounds": "3"}


class TestNames:
    """Files of two variants never have the same name."""

    def test_two_values_have_two_files_and_both_replay(self, run: Run, here: Path) -> None:
        for value in ("2", "3", "2"):
            assert run("run", "broken", "--seed", "7", "--set", f"rounds={value}") == 0
            command = shlex.split(next(line for line in run.out.splitlines() if "  replay  " in line))
            assert command[:3] == ["replay", "ftrace-actors", "replay"]
        assert run("run", "broken", "--seed", "7") == 0
        names = replays(here)
        assert len(names) == 3
        for name in names:
            assert run("replay", f"out/{name}") == 0

    def test_two_strategies_have_two_files_and_the_default_the_short_one(self, run: Run, here: Path) -> None:
        for strategy in ("random", "pct", "auto", "random"):
            assert run("run", "broken", "--seed", "7", "--strategy", strategy) == 0
        names = replays(here)
        assert len({name.split(".")[1] for name in names}) == 3
        assert len([name for name in names if name.startswith("broken.7.")]) == 1
        drawn = [json.loads((here / "out" / name).read_text())["strategy"] for name in names]
        assert sorted(drawn) == ["auto", "pct", "random"]

    def test_o_is_short_for_out(self, run: Run, here: Path) -> None:
        assert run("run", "broken", "-o", "there") == 0
        assert len(replays(here, "there")) == 1

    def test_one_stem_in_two_directories(self, run: Run, here: Path) -> None:
        for rounds, directory in ((3, "a"), (4, "b"), (5, "scenarios/c")):
            (here / directory).mkdir()
            (here / directory / "broken.toml").write_text(f"{BROKEN}rounds = {rounds}\n")
            assert run("run", f"{directory}/broken.toml") == 0
        assert run("run", "scenarios/broken.toml") == 0
        assert len(replays(here)) == 4

    def test_a_scenario_meant_by_its_name_has_the_short_one(self, run: Run, here: Path) -> None:
        for target in ("broken", "scenarios/broken.toml", str(here / "scenarios" / "broken.toml")):
            assert run("run", target) == 0
        (name,) = replays(here)
        assert name.split(".")[:2] == ["broken", "0"]

    def test_a_user_s_design_is_a_variant_by_its_text(self, run: Run, here: Path) -> None:
        for text in (DESIGN, DESIGN + "    pre_nops = 2\n"):
            (here / "mine.py").write_text(text)
            scenario = str(REPO / "scenarios" / "visibility-isb-no-branch.toml")
            args = ("run", scenario, "--design", "mine.py", "--runs", "100")
            assert run(*args, "--json", real=True) == 0, run.err
            (said,) = objects(run.out)
            assert said["design_file"]["path"] == "mine.py"
            assert said["kernel"]["design"] == "mine"
        assert len(replays(here)) == 2
        assert "with protocol.design=mine (mine.py), seed 0" in run.err

    def test_commands_are_quoted(self, run: Run, here: Path) -> None:
        assert run("run", "broken", "--out", "my files; rm") == 0
        line = next(line for line in run.out.splitlines() if "  replay  " in line)
        words = shlex.split(line)
        assert words[:3] == ["replay", "ftrace-actors", "replay"]
        assert run(*words[2:]) == 0
        assert line in run.out
        assert (
            replay_command(Path("a'b"), " --design x.py")
            == """ftrace-actors replay 'a'"'"'b' --design x.py"""
        )


class TestRates:
    def test_a_scenario_that_fails_says_how_often(self, run: Run) -> None:
        assert run("run", "flaky", "--runs", "30") == 1
        assert ", 30 runs failed" not in run.out
        failed = int(run.out.split(" of 30 runs failed")[0].split()[-1])
        assert 0 < failed < 30
        run("run", "flaky", "--runs", "30", "--json")
        assert objects(run.out)[0]["failed"] == failed

    def test_one_that_must_fail_and_stops_there_does_not(self, run: Run) -> None:
        assert run("run", "broken") == 0
        assert "runs failed" not in run.out

    @pytest.mark.parametrize("option", ["--fail-fast", "-x"])
    def test_fail_fast_stops_at_the_first(self, run: Run, option: str) -> None:
        assert run("run", "flaky", "--runs", "300", "--json") == 1
        first = objects(run.out)[0]["run"]
        assert run("run", "holding", "flaky", "broken", "--runs", "300", option) == 1
        assert f"run {first}, 1 of {counted(first + 1, 'run')} failed" in run.out
        assert "broken " not in run.out
        assert "1 of 3 scenarios as expected, 1 not begun;" in run.out


class TestUnwritable:
    """The verdict is printed, one line says why there is no file, the rest runs."""

    def test_out_is_a_file(self, run: Run, here: Path) -> None:
        (here / "file").write_text("mine")
        assert run("run", "broken", "flaky", "--runs", "40", "--out", "file") == 1
        assert "ok   broken" in run.out
        assert "FAIL flaky" in run.out
        assert "VIOLATED INV-COUNT" in run.out
        assert "an increment got lost" in run.out
        assert "  replay " not in run.out
        missing = [line for line in run.err.splitlines() if "no replay file: cannot write file/" in line]
        assert len(missing) == 2
        assert "Traceback" not in run.err
        assert (here / "file").read_text() == "mine"

    def test_the_file_s_own_name_is_taken(self, run: Run, here: Path) -> None:
        assert run("run", "broken") == 0
        (name,) = replays(here)
        (here / "out" / name).unlink()
        (here / "out" / name).mkdir()
        assert run("run", "broken", "--json") == 1
        assert objects(run.out)[0]["replay"] is None
        assert "no replay file" in run.err
        assert [path.name for path in (here / "out").iterdir() if "partial" in path.name] == []

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_out_is_read_only(self, run: Run, here: Path) -> None:
        (here / "out").mkdir(mode=0o555)
        assert run("run", "broken") == 1
        assert "ok   broken" in run.out

    def test_a_full_disk(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ftrace_actors.explore.replay.write_whole", _full)
        assert run("run", "broken", "holding", "--runs", "40", "--keep-logs") == 1
        assert "no replay file: cannot write out/broken.0." in run.err
        assert "No space left on device" in run.err
        assert "ok   holding" in run.out


def _full(path: Path, data: bytes) -> None:
    raise OSError(28, os.strerror(28))


class TestLines:
    """A path, a command and a name are never broken."""

    def test_of_a_report(self, run: Run, here: Path) -> None:
        name = "a-name " + "-".join(["with", "many", "hyphens"] * 8)
        (here / f"{name}.toml").write_text(FLAKY)
        assert run("run", f"{name}.toml", "--runs", "20", "--out", name) == 1
        lines = run.out.splitlines()
        assert lines[0].startswith(f"FAIL {name} ")
        assert any(line == f"{name}.toml:" for line in lines)
        assert any(line.startswith(f"  replay  ftrace-actors replay '{name}/{name}.") for line in lines)

    def test_of_what_happened(self, run: Run, monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
        (here / "h.toml").write_text("verdicts = holds\natomic = 1\nsometimes = stale-load\n")
        for width in range(40, 100, 3):
            monkeypatch.setenv("COLUMNS", str(width))
            run("run", "h.toml", "--runs", "3")
            assert "stale-\n" not in run.out


ENDINGS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.usefixtures("interruptible")
class TestInterrupts:
    """The first keeps and judges what is finished; SIGTERM and SIGHUP are as Ctrl-C."""

    @pytest.mark.parametrize("number", ENDINGS)
    def test_after_a_failure_it_is_still_printed(self, run: Run, here: Path, number: signal.Signals) -> None:
        (here / "flaky.toml").write_text(
            f"{FLAKY}signal = {number.value}\nsignalled = {here / 'signalled'}\n"
        )
        assert run("run", "flaky.toml", "holding", "--runs", "100000000") == 130
        assert "VIOLATED INV-COUNT" in run.out
        assert "shrinking interrupted" in run.out
        assert "an increment got lost" in run.out
        assert "stopped: interrupted" in run.out
        assert " runs failed" in run.out
        (name,) = replays(here)
        assert f"ftrace-actors replay out/{name}" in run.out
        assert "0 of 2 scenarios as expected, 1 cut short, 1 not begun;" in run.out
        assert run("replay", f"out/{name}") == 0

    @pytest.mark.parametrize("number", ENDINGS)
    def test_handlers_are_as_before_afterwards(self, run: Run, number: signal.Signals) -> None:
        before = signal.getsignal(number)
        assert run("run", "holding", "--runs", "3") == 0
        assert run("list") == 0
        assert signal.getsignal(number) is before

    def test_the_second_ends_the_program(self) -> None:
        with interrupts() as interrupted:
            os.kill(os.getpid(), signal.SIGHUP)
            assert interrupted()
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGTERM)

    def test_what_is_ignored_stays_so(self) -> None:
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with interrupts() as interrupted:
                os.kill(os.getpid(), signal.SIGHUP)
                assert not interrupted()
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGHUP, before)

    def test_elsewhere_they_raise(self) -> None:
        for number in ENDINGS:
            with interruptible(), pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), number)
