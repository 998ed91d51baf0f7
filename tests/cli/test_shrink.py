"""``shrink``: a shorter run in a smaller scenario, which replays strictly, and what is known of shorter ones."""

import json
import shutil
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.explore import replay
from tests.environment import Done
from tests.inprocess import call

NAME = "ordering-none"


def run(here: Path, *args: str) -> Done:
    return call(main, *args, cwd=here)


def text_of(done: Done) -> str:
    return " ".join(done.stdout.split())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the files of three failing runs."""
    here = tmp_path_factory.mktemp("shrink")
    for name in (NAME, "static-key", "unguarded-survivor"):
        assert run(here, "run", name, "--quiet", "--jobs", "1").returncode == 0
    return here


@pytest.fixture
def here(files: Path, tmp_path: Path) -> Path:
    shutil.copytree(files / "out", tmp_path / "out")
    return tmp_path


def path_of(here: Path, name: str = NAME) -> str:
    (path,) = (path for path in here.glob(f"out/{name}.0.*.replay.json") if ".short." not in path.name)
    return str(path.relative_to(here))


def test_the_scenario_gets_smaller_and_the_run_no_longer(here: Path) -> None:
    path = path_of(here)
    done = run(here, "shrink", path, "--places", "0")
    assert done.returncode == 0
    assert f"{NAME}-smaller.toml: VIOLATED INV-COMPL (lost call)" in text_of(done)
    assert "8 of 8 timer ticks" in done.stdout
    assert "  minimal  not proven" in done.stdout
    short = path.replace(".replay.json", ".short.replay.json")
    assert f"  replay  ftrace-actors replay {short}" in done.stdout
    before, after = replay.load(here / path), replay.load(here / short)
    assert len(after.picks) <= len(before.picks)
    assert after.finding is not None
    assert before.finding is not None
    assert (after.finding.invariant, after.finding.subject) == (
        before.finding.invariant,
        before.finding.subject,
    )
    assert "ticks = 0" in after.scenario.text
    assert after.shrunk_from == before.shrunk_from
    again = run(here, "replay", short, "--json")
    assert (again.returncode, json.loads(again.stdout)["same"], again.stderr) == (0, True, "")


def test_once_more_changes_nothing(here: Path) -> None:
    path = path_of(here)
    run(here, "shrink", path, "--places", "0")
    short = path.replace(".replay.json", ".short.replay.json")
    first = (here / short).read_bytes()
    found = json.loads(run(here, "shrink", short, "--places", "0", "--json").stdout)
    assert (found["dropped"], found["replay"]) == ([], short)
    assert replay.load(here / short).picks == replay.recording_of(Path(short), json.loads(first)).picks


def test_the_same_bytes_on_both_drivers(here: Path) -> None:
    args = ("shrink", path_of(here, "static-key"))
    assert run(here, *args, "--driver", "bare").stdout == run(here, *args, "--driver", "trio").stdout


def test_the_schedule_alone(here: Path) -> None:
    found = json.loads(
        run(here, "shrink", path_of(here), "--schedule-only", "--places", "0", "--json").stdout
    )
    assert found["dropped"] == []
    assert found["scenario"] == replay.load(here / path_of(here)).scenario.text
    assert found["finished"] is True


@pytest.mark.parametrize(("name", "count"), [("static-key", 1), ("unguarded-survivor", 0)])
def test_what_is_proven(here: Path, name: str, count: int) -> None:
    args = ("shrink", path_of(here, name), "--schedule-only")
    found = json.loads(run(here, *args, "--json").stdout)
    assert (found["deviations"], found["at_least"], found["proven"]) == (count, count, True)
    assert "minimal proven: " in text_of(run(here, *args))


def test_what_is_not_proven_says_how_far_it_came(here: Path) -> None:
    args = ("shrink", path_of(here), "--schedule-only", "--places", "20")
    found = json.loads(run(here, *args, "--json").stdout)
    assert (found["at_least"], found["proven"], found["places"]) == (0, False, 20)
    assert "not proven: it takes at least 0 deviations" in text_of(run(here, *args))


def test_a_file_that_cannot_be_written_takes_the_file_and_not_the_report(here: Path) -> None:
    (here / "file").write_text("")
    done = run(here, "shrink", path_of(here, "static-key"), "--out", "file/out")
    assert done.returncode == 2
    assert "  minimal  proven" in done.stdout
    assert "cannot write file/out" in done.stderr


def test_a_run_that_holds_cannot_be_shrunk(here: Path) -> None:
    path = here / path_of(here)
    path.write_text(path.read_text().replace('"verdict": "violated"', '"verdict": "holds"'))
    done = run(here, "shrink", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "verdict: holds; only a run that fails can be shrunk" in done.stderr


@pytest.mark.parametrize("changed", ["position", "digest"])
def test_another_run_than_the_recorded_one_diverges(here: Path, changed: str) -> None:
    path = here / path_of(here)
    content = json.loads(path.read_text())
    if changed == "position":
        content["picks"][-1]["position"] += 9000
    else:
        content["digest"] = "00"
    path.write_text(json.dumps(content))
    done = run(here, "shrink", str(path))
    assert done.returncode == 4
    assert done.stdout == ""
