"""Fixtures of the runtime's tests."""

from collections.abc import Callable

import pytest

from ftrace_actors.actors import Conductor, RunOutcome

from .toys import DRIVERS


@pytest.fixture(params=sorted(DRIVERS))
def run(request: pytest.FixtureRequest) -> Callable[[Conductor], RunOutcome]:
    """Each driver in turn, as a plain function."""
    return DRIVERS[request.param]
