"""Designs of the user's own, named with --design."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from tests.cli.conftest import REPO, environment

HEAD = "from ftrace_actors.kernel.designs import *\n"
GOOD = """\
class BlFirst(CallOps):
    name = "bl-first"
    summary = "the instruction before the literal"

    def enable(self, ops, changes, core):
        for record, update in changes:
            written = core.nop_ops if update == "make_nop" else core.unique(record) or core.list_ops
            target = "" if update == "make_nop" else "ftrace_caller"
            yield PatchStep(record, f"ftrace_{update}_call_first", written.pointer, target)
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "mine.py").write_text(HEAD + GOOD)
    return tmp_path


def run(*args: str) -> int:
    return main([*args, *(("--jobs", "1", "--quiet") if args[0] == "run" else ())])


def replay_file(here: Path) -> str:
    (path,) = (here / "out").glob("*.replay.json")
    return str(path)


# -- a design that works ----------------------------------------------------------------------------------------------


def test_a_file_replaces_the_design_of_a_shipped_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "enable-under-load", "--runs", "60") == 0
    assert run("run", "enable-under-load", "--runs", "60", "--design", "mine.py") == 1
    assert "INV-COMPL W0 (lost call)" in capsys.readouterr().out


def test_a_name_replaces_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "teardown-no-wait-w1", "--runs", "400", "--design", "list-only") == 1
    out = capsys.readouterr().out
    assert "expected violated" in out  # nobody holds an ops in W1 when the list is walked


def test_a_scenario_may_name_a_design_only_when_its_file_is_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (REPO / "scenarios" / "enable-under-load.toml").read_text()
    named = text + '\n[protocol]\ndesign = "bl-first"\n'
    (here / "named.toml").write_text(named)
    assert "[protocol]" not in text
    assert run("run", "named.toml") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "named.toml: $.protocol.design: unknown design 'bl-first'" in line
    assert "--design FILE.py" in line
    assert run("run", "named.toml", "--runs", "60", "--design", "mine.py") == 1
    assert run("list", "named.toml", "--design", "mine.py") == 0
    assert run("disasm", "named.toml", "--design", "mine.py") == 0


def test_worker_processes_know_the_design(here: Path) -> None:
    """In processes of their own, whose answer must be the one of a single process."""
    command = [sys.executable, "-m", "ftrace_actors", "run", "enable-dic", "teardown-tasks", "--json"]
    more = ["--runs", "30", "--design", "mine.py", "--out"]
    outputs = {
        subprocess.run(
            [*command, *more, f"out{jobs}", "--jobs", jobs],
            cwd=here,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        ).stdout.replace(f"out{jobs}", "out")
        for jobs in ("1", "2")
    }
    assert len(outputs) == 1
    first, second = (json.loads(line) for line in outputs.pop().splitlines())
    assert (first["verdict"], second["runs"]) == ("violated", 30)


def test_designs_are_listed_the_users_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--designs", "--design", "mine.py", "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["name"] for row in rows][:2] == ["call-ops", "list-only"]
    assert rows[-1] == {
        "name": "bl-first",
        "summary": "the instruction before the literal",
        "file": "mine.py",
    }
    assert run("list", "--designs") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("call-ops ")
    assert run("list", "--designs", "teardown-tasks") == 2


# -- assembly of the user's own ---------------------------------------------------------------------------------------

OWN_ASM = """\
class Own(CallOps):
    name = "own"
    summary = "a trampoline that lies beside"
    asm = ("own.S",)

    def trampolines(self, protocol):
        return ("own_caller",)
"""
CALLER = """\
own_caller:
	bti	c	//@ window W0
	bic	x11, x30, #7
	ldur	x11, [x11, #-16]
	b	ftrace_caller_common
"""


def test_assembly_lies_beside_the_design(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine.py").write_text(HEAD + OWN_ASM)
    (here / "own.S").write_text(CALLER)
    assert run("run", "enable-under-load", "--runs", "300", "--design", "mine.py") == 0
    capsys.readouterr()
    assert run("disasm", "enable-under-load", "--design", "mine.py") == 0
    assert "<own_caller>:" in capsys.readouterr().out


def test_assembly_beside_the_design_goes_before_the_shipped(here: Path) -> None:
    """The design's own patch.S forgets the literal when it disables: readers of freed memory are found."""
    shipped = (REPO / "src/ftrace_actors/kernel/asm/patch.S").read_text()
    own = shipped.replace("bl\tftrace_rec_set_ops\t\t//@ ordering literal-reset", "mov\tw0, wzr\t//@ was")
    assert own != shipped
    own = own.replace("mov\tw0, wzr\t//@ was: mov w0, wzr", "mov\tw0, wzr")
    text = OWN_ASM.partition("    def")[0].replace("own.S", "patch.S")
    (here / "mine.py").write_text(HEAD + text)
    (here / "patch.S").write_text(own)
    assert run("run", "teardown-tasks", "--runs", "300", "--design", "mine.py") == 1


@pytest.mark.parametrize(
    ("asm", "place", "message"),
    [
        (CALLER.replace("bic\tx11, x30, #7", "bicc\tx11, x30, #7"), "line 3", "bicc"),
        (CALLER.replace("ftrace_caller_common", "ftrace_caller_comon"), "line 5", "ftrace_caller_comon"),
        (CALLER.replace("window W0", "window W7"), "", "W7"),
        (CALLER.replace("window W0", "windows W0"), "", "unknown mark 'windows W0'"),
        (CALLER + "ftrace_caller:\n\tret\n", "", "ftrace_caller is defined twice"),
    ],
)
def test_a_mistake_in_it_names_the_file(
    here: Path, capsys: pytest.CaptureFixture[str], asm: str, place: str, message: str
) -> None:
    (here / "mine.py").write_text(HEAD + OWN_ASM)
    (here / "own.S").write_text(asm)
    assert run("run", "enable-under-load", "--design", "mine.py") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"ftrace-actors: own.S: {place}")
    assert message in line


