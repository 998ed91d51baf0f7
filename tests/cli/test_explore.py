"""``explore``: what people and scripts see of a search."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.exhaustive import Found
from tests.environment import Done, environment
from tests.explore import toy
from tests.inprocess import call

Explore = Callable[..., Done]

ALONE = """format = 1
summary = "nobody calls what is traced"
[machine]
cpus = 1
[kernel]
profile = "v6.12"
ticks = 0
[[function]]
name = "vfs_read"
[[ops]]
name = "tracer_a"
functions = ["vfs_read"]
[[task]]
name = "tracer"
cpu = 0
do = ["register tracer_a"]
[expect]
verdict = "holds"
"""
BREAKS = "trampoline-loses-arguments"
"""A shipped scenario that breaks in the dull run."""


@pytest.fixture
def explore(tmp_path: Path) -> Explore:
    (tmp_path / "alone.toml").write_text(ALONE)

    def run(*args: str) -> Done:
        return call(main, "explore", *args, cwd=tmp_path)

    return run


def test_what_holds_holds_to_the_end(explore: Explore) -> None:
    done = explore("alone.toml")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "alone: ok HOLDS, complete, early stores <= 0"
    assert "1 pass," in lines[1]
    assert lines[2].startswith("  ends of runs: ")
    assert "probability below " in lines[3]


def test_what_breaks_is_shown_and_can_be_replayed(explore: Explore, tmp_path: Path) -> None:
    done = explore(BREAKS)
    assert done.returncode == 0, "as expected"
    assert "ok VIOLATED, breaks at level 0, " in done.stdout
    assert "broken: ABI of vfs_read: x2 x3: level 0, " in done.stdout
    words = done.stdout.split()
    path = words[words.index("replay") + 3]
    assert call(main, "replay", path, cwd=tmp_path).returncode == 0


def test_the_deviations_of_the_run_are_next_to_the_level(explore: Explore, tmp_path: Path) -> None:
    """Fused steps are deviations of a run, but not of its level; what is left after shrinking is in the replay file."""
    said = json.loads(explore("static-key", "--json").stdout)
    (first,) = [each for each in said["found"] if each["invariant"] == said["invariant"]]
    assert (first["level"], first["deviations"], said["shrunk"]) == (1, 12, 1)
    assert len(json.loads((tmp_path / said["replay"]).read_text())["picks"]) == said["shrunk"]
    done = explore("static-key")
    assert "  raw: 12 deviations in the run that reached it, 1 when shrunk\n" in done.stdout
    assert "raw: " not in explore(BREAKS, "--no-fuse").stdout, "there the level says it"
    assert "raw: " not in explore("alone.toml").stdout
    assert json.loads(explore("alone.toml", "--json").stdout)["shrunk"] is None


def test_early_stores_are_not_among_the_deviations() -> None:
    found = Found(toy.finding("INV-COUNT", "W1"), 1, 1, (0, 2, 0, 1, 1))
    assert (found.choices, found.raw) == (3, 2)


def test_a_replay_file_that_cannot_be_written_is_said(explore: Explore, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    done = explore(BREAKS)
    assert done.returncode == 1
    assert "no replay file: cannot write " in done.stdout


def test_what_breaks_unexpectedly_fails(explore: Explore) -> None:
    done = explore(BREAKS, "--set", 'expect.verdict="holds"', "--set", "expect.invariants=[]", "--json")
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (1, False)


def test_what_must_break_and_does_not_fails(explore: Explore) -> None:
    done = explore(
        "alone.toml", "--set", 'expect.verdict="violated"', "--set", 'expect.invariants=["INV-LIFE"]'
    )
    assert done.returncode == 1
    assert "FAIL HOLDS, complete" in done.stdout


def test_for_scripts(explore: Explore) -> None:
    done = explore("alone.toml", BREAKS, "--json")
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["ending"], first["verdict"], first["found"], first["replay"]) == (
        "complete",
        "holds",
        [],
        None,
    )
    assert (second["ending"], second["verdict"], second["proven"]) == ("broken", "violated", 0)
    assert [each["subject"] for each in second["found"]] == ["vfs_read: x2 x3"]
    assert {each["early"] for each in second["found"]} == {0}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--deviations", "0"), "complete up to level 0"),
        (("--places", "1"), "stopped in pass 1, nothing is complete"),
        (("--time", "0s"), "stopped in pass 1, nothing is complete"),
        (("--no-fuse", "--places", "40"), "1 pass, 0 places fused"),
        (("--early", "1", "--places", "1"), "early stores <= 1"),
        (("--early", "all", "--places", "1"), "any early stores"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_limits(explore: Explore, args: tuple[str, ...], words: str) -> None:
    done = explore("explore-enable", *args)
    assert words in done.stdout
    assert done.returncode == int("nothing is complete" in done.stdout)


def test_without_merging_no_two_places_are_taken_for_one(explore: Explore) -> None:
    done = explore("explore-enable", "--no-merge", "--places", "20")
    assert "probability" not in done.stdout


def test_the_time_is_each_scenarios_own(explore: Explore) -> None:
    """The first search, which ends by itself, takes nothing away from the second."""
    done = explore("alone.toml", BREAKS, "--time", "1h")
    assert done.stdout.count(": ok ") == 2


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "explore: names no scenario"),
        (("absent.toml",), "absent.toml: no such file"),
        (("explore-enabel",), "explore-enable"),
        (("alone.toml", "--deviations", "-1"), "--deviations"),
        (("alone.toml", "--deviations", "1_0"), "plain digits"),
        (("alone.toml", "--places", "0"), "--places"),
        (("alone.toml", "--early", "many"), "'many' is not a whole number in plain digits"),
        (("alone.toml", "--early", "1001"), "1001 is not from 0 to 1000, or all"),
        (("alone.toml", "--time", "soon"), "not a duration"),
        (("alone.toml", "--set", "wheels=4"), "wheels"),
        (("alone.toml", "--design", "absent"), "absent"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistakes(explore: Explore, args: tuple[str, ...], words: str) -> None:
    done = explore(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


def test_one_bad_scenario_does_not_keep_the_others_from_being_searched(
    explore: Explore, tmp_path: Path
) -> None:
    (tmp_path / "bad.toml").write_text("[")
    done = explore("bad.toml", "absent", "alone.toml")
    assert done.returncode == 2
    assert "alone: ok HOLDS" in done.stdout
    assert len(done.stderr.splitlines()) == 2


def test_a_design_is_said(explore: Explore) -> None:
    done = explore("alone.toml", "--design", "list-only", "--json")
    assert (done.returncode, json.loads(done.stdout)["kernel"]["design"]) == (0, "list-only")


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_the_search_and_says_what_it_came_to(tmp_path: Path) -> None:
    args = ["explore", "explore-teardown", "explore-enable", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", _SAYS_WHEN_IT_SEARCHES, *args],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "searching").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (130, "ftrace-actors: interrupted\n")
    (only,) = map(json.loads, stdout.splitlines())
    assert (only["name"], only["ending"]) == ("explore-teardown", "stopped")


_SAYS_WHEN_IT_SEARCHES = """
import sys
from pathlib import Path
from ftrace_actors import cli
from ftrace_actors.exhaustive.place import Stepper

