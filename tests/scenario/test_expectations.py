"""What the shipped scenarios say comes true: those that must break do soon, those that must hold do for a while.

Long campaigns are `make soak`; here each scenario gets a small number of runs, always the same ones.
"""

from __future__ import annotations

import pytest

from ftrace_actors.checks import is_known
from ftrace_actors.explore.judge import STRENGTH

from .runs import RUNS_MAX, SHIPPED, first_failure, may_hold, runs, world_of

HOLDING = [name for name in SHIPPED if may_hold(name)]
BREAKING = [name for name in SHIPPED if name not in HOLDING]
RUNS = 60


def header_of(name: str) -> list[str]:
    """The comment a file begins with."""
    lines: list[str] = []
    for line in SHIPPED[name].read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line[1:].strip())
    return lines


@pytest.mark.parametrize("name", SHIPPED)
def test_a_scenario_explains_itself(name: str) -> None:
    header = header_of(name)
    assert len(" ".join(header).split()) >= 10
    assert len(world_of(name).scenario.summary) <= 90


@pytest.mark.parametrize("name", SHIPPED)
def test_a_scenario_asks_for_things_that_exist(name: str) -> None:
    world = world_of(name)
    assert set(world.expect.verdicts) <= set(STRENGTH)
    assert ("holds" in world.expect.verdicts) is may_hold(name)
    assert all(is_known(wanted) for wanted in world.sometimes)
    own = world.scenario.sometimes
    assert bool(own) is (world.expect.verdicts == ("holds",)) or name == "misaligned-refused"


@pytest.mark.parametrize("name", HOLDING)
def test_what_must_hold_holds(name: str) -> None:
    for result in runs(name, RUNS):
        assert result.verdict == "holds", (result.findings, result.wait_for)


@pytest.mark.parametrize("name", HOLDING)
def test_what_holds_has_seen_what_it_is_about(name: str) -> None:
    missing = set(world_of(name).sometimes)
    for result in runs(name, RUNS_MAX):
        missing -= result.seen
        if not missing:
            return
    assert not missing


@pytest.mark.parametrize("name", BREAKING)
def test_what_must_break_breaks(name: str) -> None:
    expect, result = world_of(name).expect, first_failure(name)
    assert result.verdict in expect.verdicts
    if expect.invariants and result.verdict == "violated":
        broken = {finding.invariant for finding in result.findings}
        assert broken & set(expect.invariants)
    if expect.window:
        named = {finding.window for finding in result.findings if finding.invariant in expect.invariants}
        assert expect.window in named
    assert bool(result.wait_for) is (result.verdict in {"deadlock", "livelock"})


def test_both_kinds_are_shipped() -> None:
    assert len(HOLDING) >= 12
    assert len(BREAKING) >= 12
