"""What `run` says of itself while it runs: a file of events, and the same events on stderr for those who want them."""

import json
import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ftrace_actors.cli import main
from ftrace_actors.cli.interrupts import interruptible
from ftrace_actors.cli.logs import LOG_NAME, campaign_log
from ftrace_actors.cli.session import Session
from ftrace_actors.explore.evidence import prove
from tests.cli.toycli import ToyWorlds

BROKEN = "verdicts = violated\ninvariants = INV-COUNT\nwindow = W1\nactors = 3\n"
FLAKY = "verdicts = holds\nactors = 3\n"
HOLDING = "verdicts = holds\nactors = 1\nstale = 0\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    for name, text in (("broken", BROKEN), ("flaky", FLAKY), ("holding", HOLDING)):
        Path(f"{name}.toml").write_text(text)
    return tmp_path


def logged(*args: str, code: int = 0) -> tuple[list[dict[str, Any]], bytes]:
    """The events of a `run`, and the file that they are in."""
    assert main(["run", *args], worlds=ToyWorlds) == code
    text = (Path("out") / LOG_NAME).read_bytes()
    assert text.endswith(b"\n")
    return [json.loads(line) for line in text.splitlines()], text


def test_an_event_for_each_thing_that_matters() -> None:
    args = ("--strategy", "mix", "--seed", "6", "--runs", "200", "--jobs", "1", "--keep-logs")
    events, _ = logged("broken.toml", *args)
    names = [event["event"] for event in events]
    assert names == ["started", "finding", "finding", "shrunk", "replay written", "log written", "ended"]
    assert {(e["scenario"], e["seed"], e["strategy"]) for e in events} == {("broken", 6, "mix")}
    assert [e["window"] for e in events[1:3]] == [None, "W1"]
    assert events[1]["run"] < events[2]["run"] == events[3]["run"] == events[6]["run"]
    assert Path(events[4]["path"]).exists()
    assert Path(events[5]["path"]).exists()
    assert (events[6]["verdict"], events[6]["ok"], events[6]["runs"]) == (
        "violated",
        True,
        events[2]["run"] + 1,
    )


def test_a_run_is_minimal_only_when_shrinking_came_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def minimal() -> list[bool]:
        events, _ = logged("broken.toml", "--seed", "6", "--runs", "200", "--jobs", "1")
        return [event["minimal"] for event in events if event["event"] == "shrunk"]

    assert minimal() == [True]
    monkeypatch.setattr("ftrace_actors.cli.evidence.prove", partial(prove, replays_max=2))
    assert minimal() == [False]


def test_the_design_is_bound() -> None:
    main(["run", "teardown-tasks", "--runs", "2", "--jobs", "1", "--quiet"])
    lines = (Path("out") / LOG_NAME).read_text().splitlines()
    assert [json.loads(line)["design"] for line in lines] == ["call-ops", "call-ops"]


def test_a_campaign_that_only_time_limits_has_no_number_of_runs() -> None:
    events, _ = logged("holding.toml", "--time", "0s", "--jobs", "1")
    assert events[0]["runs"] is None
    assert events[-1]["stopped"] == "time"


@pytest.mark.parametrize("jobs", ["2", "3"])
def test_the_same_bytes_whatever_the_number_of_jobs(jobs: str) -> None:
    args = ("broken.toml", "flaky.toml", "holding.toml", "--runs", "60")
    events, alone = logged(*args, "--jobs", "1", code=1)
    assert [event["event"] for event in events].count("ended") == 3
    assert logged(*args, "--jobs", jobs, code=1)[1] == alone


def test_an_interrupt_leaves_whole_lines_of_what_was_finished(here: Path) -> None:
    (here / "flaky.toml").write_text(
        f"{FLAKY}signal = {signal.SIGINT.value}\nsignalled = {here / 'signalled'}\n"
    )
    with interruptible():
        events, _ = logged("flaky.toml", "holding.toml", "--runs", "100000", "--jobs", "1", code=130)
    names = [event["event"] for event in events]
    assert names == [
        "started",
        "finding",
        *["finding"] * (len(names) - 5),
        "shrunk",
        "replay written",
        "ended",
    ]
    assert events[-1]["stopped"] == "interrupted"
    assert {event["scenario"] for event in events} == {"flaky"}


def test_what_a_full_disk_took_of_a_line_is_taken_back(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, room = os.write, 100

    def short(handle: int, data: bytes) -> int:
        nonlocal room
        taken = write(handle, bytes(data)[:room])
        room -= taken
        if not taken:
            raise OSError(28, "No space left on device")
        return taken

    with campaign_log(Session(ToyWorlds), here / "out", verbose=False) as log:
        monkeypatch.setattr(os, "write", short)
        log.info("first", number=1)
        log.info("second", text="x" * 100)
        log.info("third")
    (line,) = (here / "out" / LOG_NAME).read_text().splitlines()
    assert json.loads(line)["event"] == "first"


class TestOnStderr:
    def test_as_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        events, _ = logged("broken.toml", "--jobs", "1", "--log-format", "json")
        shown = capsys.readouterr().err.splitlines()
        assert [json.loads(line) for line in shown if line.startswith("{")] == events

    def test_as_columns_without_colour_where_there_is_no_terminal(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("NO_COLOR")
        events, _ = logged("broken.toml", "--jobs", "1", "--log-format", "console")
        shown = [line for line in capsys.readouterr().err.splitlines() if line.startswith("[info")]
        assert [line[12:29].rstrip() for line in shown] == [event["event"] for event in events]
        assert "\x1b" not in "".join(shown)

    def test_nothing_that_a_terminal_would_obey(self, capsys: pytest.CaptureFixture[str]) -> None:
        name = "evil\x1b[31m.toml"
        Path(name).write_text(HOLDING)
        logged(name, "--jobs", "1", "--runs", "3", "--log-format", "console")
        err = capsys.readouterr().err
        assert "evil" in err
        assert "\x1b" not in err

    def test_nothing_when_it_is_not_asked_for(self, capsys: pytest.CaptureFixture[str]) -> None:
        logged("broken.toml", "--jobs", "1")
        assert "started" not in capsys.readouterr().err


def test_the_log_does_not_say_where_the_checkout_is(here: Path) -> None:
    """The same campaign has the same log on any machine."""
    path = Path(__file__).parents[2] / "scenarios" / "disable-literal-kept.toml"
    assert main(["run", str(path.absolute()), "--runs", "1", "--jobs", "1", "--quiet"]) == 0
    log = (here / "out" / "campaign.log.jsonl").read_text()
    assert '"path":"scenarios/disable-literal-kept.toml"' in log
    assert str(path.parent.parent) not in log
