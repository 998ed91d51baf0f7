"""Shared test configuration: the environment, Hypothesis profiles, and what is left out unless it is asked for.

The environment is pinned before any test module is imported: see `tests.environment`.

``ci`` (the default) derandomizes, so a red build is red for everyone; ``dev`` draws fresh examples and keeps
its database: ``pytest --hypothesis-profile=dev``.
"""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.environment import pin

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long campaigns run only when they are asked for: `pytest -m soak`."""
    if "soak" in config.getoption("-m"):
        return
    for item in items:
        if item.get_closest_marker("soak") is not None:
            item.add_marker(pytest.mark.skip(reason="a long campaign: -m soak"))