# -- which design ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ("call-op", "--design: unknown design 'call-op'; did you mean call-ops?"),
        ("nothing-like-it", "--design: unknown design 'nothing-like-it'; known are call-ops, list-only"),
    ],
)
def test_an_unknown_name_says_what_is_known(
    capsys: pytest.CaptureFixture[str], design: str, message: str
) -> None:
    assert run("run", "teardown-tasks", "--design", design) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"ftrace-actors: {message}")


def test_it_must_not_contradict_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "teardown-tasks", "--design", "mine.py", "--set", "protocol.design=list-only") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--design: mine.py contradicts protocol.design=list-only" in line


# -- replaying --------------------------------------------------------------------------------------------------------


def test_a_recorded_run_needs_its_design(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "enable-under-load", "--runs", "60", "--design", "mine.py") == 1
    out = capsys.readouterr().out
    path = replay_file(here)
    assert f"replay {Path(path).relative_to(here)} --design mine.py" in out
    recorded = json.loads(Path(path).read_text())["scenario"]
    assert recorded["own_design"]["name"] == "bl-first"
    assert "class" not in json.dumps(recorded["own_design"])

    assert run("replay", path, "--design", "mine.py") == 0
    assert "INV-COMPL" in capsys.readouterr().out
    assert run("disasm", path, "--design", "mine.py") == 0
    for command in ("replay", "disasm"):
        assert run(command, path) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.endswith("recorded with bl-first, a design of your own; add --design mine.py")
        assert run(command, path, "--design", "list-only") == 2
        assert "not list-only" in capsys.readouterr().err


def test_another_text_is_not_replayed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("run", "enable-under-load", "--runs", "60", "--design", "mine.py")
    (here / "mine.py").write_text(HEAD + GOOD + "# and a remark\n")
    capsys.readouterr()
    assert run("replay", replay_file(here), "--design", "mine.py") == 4
    captured = capsys.readouterr()
    assert "mine.py has changed since this was recorded" in captured.err
    assert captured.out == ""


def test_other_assembly_is_another_text(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = CALLER.replace("ldur\tx11, [x11, #-16]", "ldur\tx11, [x11, #-16]\n\tmov\tx7, xzr")
    (here / "mine.py").write_text(HEAD + OWN_ASM)
    (here / "own.S").write_text(broken)
    assert run("run", "enable-under-load", "--runs", "60", "--design", "mine.py") == 1
    path = replay_file(here)
    assert run("replay", path, "--design", "mine.py") == 0
    (here / "own.S").write_text(CALLER)
    capsys.readouterr()
    assert run("replay", path, "--design", "mine.py") == 4
    assert "mine.py has changed since" in capsys.readouterr().err


def test_a_run_of_a_shipped_design_is_replayed_without(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("run", "teardown-no-wait-w2", "--design", "list-only") == 0
    path = replay_file(here)
    assert run("replay", path) == 0
    assert run("replay", path, "--design", "list-only") == 0
    capsys.readouterr()
    assert run("replay", path, "--design", "mine.py") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("recorded without --design mine.py; replay it without, too")


def test_a_log_needs_no_code(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("run", "enable-under-load", "--runs", "60", "--design", "mine.py", "--keep-logs")
    (here / "mine.py").unlink()
    (log,) = (path for path in (here / "out").glob("*.log.jsonl") if path.name != "campaign.log.jsonl")
    capsys.readouterr()
    assert main(["check", str(log)]) == 1  # violated, where the scenario expects that it holds
    assert "INV-COMPL" in capsys.readouterr().out
    assert main(["log", str(log), 'kind == "patch"']) == 0


def test_a_file_is_python_as_it_stands(here: Path) -> None:
    """Our own `from __future__` is none of its business."""
    (here / "mine.py").write_text(
        HEAD + GOOD + "class Kept:\n    x: int\nassert Kept.__annotations__['x'] is int\n"
    )
    assert run("list", "--designs", "--design", "mine.py") == 0


def test_a_design_that_is_a_dataclass_can_be_read(here: Path) -> None:
    text = textwrap.dedent(
        """\
        from __future__ import annotations
        from dataclasses import dataclass
        @dataclass
        class Kept:
            number: int
        """
    )
    (here / "mine.py").write_text(text + HEAD + GOOD)
    assert run("list", "--designs", "--design", "mine.py") == 0
