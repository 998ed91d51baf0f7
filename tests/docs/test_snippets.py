"""Every snippet in the documentation runs.

``python`` blocks of a page are executed in order in one namespace, unless the fence says ``python no-run``.
``console run`` blocks are command sessions in the way of cram: ``$ command``, the output it must print (a
line of ``...`` stands for any number of lines, and ``...`` inside a line for any text), and ``[N]`` for a
non-zero exit.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

REPO = Path(__file__).parents[2]
PAGES = sorted([*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md"), *(REPO / "scenarios").rglob("*.md")])
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block: its info string, its text and the line it starts at."""

    info: str
    text: str
    line: int


class Command(NamedTuple):
    """One ``$`` line with what must follow it."""

    line: str
    expected: str
    status: int


def blocks(text: str, info: str) -> list[Block]:
    found = (Block(m[1].strip(), m[2], text[: m.start()].count("\n") + 2) for m in FENCE.finditer(text))
    return [block for block in found if block.info == info]


def session(text: str) -> list[Command]:
    commands: list[Command] = []
    for chunk in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, output = chunk.partition("\n")
        status = re.search(r"^\[(\d+)\]\n?\Z", output, re.MULTILINE)
        if status:
            output = output[: status.start()]
        commands.append(Command(line, output, int(status[1]) if status else 0))
    return commands


def matches(expected: str, actual: str) -> bool:
    """Whether the text fits, ``...`` being a wildcard."""
    parts = re.split(r"^\.\.\.\n", expected, flags=re.MULTILINE)
    inner = (re.escape(part).replace(re.escape("..."), "[^\n]*") for part in parts)
    return re.fullmatch("(?:.*\n)*?".join(inner), actual) is not None


def run(command: Command, cwd: Path) -> None:
    argv = shlex.split(command.line)
    if argv[0] == "ftrace-actors":
        argv = [sys.executable, "-m", "ftrace_actors", *argv[1:]]
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100"}
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == command.status, done.stdout + done.stderr
    assert matches(command.expected, done.stdout), f"$ {command.line}\n{done.stdout}"


def pages_with(info: str) -> list[Path]:
    return [page for page in PAGES if blocks(page.read_text(encoding="utf-8"), info)]


@pytest.mark.parametrize("page", pages_with("python"), ids=lambda page: page.name)
def test_python_snippets_run(page: Path) -> None:
    namespace: dict[str, object] = {"__name__": "__snippet__"}
    for block in blocks(page.read_text(encoding="utf-8"), "python"):
        source = "\n" * (block.line - 1) + block.text  # so that a traceback names the line of the page
        exec(compile(source, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", pages_with("console run"), ids=lambda page: page.name)
def test_console_sessions_print_what_they_show(page: Path, tmp_path: Path) -> None:
    (tmp_path / "scenarios").symlink_to(REPO / "scenarios")
    for block in blocks(page.read_text(encoding="utf-8"), "console run"):
        for command in session(block.text):
            run(command, tmp_path)


def test_fences_are_known() -> None:
    """A misspelt fence would be a snippet that nobody runs."""
    known = {
        "",
        "python",
        "python no-run",
        "console",
        "console run",
        "toml",
        "json",
        "text",
        "asm",
        "c",
        "make",
        "bash",
    }
    strange = [
        (page.name, m[1])
        for page in PAGES
        for m in FENCE.finditer(page.read_text(encoding="utf-8"))
        if m[1].strip() not in known
    ]
    assert strange == []


def test_session_parser() -> None:
    assert session("$ a b\nout\n$ c\nx\n[2]\n") == [Command("a b", "out\n", 0), Command("c", "x\n", 2)]


@pytest.mark.parametrize(
    ("expected", "actual", "fits"),
    [
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("a\n...\nz\n", "a\nm\nn\nz\n", True),
        ("a\n...\nz\n", "a\nz\n", True),
        ("took ... s\n", "took 3.2 s\n", True),
        ("took ... s\n", "took 3\n s\n", False),
        ("a\n", "a\nb\n", False),
    ],
)
def test_wildcards(expected: str, actual: str, fits: bool) -> None:
    assert matches(expected, actual) is fits
