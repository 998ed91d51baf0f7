"""A scenario to begin with, and the schema for editors."""

import json
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.cli.app import COMMANDS
from ftrace_actors.cli.new_command import QUESTIONS
from ftrace_actors.scenario.keys import keys
from tests.environment import Done
from tests.inprocess import call


def command(cwd: Path, *args: str) -> Done:
    return call(main, *args, cwd=cwd)


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_written_runs_and_comes_out_as_it_expects(tmp_path: Path, question: str) -> None:
    assert command(tmp_path, "new", "mine", "--question", question).returncode == 0
    done = command(tmp_path, "run", "mine.toml", "--runs", "150", "--driver", "bare")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("ok   mine ")


@pytest.mark.parametrize(
    ("question", "change"),
    [
        ("enable", "protocol.order=call-first"),
        ("teardown", "protocol.wait=[]"),
        ("two-tracers", "protocol.wait=[]"),
        ("trampoline", "protocol.wait=[]"),
    ],
)
def test_what_its_first_lines_say_to_try_breaks_it(tmp_path: Path, question: str, change: str) -> None:
    command(tmp_path, "new", "mine", "--question", question)
    assert f"--set {change}" in (tmp_path / "mine.toml").read_text()
    assert command(tmp_path, "run", "mine.toml", "-x", "--driver", "bare", "--set", change).returncode == 1


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("precious")
    for name in ("mine", "mine.toml"):
        done = command(tmp_path, "new", name)
        assert (done.returncode, "mine.toml: is there already" in done.stderr) == (2, True)
    assert (tmp_path / "mine.toml").read_text() == "precious"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("x", "--question", "tear-down"), "--question: 'tear-down' is not known; did you mean 'teardown'?"),
        (("nowhere/x",), "nowhere/x.toml: cannot be written: No such file or directory"),
        (("",), "is not the name of a file"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    done = command(tmp_path, "new", *args)
    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_name_the_questions_are_listed(tmp_path: Path) -> None:
    done = command(tmp_path, "new")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()[:-1] if not line.startswith(" ")] == list(
        QUESTIONS
    )
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_schema_has_every_key_with_what_it_means(tmp_path: Path) -> None:
    schema = json.loads(command(tmp_path, "schema").stdout)
    tables = schema["$defs"]
    assert tables["ScenarioFile"]["required"] == ["format", "summary", "kernel", "expect", "function", "task"]
    said = {
        name: found["description"]
        for table in tables.values()
        for name, found in table.get("properties", {}).items()
        if "description" in found
    }
    assert {key.path.rpartition(".")[2] for key in keys().values()} <= set(said)
    assert tables["TaskTable"]["required"] == ["name", "cpu", "do"]
    assert tables["KernelTable"]["additionalProperties"] is False


def test_the_schema_is_written_to_a_file(tmp_path: Path) -> None:
    assert command(tmp_path, "schema", "-o", "scenario.schema.json").returncode == 0
    assert json.loads((tmp_path / "scenario.schema.json").read_text())["$ref"] == "#/$defs/ScenarioFile"
    done = command(tmp_path, "schema", "-o", ".")
    assert (done.returncode, "cannot be written" in done.stderr) == (2, True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_every_command(tmp_path: Path, shell: str) -> None:
    done = command(tmp_path, "completion", shell)
    assert done.returncode == 0, done.stderr
    assert [name for name in COMMANDS if name not in done.stdout] == []
    assert "--set" in done.stdout


def test_help_shows_no_option_that_nobody_meant(tmp_path: Path) -> None:
    """The argument parser makes options of the fields of a value, and of what is positional, unless it is stopped."""
    for name in COMMANDS:
        said = command(tmp_path, name, "--help").stdout
        assert [
            leak
            for leak in ("--empty-", ".actor", " --file ", " --query ", " --name ", " --target ", " --token ")
            if leak in said
        ] == []
