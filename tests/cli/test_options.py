"""Option values and targets, without a process."""

import re
from pathlib import Path
from typing import get_args

import pytest

from ftrace_actors.cli import main, options
from ftrace_actors.cli.exit_codes import ExitCode
from ftrace_actors.cli.options import Strategy, duration, overrides
from ftrace_actors.cli.targets import resolve
from ftrace_actors.errors import InputError
from ftrace_actors.explore import NAMES


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("60s", 60), ("5m", 300), ("1.5h", 5400), (" 2 min ", 120)]
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-3s", "3 weeks", "1e3"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(InputError, match="not a duration"):
        duration(text)


def test_overrides() -> None:
    assert overrides(["machine.cpus=4", "a = b=c"]) == {"machine.cpus": "4", "a": "b=c"}


@pytest.mark.parametrize("pair", ["", "cpus", "=4", " =4"])
def test_what_is_no_override(pair: str) -> None:
    with pytest.raises(InputError, match=r"KEY\.PATH=VALUE"):
        overrides([pair])


def test_worst_exit_code() -> None:
    assert ExitCode.worst() is ExitCode.OK
    assert ExitCode.worst(ExitCode.OK, ExitCode.UNEXPECTED, ExitCode.OK) is ExitCode.UNEXPECTED
    assert ExitCode.worst(ExitCode.UNEXPECTED, ExitCode.USAGE) is ExitCode.USAGE
    assert ExitCode.worst(ExitCode.INTERRUPTED, ExitCode.USAGE) is ExitCode.INTERRUPTED


def test_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("scenarios/b.toml", "scenarios/bugs/a.toml", "own/c.toml"):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    b, a, c = Path("scenarios/b.toml"), Path("scenarios/bugs/a.toml"), Path("own/c.toml")
    assert resolve([]) == [b, a]
    assert resolve(["a"]) == [a]
    assert resolve(["own", "scenarios/b.toml", "b"]) == [c, b]
    Path("empty").mkdir()
    with pytest.raises(InputError, match="no scenario"):
        resolve(["empty"])
    with pytest.raises(InputError, match="no such file"):
        resolve(["own/d.toml"])
    with pytest.raises(InputError, match="shipped scenario"):
        resolve(["zzz"])


def test_the_strategies_that_can_be_asked_for_are_all() -> None:
    assert set(get_args(Strategy)) == set(NAMES)


OPTIONS = [
    ("run", "--seed"), ("run", "--runs"), ("run", "--jobs"), ("once", "--run"), ("once", "--seed"),
    ("matrix", "--runs"), ("matrix", "--jobs"), ("matrix", "--seed"), ("litmus", "--jobs"), ("litmus", "--memory"),
    ("litmus", "--seconds"), ("log", "--context"), ("log", "--around"), ("log", "--causes"), ("cost", "--cpus"),
    ("explore", "--deviations"), ("explore", "--early"), ("explore", "--places"),
    ("needed", "--early"), ("needed", "--jobs"), ("needed", "--places"), ("needed", "--runs"), ("needed", "--seed"),
    ("cost", "--sites"),
]  # fmt: skip
"""Every option that is a number."""


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_a_number_is_written_in_plain_digits(
    command: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = [] if command in {"cost", "matrix"} else ["teardown-tasks"]
    for text in ("٣", "²", "1_000", "+5", " 5", "", "nan", "9" * 5000):
        assert main([command, *wanted, f"{option}={text}"]) == ExitCode.USAGE
        err = capsys.readouterr().err
        assert f"Invalid value for {option}: " in err
        assert "in plain digits" in err
        assert err.count("\n") == 1


def test_no_option_takes_what_int_takes() -> None:
    places = [path.read_text() for path in Path(options.__file__).parent.glob("*_command.py")]
    declared = [hint for text in places for hint in re.findall(r"Annotated\[(?:int|float)[^=\n]*", text)]
    assert len(declared) > 10
    assert all("number(" in hint or re.search(r"_(RUNS|JOBS|NUMBER|EVENT)\]", hint) for hint in declared), (
        declared
    )


def test_a_seed_may_be_hexadecimal(capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", "teardown-no-wait-w2", "--seed", "0x10", "--runs", "1", "--jobs", "1"])
    assert "seed 16, " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["merge", "p1"], "merge: --campaign is missing (see ftrace-actors merge --help)"),
        (["merge", "--campaign", "all"], "merge: DIRECTORIES is missing (see ftrace-actors merge --help)"),
        (["run", "--runs"], "run: --runs needs a value (see ftrace-actors run --help)"),
        (["schema", "events"], "schema: too much: events (see ftrace-actors schema --help)"),
        (["replay"], "replay: TARGET is missing (see ftrace-actors replay --help)"),
    ],
)
def test_what_is_missing_or_too_much_is_named(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == ExitCode.USAGE
    assert capsys.readouterr().err == f"ftrace-actors: {said}\n"
