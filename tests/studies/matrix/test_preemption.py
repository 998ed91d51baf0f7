"""Callers are preempted in the cells of models that preempt, and in no others."""

from functools import cache

import pytest

from ftrace_actors.studies.matrix import cells_of, run_cell
from ftrace_actors.studies.matrix.campaign import CellReport
from ftrace_actors.studies.matrix.grid import OPS, TEXT

RUNS = 30


@cache
def report_of(name: str) -> CellReport:
    """What came of a cell; it has an answer for each of its rows."""
    design = name.split(".", maxsplit=1)[0]
    (cell,) = (cell for cell in cells_of(design, kicks=True) if cell.name == name)
    return run_cell(cell, 0, RUNS)


def preempted(name: str, row: tuple[str, str]) -> int:
    report = report_of(name)
    assert report.covered[row] >= RUNS
    assert row not in report.caught
    return report.preempted[row]


@pytest.mark.parametrize("model", ["lazy", "full"])
@pytest.mark.parametrize("place", ["W1", "W2"])
def test_tasks_rcu_waits_for_callers_that_were_preempted(model: str, place: str) -> None:
    assert preempted(f"call-ops.{model}.tasks", (OPS, place)) >= RUNS // 4


def test_so_it_does_for_those_in_text() -> None:
    assert preempted("dynamic-trampoline.full.kick-tasks", (TEXT, "W3")) >= RUNS // 4


def test_nobody_is_preempted_where_that_is_not_built_in() -> None:
    assert preempted("call-ops.none.rcu", (OPS, "W1")) == 0


def test_nor_where_it_is_switched_off_around_the_walk() -> None:
    assert preempted("list-only.full.rude", (OPS, "W2")) == 0
