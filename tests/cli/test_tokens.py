"""Tokens on the command line: printed where something broke, taken by ``replay``, strict."""

import json
import shlex
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.explore import token as tokens
from tests.cli.conftest import Command
from tests.environment import Done
from tests.inprocess import call


def printed(done: Done) -> list[str]:
    """The arguments of the command in the line `token`."""
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("  token  "))
    program, *args = shlex.split(line.removeprefix("  token  "))
    assert program == "ftrace-actors"
    return args


@pytest.mark.parametrize(
    "args",
    [
        ("run", "broken", "--verbose"),
        ("once", "broken", "--run", "0", "--seed", "3"),
        ("run", "holding", "--set", "actors=2", "--runs", "100"),
        ("run", "scenarios/broken.toml", "--set", "rounds=3"),
    ],
    ids=" ".join,
)
def test_what_is_printed_makes_the_run_again(command: Command, args: tuple[str, ...]) -> None:
    done = command(*args)
    made = json.loads(command(*args, "--json").stdout)
    again = command(*printed(done), "--json")
    found = json.loads(again.stdout)
    assert again.returncode == 0
    assert (found["same"], found["verdict"]) == (True, "violated")
    assert found["token"] == made["token"] == printed(done)[2]
    assert found["with"] == made["with"]


def test_what_was_pasted_with_a_line_end_is_printed_without(command: Command) -> None:
    token = printed(command("run", "broken"))[2]
    done = command("replay", "broken", f" {token}\n", "--json")
    assert (done.returncode, json.loads(done.stdout)["token"]) == (0, token)
    assert printed(command("replay", "broken", f"{token}\n"))[2] == token


def test_replay_prints_it_too_unless_the_scenario_has_changed(command: Command, directory: Path) -> None:
    first = printed(command("run", "broken"))
    (path,) = (directory / "out").glob("*.replay.json")
    assert printed(command("replay", str(path)))[2] == first[2]
    (directory / "scenarios" / "broken.toml").write_text("verdicts = holds\n")
    assert "  token  " not in command("replay", str(path)).stdout
    assert json.loads(command("replay", str(path), "--json").stdout)["token"] is None


def test_a_run_that_holds_has_none(command: Command) -> None:
    assert "  token  " not in command("once", "holding").stdout
    assert json.loads(command("once", "holding", "--json").stdout)["token"] is None


def test_one_that_is_too_long_is_left_out(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "  token  " in command("run", "broken").stdout
    monkeypatch.setattr("ftrace_actors.cli.tokens.SHOWN_MAX", 20)
    assert "  token  " not in command("run", "broken").stdout


def test_the_timeline_is_that_of_the_replay_file(command: Command, directory: Path) -> None:
    args = printed(command("run", "broken"))
    (path,) = (directory / "out").glob("*.replay.json")
    lanes = [line for line in command("replay", str(path)).stdout.splitlines() if line.startswith("    ")]
    assert [line for line in lanes if "choices" not in line] == [
        line for line in command(*args).stdout.splitlines() if line.startswith("    ")
    ]
    assert command(*args, "--log", "--driver", "bare").stdout == command("replay", str(path), "--log").stdout


class TestRefused:
    @pytest.fixture
    def token(self, command: Command) -> str:
        return printed(command("run", "broken"))[2]

    @pytest.mark.parametrize(
        ("args", "words"),
        [
            (("flaky", "{}"), "is of another scenario"),
            (("broken", "{}", "--set", "rounds=3"), "is of another scenario"),
            (("broken", "{}0"), "copy it once more"),
            (("broken", "{}", "--lenient"), "a token is strict"),
            (("broken", "{}", "--on", "flaky"), "--on: goes with --lenient"),
            (("scenarios", "{}"), "scenarios: has 4 scenarios"),
            (("absent", "{}"), "no such file, directory, shipped scenario or group of them"),
            (("broken", ""), "too short"),
        ],
    )
    def test_what_is_wrong_is_one_line_and_exit_2(
        self, command: Command, token: str, args: tuple[str, ...], words: str
    ) -> None:
        done = command("replay", *(arg.format(token) for arg in args))
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == ""

    def test_another_version(self, command: Command, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tokens, "__version__", "0.0.1")
        done = command("replay", "broken", token)
        assert done.returncode == 2
        assert "another version than this one, 0.0.1" in done.stderr

    def test_the_same_version_that_does_something_else_diverges(self, command: Command, token: str) -> None:
        """A change of the tool between two releases: exit 4, as for a replay file."""
        found = tokens.decode(token)
        for changed in (
            tokens.Token(found.world, found.tool, b"else", found.picks),
            tokens.Token(found.world, found.tool, found.digest, ((999, 1),)),
            tokens.Token(found.world, found.tool, found.digest, ((0, 7),)),
        ):
            done = command("replay", "broken", tokens.encode(changed))
            assert done.returncode == 4
            assert "another state of the tool" in done.stderr


def test_a_design_of_ones_own_belongs_to_it(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from ftrace_actors.kernel.designs import *\n\n\n"
        "class Mine(CallOps):\n    name = 'mine'\n    summary = 'as merged'\n"
    )
    args = ("disable-literal-kept", "--design", "mine.py", "--strategy", "dull")
    printed_args = printed(call(main, "once", *args, cwd=tmp_path))
    assert printed_args[-2:] == ["--design", "mine.py"]
    assert "--set" not in printed_args
    assert call(main, *printed_args, cwd=tmp_path).returncode == 0
    assert call(main, *printed_args[:-2], cwd=tmp_path).returncode == 2


def test_a_scenario_without_a_token_is_not_taken_for_a_file(tmp_path: Path) -> None:
    done = call(main, "replay", "teardown-no-wait-w2", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "ftrace-actors: teardown-no-wait-w2: is not a file; the run of a scenario takes its token: replay NAME TOKEN\n"
    )
