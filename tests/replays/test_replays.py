"""Every replay file here still is the run it was recorded from, under both drivers.

When a change of where choices are offered makes one diverge on purpose, record it anew (`ftrace-actors run NAME --out
tests/replays`) and say so in CHANGELOG.md, under the kind that exists for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from ftrace_actors import scenario
from ftrace_actors.explore import replay

FILES = sorted(Path(__file__).parent.glob("*.replay.json"))


@pytest.mark.parametrize("driver", ["bare", "trio"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_is_the_recorded_run(path: Path, driver: Literal["bare", "trio"]) -> None:
    recording = replay.load(path)
    part = recording.scenario
    world = scenario.build(scenario.loads(part.text, part.path, part.overrides))
    result = world.run(recording.chooser(), driver=driver, record=True)
    assert (result.verdict, result.digest) == (recording.verdict, recording.digest)
    assert recording.finding is not None
    assert recording.finding.message in [finding.message for finding in result.findings]


def test_there_are_some() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_does_not_say_where_the_checkout_was(path: Path) -> None:
    assert replay.load(path).scenario.path.startswith("scenarios/")
