"""Recordings survive another layout: text in front of the first symbol, and the text base a page further on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ftrace_actors.actors import Pick, ReplayChooser, ReplayDiverged
from ftrace_actors.explore import make_chooser, replay
from ftrace_actors.kernel import placing
from ftrace_actors.scenario import RunResult, build, load, loads

from .runs import SHIPPED, profile_of, world_of

PAGE = 0x1000
IN_FRONT = "in_front:\n" + "\tnop\n" * 21 + "\tret\n"
REPLAYS = sorted((Path(__file__).parents[1] / "replays").glob("*.replay.json"))


@contextmanager
def moved() -> Iterator[None]:
    """Worlds that are built meanwhile have other addresses."""
    text_of = placing.asm_text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placing, "TEXT_BASE", placing.TEXT_BASE + PAGE)
        patch.setattr(placing, "FUNCTIONS_BASE", placing.FUNCTIONS_BASE + PAGE)
        patch.setattr(placing, "COMMON_ASM", ("in_front.S", *placing.COMMON_ASM))
        patch.setattr(
            placing,
            "asm_text",
            lambda name, *args: IN_FRONT if name == "in_front.S" else text_of(name, *args),
        )
        yield


def broke(result: RunResult) -> list[tuple[str, str | None, str]]:
    return [(finding.invariant, finding.window, finding.subject) for finding in result.findings]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_run_is_the_same_run_elsewhere(name: str) -> None:
    here = world_of(name)
    before = here.run(make_chooser("mix", 0, 1, profile_of(name)), record=True)
    with moved():
        there = build(load(SHIPPED[name]))
    after = there.run(ReplayChooser(before.picks), record=True)
    assert there.image.symbols["ftrace_ops_init"] > here.image.symbols["ftrace_ops_init"] + PAGE
    assert after.picks == before.picks
    assert (after.verdict, broke(after)) == (before.verdict, broke(before))
    assert after.layout != before.layout
    assert after.digest != before.digest


@pytest.mark.parametrize("path", REPLAYS, ids=lambda path: path.name)
def test_a_replay_file_fits_elsewhere(path: Path) -> None:
    recording = replay.load(path)
    part = recording.scenario
    with moved():
        world = build(loads(part.text, part.path, part.overrides))
    result = world.run(recording.chooser(), record=True)
    assert not recording.is_laid_out_like(result)
    assert result.digest != recording.digest
    assert recording.matches(result)


def test_a_choice_about_another_place_does_not_fit() -> None:
    """Names are compared, not thrown away."""
    name = "visibility-isb-no-branch"
    world = world_of(name)
    picks = world.run(make_chooser("mix", 0, 23, profile_of(name))).picks
    at = next(index for index, pick in enumerate(picks) if "+0x" in pick.object)
    pick = picks[at]
    place, _, offset = pick.object.rpartition("+")
    other = Pick(
        pick.position, pick.kind, pick.actor, pick.op, f"{place}+{int(offset, 16) + 4:#x}", pick.picked, pick.count
    )  # fmt: skip
    with pytest.raises(ReplayDiverged, match=r"\+0x"):
        world.run(ReplayChooser([*picks[:at], other, *picks[at + 1 :]]))


def test_no_picked_address_is_without_a_name_but_those_of_stacks_and_heap() -> None:
    for name in ("teardown-tasks", "guarded-survivor-trampoline", "torn-literal-call-first"):
        for run in range(6):
            picks = world_of(name).run(make_chooser("mix", 0, run, profile_of(name))).picks
            bare = {pick.object for pick in picks if pick.object.startswith("0x") and len(pick.object) > 4}
            assert not bare, (name, run, bare)


def test_a_recorded_choice_says_how_often_it_was_asked_before() -> None:
    name = "teardown-tasks"
    result = world_of(name).run(make_chooser("mix", 0, 1, profile_of(name)), record=True)
    seen: dict[tuple[object, ...], int] = {}
    for pick in result.picks:
        asked = (pick.kind, pick.actor, pick.op, pick.object)
        assert pick.occurrence > seen.get(asked, -1)
        seen[asked] = pick.occurrence
    assert max(seen.values()) > 0
    unrecorded = world_of(name).run(ReplayChooser(result.picks))
    assert {pick.occurrence for pick in unrecorded.picks} == {-1}
    assert unrecorded.picks == result.picks
