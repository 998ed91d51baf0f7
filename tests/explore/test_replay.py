"""Replay files: round trip, whole or not at all, and mistakes named with their key path."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftrace_actors.actors import ReplayDiverged
from ftrace_actors.explore import replay
from ftrace_actors.explore.replay import FormatError, Origin
from ftrace_actors.explore.strategies import Profile, make_chooser
from ftrace_actors.result import RunResult
from tests.explore import toy

TEXT = "actors = 3\nrounds = 3\n"
ORIGIN = Origin("toy", "toy.toml", TEXT, {"stale": "1"}, "random", 7, 36)


@pytest.fixture
def result() -> RunResult:
    world = toy.world(TEXT)
    for run in range(100):
        found = world.run(make_chooser("random", 7, run, Profile(10)), record=True)
        if found.verdict == "violated" and len(found.picks) > 2:
            return found
    raise AssertionError("the toy does not fail any more")


@pytest.fixture
def path(tmp_path: Path, result: RunResult) -> Path:
    path = replay.replay_path(tmp_path / "out", "toy", 7, 36)
    replay.save(path, replay.make(ORIGIN, result, result.findings[0], shrunk_from=9))
    return path


def test_round_trip(path: Path, result: RunResult) -> None:
    assert path.name == "toy.7.36.replay.json"
    recording = replay.load(path)
    assert recording == replay.make(ORIGIN, result, result.findings[0], shrunk_from=9)
    assert recording.scenario.overrides == {"stale": "1"}
    world = toy.load(recording.scenario.text, recording.scenario.path, recording.scenario.overrides)
    again = world.run(recording.chooser(), record=True)
    assert recording.matches(again)
    assert again.picks == result.picks


def test_the_same_run_gives_the_same_bytes(path: Path, result: RunResult) -> None:
    before = path.read_bytes()
    replay.save(path, replay.make(ORIGIN, result, result.findings[0], shrunk_from=9))
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_addresses_are_hexadecimal_strings(path: Path) -> None:
    assert {pick["object"] for pick in json.loads(path.read_text())["picks"]} == {"0x1000"}


def test_another_run_does_not_match(path: Path) -> None:
    recording = replay.load(path)
    assert not recording.matches(toy.world(TEXT).run(make_chooser("dull", 0, 0, Profile(1)), record=True))


def test_the_finding_a_file_is_about_is_not_that_of_another_window(path: Path, result: RunResult) -> None:
    """The same invariant may break for the same subject in several windows of one run."""
    wanted = result.findings[0]
    decoys = [
        replace(wanted, window="W4"),
        replace(wanted, subject="other"),
        replace(wanted, invariant="INV-X"),
    ]
    recording = replay.load(path)
    elsewhere = replace(result, layout="elsewhere", findings=(*decoys, wanted))
    assert recording.shown(elsewhere) is wanted
    assert recording.matches(elsewhere)
    without = replace(elsewhere, findings=tuple(decoys))
    assert recording.shown(without) is None
    assert not recording.matches(without)
    assert recording.shown(replace(result, findings=(replace(wanted, message="in other words"),))) is not None


def test_another_scenario_diverges(path: Path) -> None:
    with pytest.raises(ReplayDiverged):
        toy.world("actors = 1\nrounds = 1").run(replay.load(path).chooser())


@pytest.mark.parametrize(
    ("change", "key_path", "words"),
    [
        ({"format": 3}, "format", "not known"),
        ({"format": 1}, "format", "record the run again"),
        ({"seed": "seven"}, "seed", "int"),
        ({"colour": "red"}, "", "colour"),
        ({"picks": [{"position": "x"}]}, "picks[0].position", "int"),
        ({"scenario": {"name": "toy"}}, "scenario", "path"),
    ],
)
def test_mistakes_name_file_and_key_path(
    path: Path, change: dict[str, Any], key_path: str, words: str
) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(FormatError) as caught:
        replay.load(path)
    assert caught.value.file == str(path)
    assert caught.value.key_path == key_path
    assert words in caught.value.message
    assert "\n" not in str(caught.value)


def test_an_edited_scenario_is_refused(path: Path) -> None:
    content = json.loads(path.read_text())
    content["scenario"]["text"] += "rounds = 4\n"
    path.write_text(json.dumps(content))
    with pytest.raises(FormatError, match=r"scenario\.hash"):
        replay.load(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [("strategy", "pct"), ("seed", 8), ("run", 37), ("shrunk_from", None), ("seal", "blake2b:0")],
)
def test_an_edited_origin_is_refused(path: Path, key: str, value: object) -> None:
    """Replaying the choices would not show it, and what is printed of them would be wrong."""
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(FormatError, match=r"seal: does not fit .*seed, run.*; the file was edited"):
        replay.load(path)


def test_a_file_of_an_earlier_version_has_no_seal(path: Path) -> None:
    content = json.loads(path.read_text())
    del content["seal"]
    path.write_text(json.dumps(content))
    assert replay.load(path).run == 36


@pytest.mark.parametrize(("key", "value", "words"), [("picked", 0, "non-zero"), ("picked", 99, "non-zero")])
def test_impossible_picks_are_refused(path: Path, key: str, value: int, words: str) -> None:
    content = json.loads(path.read_text())
    content["picks"][1][key] = value
    path.write_text(json.dumps(content))
    with pytest.raises(FormatError, match=rf"picks\[1\]\.{key}: .*{words}"):
        replay.load(path)


def test_picks_out_of_order_are_refused(path: Path) -> None:
    content = json.loads(path.read_text())
    content["picks"].reverse()
    path.write_text(json.dumps(content))
    with pytest.raises(FormatError, match="must ascend"):
        replay.load(path)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[1, 2]", b"3"])
def test_what_is_no_replay_file_says_so(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(data)
    with pytest.raises(FormatError):
        replay.load(path)


def test_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: RunResult
) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")

    def full(*args: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        replay.save(path, replay.make(ORIGIN, result, None))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
