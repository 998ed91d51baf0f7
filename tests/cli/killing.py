"""Kill a command at a random moment, and look at what is left: the body of `test_kills.py`.

``python -m tests.cli.killing [COUNT] [kept]`` does so COUNT times (60) and says what it killed; with ``kept`` the
commands keep their campaign, and what was killed is resumed.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ftrace_actors.explore import replay
from ftrace_actors.explore.store import ASKED
from tests.cli.conftest import environment
from tests.explore.processes import command_of, descendants, until, with_variable

RUN = ("run", "enable-dic", "disable-literal-kept", "visibility-isb-no-branch", "--runs", "20", "--jobs", "2")
CELLS = ("--cell", "call-ops.none.no-wait.alone", "--cell", "call-ops.full.no-wait.alone")
MATRIX = ("matrix", *CELLS, "--runs", "30", "--jobs", "2")
COMMANDS = (RUN, MATRIX)
DIRECTORY = "kept"
KEPT = tuple(
    ("run", name, "--campaign", DIRECTORY, "--runs", "80", "--jobs", "2", "--keep-logs")
    for name in ("teardown-tasks", "teardown-no-wait-w2")
)
RESUME = ("run", "--resume", DIRECTORY, "--jobs", "2", "--keep-logs")
TARGETS = ("worker", "fork server", "parent")
DEADLY = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
MARK = "FTRACE_ACTORS_KILLED"
"""A variable in the environment of every process that a command starts."""
SHARE = 0.9
"""Kills come in this part of the time that a command takes."""


@dataclass(frozen=True)
class Undisturbed:
    """What a command prints and writes when nobody kills anybody, and how long it takes."""

    code: int
    out: str
    files: dict[str, bytes]
    seconds: float


def undisturbed(arguments: tuple[str, ...], directory: Path) -> Undisturbed:
    begun = time.monotonic()
    done = subprocess.run(
        _command(arguments), cwd=directory, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stderr
    return Undisturbed(done.returncode, done.stdout, _files(directory), time.monotonic() - begun)


def kill_once(
    number: int,
    usual: Callable[[tuple[str, ...]], Undisturbed],
    commands: Sequence[tuple[str, ...]] = COMMANDS,
) -> tuple[str, list[str]]:
    """What the kill number `number` was, and what is wrong after it."""
    draw = random.Random(number)
    arguments, target = draw.choice(commands), draw.choice(TARGETS)
    # Only the first of these does a worker or a fork server any harm.
    deadly = draw.choice(DEADLY if target == "parent" else (signal.SIGKILL, signal.SIGKILL, *DEADLY))
    delay = draw.random() * usual(arguments).seconds * SHARE
    said = f"{number}: {arguments[0]}, {target}, {deadly.name}, after {delay:.1f} s"
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        mark = f"{os.getpid()}.{number}"
        process = subprocess.Popen(
            _command(arguments),
            cwd=directory,
            env=environment(**{MARK: mark}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with suppress(subprocess.TimeoutExpired):
            process.wait(delay)
        victim = _victim(process.pid, target, draw)
        if victim is not None:
            try:
                os.kill(victim, deadly)
            except ProcessLookupError:
                victim = None
        try:
            out, err = process.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            process.kill()
            return said, ["it hangs, or somebody keeps its pipes open"]
        wrong = _wrong(process.returncode, out, err, target if victim is not None else "nobody", deadly)
        if not until(lambda: not with_variable(MARK, mark), 20):
            wrong.append(f"left behind: {[command_of(pid) for pid in with_variable(MARK, mark)]}")
        wrong += _half_files(directory)
        kept = (directory / DIRECTORY / ASKED).exists()
        again = undisturbed(RESUME if kept else arguments, directory)
        expected = usual(arguments)
        if (again.code, again.out) != (expected.code, expected.out):
            wrong.append("the rerun prints something else")
        if again.files != expected.files:
            wrong.append(f"the rerun leaves other files: {sorted(again.files)}")
        if (
            victim is not None
            and target != "parent"
            and (process.returncode, out) != (expected.code, expected.out)
        ):
            wrong.append(f"something got lost with the {target}: exit code {process.returncode}, {err}")
        return f"{said}{'' if victim is not None else ' (there was none)'}", wrong


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "ftrace_actors", *arguments]


def _victim(parent: int, target: str, draw: random.Random) -> int | None:
    if target == "parent":
        return parent
    family = [pid for pid in descendants(parent) if "resource_tracker" not in command_of(pid)]
    servers = [pid for pid in family if pid in descendants(parent) and _is_child(pid, parent)]
    wanted = servers if target == "fork server" else [pid for pid in family if pid not in servers]
    return draw.choice(wanted) if wanted else None


def _is_child(pid: int, parent: int) -> bool:
    return pid in descendants(parent) and not any(
        pid in descendants(other) for other in descendants(parent) if other != pid
    )


def _wrong(code: int, out: str, err: str, target: str, deadly: signal.Signals) -> list[str]:
    """What a command that was killed may not do."""
    wrong = [f"{name}: {text}" for name, text in (("stdout", out), ("stderr", err)) if "Traceback" in text]
    if target != "parent":
        allowed = {0, 1}
    elif deadly == signal.SIGKILL:
        allowed = {-signal.SIGKILL}
    else:
        # Before Python knows us it ends as any program does; at the very end there is nothing to interrupt.
        allowed = {130, -deadly, 0, 1}
    if code not in allowed:
        wrong.append(f"exit code {code}: {err}")
    return wrong


def _files(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def _half_files(directory: Path) -> list[str]:
    wrong = []
    for path in directory.rglob("*"):
        if path.name.startswith(".") or "partial" in path.name:
            wrong.append(f"left behind: {path.name}")
        elif path.name.endswith(".replay.json"):
            replay.load(path)
    return wrong


@contextmanager
def answering() -> Iterator[None]:
    """Signals end programs that are started within it, also where those of a background job are ignored."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in DEADLY[1:]}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(count: int, commands: Sequence[tuple[str, ...]] = COMMANDS) -> int:
    known: dict[tuple[str, ...], Undisturbed] = {}
    for arguments in commands:
        with tempfile.TemporaryDirectory() as place:
            known[arguments] = undisturbed(arguments, Path(place))
    bad = 0
    for number in range(count):
        with answering():
            said, wrong = kill_once(number, known.__getitem__, commands)
        bad += bool(wrong)
        sys.stdout.write(
            f"{'FAIL' if wrong else 'ok  '} {said}\n" + "".join(f"     {line}\n" for line in wrong)
        )
        sys.stdout.flush()
    sys.stdout.write(f"{count - bad} of {count} kills without a trace\n")
    return 1 if bad else 0


if __name__ == "__main__":
    asked = [word for word in sys.argv[1:] if word != DIRECTORY]
    sys.exit(main(int(asked[0]) if asked else 60, KEPT if DIRECTORY in sys.argv else COMMANDS))
