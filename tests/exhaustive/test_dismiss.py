"""A run that a search drops is gone at once, and does not wait for the collector of cycles."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from random import Random

import pytest

from ftrace_actors.exhaustive import Limits, Search
from ftrace_actors.exhaustive.collecting import collecting_rarely
from ftrace_actors.exhaustive.learned import Learned
from ftrace_actors.exhaustive.place import Stepper
from ftrace_actors.kernel.boot import System
from ftrace_actors.scenario import build, load
from tests.exhaustive.walks import walk
from tests.exhaustive.worlds import ENABLE, small
from tests.scenario.runs import SCENARIOS

NAMES = ("teardown-tasks", "dynamic-reuse", "grace-period-several", "deadlock-spin", "guarded-survivor")
"""Scenarios that together use every actor."""


@pytest.fixture
def collector() -> Iterator[None]:
    """Off, so that only counts of references free anything."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("collector")
@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_run_is_left(name: str) -> None:
    stepper = Stepper(build(load(SCENARIOS / f"{name}.toml")), Learned())
    kept: list[weakref.ref[object]] = []
    for place, _ in walk(stepper, Random(f"{name} 1")):
        system = place.system
        objects = (system, system.conductor, system.machine, system.books, *system.actors)
        # What has slots has no place for a weak reference.
        kept += [weakref.ref(each) for each in objects if hasattr(each, "__weakref__")]
        system.dismiss()
        del system, objects
    del place, _
    assert len(kept) > 100
    assert [ref() for ref in kept if ref() is not None] == []


@pytest.mark.usefixtures("collector")
def test_a_search_leaves_few_runs_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that waited for a later level when a pass was broken off, and no others."""
    made: list[weakref.ref[System]] = []
    copy = System.copy

    def counted(self: System, *args: object, **kwargs: object) -> System:
        twin: System = copy(self, *args, **kwargs)  # type: ignore[arg-type]
        made.append(weakref.ref(twin))
        return twin

    monkeypatch.setattr(System, "copy", counted)
    search = Search(small(ENABLE), Limits(early=0))
    for _ in search.levels():
        pass
    alive = sum(ref() is not None for ref in made)
    assert len(made) > 300
    assert alive < len(made) / 4


def test_the_pace_of_the_collector_is_given_back() -> None:
    before = gc.get_threshold()
    with collecting_rarely():
        assert gc.get_threshold() != before
    assert gc.get_threshold() == before
