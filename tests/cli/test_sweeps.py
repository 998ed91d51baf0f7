"""``--set KEY=VALUE,VALUE``: the same of each value, one after the other, and a table at the end."""

import json
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from ftrace_actors.actors import Chooser
from ftrace_actors.cli import main
from ftrace_actors.explore import chunk
from ftrace_actors.explore.strategies import Profile
from tests.environment import Done
from tests.inprocess import call

NAME = "enable-under-load"
SWEPT = ("--set", "kernel.preempt=full,none")


def command(cwd: Path, *args: str) -> Done:
    return call(main, *args, cwd=cwd)


def test_each_value_has_a_heading_and_the_end_a_table(tmp_path: Path) -> None:
    done = command(tmp_path, "run", NAME, "--runs", "20", *SWEPT)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("==")] == [
        "== kernel.preempt=full",
        "== kernel.preempt=none",
        "== all",
    ]
    assert lines[-3:] == [
        "ok   kernel.preempt=full  holds",
        "ok   kernel.preempt=none  holds",
        "2 of 2 scenarios as expected; 40 runs",
    ]


def test_one_value_not_as_expected_is_exit_code_1(tmp_path: Path) -> None:
    """Where DIC makes it needless, leaving IC out breaks nothing."""
    done = command(tmp_path, "run", "patch-without-inval", "--runs", "40", "--set", "machine.dic=false,true")
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-3:] == [
        "ok   machine.dic=false  violated",
        "FAIL machine.dic=true   holds",
        "1 of 2 scenarios as expected; 48 runs",
    ]


def test_as_json_it_is_an_object_for_each_value(tmp_path: Path) -> None:
    done = command(tmp_path, "run", NAME, "--runs", "3", "--json", *SWEPT)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["with"] for each in found] == [{"kernel.preempt": "full"}, {"kernel.preempt": "none"}]


def test_a_wrong_value_does_not_keep_the_others_from_running(tmp_path: Path) -> None:
    done = command(tmp_path, "run", NAME, "--runs", "20", "--set", "kernel.preempt=full,lazy")
    assert done.returncode == 2
    assert "--set kernel.preempt=lazy:" in done.stderr
    assert "ok   kernel.preempt=full  holds" in done.stdout


def test_what_was_cut_short_is_not_called_ok(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = chunk.make_chooser

    def interrupted(
        strategy: str, seed: int, number: int, profile: Profile, shares: Sequence[int]
    ) -> Chooser:
        if number == 40:
            signal.raise_signal(signal.SIGINT)
        return made(strategy, seed, number, profile, shares)

    monkeypatch.setattr(chunk, "make_chooser", interrupted)
    done = command(tmp_path, "run", NAME, "--runs", "1000", "--jobs", "1", "--allow-vacuous", *SWEPT)
    assert done.returncode == 130
    assert "cut  kernel.preempt=full  holds" in done.stdout.splitlines()


def test_once_and_explore_take_each_value(tmp_path: Path) -> None:
    done = command(tmp_path, "once", NAME, *SWEPT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("== kernel.preempt=") == 2
    done = command(
        tmp_path,
        "explore",
        "explore-enable",
        "--jobs",
        "1",
        "--places",
        "50",
        "--set",
        "kernel.preempt=full,none",
    )
    assert done.stdout.count("== kernel.preempt=") == 2, done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("disasm", NAME), "--set kernel.preempt=full,none: found 2 values"),
        (("litmus", "--from", NAME), "--set kernel.preempt=full,none: found 2 values"),
        (("once", NAME, "--log-to", "x.log"), "--log-to: --set asks for 2 runs"),
        (("explore", NAME, "--save", "x"), "--save: --set asks for 2 searches"),
        (("run", NAME, "--campaign", "kept"), "--set kernel.preempt: has several values"),
    ],
)
def test_where_there_can_be_one_several_are_refused(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    done = command(tmp_path, *args, *SWEPT)
    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []
