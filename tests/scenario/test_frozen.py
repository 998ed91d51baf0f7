"""Moving code changes no run: see `frozen`."""

from __future__ import annotations

import pytest

from .frozen import kept, lines_of
from .runs import SHIPPED


def test_every_shipped_scenario_is_kept() -> None:
    assert list(kept()) == list(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_its_runs_are_what_they_were(name: str) -> None:
    assert lines_of(name) == kept()[name]
