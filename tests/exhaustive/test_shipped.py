"""The beginning of the search of every shipped scenario: it finds nothing where the scenario holds."""

from __future__ import annotations

import pytest

from ftrace_actors.exhaustive import Limits, Search, remake
from ftrace_actors.words import Verdict
from tests.scenario.runs import SHIPPED, world_of

PLACES = 120
"""Of each; how far all of them can be gone through, `make prove` finds out."""


def search_of(name: str) -> Search:
    search = Search(world_of(name), Limits(deviations=1, places=PLACES))
    for _ in search.levels():
        pass
    return search


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.soak(number=number)) for number, name in enumerate(SHIPPED)]
)
def test_what_holds_breaks_with_no_deviation_that_was_tried(name: str) -> None:
    search = search_of(name)
    if set(world_of(name).expect.verdicts) == {Verdict.HOLDS}:
        assert not search.found
        assert set(search.ends) <= {"done"}
    for found in search.found.values():
        assert remake(search.world, found).findings


@pytest.mark.parametrize(("name", "breaks"), [("explore-enable", False), ("static-key", True)])
def test_the_beginning_is_enough_to_see_something(name: str, breaks: bool) -> None:
    search = search_of(name)
    assert search.places > 50
    assert bool(search.found) is breaks
