"""Build hook: with FTRACE_ACTORS_COMPILE=1 the machine in `arm64/` is compiled with mypyc; otherwise nothing happens.

    FTRACE_ACTORS_COMPILE=1 pip install .

needs a C compiler; mypy and setuptools come into the isolated build by themselves.  The Python sources stay in the
wheel beside the compiled modules.  The instruction table in `arm64/isa/` stays Python: closures made once a word.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SWITCH = "FTRACE_ACTORS_COMPILE"
MACHINE = Path("ftrace_actors") / "arm64"
INTERPRETED = {
    "__init__.py",  # nothing to gain
    "observer.py",  # a protocol, implemented by interpreted classes
}

# Run in a process of its own: setuptools wants the command line and the working directory for itself.
SETUP = """
import sys
from mypyc.build import mypycify
from setuptools import setup
setup(
    name="machine",
    packages=[],
    ext_modules=mypycify(sys.argv[3:], opt_level="3", group_name="ftrace_actors_arm64", target_dir=sys.argv[2]),
    script_args=["build_ext", "--build-lib", sys.argv[1], "--build-temp", sys.argv[2]],
)
"""


class CompileHook(BuildHookInterface[Any]):
    """Adds the compiled modules to a wheel when asked to."""

    _out: Path | None = None

    def dependencies(self) -> list[str]:
        """What compiling needs."""
        return ["mypy>=1.13", "setuptools>=75"] if self._wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell the wheel what there is more of."""
        if self.target_name != "wheel" or version == "editable" or not self._wanted():
            return
        source, out = Path(self.root) / "src", Path(tempfile.mkdtemp(prefix="ftrace-actors-"))
        self._out = out
        paths = sorted((source / MACHINE).glob("*.py"))
        modules = [str(path.relative_to(source)) for path in paths if path.name not in INTERPRETED]
        temporary = str(out / "tmp")
        command = [sys.executable, "-c", SETUP, str(out / "lib"), temporary, *modules]
        subprocess.run(command, cwd=source, check=True, env={**os.environ, "MYPY_CACHE_DIR": temporary})
        for built in (out / "lib").rglob("*.so"):
            build_data["force_include"][str(built)] = str(built.relative_to(out / "lib"))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel is written: forget what was compiled for it."""
        if self._out is not None:
            shutil.rmtree(self._out)

    @staticmethod
    def _wanted() -> bool:
        return os.environ.get(SWITCH, "") not in {"", "0"}
