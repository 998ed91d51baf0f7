"""``cost``: the same numbers in every form, and every design in it."""

import json
from pathlib import Path

import pytest

from ftrace_actors.cli import cost_command, main
from ftrace_actors.kernel.designs import DESIGNS

PAIRS = ((0, 0), (1, 0), (1, 2), (2, 0))
OWN = """\
from ftrace_actors.kernel.designs import KickStep, ListOnly

class Mine(ListOnly):
    name = "mine"
    summary = "list-only under another name"
"""


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the hundreds of tracers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(cost_command, "PAIRS", PAIRS)


def lines(capsys: pytest.CaptureFixture[str], *args: str) -> list[str]:
    assert main(["cost", *args]) == 0
    return capsys.readouterr().out.splitlines()


def test_the_tables_fit_a_terminal_and_have_every_design(capsys: pytest.CaptureFixture[str]) -> None:
    shown = lines(capsys)
    assert max(map(len, shown)) <= 80
    assert set(DESIGNS) <= set(shown)
    assert "  enable 0>1            10     10 10 10   .      .    .     .   .      857" in shown
    assert not any(line != line.rstrip() for line in shown)


def test_all_forms_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    choice = ("--design", "list-only", "--design", "call-ops", "--sites", "2", "--static")
    (encoded,) = lines(capsys, *choice, "--json")
    told = json.loads(encoded)
    assert [one["design"] for one in told["operations"]] == ["list-only"] * 6 + ["call-ops"] * 6
    first = told["operations"][0]
    assert (first["literals"], first["instructions"], first["cleans"]) == (0, 2, 2)
    calls = {
        (one["design"], one["relevant"], one["irrelevant"]): one["instructions"] for one in told["calls"]
    }
    assert len(calls) == 2 * len(PAIRS)

    table, markdown = lines(capsys, *choice), lines(capsys, *choice, "--markdown")
    assert told["driver"] == "bare"
    assert table[0].endswith(", driver bare")
    assert markdown[0].startswith(f"| {table[0]} |")
    row = ["1", "2", str(calls["list-only", 1, 2]), str(calls["call-ops", 1, 2])]
    assert row in [line.replace("/", " ").split() for line in table]
    assert row in [line.replace("/", " ").replace("|", " ").split() for line in markdown]
    rows = [line.split()[2:] for line in table if line.startswith("  ")]
    assert [row[-1] for row in rows[-12:]] == [str(one["executed"]) for one in told["operations"]]
    assert (
        f"| list-only, enable 0 to 1 | . | 2 | 2 | 2 | 3 | 3 | . | . | . | {first['executed']} |" in markdown
    )


def test_a_design_of_ones_own_is_counted_like_a_shipped_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    (encoded,) = lines(capsys, "--design", "list-only", "--design", "mine.py", "--json")
    told = json.loads(encoded)
    for table in ("operations", "calls"):
        shipped, own = (
            [{**one, "design": ""} for one in told[table] if one["design"] == name]
            for name in ("list-only", "mine")
        )
        assert shipped == own != []


def test_a_mistake_of_its_own_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.py").write_text(
        OWN + "    def enable(self, ops, changes, core):\n        yield 1 / 0\n"
    )
    assert main(["cost", "--design", "mine.py"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "ftrace-actors: mine.py: line 7: ZeroDivisionError: division by zero"


def test_a_design_under_which_nothing_ends_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Of the million steps that are allowed, each beyond these is the same again.
    monkeypatch.setattr("ftrace_actors.studies.cost.dull.STEPS_MAX", 10_000)
    forever = "        while True:\n            yield KickStep()\n"
    (tmp_path / "mine.py").write_text(OWN + "    def enable(self, ops, changes, core):\n" + forever)
    assert main(["cost", "--design", "mine.py"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ftrace-actors: mine.py: the dull run under mine ended as a livelock")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--design", "call-op"), "--design: unknown design 'call-op'; did you mean call-ops?"),
        (("--json", "--markdown"), "--json: contradicts --markdown; leave one out"),
        (("--sites", "0"), 'Invalid value "0" for --sites'),
    ],
)
def test_options_are_checked(capsys: pytest.CaptureFixture[str], args: tuple[str, ...], message: str) -> None:
    assert main(["cost", *args]) == 2
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith(f"ftrace-actors: {message}")
    assert captured.out == ""
