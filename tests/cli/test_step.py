"""`step`: what it needs, and what it writes.  The screen itself is tested in tests/step."""

import json
import sys
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.cli.session import Session, scenario_worlds
from ftrace_actors.cli.step_command import opened
from tests.environment import Done
from tests.inprocess import call

NAME = "grace-period-orders-nothing"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a replay file, and the log of the same run."""
    path = tmp_path_factory.mktemp("step")
    assert call(main, "run", NAME, "--strategy", "mix", "--driver", "bare", cwd=path).returncode == 0
    (replay,) = (path / "out").glob("*.replay.json")
    replay.rename(path / "it.replay.json")
    assert call(main, "replay", "it.replay.json", "--log-to", "it.log", cwd=path).returncode == 0
    return path


def step(cwd: Path, *args: str) -> Done:
    return call(main, "step", *args, cwd=cwd)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("it.replay.json",), "step: needs a terminal; `log FILE` and `report FILE -o OUT.html` do without"),
        (("it.log",), "step: needs a terminal"),
        (("it.log", "--at", "100000"), "--at: '100000' is not the number or name of an event"),
        (("nothing",), "nothing: cannot be read"),
        ((), "FILE"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(here: Path, args: tuple[str, ...], said: str) -> None:
    done = step(here, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_textual_it_says_how_to_install_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ftrace_actors.step.app", raising=False)
    monkeypatch.setitem(sys.modules, "textual.app", None)
    done = step(here, "it.replay.json")
    assert done.returncode == 2
    assert (
        done.stderr == "ftrace-actors: step: needs the package textual: pip install 'ftrace-actors[step]'\n"
    )


def test_a_run_that_was_made_by_hand_replays(here: Path) -> None:
    run, source = opened(Session(scenario_worlds), here / "it.replay.json", None)
    taken = [decision for decision in run.decisions if decision.picked]
    other = source.other(run, taken[-1], 0, lenient=False)
    assert not isinstance(other, str)
    for made, name, verdict in ((run, "same", "violated"), (other, "other", "holds")):
        path = here / f"{name}.replay.json"
        assert source.save(made, str(path)) == f"wrote {path}"
        done = call(main, "replay", path.name, "--json", cwd=here)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert (answer["same"], answer["verdict"]) == (True, verdict)
    assert source.save(run, str(here)).startswith(f"cannot write {here}: ")
    assert source.save(run, str(here / "it.log" / "x")).startswith("cannot write ")


def test_a_log_is_gone_through_without_another_way(here: Path) -> None:
    run, source = opened(Session(scenario_worlds), here / "it.log", None)
    other, _ = opened(Session(scenario_worlds), here / "it.replay.json", None)
    assert run.events == list(other.events)
    assert run.reason == other.reason
    assert run.states.source == "log"
    assert source.other(run, other.decisions[0], 0, lenient=False) == "a log has no decisions"
    assert source.save(run, "x") == "a log cannot be saved as a replay file"
