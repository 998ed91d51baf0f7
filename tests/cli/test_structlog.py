"""structlog belongs to whoever runs the program: importing this package configures nothing."""

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import REPO, environment

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
import structlog

def refuse(*args, **kwargs):
    raise AssertionError("configured by an import")

structlog.configure = structlog.configure_once = refuse
import ftrace_actors
for module in pkgutil.walk_packages(ftrace_actors.__path__, "ftrace_actors."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
assert "ftrace_actors.cli.logs" in sys.modules
assert not structlog.is_configured()
"""

OWN_CONFIGURATION = """
import sys
import structlog

heard = []

def keep(logger, method, event):
    heard.append(event["event"])
    raise structlog.DropEvent

structlog.configure(processors=[keep], cache_logger_on_first_use=False)
before = structlog.get_config()
from ftrace_actors.cli import main

assert main(["run", "teardown-tasks", "--runs", "3", "--jobs", "1", "--quiet", "--out", sys.argv[1]]) in (0, 1)
after = structlog.get_config()
assert after == before
structlog.get_logger().info("mine")
assert heard == ["mine"], heard
"""


def python(source: str, *args: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", source, *args],
        cwd=REPO,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_importing_configures_nothing() -> None:
    python(IMPORT_EVERYTHING)


def test_a_users_own_configuration_stays_and_does_not_hear_ours(tmp_path: Path) -> None:
    python(OWN_CONFIGURATION, str(tmp_path))
    assert (tmp_path / "campaign.log.jsonl").read_text().count("\n") == 2  # started, ended
