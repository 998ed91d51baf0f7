"""The command line over the shipped scenarios."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.cli.groups import GROUPS
from tests.cli.conftest import REPO, Done, environment
from tests.inprocess import call

SHIPPED = sorted(path.stem for path in (REPO / "scenarios").rglob("*.toml"))


def command(cwd: Path, *args: str) -> Done:
    return call(main, *args, cwd=cwd)


def process(cwd: Path, *args: str, **env: str) -> Done:
    return subprocess.run(
        [sys.executable, "-m", "ftrace_actors", *args],
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_every_scenario_is_listed_on_one_line_below_its_question(tmp_path: Path) -> None:
    done = command(tmp_path, "list")
    assert done.returncode == 0, done.stderr
    names = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert sorted(names) == SHIPPED
    headings = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert headings == [f"{group.name}: {group.question}" for group in GROUPS]
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("name", SHIPPED)
def test_every_scenario_can_be_disassembled(tmp_path: Path, name: str) -> None:
    done = command(tmp_path, "disasm", name)
    assert done.returncode == 0, done.stderr
    assert "ret" in done.stdout
    assert ".inst" not in done.stdout  # what our own assembly contains, our own decoder knows
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert re.search(r"// window W1$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("seeds", [2, pytest.param(10, marks=pytest.mark.soak)])
def test_a_violation_replays_to_the_same_bytes(tmp_path: Path, seeds: int) -> None:
    """Under both drivers, whatever the order of sets and dictionaries, in as many processes."""
    done = command(tmp_path, "run", "teardown-no-wait-w2", "--quiet")
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "out").glob("*.replay.json")
    outputs = {
        process(tmp_path, "replay", str(path), "--log", "--driver", driver, PYTHONHASHSEED=str(seed)).stdout
        for driver in ("bare", "trio")
        for seed in range(seeds)
    }
    assert len(outputs) == 1
    events = [json.loads(line) for line in outputs.pop().splitlines()]
    assert len(events) > 50
    assert all(isinstance(event.get("addr", "0x0"), str) for event in events)


def test_jobs_and_drivers_agree(tmp_path: Path) -> None:
    args = ("run", "enable-call-first", "teardown-tasks", "--runs", "40", "--json")
    one, two, under_trio = (
        process(tmp_path, *args, *more).stdout
        for more in (("--jobs", "1"), ("--jobs", "2"), ("--driver", "trio"))
    )
    assert one == two == under_trio
    assert len(one.splitlines()) == 2


@pytest.mark.parametrize(
    ("change", "key_path"),
    [
        ("machine.cpus=0", "cpus"),
        ("machine.cpus='two'", "cpus"),
        ("machine.colour=3", "machine"),
        ("kernel.profile='v1.0'", "profile"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_key_path(tmp_path: Path, change: str, key_path: str) -> None:
    done = command(tmp_path, "run", "teardown-tasks", "--set", change, "--runs", "5", "--quiet")
    assert done.returncode == 2, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert "teardown-tasks.toml: " in line
    assert key_path in line


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo terminal")
def test_a_terminal_sees_progress_and_colour(tmp_path: Path) -> None:
    shell = f"{sys.executable} -m ftrace_actors run enable-under-load --runs 60"
    done = subprocess.run(
        [sys.executable, "-c", f"import pty, sys; sys.exit(pty.spawn({shell.split()!r}) >> 8)"],
        cwd=tmp_path,
        env=environment(TERM="xterm-256color"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in {0, 1}
    assert "\x1b[" in done.stdout
    assert "60/60" in done.stdout or "enable-under-load" in done.stdout
