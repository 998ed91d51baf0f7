"""From a failing run to a replay file, and what keeps it from getting there."""

from functools import partial
from pathlib import Path

import pytest

from ftrace_actors.actors.choices import Chooser, DullChooser
from ftrace_actors.errors import ModelError
from ftrace_actors.explore import Origin, Profile, Target, make_chooser, replay
from ftrace_actors.explore.evidence import Proof, prove
from ftrace_actors.result import RunResult
from tests.explore import toy

TEXT = "actors = 3\nrounds = 3\n"
WORLD = toy.world(TEXT)
ORIGIN = Origin("toy", "toy.toml", TEXT, {}, "random", 7, 36)
TARGET = Target("violated", "INV-COUNT", "counter")


def failing() -> RunResult:
    runs = (WORLD.run(make_chooser("random", 7, run, Profile(10))) for run in range(100))
    return next(result for result in runs if result.verdict == "violated" and len(result.picks) > 4)


def proved(path: Path, **changes: object) -> Proof:
    how = {
        "attempt": WORLD.run,
        "record": partial(WORLD.run, record=True),
        "point": lambda result: result.findings[0],
        "same": TARGET.met,
    }
    return prove(ORIGIN, failing().picks, TARGET, path, **{**how, **changes})  # type: ignore[arg-type]


def test_it_is_shrunk_recorded_and_written(tmp_path: Path) -> None:
    proof = proved(tmp_path / "toy.replay.json")
    assert (proof.before, proof.minimal, proof.unwritten) == (len(failing().picks), True, "")
    assert proof.after < proof.before
    assert proof.finding in proof.result.findings
    assert proof.replay is not None
    recording = replay.load(proof.replay)
    assert recording == replay.make(ORIGIN, proof.result, proof.finding, proof.before)
    assert recording.matches(WORLD.run(recording.chooser(), record=True))


def test_a_run_that_does_not_fail_again_is_our_bug(tmp_path: Path) -> None:
    def attempt(chooser: Chooser) -> RunResult:
        return WORLD.run(DullChooser())

    with pytest.raises(ModelError, match="toy: run 36 of seed 7 came out differently the second time"):
        proved(tmp_path / "toy.replay.json", attempt=attempt)


def test_a_recording_that_shows_something_else_is_not_written(tmp_path: Path) -> None:
    def record(chooser: Chooser) -> RunResult:
        return WORLD.run(DullChooser(), record=True)

    with pytest.raises(ModelError, match="toy: run 36 of seed 7: recording it changed what happened"):
        proved(tmp_path / "toy.replay.json", record=record)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_shown_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "toy.replay.json"
    proof = proved(path)
    assert proof.replay is None
    assert proof.unwritten.startswith(f"cannot write {path}: ")
    assert proof.finding is not None


def test_shrinking_stops_when_asked_and_what_was_reached_is_shown(tmp_path: Path) -> None:
    proof = proved(tmp_path / "toy.replay.json", stop=lambda: True)
    assert not proof.minimal
    assert TARGET.met(proof.result)
