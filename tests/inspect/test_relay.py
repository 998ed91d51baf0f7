"""A run's events in a structlog that somebody else configured."""

import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from ftrace_actors.errors import InputError
from ftrace_actors.inspect import LogFile, QueryError, relay
from tests.inspect.recorded import dull

BOUND = {"scenario": "teardown-tasks", "seed": 0, "run": 0, "strategy": "mix"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return dull("teardown-tasks").write(tmp_path / "log")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def test_every_event_is_an_entry_with_its_fields_and_the_run(path: Path) -> None:
    with structlog.testing.capture_logs() as entries:
        count = relay(LogFile(path), structlog.get_logger())
    wanted = [{**line, **BOUND, "event": line["kind"], "log_level": "info"} for line in lines(path)]
    for line in wanted:
        del line["kind"]
    assert entries == wanted
    assert count == len(entries) > 100


def test_a_query_picks_some(path: Path) -> None:
    with structlog.testing.capture_logs() as entries:
        count = relay(LogFile(path), structlog.get_logger(), 'kind == "fetch" and cpu == 1')
    wanted = [line["seq"] for line in lines(path) if line["kind"] == "fetch" and line["cpu"] == 1]
    assert [entry["seq"] for entry in entries] == wanted
    assert count == len(wanted) > 0


def test_processors_and_bound_values_are_those_of_the_logger(path: Path) -> None:
    heard: list[MutableMapping[str, Any]] = []

    def keep(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        heard.append(event)
        raise structlog.DropEvent

    logger = structlog.wrap_logger(None, processors=[keep], wrapper_class=structlog.BoundLogger, mine=7)
    assert relay(LogFile(path), logger, "seq < 3") == 3
    assert [(event["event"], event["mine"], event["run"]) for event in heard] == [("record", 7, 0)] + [
        ("ops", 7, 0)
    ] * 2


def test_a_cut_log_and_a_wrong_query_are_told(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])
    with structlog.testing.capture_logs(), pytest.raises(InputError, match="cut off"):
        relay(LogFile(path), structlog.get_logger())
    with pytest.raises(QueryError, match="column 5"):
        relay(LogFile(path), structlog.get_logger(), "cpu = 1")
