"""Relative names of files mean the same wherever pytest is started."""

import shutil
from pathlib import Path

import pytest

from ftrace_actors.testing import files
from tests.testing import samples
from tests.testing.test_scenarios import OWN_DESIGN

pytest_plugins = ["pytester"]

BELOW = """
from hypothesis import Phase, given, settings
from ftrace_actors.testing import explore, schedules


@explore(runs=1)
def test_explored(schedule):
    assert not schedule.run_file("kept/it.toml", check=False).steps


@settings(max_examples=1, database=None, phases=[Phase.generate])
@given(schedules())
def test_drawn(schedule):
    assert not schedule.run_file("kept/it.toml", check=False).steps


@explore(runs=60)
def test_design(schedule):
    schedule.run_file("kept/load.toml", design="kept/own_design.py")
"""


@pytest.mark.parametrize("started", [".", "below", "kept"])
def test_from_any_directory_of_the_project(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, started: str
) -> None:
    kept = pytester.mkdir("kept")
    shutil.copy(samples.SCENARIOS / "enable-call-first.toml", kept / "it.toml")
    shutil.copy(samples.SCENARIOS / "enable-under-load.toml", kept / "load.toml")
    (kept / "own_design.py").write_text(OWN_DESIGN)
    (pytester.mkdir("below") / "test_it.py").write_text(BELOW)
    monkeypatch.chdir(pytester.path / started)
    result = pytester.runpytest(str(pytester.path / "below/test_it.py"))
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines_random(["E *assert not *", "E *ScheduleFailed: violated: INV-COMPL*"])
    own = {".": "kept/own_design.py", "below": "../kept/own_design.py", "kept": "own_design.py"}[started]
    result.stdout.fnmatch_lines([f"  replay  ftrace-actors replay * --design {own}"])


def test_or_from_where_pytest_was_started(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    here = pytester.mkdir("here")
    shutil.copy(samples.SCENARIOS / "ordering-none.toml", here / "it.toml")
    pytester.makepyfile(test_it=samples.of_scenario("x").replace(str(samples.SCENARIOS / "x"), "it.toml"))
    monkeypatch.chdir(here)
    result = pytester.runpytest("../test_it.py")
    result.stdout.fnmatch_lines(["E *ScheduleFailed: violated: *"])
    (pin,) = pytester.path.rglob("*.replay.json")
    pin.rename(here / "kept.json")
    text = samples.of_scenario("x").replace(str(samples.SCENARIOS / "x"), "it.toml")
    pytester.makepyfile(test_it=text.replace("runs=500", "runs=1, replays=['kept.json']"))
    result = pytester.runpytest("../test_it.py", "--ftrace-strategy=dull")
    result.stdout.fnmatch_lines(["  replay  pytest *--ftrace-replay=kept.json"])


def test_the_rootdir_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for path in (tmp_path / "both", tmp_path / "here/both", tmp_path / "here/one"):
        path.touch()
    assert files.located("both", tmp_path) == tmp_path / "both"
    assert files.located("one", tmp_path) == Path("one")
    assert files.located("none", tmp_path) == Path("none")
    monkeypatch.chdir(tmp_path)
    assert files.located("both", tmp_path) == Path("both")


def test_a_session_inside_another_leaves_no_root(pytester: pytest.Pytester) -> None:
    before = files.start_from(Path("outer"))
    try:
        pytester.makepyfile(test_it=samples.SOUND)
        pytester.runpytest().assert_outcomes(passed=1)
        assert files.start_from(None) == Path("outer")
    finally:
        files.start_from(before)
