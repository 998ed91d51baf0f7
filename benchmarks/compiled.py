"""What compiling `arm64/` gains: the litmus sample as installed and in plain Python.

Only an installation made with `FTRACE_ACTORS_COMPILE=1 pip install .` has something to compare; run it from there.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import ftrace_actors

from . import litmus

__all__ = ["report"]

PACKAGE = Path(ftrace_actors.__file__).parent
ROOT = Path(__file__).parents[1]


def seconds(path: Path | None) -> float:
    """Searching the whole sample in a new process; `path` holds the package to use."""
    extra = [str(path)] if path is not None else []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*extra, str(ROOT)])}
    code = "from benchmarks import compiled; compiled.measure()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def measure() -> None:
    """Print the seconds, for `seconds` to read."""
    tests = [litmus.parse(path.read_text(encoding="utf-8"), str(path)) for path in litmus.sample()]
    print(sum(litmus.search_ms(test)[0] for test in tests) / 1000)


def report() -> None:
    """Print both and their ratio."""
    if not litmus.compiled():
        print("arm64 runs in plain Python here; FTRACE_ACTORS_COMPILE=1 pip install . compiles it")
        return
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(PACKAGE, Path(folder) / "ftrace_actors", ignore=shutil.ignore_patterns("*.so"))
        plain = seconds(Path(folder))
    fast = seconds(None)
    print(f"litmus sample: plain {plain:.2f} s, compiled {fast:.2f} s, speed-up {plain / fast:.2f}")
