"""The command `why`: what it takes, what it prints, and its exit codes."""

import re
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from tests.environment import Done
from tests.inprocess import call

NAME = "enable-call-first"
HEADINGS = (
    "What was promised",
    "What broke it",
    "What led there",
    "What the run needs",
    "Which single change of the protocol forbids it",
    "The nearest run that holds",
    "Runs",
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a replay file and the log of the same run."""
    path = tmp_path_factory.mktemp("why")
    assert call(main, "run", NAME, "--driver", "bare", cwd=path).returncode == 0
    (replay,) = (path / "out").glob("*.replay.json")
    replay.rename(path / "it.replay.json")
    assert call(main, "replay", "it.replay.json", "--log-to", "it.log", cwd=path).returncode == 0
    return path


def why(cwd: Path, *args: str) -> Done:
    return call(main, "why", *args, "--jobs", "1", "--tries", "5", cwd=cwd)


@pytest.fixture(scope="module")
def answer(here: Path) -> str:
    done = why(here, "it.replay.json")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_answer_has_its_parts_in_80_columns(answer: str) -> None:
    lines = answer.splitlines()
    assert lines[0] == f"{NAME}: VIOLATED INV-COMPL (lost call) in W0"
    at = [next(index for index, line in enumerate(lines) if line.startswith(heading)) for heading in HEADINGS]
    assert at == sorted(at)
    assert max(map(len, lines)) <= 80


def test_what_its_list_of_runs_says_can_be_typed(here: Path, answer: str) -> None:
    """Letters in the text are those of the list, and each command replays a run that does not fail as this one does."""
    text = answer.partition("\nRuns\n")
    commands = re.findall(r"(?m)^  ([a-z])  (ftrace-actors (?:.|\n {5})+)$", text[2])
    spoken = set(re.findall(r"\brun ([a-z])\b", " ".join(text[0].split())))
    assert {letter for letter, _ in commands} >= spoken
    assert len(commands) >= 5
    for _, command in commands[:2] + commands[-1:]:
        words = command.replace("\n     ", " ").split()
        assert call(main, *words[1:], cwd=here).stdout.startswith(("scenarios/", "/")), words
        assert call(main, *words[1:], cwd=here).returncode == 0


def test_quick_makes_no_runs_and_says_so(here: Path, answer: str) -> None:
    done = why(here, "it.replay.json", "--quick")
    assert done.returncode == 0
    quick, full = done.stdout.splitlines(), answer.splitlines()
    at = quick.index("What the run needs, what forbids it, and the nearest run that holds")
    assert quick[:at] == full[:at]
    assert "Left out (--quick)." in done.stdout


def test_a_log_says_as_much_as_its_events(here: Path, answer: str) -> None:
    done = why(here, "it.log")
    assert done.returncode == 0

    def led(text: str) -> str:
        return text.partition("What led there")[2].partition("\n\n")[0]

    assert led(done.stdout) == led(answer)
    assert "A log has no choices to put back" in done.stdout


def test_a_scenario_is_run_until_it_fails_and_its_replay_file_written(here: Path) -> None:
    done = why(here, NAME, "--quick", "--out", "found")
    assert done.returncode == 0
    (replay,) = (here / "found").glob("*.replay.json")
    assert str(replay.relative_to(here)) in done.stdout
    assert done.stdout.startswith(f"{NAME}: VIOLATED INV-COMPL")


def test_a_scenario_that_does_not_fail_is_judged_by_what_it_expects(here: Path) -> None:
    holds = why(here, "explore-enable", "--runs", "2")
    assert (holds.returncode, holds.stdout) == (
        0,
        "explore-enable: no failure in 2 runs of strategy mix, as expected\n",
    )
    breaks = why(here, "teardown-no-wait-w1", "--runs", "2")
    assert breaks.returncode == 1
    assert "no failure in 2 runs of strategy mix, expected violated" in breaks.stdout


def test_an_unexpected_failure_is_explained_with_exit_code_1(here: Path) -> None:
    done = why(
        here,
        "enable-under-load",
        "--quick",
        "--set",
        "protocol.drop=three",
        "--set",
        "protocol.order=call-first",
    )
    assert done.returncode == 2  # `three` is not an ordering
    done = why(here, "enable-under-load", "--quick", "--set", "protocol.order=call-first")
    assert done.returncode == 1
    assert "  with    protocol.order=call-first" in done.stdout


def test_several_are_explained_one_after_the_other(here: Path) -> None:
    done = why(here, "it.replay.json", "it.log", "--quick")
    assert done.stdout.count("What broke it") == 2


def test_the_answer_goes_into_a_file(here: Path) -> None:
    done = why(here, "it.replay.json", "--quick", "-o", "answer.txt")
    assert (done.returncode, done.stdout) == (0, "")
    assert (here / "answer.txt").read_text() == why(here, "it.replay.json", "--quick").stdout
    done = why(here, "it.replay.json", "--quick", "-o", "nowhere/answer.txt")
    assert done.returncode in {0, 2}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "why: of what? name a replay file, a log of a failing run, or a scenario"),
        (("nope",), "nope: no such file, directory, shipped scenario"),
        (("it.replay.json", "--set", "machine.cpus=3"), "--set: does not go with it.replay.json"),
        (("holds.log",), "holds.log: nothing broke in this run"),
        (("half.json",), "half.json: not a replay file"),
        (("teardown-*",), "teardown-*: has "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(here: Path, args: tuple[str, ...], said: str) -> None:
    if not (here / "holds.log").exists():
        assert call(main, "once", "explore-enable", "--log-to", "holds.log", cwd=here).returncode == 0
        (here / "half.json").write_bytes((here / "it.replay.json").read_bytes()[:500])
    done = why(here, *args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"ftrace-actors: {said}")
    assert len(done.stderr.splitlines()) == 1


def test_a_file_with_another_run_than_it_says_is_exit_code_4(here: Path) -> None:
    text = (here / "it.replay.json").read_text()
    changed = re.sub(r'"op": "load"', '"op": "store"', text, count=1)
    assert changed != text
    (here / "other.json").write_text(changed)
    done = why(here, "other.json")
    assert done.returncode == 4
    assert done.stdout == ""