step = Stepper.step

def noted(*args):
    Path("searching").touch()
    return step(*args)

Stepper.step = noted
sys.exit(cli.main(sys.argv[1:]))
"""


def test_a_search_that_was_saved_is_continued(explore: Explore, tmp_path: Path) -> None:
    whole = explore("alone.toml", "--json")
    stopped = explore("alone.toml", "--save", "kept", "--places", "12")
    assert stopped.returncode == 1, "nothing is complete"
    assert stopped.stderr == "ftrace-actors: to continue: ftrace-actors explore --resume kept\n"
    (tmp_path / "alone.toml").unlink()  # its text is in the file
    resumed = explore("--resume", "kept", "--json")
    one_more_pass = {"passes": 2}  # decisions are not in the file
    assert json.loads(resumed.stdout) == {**json.loads(whole.stdout), **one_more_pass}


def test_what_is_resumed_is_not_said_again(explore: Explore) -> None:
    explore("alone.toml", "--save", "kept", "--places", "12")
    done = explore("--resume", "kept", "--early", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "ftrace-actors: --resume: takes everything from kept; leave out --early\n"


@pytest.mark.parametrize("content", [b"", b"hello", b"\x81", None], ids=["empty", "text", "cut", "missing"])
def test_a_file_that_holds_no_search_is_one_line(
    explore: Explore, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "kept").write_bytes(content)
    done = explore("--resume", "kept")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ftrace-actors: kept: ")
    assert done.stderr.count("\n") == 1


def test_a_damaged_file_is_one_line(explore: Explore, tmp_path: Path) -> None:
    explore("alone.toml", "--save", "kept", "--places", "12")
    data = bytearray((tmp_path / "kept").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "kept").write_bytes(bytes(data))
    done = explore("--resume", "kept")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("kept: holds no search that explore --save wrote, or is damaged\n")


def test_a_file_keeps_one_search(explore: Explore) -> None:
    done = explore("alone.toml", "explore-enable", "--save", "kept")
    assert (done.returncode, done.stderr) == (
        2,
        "ftrace-actors: --save: 2 scenarios; a file keeps the search of one\n",
    )
