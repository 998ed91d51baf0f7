"""What others wrote is shown, never sent to the terminal; and lines end only where they may."""

import io
import json
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.cli import main
from ftrace_actors.cli.output import Output, columns
from ftrace_actors.terminal import fold, one_line, shown, unbroken
from tests.cli.conftest import Command
from tests.cli.logs import write
from tests.inspect.test_divergence import fresh

HOSTILE = {
    "\x1b[2J": r"\u001b[2J",
    "\x00\x07\x08\x7f": r"\u0000\u0007\u0008\u007f",
    "a\rb": r"a\rb",
    "\x9b31m": r"\u009b31m",
    "\u202eevil\u2066": r"\u202eevil\u2066",
    "\u200b\u00ad\ufeff": r"\u200b\u00ad\ufeff",
    "\u2028\u2029\x85": r"\u2028\u2029\u0085",
    "\udcff": r"\udcff",
    "\U000e0001": r"\udb40\udc01",
    "\ufdd0": r"\ufdd0",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_not_printable_is_written_out(text: str) -> None:
    assert shown(text) == HOSTILE[text]
    assert one_line(text) == HOSTILE[text]


@pytest.mark.parametrize(
    "text", ["", "plain ~", "Käse → 日本 ±", "no\u00a0break", "two\nlines\tand a tab", r"\u001b"]
)
def test_the_rest_is_left_alone(text: str) -> None:
    assert shown(text) == text


def test_one_line_is_one() -> None:
    assert one_line("a\nb\tc\r\n") == r"a\nb\tc\r\n"


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_a_line_of_json_means_the_same_afterwards(text: str) -> None:
    line = json.dumps(text, ensure_ascii=False)
    assert json.loads(shown(line)) == text


@given(st.text(st.characters(exclude_categories=[])))
def test_nothing_that_could_steer_a_terminal_is_left(text: str) -> None:
    left = [char for char in shown(text) if not char.isprintable() and not char.isspace()]
    assert left == []
    assert len(one_line(text).splitlines()) <= 1


def test_a_line_ends_at_blanks_only() -> None:
    text = "one-two three-four a-name-longer-than-the-width blocked-on:rcu_tasks"
    assert fold(text, 12, "  ", "    ") == [
        "  one-two",
        "    three-four",
        "    a-name-longer-than-the-width",
        "    blocked-on:rcu_tasks",
    ]


def test_what_is_marked_stays_whole() -> None:
    command = "replay 'my file.json'"
    assert fold(f"to see it {unbroken(command)} now", 20) == ["to see it", command, "now"]


@given(st.text("ab -\n", max_size=60), st.integers(5, 30))
def test_nothing_marked_is_ever_broken(text: str, width: int) -> None:
    assert any(one_line(text) in line for line in fold(f"x {unbroken(text)} y", width))


# -- through the command line ---------------------------------------------------------------------------------------


def raw(text: str) -> list[str]:
    """What a terminal would obey in some output."""
    return [char for char in text if not char.isprintable() and char != "\n"]


NAME = "evil\x1b]0;owned\x07\u202e"


def test_a_file_s_name_and_summary_are_shown(command: Command, directory: Path) -> None:
    (directory / "scenarios" / f"{NAME}.toml").write_text("# \x1b[2Ja summary\u2066\nverdicts = violated\n")
    for args in (("list",), ("list", "--json"), ("run", "scenarios", "--runs", "20", "--jobs", "1")):
        done = command(*args)
        assert raw(done.stdout) == raw(done.stderr) == [], args
        assert "\\u001b" in done.stdout + done.stderr, args


def test_what_a_replay_file_says_is_shown(command: Command, directory: Path) -> None:
    assert command("run", "broken").returncode == 0
    (path,) = (directory / "out").glob("*.replay.json")
    content = json.loads(path.read_text())
    content["scenario"]["path"] = content["strategy"] = content["tool"] = NAME
    del content["seal"]  # a hostile file need not have one
    path.write_text(json.dumps(content, ensure_ascii=False))
    done = command("replay", str(path))
    assert raw(done.stdout) == raw(done.stderr) == []
    assert "\\u001b]0;owned" in done.stdout
    assert "\\u001b]0;owned" in done.stderr


def test_what_a_log_says_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = [msgspec.structs.replace(event, task=NAME + "\r\u202e") for event in fresh()]
    path = str(write(tmp_path / "log", events))
    for args in (
        ("log", path),
        ("log", path, "--json"),
        ("log", path, "--format", "lanes"),
        ("log", path, "--causes", "5"),
        ("log", "--diff", path, path),
        ("check", path),
    ):
        assert main([*args]) == 0
        out, err = capsys.readouterr()
        assert raw(out) == raw(err) == [], args
    assert main(["log", path, "--json"]) == 0
    assert {json.loads(line)["task"] for line in capsys.readouterr().out.splitlines()} >= {NAME + "\r\u202e"}


def test_an_unknown_option_is_shown_on_one_line(command: Command) -> None:
    done = command("run", "--\x1b[2J\nsecond")
    assert raw(done.stderr) == []
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("value", ["0", "²", "-3", "abc", ""])
@pytest.mark.parametrize("name", ["COLUMNS", "LINES"])
def test_an_odd_size_of_the_terminal_is_80_columns(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv(name, value)
    # What the terminal of whoever runs the tests says comes before the 80 columns.
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((80, 24)))
    assert Output(file=io.StringIO()).size.width == columns() == 80


def test_no_columns_at_all_are_80(command: Command) -> None:
    usual, odd = command("run", "flaky", "--runs", "20"), command("run", "flaky", "--runs", "20", COLUMNS="0")
    assert (odd.returncode, odd.stdout, odd.stderr) == (usual.returncode, usual.stdout, usual.stderr)
