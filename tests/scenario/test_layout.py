"""Recordings survive another layout: text in front of the first symbol, and the text base a page further on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftrace_actors.actors import Pick, ReplayChooser, ReplayDiverged
from ftrace_actors.explore import make_chooser, replay
from ftrace_actors.scenario import RunResult, build, load, loads
from ftrace_actors.testing import source
from tests.testing import samples

from .elsewhere import PAGE, moved
from .runs import SHIPPED, profile_of, world_of

pytest_plugins = ["pytester"]

BREAKS = "teardown-no-wait-w2.toml"
REPLAYS = sorted((Path(__file__).parents[1] / "replays").glob("*.replay.json"))


def broke(result: RunResult) -> list[tuple[str, str | None, str]]:
    return [(finding.invariant, finding.window, finding.subject) for finding in result.findings]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_run_is_the_same_run_elsewhere(name: str) -> None:
    here = world_of(name)
    before = here.run(make_chooser("mix", 0, 1, profile_of(name)), record=True, driver="bare")
    with moved():
        there = build(load(SHIPPED[name]))
    after = there.run(ReplayChooser(before.picks), record=True, driver="bare")
    assert there.image.symbols["ftrace_ops_init"] > here.image.symbols["ftrace_ops_init"] + PAGE
    assert after.picks == before.picks
    assert (after.verdict, broke(after)) == (before.verdict, broke(before))
    assert after.layout != before.layout
    assert after.digest != before.digest


def test_there_are_replay_files_to_try() -> None:
    """Else the next test is none at all."""
    assert REPLAYS


@pytest.mark.parametrize("path", REPLAYS, ids=lambda path: path.name)
def test_a_replay_file_fits_elsewhere(path: Path) -> None:
    recording = replay.load(path)
    part = recording.scenario
    with moved():
        world = build(loads(part.text, part.path, part.overrides))
    result = world.run(recording.chooser(), record=True, driver="bare")
    assert not recording.is_laid_out_like(result)
    assert result.digest != recording.digest
    assert recording.matches(result)


class TestPins:
    """Pins of both forms are made here, and tried where the same test has another layout."""

    def pinned(self, pytester: pytest.Pytester, text: str) -> Path:
        pytester.makepyfile(test_it=text)
        pytester.runpytest("-q").assert_outcomes(failed=1)
        (pin,) = pytester.path.rglob("*.replay.json")
        return pin

    def tried(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, *args: str
    ) -> pytest.RunResult:
        monkeypatch.setattr(source, "_worlds", {})  # a test's worlds are built once a process
        with moved():
            return pytester.runpytest(*args)

    def test_of_a_scenario(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        pin = self.pinned(pytester, samples.of_scenario(BREAKS))
        before = pin.read_bytes()
        again = self.tried(pytester, monkeypatch)
        again.assert_outcomes(failed=1)
        again.stdout.fnmatch_lines(["  note *recorded in another layout of memory*"])
        assert pin.read_bytes() == before
        strict = self.tried(pytester, monkeypatch, "test_it.py::test_scenario", f"--ftrace-replay={pin}")
        strict.assert_outcomes(failed=1)
        strict.stdout.fnmatch_lines(
            ["E *ScheduleFailed: violated: INV-*", "  note *another layout of memory*"]
        )
        strict.stdout.no_fnmatch_line("*does not match the current test*")

    def test_of_a_scenario_that_shows_something_else_there(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pin = self.pinned(pytester, samples.of_scenario(BREAKS))
        plain = json.loads(pin.read_text())
        plain["finding"]["subject"] = "another"
        pin.write_text(json.dumps(plain))
        strict = self.tried(pytester, monkeypatch, "test_it.py::test_scenario", f"--ftrace-replay={pin}")
        strict.assert_outcomes(failed=1)
        strict.stdout.fnmatch_lines(["E *the choices fit, but the events are not the recorded ones*"])

    def test_of_own_actors(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        pin = self.pinned(pytester, samples.LOST_UPDATE)
        for args in ((), ("test_it.py::test_total", f"--ftrace-replay={pin}")):
            again = self.tried(pytester, monkeypatch, *args)
            again.assert_outcomes(failed=1)
            again.stdout.fnmatch_lines(["E *assert 2 == 4"])
            again.stdout.no_fnmatch_line("*another layout*")


def test_a_choice_about_another_place_does_not_fit() -> None:
    """Names are compared, not thrown away."""
    name = "visibility-isb-no-branch"
    world = world_of(name)
    picks = world.run(make_chooser("mix", 0, 23, profile_of(name)), driver="bare").picks
    at = next(index for index, pick in enumerate(picks) if "+0x" in pick.object)
    pick = picks[at]
    place, _, offset = pick.object.rpartition("+")
    other = Pick(
        pick.position, pick.kind, pick.actor, pick.op, f"{place}+{int(offset, 16) + 4:#x}", pick.picked, pick.count
    )  # fmt: skip
    with pytest.raises(ReplayDiverged, match=r"\+0x"):
        world.run(ReplayChooser([*picks[:at], other, *picks[at + 1 :]]), driver="bare")


def test_no_picked_address_is_without_a_name_but_those_of_stacks_and_heap() -> None:
    for name in ("teardown-tasks", "guarded-survivor-trampoline", "torn-literal-call-first"):
        for run in range(6):
            picks = world_of(name).run(make_chooser("mix", 0, run, profile_of(name)), driver="bare").picks
            # What has not started yet is about to do "start" of nothing, which is 0x0.
            bare = {pick.object for pick in picks if pick.object.startswith("0x") and pick.op != "start"}
            assert not bare, (name, run, bare)


def test_a_recorded_choice_says_how_often_it_was_asked_before() -> None:
    name = "teardown-tasks"
    result = world_of(name).run(make_chooser("mix", 0, 1, profile_of(name)), record=True, driver="bare")
    seen: dict[tuple[object, ...], int] = {}
    for pick in result.picks:
        asked = (pick.kind, pick.actor, pick.op, pick.object)
        assert pick.occurrence > seen.get(asked, -1)
        seen[asked] = pick.occurrence
    assert max(seen.values()) > 0
    unrecorded = world_of(name).run(ReplayChooser(result.picks), driver="bare")
    assert {pick.occurrence for pick in unrecorded.picks} == {-1}
    assert unrecorded.picks == result.picks
