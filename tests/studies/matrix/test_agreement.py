"""`run` and `matrix` do not disagree, and INV-GP has no hole: a cheap part of `agreement.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftrace_actors.explore import make_chooser
from ftrace_actors.explore.chunk import profile_of
from ftrace_actors.kernel.designs import DESIGNS
from ftrace_actors.studies.matrix import cells_of, waits
from ftrace_actors.studies.matrix.worlds import build_cell

from .agreement import SCENARIOS, WAITS_ALL, judge, sweep

CHEAP = (
    "dynamic-teardown",
    "list-only-two-no-wait",
    "pair-global-ops",
    "two-teardown",
)
RUNS = 2


@pytest.mark.parametrize("name", CHEAP)
def test_the_same_run_is_judged_the_same(name: str) -> None:
    paths = [path for path in SCENARIOS if path.stem == name]
    cells = list(sweep(paths, waits(), RUNS))
    assert len(cells) == len(waits())
    assert [words for cell in cells for words in cell.disagreements] == []


def test_both_kinds_of_run_were_among_them() -> None:
    paths = [path for path in SCENARIOS if path.stem in {"list-only-two-no-wait", "teardown-list-three"}]
    cells = list(sweep(paths, waits()[:1], 6))
    assert any(cell.too_short for cell in cells)
    assert any(cell.too_short < cell.runs for cell in cells)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_run_of_a_cell_is_judged_the_same(design: str) -> None:
    """Of `run` on the cell's own scenario, with the choices of one run of the cell."""
    for wait in ("no wait", "rude"):
        cell = next(
            one for one in cells_of(design, kicks=False) if (one.wait.name, one.model.name) == (wait, "full")
        )
        world = build_cell(cell)
        profile = profile_of(world)
        for number in range(2):
            assert (
                judge(world, world.run(make_chooser("mix", 0, number, profile), record=True, driver="bare"))
                == ()
            )


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=pytest.mark.soak(number=number), id=path.stem)
        for number, path in enumerate(SCENARIOS)
    ],
)
def test_every_scenario_under_every_wait(path: Path) -> None:
    assert [words for cell in sweep([path], WAITS_ALL, 20) for words in cell.disagreements] == []
