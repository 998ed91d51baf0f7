"""The laboratory's machine and the search are one set of rules.

Random online runs end in states that the search finds, and over enough runs in all of them, for every test of our
suite but the exotic ones named here.
"""

from pathlib import Path

import pytest

from ftrace_actors.litmus import build, parse

from .golden import recorded
from .sampler import all_states, sample
from .suite import Entry, entries

HERE = Path(__file__).parent / "data"
PATHS = [path for path, _ in recorded(HERE)]
RUNS = 12
BUDGET = 20_000
"""Runs at most; a test ends as soon as all states were met.  Most need under a hundred, the worst a few thousand."""

ADD = "a write promised past an atomic of the same CPU reserves the atomic's cell, so nobody writes there in between"
MOMENT = "a write and two fetches have to fall between an IC and its completion: hardly one run in 10,000"
EXOTIC = {
    "LB+data+ldadd": ADD,
    "LB+data+stadd-dmb.ld": ADD,
    "IC-moment+dsb": MOMENT,
    "IC-moment+isb": MOMENT,
}
"""Tests of which online runs miss one state, and why.  The search finds it."""


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_random_runs_end_in_allowed_states(path: Path) -> None:
    task = build(parse(path.read_text(encoding="utf-8"), str(path))).task
    assert {sample(task, seed) for seed in range(RUNS)} <= all_states(task)


@pytest.mark.parametrize("entry", entries().values(), ids=lambda entry: entry.name)
def test_random_runs_meet_all_states_and_no_others(entry: Entry) -> None:
    task = build(entry.test).task
    allowed, met = all_states(task), set()
    wanted = len(allowed) - (entry.name in EXOTIC)
    for seed in range(BUDGET):
        state = sample(task, seed)
        assert state in allowed
        met.add(state)
        if len(met) == wanted:
            return
    pytest.fail(f"{len(allowed - met)} of {len(allowed)} states were not met: {sorted(allowed - met)}")


@pytest.mark.parametrize("name", EXOTIC)
def test_exotic_tests_are_still_exotic(name: str) -> None:
    """When this fails, the name can be taken off the list."""
    task = build(entries()[name].test).task
    assert {sample(task, seed) for seed in range(1000)} < all_states(task)
