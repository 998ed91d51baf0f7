"""What an exploration tells a structlog that somebody configured."""

from pathlib import Path
from typing import Any

import pytest
import structlog

from ftrace_actors.scenario import build, load
from ftrace_actors.testing import schedule_of
from tests.testing import samples

pytest_plugins = ["pytester"]

TEST = (
    samples.ADDER
    + """

@explore(runs=60)
def test_total(schedule):
    conductor, shared = adders(schedule, atomic=ATOMIC)
    schedule.conduct(conductor)
    assert shared["total"] == 4
"""
)


@pytest.fixture
def heard() -> Any:
    """The events of a configuration that keeps them; afterwards structlog is as it was."""
    entries: list[dict[str, Any]] = []

    def keep(_: object, __: str, event: Any) -> Any:
        entries.append(dict(event))
        raise structlog.DropEvent

    structlog.configure(processors=[keep], cache_logger_on_first_use=False)
    yield entries
    structlog.reset_defaults()


def test_a_failure_is_told_from_its_start_to_its_pin(
    pytester: pytest.Pytester, heard: list[dict[str, Any]]
) -> None:
    pytester.makepyfile(test_it=TEST.replace("ATOMIC", "False"))
    pytester.runpytest_inprocess().assert_outcomes(failed=1)
    assert [entry["event"] for entry in heard] == ["started", "finding", "shrunk", "pinned", "ended"]
    started, finding, shrunk, pinned, ended = heard
    assert (started["runs"], started["driver"]) == (60, "trio")
    assert finding["verdict"].startswith("AssertionError at test_it.py:")
    assert finding["run"] == shrunk["run"] == pinned["run"]
    assert shrunk["after"] == 1
    assert pinned["path"] == ".ftrace-actors/replays/test_it.py/test_total.replay.json"
    assert Path(pinned["path"]).is_file()
    assert not ended["ok"]
    assert {(entry["test"], entry["seed"], entry["strategy"]) for entry in heard} == {
        ("test_it.py::test_total", 0, "auto")
    }


def test_a_failing_run_of_a_scenario_says_which(
    pytester: pytest.Pytester, heard: list[dict[str, Any]]
) -> None:
    pytester.makepyfile(test_it=samples.of_scenario("teardown-no-wait-w1.toml"))
    pytester.runpytest_inprocess().assert_outcomes(failed=1)
    facts = [(entry.get("scenario"), entry.get("design")) for entry in heard]
    assert facts == [(None, None), *[("teardown-no-wait-w1", "call-ops")] * 4]
    finding = heard[1]
    assert finding["verdict"] == "violated"
    assert finding["invariant"].startswith("INV-")
    assert finding["subject"]
    assert finding["message"]
    assert {"window", "severity"} <= finding.keys()


async def test_events_go_to_a_logger_as_they_happen(heard: list[dict[str, Any]]) -> None:
    path = samples.SCENARIOS / "teardown-tasks.toml"
    schedule = schedule_of(b"", "bare")
    schedule.run_file(path, log=structlog.get_logger())
    seen = list(heard)
    assert [entry["seq"] for entry in seen] == [event.seq for event in schedule.recorded().events] != []
    assert {(entry["scenario"], entry["design"]) for entry in seen} == {("teardown-tasks", "call-ops")}
    heard.clear()
    await schedule_of(b"").run_trio(build(load(path)), log=structlog.get_logger())
    assert heard == seen


def test_of_a_test_that_passes_there_is_little_to_tell(
    pytester: pytest.Pytester, heard: list[dict[str, Any]]
) -> None:
    pytester.makepyfile(test_it=TEST.replace("ATOMIC", "True"))
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    assert [(entry["event"], entry.get("ok")) for entry in heard] == [("started", None), ("ended", True)]


def test_nothing_is_printed_where_nobody_configured_anything(pytester: pytest.Pytester) -> None:
    assert not structlog.is_configured()
    pytester.makepyfile(test_it=TEST.replace("ATOMIC", "False"))
    result = pytester.runpytest_inprocess("-rN")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*pinned*run=*")
