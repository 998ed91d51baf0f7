"""Snippets of the documentation: finding them, running them, and writing their output anew.

``python`` blocks of a page are executed in order in one namespace, unless the fence says ``python no-run``.
``console run`` blocks are command sessions in the way of cram: ``$ command``, the output it must print (a line
``…`` stands for any number of lines, and ``…`` inside a line for any text), and ``[N]`` for a non-zero exit.
A block with ``file=NAME`` behind its language is a file that the sessions after it find.
What a command prints is a function of its seed, so the output is exact; after a change to the model,
``python -m tests.docs.snippets`` (``make snippets``) writes it anew, and says which block with ``…`` does not fit.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ftrace_actors.cli import main
from tests.environment import pin
from tests.inprocess import call

REPO = Path(__file__).parents[2]
PAGES = sorted([*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md"), *(REPO / "scenarios").rglob("*.md")])
FILE = re.compile(r"\w+ file=([\w.-]+)")
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
    """Whether the text fits, ``…`` being a wildcard."""
    parts = re.split("^…\n", expected, flags=re.MULTILINE)
    inner = (re.escape(part).replace("…", "[^\n]*") for part in parts)
    return re.fullmatch("(?:.*\n)*?".join(inner), actual) is not None


def prepare(directory: Path) -> Path:
    """A directory to run commands in: it has the shipped scenarios, and is a root for pytest."""
    (directory / "scenarios").symlink_to(REPO / "scenarios")
    (directory / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return directory


def execute(line: str, cwd: Path) -> tuple[str, int]:
    """What a command prints to stdout, and its exit code."""
    argv = shlex.split(line)
    # A session is not a part of the test run that it is started from.
    pin()
    if argv[0] == "ftrace-actors":
        done = call(main, *argv[1:], cwd=cwd, NO_COLOR="1")
        return done.stdout, done.returncode
    if argv[0] in {"pytest", "python"}:
        argv = [sys.executable, *(("-m", "pytest") if argv[0] == "pytest" else ()), *argv[1:]]
    mine = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env = {**mine, "NO_COLOR": "1"}
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120)
    return done.stdout, done.returncode


def put(text: str, path: Path) -> None:
    """Write a file that a page shows, and forget what was compiled: it may be of the same second, and as long."""
    path.write_text(text, encoding="utf-8")
    shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)


def commands(page: str, directory: Path) -> Iterator[Command]:
    """The commands of a page in order, each after the files that stand before it were written to `directory`."""
    for match in FENCE.finditer(page):
        if file := FILE.fullmatch(match[1].strip()):
            put(match[2], directory / file[1])
        elif match[1].strip() == "console run":
            yield from session(match[2])


def pages_with(info: str) -> list[Path]:
    """Pages that have such blocks."""
    return [page for page in PAGES if blocks(page.read_text(encoding="utf-8"), info)]


def rewrite(page: Path, cwd: Path) -> None:
    """Run a page's sessions and put what they print in place of what they show.

    A block with ``…`` runs too, since later ones may need the files it makes, but its text stays: where that does not
    fit any more, the page and the command are printed, to be repaired by hand.
    """

    def anew(match: re.Match[str]) -> str:
        if file := FILE.fullmatch(match[1].strip()):
            put(match[2], cwd / file[1])
        if match[1].strip() != "console run":
            return match[0]
        lines = []
        for command in session(match[2]):
            output, status = execute(command.line, cwd)
            lines += [f"$ {command.line}\n", output, f"[{status}]\n" if status else ""]
            if "…" in match[2] and not (status == command.status and matches(command.expected, output)):
                sys.stdout.write(f"{page.relative_to(REPO)}: by hand: $ {command.line}\n")
        return match[0] if "…" in match[2] else f"```{match[1]}\n{''.join(lines)}```"

    page.write_text(FENCE.sub(anew, page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    for path in pages_with("console run"):
        with tempfile.TemporaryDirectory() as name:
            rewrite(path, prepare(Path(name)))
