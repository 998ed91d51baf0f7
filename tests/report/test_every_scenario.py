"""A run of every shipped scenario has a page, from its replay file and from its log, and both tell the same run."""

from pathlib import Path

import pytest

from ftrace_actors.cli.report_sources import report_of_log, report_of_replay
from ftrace_actors.cli.session import Session, scenario_worlds
from ftrace_actors.explore import Origin, replay
from ftrace_actors.explore.judge import headline
from ftrace_actors.inspect import make_header, write_log
from ftrace_actors.report import run_page
from tests.report.made import expanded
from tests.scenario.runs import SHIPPED, chooser, world_of

NAMES = [pytest.param(name, marks=pytest.mark.soak(number=number)) for number, name in enumerate(SHIPPED)]


@pytest.mark.parametrize("name", NAMES)
def test_a_run_of_it_has_a_page(name: str, tmp_path: Path) -> None:
    world = world_of(name)
    result = world.run(chooser(name, 3), driver="bare", record=True)
    origin = Origin(name, str(SHIPPED[name]), world.scenario.text, {}, "auto", 0, 3)
    path, log = tmp_path / "it.replay.json", tmp_path / "it.log"
    replay.save(path, replay.make(origin, result, headline(world.expect, result.findings)))
    write_log(
        log, make_header(world, result, seed=0, run=3, strategy="auto"), result.events, world.image.symbols
    )
    of_run, of_log = report_of_replay(Session(scenario_worlds), path, None), report_of_log(log)
    assert run_page(of_run).startswith(b"<!doctype html>")
    assert run_page(of_log).startswith(b"<!doctype html>")
    for part in ("verdict", "findings", "race", "arrows", "bands", "bars"):
        assert getattr(of_run, part) == getattr(of_log, part), part
    states, told = expanded(of_run.states), expanded(of_log.states)
    for upto in states.keys() & told.keys():
        for field in states[upto].keys() & told[upto].keys():
            value = told[upto][field]
            if field[0] in {"memory", "locks"} and value and not value.startswith("not known"):
                assert value == states[upto][field], (upto, field)
