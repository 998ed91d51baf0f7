"""Shipped scenarios by question: as targets of commands, and what `list` leaves out."""

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.cli.groups import GROUPS, group_of
from ftrace_actors.cli.targets import resolve
from ftrace_actors.errors import InputError
from ftrace_actors.shipped import shipped
from tests.cli.conftest import REPO
from tests.environment import Done
from tests.inprocess import call

SHIPPED = sorted(path.stem for path in shipped().glob("*.toml"))


def command(cwd: Path, *args: str) -> Done:
    return call(main, *args, cwd=cwd)


def listed(cwd: Path, *args: str) -> list[str]:
    done = command(cwd, "list", "--json", *args)
    assert done.returncode == 0, done.stderr
    return sorted(json.loads(line)["name"] for line in done.stdout.splitlines())


def test_every_shipped_scenario_has_a_group_and_every_pattern_a_scenario() -> None:
    assert [name for name in SHIPPED if group_of(name) is None] == []
    for group in GROUPS:
        for pattern in group.patterns:
            assert any(fnmatchcase(name, pattern) for name in SHIPPED), pattern
        assert group.name not in SHIPPED  # a target means one thing


def test_the_page_of_the_scenarios_has_the_groups() -> None:
    page = (REPO / "scenarios" / "README.md").read_text()
    rows = [
        f"| `{group.name}` | {group.question} | {', '.join(f'`{one}`' for one in group.patterns)} |"
        for group in GROUPS
    ]
    assert [line for line in page.splitlines() if line.startswith("| `")] == rows


def test_a_group_is_a_target(tmp_path: Path) -> None:
    assert [path.stem for path in resolve(["poison"])] == ["dynamic-poison-no-kick", "dynamic-poison"]
    done = command(tmp_path, "run", "small", "--runs", "2")
    assert "of 4 scenarios as expected" in done.stdout


def test_a_pattern_of_names_is_a_target() -> None:
    assert {path.stem for path in resolve(["explore-t*"])} == {"explore-teardown", "explore-teardown-no-wait"}
    with pytest.raises(InputError, match=r"nothing-\*: no such file"):
        resolve(["nothing-*"])


def test_all_of_them_run_where_there_is_no_directory(tmp_path: Path) -> None:
    """As after pip install."""
    for words in (("--all",), ("scenarios",)):
        done = command(tmp_path, "run", *words, "--runs", "1", "--driver", "bare", "-x")
        assert f"of {len(SHIPPED)} scenarios" in done.stdout, done.stderr
    done = command(tmp_path, "run", "--all", "static-key")
    assert (done.returncode, "--all: is all shipped scenarios" in done.stderr) == (2, True)


def test_a_word_lists_what_has_it(tmp_path: Path) -> None:
    found = listed(tmp_path, "kick")
    assert {"static-key-kick", "dynamic-reuse"} <= set(found)
    assert "enable-dic" not in found
    assert command(tmp_path, "list", "zebra").returncode == 2


def test_lists_are_filtered_by_design_invariant_and_verdict(tmp_path: Path) -> None:
    assert listed(tmp_path, "--design", "list-only") == [
        "grace-period-rcu-in-reader",
        "grace-period-several",
        "list-only-no-wait",
        "list-only-teardown",
        "list-only-two-no-wait",
    ]
    assert listed(tmp_path, "--verdict", "deadlock") == ["deadlock-spin"]
    assert listed(tmp_path, "--invariant", "INV-STATE", "--verdict", "violated", "enabling") == [
        "disable-literal-kept"
    ]
    done = command(tmp_path, "list", "--verdict", "deadlock", "--design", "list-only")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no scenario is like that" in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--design", "call-op"), "--design: unknown design 'call-op'; did you mean 'call-ops'?"),
        (("--invariant", "inv-life"), "--invariant: unknown invariant 'inv-life'; did you mean 'INV-LIFE'?"),
        (("--groups", "waits"), "--groups: lists groups, not scenarios"),
        (("wait",), ""),
        (("waitz",), "did you mean waits?"),
    ],
)
def test_what_is_not_known_is_said(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    done = command(tmp_path, "list", *args)
    assert done.returncode == (2 if said else 0)
    assert said in done.stderr


def test_groups_are_listed(tmp_path: Path) -> None:
    done = command(tmp_path, "list", "--groups", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(name for row in rows for name in row["scenarios"]) == SHIPPED
    done = command(tmp_path, "list", "--groups")
    assert [line.split()[0] for line in done.stdout.splitlines() if not line.startswith(" ")] == [
        group.name for group in GROUPS
    ]
    assert max(map(len, done.stdout.splitlines())) <= 80
