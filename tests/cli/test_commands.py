"""The command line as people and scripts see it: exit codes, stdout, stderr, files."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ftrace_actors import __version__
from tests.cli.conftest import Command, environment


def lines(text: str) -> list[str]:
    return text.splitlines()


class TestExitCodes:
    """One place sets them; each is seen from outside."""

    @pytest.mark.parametrize("name", ["broken", "holding"])
    def test_0_as_expected(self, process: Command, name: str) -> None:
        assert process("run", name, "--runs", "60").returncode == 0

    @pytest.mark.parametrize("name", ["flaky", "vacuous"])
    def test_1_not_as_expected(self, process: Command, name: str) -> None:
        assert process("run", name, "--runs", "60").returncode == 1

    def test_2_as_a_process(self, process: Command) -> None:
        done = process("run", "absent")
        assert (done.returncode, done.stdout, len(lines(done.stderr))) == (2, "", 1)

    @pytest.mark.parametrize(
        "args",
        [
            ("run",),
            ("run", "holding", "--runs", "0"),
            ("run", "holding", "--runs", "many"),
            ("run", "holding", "--seed", "-1"),
            ("run", "holding", "--strategy", "luck"),
            ("run", "holding", "--driver", "asyncio"),
            ("run", "holding", "--jobs", "0"),
            ("run", "holding", "--time", "soon"),
            ("run", "holding", "--set", "cpus"),
            ("run", "holding", "--set", "wheels=4"),
            ("run", "holding", "--colour"),
            ("run", "absent"),
            ("run", "absent.toml"),
            ("run", "out"),
            ("replay", "absent.json"),
            ("replay", "scenarios/holding.toml"),
            ("disasm", "absent"),
            ("frobnicate",),
        ],
        ids=" ".join,
    )
    def test_2_usage_and_input_in_one_line(self, command: Command, args: tuple[str, ...]) -> None:
        done = command(*args)
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        complaints = [line for line in lines(done.stderr) if not line.startswith("ftrace-actors: seed ")]
        assert len(complaints) == 1, done.stderr

    def test_4_replay_diverged(self, process: Command, directory: Path) -> None:
        path = recorded(process, directory)
        content = json.loads(path.read_text())
        content["picks"][0]["position"] += 1000
        path.write_text(json.dumps(content))
        done = process("replay", str(path))
        assert done.returncode == 4
        assert "diverged" in done.stderr

    def test_4_when_the_events_differ(self, command: Command, directory: Path) -> None:
        path = recorded(command, directory)
        path.write_text(re.sub(r'"digest": "\w+"', '"digest": "0"', path.read_text()))
        done = command("replay", str(path))
        assert done.returncode == 4
        assert "recorded" in done.stderr

    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_70_our_own_bug(self, process: Command, jobs: str) -> None:
        done = process("run", "flaky", "--set", "raises=1", "--jobs", jobs)
        assert done.returncode == 70
        assert "ZeroDivisionError" in done.stderr
        assert re.search(r"run \d+ of seed 0", done.stderr)
        assert lines(done.stderr)[-1].startswith("ftrace-actors: this is our bug")

    def test_70_also_before_the_first_run(self, command: Command) -> None:
        done = command("run", "flaky", "--set", "raises=0")
        assert done.returncode == 70
        assert "ZeroDivisionError" in done.stderr

    @pytest.mark.usefixtures("interruptible")
    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_130_interrupted_prints_what_was_finished(self, directory: Path, jobs: str) -> None:
        args = ["run", "holding", "flaky", "--set", "started=on", "--runs", "100000000", "--jobs", jobs]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.toycli", *args],
            cwd=directory,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not (directory / "on").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
        assert process.returncode == 130, stderr
        assert "Traceback" not in stderr
        assert stdout.startswith("cut  holding")
        assert "interrupted" in stdout
        assert "flaky" not in stdout
        assert "0 of 2 scenarios as expected, 1 cut short, 1 not begun; " in stdout


def recorded(command: Command, directory: Path) -> Path:
    assert command("run", "broken", "-q").returncode == 0
    (path,) = (directory / "out").glob("broken.0.*.replay.json")
    return path


class TestRun:
    def test_a_failure_says_everything(self, command: Command) -> None:
        done = command("run", "broken", "--seed", "0x7")
        assert "broken.toml: VIOLATED INV-COUNT (corruption) after" in done.stdout
        assert re.search(r"shrunk \d+ -> \d non-dull choices", done.stdout.replace("\n  ", " "))
        assert "a1 read" in done.stdout
        assert "an increment got lost" in done.stdout
        replay = re.search(r"replay  ftrace-actors (replay out/broken\.7\.\d+\.replay\.json)", done.stdout)
        assert replay
        assert re.search(r"seed  7, run \d+, strategy auto", done.stdout)
        assert command(*replay[1].split()).returncode == 0

    def test_a_pass_says_how_much_it_means(self, command: Command) -> None:
        done = command("run", "holding", "--runs", "300")
        said = " ".join(done.stdout.split())
        assert "no failure in 300 runs, 72 of them independent draws of one strategy: " in said
        assert "such a run fails with probability below 0.041; " in said
        done = command("run", "holding", "--runs", "300", "--strategy", "mix")
        said = " ".join(done.stdout.split())
        assert (
            "no failure in 300 runs: with 95 % confidence a run fails with probability below 0.0099" in said
        )

    def test_a_pass_says_how_much_was_seen(self, command: Command) -> None:
        done = command("run", "holding", "--runs", "300")
        assert "300 runs, 1 behaviour, p(fail) < 0.041 (72 random runs)\n" in done.stdout
        said = " ".join(done.stdout.split())
        assert "one more run shows a new one with probability about 0, below 0." in said
        plain = command("run", "holding", "--runs", "300", "--strategy", "mix").stdout
        assert "300 runs, 1 behaviour, p(fail) < 0.0099\n" in plain

    def test_how_strong_an_answer_is_on_request(self, command: Command) -> None:
        plain = ("run", "flaky", "--runs", "300", "--strategy", "mix")
        done = command(*plain, "--strength")
        said = " ".join(done.stdout.split())
        assert re.search(
            r"random: (\d+) of 150 runs failed, so one fails with probability 0\.\d+ to 0\.\d+", said
        )
        assert "(300 independent draws)" in said
        assert "pct: a failure that needs two orderings" in said
        assert all(len(line) <= 80 for line in lines(done.stdout))
        assert "pct: a failure" not in command(*plain).stdout

    def test_json_says_how_strong_an_answer_is(self, command: Command) -> None:
        args = ("run", "flaky", "--runs", "60", "--json")
        (learned,) = json.loads(command(*args).stdout)["strength"]["failing"]
        assert (learned["strategy"], learned["draws"]) == ("random", 12)
        strength = json.loads(command(*args, "--strategy", "mix").stdout)["strength"]
        assert strength["looked_at"] == 60
        assert 0 < strength["unseen"]["once"] <= strength["behaviours"] <= 60
        assert [each["strategy"] for each in strength["failing"]] == ["pct", "random"]
        assert sum(each["draws"] for each in strength["failing"]) == strength["unseen"]["draws"] == 60
        assert strength["pct"]["runs"] == 30

    def test_a_directory_is_a_test_suite(self, command: Command) -> None:
        done = command("run", "scenarios", "--runs", "60")
        marks = dict(line.split()[1::-1] for line in lines(done.stdout) if line[:4] in {"ok  ", "FAIL"})
        assert marks == {"broken": "ok", "flaky": "FAIL", "holding": "ok", "vacuous": "FAIL"}
        assert "never happened: stale-load" in done.stdout
        assert lines(done.stdout)[-1].startswith("2 of 4 scenarios as expected")
        assert done.returncode == 1

    def test_the_answer_does_not_depend_on_workers_or_driver(self, process: Command) -> None:
        one = process("run", "scenarios", "--runs", "40", "--jobs", "1")
        assert process("run", "scenarios", "--runs", "40", "--jobs", "2").stdout == one.stdout
        assert process("run", "scenarios", "--runs", "40", "--driver", "trio").stdout == one.stdout
        assert process("run", "scenarios", "--runs", "40", PYTHONHASHSEED="7").stdout == one.stdout

    def test_an_unusable_scenario_does_not_stop_the_others(self, command: Command, directory: Path) -> None:
        (directory / "scenarios" / "awful.toml").write_text("wheels = 4\n")
        done = command("run", "scenarios", "--runs", "40")
        assert done.returncode == 2
        assert "scenarios/awful.toml: wheels: unknown key" in done.stderr
        assert "1 could not be built" in done.stdout
        assert "holding" in done.stdout

    def test_json_has_one_object_a_scenario(self, command: Command) -> None:
        done = command("run", "scenarios", "--runs", "60", "--json")
        objects = [json.loads(line) for line in lines(done.stdout)]
        assert [o["name"] for o in objects] == ["broken", "flaky", "holding", "vacuous"]
        broken = objects[0]
        required = {
            "name",
            "verdict",
            "expected",
            "ok",
            "invariant",
            "window",
            "severity",
            "seed",
            "run",
            "runs",
        }
        assert required | {"replay", "coverage"} <= set(broken)
        assert (broken["verdict"], broken["ok"], broken["invariant"]) == ("violated", True, "INV-COUNT")
        assert broken["replay"] == f"out/broken.0.{broken['run']}.replay.json"
        assert objects[3]["coverage"]["unmet"] == ["stale-load"]
        assert objects[2]["replay"] is None

    def test_quiet_prints_only_what_is_wrong(self, command: Command) -> None:
        done = command("run", "broken", "holding", "--runs", "40", "--quiet")
        assert lines(done.stdout) == ["2 of 2 scenarios as expected; " + lines(done.stdout)[0].split("; ")[1]]
        assert done.stderr == ""

    def test_the_seed_is_printed_and_can_come_from_the_environment(self, command: Command) -> None:
        by_option = command("run", "broken", "--seed", "35")
        by_variable = command("run", "broken", FTRACE_ACTORS_SEED="35")
        in_hexadecimal = command("run", "broken", FTRACE_ACTORS_SEED="0x23")
        assert by_option.stdout == by_variable.stdout == in_hexadecimal.stdout
        assert lines(by_variable.stderr)[0].startswith("ftrace-actors: seed 35, strategy auto")
        assert "seed 0," in command("run", "broken").stderr

    def test_set_replaces_a_value_and_is_recorded(self, command: Command, directory: Path) -> None:
        assert command("run", "holding", "--set", "actors=2", "--runs", "60").returncode == 1
        (path,) = (directory / "out").glob("*.replay.json")
        assert json.loads(path.read_text())["scenario"]["overrides"] == {"actors": "2"}
        assert command("replay", str(path)).returncode == 0

    def test_a_time_limit_counts_what_it_did(self, command: Command) -> None:
        done = command("run", "holding", "--time", "0s", "--json")
        coverage = json.loads(done.stdout)["coverage"]
        assert coverage["stopped"] == "time"

    def test_logs(self, command: Command, directory: Path) -> None:
        done = command("run", "broken", "--keep-logs")
        (log,) = (directory / "out").glob("broken.*.log.jsonl")
        assert str(log.relative_to(directory)) in done.stdout
        assert all("event" in json.loads(line) for line in lines(log.read_text()))
        campaigns = [
            json.loads(line) for line in lines((directory / "out" / "campaign.log.jsonl").read_text())
        ]
        assert {c["scenario"] for c in campaigns} == {"broken"}

    def test_an_unwritable_directory_takes_the_files_and_not_the_verdict(
        self, command: Command, directory: Path
    ) -> None:
        (directory / "file").write_text("")
        done = command("run", "broken", "--out", "file/out")
        assert done.returncode == 1
        assert "ok   broken" in done.stdout
        assert "no replay file: cannot write file/out/broken." in done.stderr

    def test_nobody_reads_on(self, directory: Path) -> None:
        shell = f"{sys.executable} -m tests.cli.toycli list; {sys.executable} -m tests.cli.toycli list | true"
        done = subprocess.run(
            ["sh", "-c", shell], cwd=directory, env=environment(), capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr
        assert "BrokenPipe" not in done.stderr


class TestReplay:
    def test_twenty_times_the_same_bytes_on_both_drivers(self, command: Command, directory: Path) -> None:
        path = str(recorded(command, directory))
        first = command("replay", path)
        assert first.returncode == 0
        assert {command("replay", path, "--driver", driver).stdout for driver in ("bare", "trio")} == {
            first.stdout
        }

    def test_shows_the_choices(self, command: Command, directory: Path) -> None:
        done = command("replay", str(recorded(command, directory)))
        assert re.search(r"choices +\d+  (schedule|load) +option 1 of \d", done.stdout)

    def test_json_and_log(self, command: Command, directory: Path) -> None:
        path = str(recorded(command, directory))
        summary = json.loads(command("replay", path, "--json").stdout)
        assert summary["same"] is True
        assert summary["verdict"] == "violated"
        assert summary["picks"] == 1
        log = [json.loads(line) for line in lines(command("replay", path, "--log").stdout)]
        assert len(log) == summary["steps"]

    def test_what_broke_instead_is_shown(self, command: Command, directory: Path) -> None:
        path = recorded(command, directory)
        path.write_text(path.read_text().replace('"invariant": "INV-COUNT"', '"invariant": "INV-LIFE"'))
        done = command("replay", str(path), "--json")
        assert done.returncode == 0
        assert json.loads(done.stdout)["invariant"] == "INV-COUNT"
        assert "VIOLATED INV-COUNT" in command("replay", str(path)).stdout

    def test_a_changed_scenario_is_said(self, command: Command, directory: Path) -> None:
        path = str(recorded(command, directory))
        (directory / "scenarios" / "broken.toml").write_text("verdicts = holds\n")
        done = command("replay", path)
        assert done.returncode == 0
        assert "has changed since" in done.stderr

    def test_another_version_is_said(self, command: Command, directory: Path) -> None:
        path = recorded(command, directory)
        path.write_text(path.read_text().replace(f'"tool": "{__version__}"', '"tool": "0.0.1"'))
        done = command("replay", str(path))
        assert done.returncode == 0
        assert f"recorded by version 0.0.1, this is {__version__}" in done.stderr


class TestList:
    def test_a_line_has_name_verdict_and_summary(self, command: Command) -> None:
        done = command("list")
        assert lines(done.stdout)[0] == "broken   violated  increments get lost"
        assert [line.split()[0] for line in lines(done.stdout)] == ["broken", "flaky", "holding", "vacuous"]

    def test_a_long_summary_is_cut_where_it_is_one_of_many(self, command: Command, directory: Path) -> None:
        summary = " ".join(f"word{number}" for number in range(16))
        (directory / "scenarios" / "wordy.toml").write_text(f"# {summary}\nverdicts = holds\n")
        last = lines(command("list").stdout)[-1]
        assert last.startswith("wordy    holds     word0 word1")
        assert last.endswith("…")
        assert len(last) <= 80

    def test_a_long_summary_is_wrapped_where_it_is_asked_for(self, command: Command, directory: Path) -> None:
        summary = " ".join(f"word{number}" for number in range(16))
        (directory / "scenarios" / "wordy.toml").write_text(f"# {summary}\nverdicts = holds\n")
        for args in (("wordy",), ("wordy", "flaky", "--long")):
            done = command("list", *args)
            assert max(map(len, lines(done.stdout))) <= 80
            assert f"wordy holds {summary}" in " ".join(done.stdout.split())

    def test_json(self, command: Command) -> None:
        first = json.loads(lines(command("list", "--json").stdout)[0])
        assert first["expect"] == {
            "verdict": ["violated"],
            "invariants": ["INV-COUNT", "INV-LIFE"],
            "window": None,
        }

    def test_an_unusable_scenario_is_named(self, command: Command, directory: Path) -> None:
        (directory / "scenarios" / "awful.toml").write_text("wheels = 4\n")
        done = command("list")
        assert done.returncode == 2
        assert len(lines(done.stdout)) == 4
        assert "awful.toml: wheels" in done.stderr


class TestTerminal:
    def test_stdout_fits_80_columns_and_has_no_colour(self, command: Command) -> None:
        for args in (("list",), ("run", "scenarios", "--runs", "40"), ("--help",), ("run", "--help")):
            done = command(*args)
            assert max(map(len, lines(done.stdout))) <= 80, args
            assert "\x1b" not in done.stdout + done.stderr

    def test_version(self, command: Command) -> None:
        assert command("--version").stdout.strip() == __version__

    def test_help_names_every_command(self, command: Command) -> None:
        out = command("--help").stdout
        assert all(name in out for name in ("list", "run", "replay", "disasm", "Exit codes"))

    def test_disasm(self, command: Command, directory: Path) -> None:
        assert command("disasm", "broken", "--set", "actors=3").stdout == "0x1000: counter of 3 actors\n"
        assert command("disasm", str(recorded(command, directory))).stdout == "0x1000: counter of 2 actors\n"

    def test_close_names_are_offered(self, command: Command) -> None:
        assert "did you mean broken?" in command("run", "brokn").stderr
