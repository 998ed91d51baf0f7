"""``replay --lenient``: what it answers, what it skips, and what it refuses."""

import json
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from tests.cli.conftest import Command
from tests.environment import Done
from tests.inprocess import call

LONGER = "rounds=4"


@pytest.fixture
def recorded(command: Command, directory: Path) -> str:
    """The file of a failing run, shrunk to one choice."""
    assert command("run", "broken", "--strategy", "mix", "--seed", "7", "--quiet").returncode == 0
    (path,) = (directory / "out").glob("broken.*.replay.json")
    assert len(json.loads(path.read_text())["picks"]) == 1
    return str(path.relative_to(directory))


def test_the_failure_still_shows_in_the_recorded_scenario(command: Command, recorded: str) -> None:
    done = command("replay", recorded, "--lenient")
    assert done.returncode == 1
    assert "VIOLATED INV-COUNT" in done.stdout
    assert "1 of 1 recorded choices found their place" in " ".join(done.stdout.split())
    assert "  answer   INV-COUNT of counter still shows under this schedule" in done.stdout
    assert "  found    by operation" in done.stdout


def test_it_does_not_show_where_the_step_is_whole(command: Command, recorded: str) -> None:
    done = command("replay", recorded, "--lenient", "--set", LONGER, "--set", "atomic=1")
    assert done.returncode == 0
    assert "HOLDS" in done.stdout
    assert "atomic=1, rounds=4" in done.stdout
    answer = "INV-COUNT of counter does not show under this schedule. Other schedules were not tried"
    assert answer in " ".join(done.stdout.split())


def test_what_has_no_place_is_said_and_why(command: Command, recorded: str) -> None:
    done = command("replay", recorded, "--lenient", "--set", "actors=1")
    assert done.returncode == 0
    assert "0 of 1 recorded choices found their place" in " ".join(done.stdout.split())
    assert "  skipped  schedule of a0 at step 0x1000" in done.stdout
    assert "never asked" in done.stdout
    assert "1 of its choices have no place here" in " ".join(done.stdout.split())


def test_in_another_scenario(command: Command, directory: Path, recorded: str) -> None:
    other = directory / "other.toml"
    other.write_text("verdicts = holds\nactors = 4\nstale = 0\n")
    done = command("replay", recorded, "--lenient", "--on", "other.toml")
    assert done.returncode == 1
    assert done.stdout.startswith("other.toml: VIOLATED INV-COUNT")
    assert command("replay", recorded, "--lenient", "--on", "holding").returncode == 0


def test_json(command: Command, recorded: str) -> None:
    done = command("replay", recorded, "--lenient", "--json", "--set", "actors=1")
    found = json.loads(done.stdout)
    assert (found["shows"], found["verdict"], found["taken"], found["late"]) == (False, "holds", 0, [])
    assert found["recorded"]["invariant"] == "INV-COUNT"
    assert found["recorded"]["exact"] is True
    (skipped,) = found["skipped"]
    assert (skipped["actor"], skipped["mover"], skipped["why"]) == ("a0", "a1", "never asked")
    assert found["with"] == {"actors": "1"}


def test_the_run_can_be_kept_and_replays_strictly(command: Command, directory: Path, recorded: str) -> None:
    done = command("replay", recorded, "--lenient", "--set", "actors=4", "--save", "kept/there.replay.json")
    assert "  replay  ftrace-actors replay kept/there.replay.json" in done.stdout
    again = command("replay", "kept/there.replay.json", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout)["same"] is True
    assert json.loads((directory / "kept/there.replay.json").read_text())["scenario"]["overrides"] == {
        "actors": "4"
    }


def test_the_same_bytes_on_both_drivers(command: Command, recorded: str) -> None:
    args = ("replay", recorded, "--lenient", "--set", "actors=3")
    assert command(*args, "--driver", "bare").stdout == command(*args, "--driver", "trio").stdout


def test_log(command: Command, directory: Path, recorded: str) -> None:
    done = command("replay", recorded, "--lenient", "--log", "--log-to", "there.log")
    assert done.stdout == (directory / "there.log").read_text()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--set", "actors=3"), "--set: goes with --lenient"),
        (("--on", "holding"), "--on: goes with --lenient"),
        (("--save", "x.json"), "--save: goes with --lenient"),
        (
            ("--lenient", "--on", "absent"),
            "absent: no such file, directory, shipped scenario or group of them",
        ),
        (("--lenient", "--on", "scenarios"), "scenarios has 4 scenarios"),
        (("--lenient", "--set", "colour=red"), "colour: unknown key"),
        (("--lenient", "--set", "actors"), "is not KEY.PATH=VALUE"),
        (("--lenient", "--save", "scenarios/broken.toml/x.json"), "--save: cannot write"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(
    command: Command, recorded: str, args: tuple[str, ...], words: str
) -> None:
    done = command("replay", recorded, *args)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_recorded_scenario_that_cannot_be_built_any_more(
    command: Command, directory: Path, recorded: str
) -> None:
    """Its choices are as the file says then, and another scenario can still be asked."""
    path = directory / recorded
    content = json.loads(path.read_text())
    content["scenario"]["overrides"] = {"colour": "red"}
    path.write_text(json.dumps(content))
    done = command("replay", recorded, "--lenient", "--on", "flaky", "--set", "stale=0")
    assert done.returncode == 1
    assert "cannot be built any more" in done.stderr
    assert "still shows" in done.stdout
    assert "as the file says" in done.stdout


class TestDesigns:
    """Under the real worlds: a design of one's own that has been changed since."""

    MINE = (
        "from ftrace_actors.kernel.designs import *\n\n\n"
        "class Mine(CallOps):\n    name = 'mine'\n    summary = 'as merged'\n"
    )
    FILE = "out/disable-literal-kept.*.replay.json"

    @pytest.fixture
    def here(self, tmp_path: Path) -> Path:
        (tmp_path / "mine.py").write_text(self.MINE)
        args = (
            "run",
            "disable-literal-kept",
            "--design",
            "mine.py",
            "--strategy",
            "dull",
            "--quiet",
            "--jobs",
            "1",
        )
        assert self.call(tmp_path, *args).returncode == 0
        return tmp_path

    def call(self, here: Path, *args: str) -> Done:
        return call(main, *args, cwd=here)

    def replay(self, here: Path, *args: str) -> Done:
        (path,) = here.glob(self.FILE)
        return self.call(here, "replay", str(path), "--lenient", *args)

    def test_it_has_to_be_named(self, here: Path) -> None:
        done = self.replay(here)
        assert done.returncode == 2
        assert "add --design mine.py" in done.stderr

    def test_the_recorded_one_is_made_again_first(self, here: Path) -> None:
        done = self.replay(here, "--design", "mine.py", "--json")
        assert json.loads(done.stdout)["recorded"]["exact"] is True

    def test_another_text_of_it_is_followed_all_the_same(self, here: Path) -> None:
        (here / "mine.py").write_text(f"{self.MINE}    # changed\n")
        found = json.loads(self.replay(here, "--design", "mine.py", "--json").stdout)
        assert (found["shows"], found["recorded"]["exact"]) == (True, False)

    def test_a_shipped_one(self, here: Path) -> None:
        done = self.replay(here, "--design", "call-ops", "--set", "protocol.drop=[]")
        assert done.returncode == 0
        assert "HOLDS" in done.stdout
