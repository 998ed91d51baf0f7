"""A pytest plugin that runs tests in another order: ``-p shuffled``, with the seed in ``$SHUFFLED_SEED``.

Modules are shuffled, and the tests within each; what a module sets up once stays together.
"""

import os
import random
from itertools import groupby

import pytest

__all__ = ["pytest_collection_modifyitems", "pytest_report_header"]


def _seed() -> str:
    return os.environ.get("SHUFFLED_SEED", "0")


def pytest_report_header() -> str:
    """How to see the same order again."""
    return f"shuffled: SHUFFLED_SEED={_seed()}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Another order, the same for the same seed and tests, also in each worker of pytest-xdist."""
    draw = random.Random(_seed())
    modules = [list(tests) for _, tests in groupby(items, key=lambda item: item.nodeid.partition("::")[0])]
    draw.shuffle(modules)
    for tests in modules:
        draw.shuffle(tests)
    items[:] = [item for tests in modules for item in tests]
