"""Which windows matter for an ops: W0 only through a stale load, W1 and W2 always, W3 never."""

from __future__ import annotations

from pathlib import Path

from ftrace_actors.actors import DullChooser
from ftrace_actors.checks import Finding
from ftrace_actors.explore import Profile, make_chooser
from ftrace_actors.scenario import build, load

SCENARIOS = Path(__file__).parents[2] / "scenarios"
RUNS = 250


def findings(name: str) -> list[Finding]:
    """What a campaign of the teardown without a wait finds."""
    world = build(load(SCENARIOS / f"{name}.toml"))
    profile = Profile(world.run(DullChooser(), driver="bare").schedule_choices)
    return [
        finding
        for number in range(RUNS)
        for finding in world.run(make_chooser("mix", 0, number, profile), driver="bare").findings
    ]


def test_without_a_wait_an_ops_is_used_in_w1_and_w2_and_never_in_w3() -> None:
    """W3 matters for freed trampoline text, which call-ops does not have."""
    found = findings("teardown-no-wait-w1")
    windows = {finding.window for finding in found if finding.invariant == "INV-LIFE"}
    assert {"W1", "W2"} <= windows
    assert "W3" not in {finding.window for finding in found}


def test_in_w0_only_a_stale_literal_is_found() -> None:
    """The load is a stale pointer, and shows that the wait (for nothing) was too short."""
    assert {finding.invariant for finding in findings("teardown-no-wait-w0") if finding.window == "W0"} == {
        "INV-LIT",
        "INV-GP",
    }
