"""`log` on a replay file, and what is missing where something broke."""

import json
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from tests.environment import Done
from tests.inprocess import call

NAME = "teardown-no-wait-w2"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a replay file, and the log of the same run."""
    path = tmp_path_factory.mktemp("failure")
    assert call(main, "run", NAME, "--driver", "bare", cwd=path).returncode == 0
    (replay,) = (path / "out").glob("*.replay.json")
    replay.rename(path / "it.replay.json")
    assert call(main, "replay", "it.replay.json", "--log-to", "it.log", cwd=path).returncode == 0
    return path


def command(cwd: Path, *args: str) -> Done:
    return call(main, *args, cwd=cwd)


def test_a_replay_file_is_read_as_the_log_of_its_run(here: Path) -> None:
    for more in (("--stats",), ("kind == 'free'",), ("--around", "failure"), ("--causes", "failure")):
        log, replay = command(here, "log", "it.log", *more), command(here, "log", "it.replay.json", *more)
        assert log.returncode == 0, log.stderr
        assert log.stdout == replay.stdout
    assert command(here, "log", "--diff", "it.log", "it.replay.json").stdout == "the same events\n"


def test_the_failure_is_a_pair_and_a_missing_order_in_less_than_40_lines(here: Path) -> None:
    done = command(here, "log", "it.replay.json", "--causes", "failure")
    said = " ".join(done.stdout.split())
    assert done.stdout.startswith("INV-LIFE (use after free in W2): reader2 on cpu2 reads tracer_a->hits")
    assert "kfree(tracer_a)) and event" in said
    # Only one of the two would help: that the use comes before the free.
    assert said.count("Missing: an order from event") == 1
    assert len(done.stdout.splitlines()) < 40
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_its_numbers_are_those_of_events(here: Path) -> None:
    found = json.loads(command(here, "log", "it.log", "--causes", "failure", "--json").stdout)
    pair = found["conflict"]
    lines = command(here, "log", "it.log", "--json").stdout.splitlines()
    events = {event["seq"]: event for event in map(json.loads, lines)}
    assert (events[pair["other"]]["kind"], events[pair["late"]]["kind"]) == ("free", "load")
    assert events[pair["late"]]["task"] == "reader2"
    # The last thing each knew of the other is before what they did.
    assert pair["late_follows_other_from"] < pair["other"]
    assert pair["other_follows_late_from"] < pair["late"]


def test_lanes_have_the_numbers_that_log_takes(here: Path) -> None:
    shown = command(here, "replay", "it.replay.json").stdout.splitlines()
    (free,) = [line.split()[1] for line in shown if "kfree(tracer_a)" in line]
    assert "kind=free" in command(here, "log", "it.log", "--around", free, "--context", "0").stdout.replace(
        "free  ", "kind=free"
    )


def test_a_replay_file_is_checked_as_the_log_of_its_run(here: Path) -> None:
    log, replay = command(here, "check", "it.log"), command(here, "check", "it.replay.json")
    assert log.stdout.startswith("ok   it.log: VIOLATED")
    assert log.stdout == replay.stdout.replace("it.replay.json", "it.log")


def test_where_nothing_broke_it_is_said(here: Path) -> None:
    assert command(here, "once", "static-key-kick", "--log-to", "held.log").returncode == 0
    done = command(here, "log", "held.log", "--causes", "failure")
    assert (done.returncode, "held.log: failure: nothing broke in this run" in done.stderr) == (2, True)


def test_a_log_that_is_replayed_is_known_for_one(here: Path) -> None:
    done = command(here, "replay", "it.log")
    assert done.returncode == 2
    assert "it.log: is a log, not a replay file; `log` and `check` read it" in done.stderr
