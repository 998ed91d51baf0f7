"""Shared test configuration: the environment, Hypothesis profiles, and what is left out unless it is asked for.

The environment is pinned before any test module is imported: see `tests.environment`.

``ci`` (the default) derandomizes, so a red build is red for everyone; ``dev`` draws fresh examples and keeps
its database: ``pytest --hypothesis-profile=dev``.
"""

import os
import signal
import sys
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.environment import pin
from tests.share import kept

pin()

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,  # two shared cores make any deadline a coin toss
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("dev", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C works here and in child processes, also where the tests run under nohup and inherit that it does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Its modules are compiled each time: one that is written twice in a second would be taken for the one before."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return pytester


@pytest.fixture(autouse=True)
def structlog_as_it_was() -> Iterator[None]:
    """A test that configures structlog, or captures its entries, leaves no configuration to the tests after it."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long campaigns run only when they are asked for: `pytest -m soak`, and of long lists as much as is asked for."""
    soak = [item for item in items if item.get_closest_marker("soak") is not None]
    asked_for = "soak" in config.getoption("-m")
    left_out = [item for item in soak if not (asked_for and _is_kept(item))]
    config.hook.pytest_deselected(items=left_out)
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]


def _is_kept(item: pytest.Item) -> bool:
    """A test whose `soak` mark has no number takes its share itself."""
    mark = item.get_closest_marker("soak")
    assert mark is not None
    return "number" not in mark.kwargs or kept(mark.kwargs["number"])
