"""``once``: one numbered run, whether it fails or holds."""

import json
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.inspect import read_log
from tests.cli.conftest import Command

Capture = pytest.CaptureFixture[str]


def made(command: Command, name: str, run: int) -> tuple[str, int]:
    """Verdict and exit code."""
    done = command("once", name, "--run", str(run), "--seed", "1", "--json")
    return json.loads(done.stdout)["verdict"], done.returncode


def test_it_is_the_run_of_that_number_of_a_campaign(command: Command) -> None:
    campaign = json.loads(command("run", "flaky", "--runs", "5", "--seed", "1", "--json").stdout)
    one_by_one = [made(command, "flaky", run) for run in range(5)]
    assert set(one_by_one) == {("holds", 0), ("violated", 1)}
    assert one_by_one.index(("violated", 1)) == campaign["run"]
    assert Counter(verdict for verdict, _ in one_by_one) == campaign["coverage"]["verdicts"]


def test_a_failure_that_is_expected_is_not_complained_of(command: Command) -> None:
    failed = json.loads(command("run", "broken", "--seed", "1", "--json").stdout)["run"]
    assert made(command, "broken", failed) == ("violated", 0)


def test_for_people(command: Command, directory: Path) -> None:
    campaign = json.loads(command("run", "flaky", "--runs", "60", "--json").stdout)
    done = command("once", "flaky", "--run", str(campaign["run"]), "--log-to", "deep/run.log")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("scenarios/flaky.toml: VIOLATED INV-COUNT")
    assert lines[-4].startswith("  expected  ")
    assert lines[-3] == f"  seed  0, run {campaign['run']}, strategy auto"
    assert lines[-2].startswith("  token  ftrace-actors replay flaky ")
    assert lines[-1] == "  log  deep/run.log"
    assert (directory / "deep" / "run.log").read_text().count("\n") > 3


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("scenarios",), "scenarios: has 4 scenarios; once makes a run of one"),
        (("absent",), "absent: no such file"),
        (("holding", "--run", "-1"), "--run"),
        (("holding", "--set", "wheels=4"), "wheels"),
        (("holding", "--log-to", "scenarios"), "--log-to: cannot write scenarios: "),
    ],
)
def test_mistakes(command: Command, args: tuple[str, ...], words: str) -> None:
    done = command("once", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


@pytest.mark.parametrize("name", ["teardown-tasks", "grace-period-orders-nothing"])
def test_the_log_of_a_run_that_holds_is_one(tmp_path: Path, capsys: Capture, name: str) -> None:
    paths = [tmp_path / driver for driver in ("bare", "trio")]
    for path in paths:
        args = ["once", name, "--run", "3", "--seed", "0x10", "--log-to", str(path), "--driver", path.name]
        assert main([*args, "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    header, _ = read_log(paths[0])
    assert (header.seed, header.run, header.strategy, header.verdict) == (16, 3, "auto", "holds")
    assert {one["digest"] for one in told} == {header.digest}
    # A run may hold where the scenario must break: some run of it has to, not each.
    assert main(["check", str(paths[0])]) == 0


def test_events_are_shown_as_they_happen(tmp_path: Path, capsys: Capture) -> None:
    """On stderr; those that the log has, with the run bound to each."""
    path = tmp_path / "log"
    args = ["once", "teardown-tasks", "--run", "3", "--seed", "7", "--log-to", str(path)]
    assert main([*args, "--log-format", "json"]) == 0
    shown = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    kept = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    assert [(one["event"], one["seq"]) for one in shown] == [(one["kind"], one["seq"]) for one in kept]
    bound = {"scenario": "teardown-tasks", "seed": 7, "run": 3, "strategy": "auto", "design": "call-ops"}
    assert all(bound.items() <= one.items() for one in shown)
    del kept[40]["kind"]
    assert kept[40].items() <= shown[40].items()


def test_in_columns_when_they_are_for_people(capsys: Capture) -> None:
    assert main(["once", "teardown-tasks", "--log-format", "console"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 100
    assert all(line.startswith("[info     ] ") and "scenario=teardown-tasks" in line for line in lines)
    assert "\x1b" not in "".join(lines)


def test_brief_is_a_page_of_what_services_did_and_a_line_a_task(capsys: Capture) -> None:
    assert main(["once", "explore-teardown", "--run", "1", "--brief"]) == 0
    brief = capsys.readouterr().out
    assert main(["once", "explore-teardown", "--run", "1"]) == 0
    full = capsys.readouterr().out
    assert "kfree(tracer_a)" in brief
    assert "reader: 1 call of vfs_read" in brief
    assert not {"fetch", "ldr", "str"} & set(brief.split())
    assert len(brief.splitlines()) < len(full.splitlines())
    assert max(map(len, brief.splitlines())) <= 80


def test_brief_leaves_a_failing_run_as_it_is(capsys: Capture) -> None:
    texts = []
    for more in ([], ["--brief"]):
        main(["once", "enable-call-first", "--run", "3", *more])
        texts.append(capsys.readouterr().out)
    assert "VIOLATED" in texts[0]
    assert texts[0] == texts[1]


class _Shown:
    """A bar that remembers what it was given."""

    def __init__(self) -> None:
        self.updates: list[tuple[str, int, int, str]] = []

    def update(self, name: str, done: int, total: int, remarks: str = "", phase: str = "") -> None:
        self.updates.append((name, done, total, phase))


@pytest.mark.parametrize(("patience", "counted"), [(0.0, 128), (3600.0, 0)])
def test_earlier_runs_that_take_long_are_counted_for_those_who_watch(
    command: Command, monkeypatch: pytest.MonkeyPatch, patience: float, counted: int
) -> None:
    bar = _Shown()
    plain = command("once", "flaky", "--run", "200", "--json").stdout
    monkeypatch.setattr("ftrace_actors.cli.once_command.shown_bar", lambda session: nullcontext(bar))
    monkeypatch.setattr("ftrace_actors.cli.once_command._PATIENCE", patience)
    done = command("once", "flaky", "--run", "200", "--json")
    assert done.stdout == plain
    assert bar.updates == [("flaky", run + 1, 128, "earlier runs") for run in range(counted)]
