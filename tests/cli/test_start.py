"""What a command loads before it begins, and that what is read faster says the same."""

import subprocess
import sys
from importlib import import_module
from inspect import getdoc
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.cli.app import COMMANDS
from ftrace_actors.cli.list_command import _read
from ftrace_actors.cli.scenario_worlds import ScenarioWorlds
from ftrace_actors.cli.session import Session, scenario_worlds
from ftrace_actors.shipped import shipped
from tests.environment import environment

LOADED = """\
import sys
from ftrace_actors.cli import main
code = main({args})
print(code, *(name for name in sys.modules if not name.startswith("_")), file=sys.stderr)
"""
HEAVY = {
    "trio",
    "ftrace_actors.kernel",
    "ftrace_actors.scenario",
    "ftrace_actors.explore",
    "ftrace_actors.arm64",
}
SCENARIOS = sorted(shipped().glob("*.toml"))


def loaded(*args: str) -> set[str]:
    """The modules that a command line has imported when it is done."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(args=list(args))],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    code, *names = done.stderr.split()
    assert code == "0"
    return set(names)


def test_help_imports_no_command() -> None:
    names = loaded("--help")
    assert "ftrace_actors.cli.app" in names
    assert not names & HEAVY
    assert not {name for name in names if name.endswith("_command")}


def test_list_imports_no_kernel() -> None:
    assert not loaded("list") & HEAVY


def test_disasm_imports_what_list_must_not() -> None:
    assert loaded("disasm", "teardown-tasks") >= HEAVY  # so the names above are those of modules that exist


def test_every_command_is_listed_under_what_its_function_says() -> None:
    for name, summary in COMMANDS.items():
        doc = getdoc(import_module(f"ftrace_actors.cli.{name}_command").command)
        assert doc is not None
        assert doc.splitlines()[0] == summary
    modules = {
        path.stem for path in Path(import_module("ftrace_actors.cli").__path__[0]).glob("*_command.py")
    }
    assert modules == {f"{name}_command" for name in COMMANDS}


def test_a_shipped_scenario_is_listed_as_it_is_when_it_is_read_in_full() -> None:
    worlds, session = ScenarioWorlds(), Session(scenario_worlds)
    for path in SCENARIOS:
        card, row = worlds.read(path), _read(session, path)
        assert (row.name, row.path, row.summary) == (card.name, card.path, card.summary)
        assert row.design == card.design
        assert (row.expect.verdicts, row.expect.invariants, row.expect.window) == (
            card.expect.verdicts,
            card.expect.invariants,
            card.expect.window,
        )


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"holds"', '"hold"', "$.expect.verdict: 'hold' is not known; did you mean "),
        ('verdict = "holds"', "", "$.expect: missing key 'verdict'"),
        ("[expect]", "[expect", "not TOML"),
    ],
)
def test_what_is_wrong_with_a_scenario_of_ones_own_is_said(
    old: str, new: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text((shipped() / "teardown-tasks.toml").read_text().replace(old, new))
    assert main(["list", str(path), "static-key"]) == 2
    done = capsys.readouterr()
    assert complaint in done.err
    assert done.out.startswith("static-key  ")


def test_a_shipped_scenario_that_was_edited_until_it_cannot_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "scenarios").mkdir()
    path = tmp_path / "scenarios" / "broken.toml"
    path.write_text((shipped() / "teardown-tasks.toml").read_text().replace("summary", "sumary"))
    monkeypatch.setattr("ftrace_actors.shipped._PACKAGE", tmp_path)
    assert main(["list", str(path)]) == 2
    assert "unknown key 'sumary'; did you mean 'summary'?" in capsys.readouterr().err
