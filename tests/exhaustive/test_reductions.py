"""What a search leaves out makes no difference: with and without it the same breaks, and runs end alike.

Deviations are counted on what is left after fusing, so at one number of them a search that fuses has seen more.  It has
to have seen all that the other has; and what it has found is there, as the run made again shows.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ftrace_actors.exhaustive import Ending, Limits, Reductions, Search, remake
from ftrace_actors.scenario import World

from .worlds import ENABLE, TEARDOWN, broken_teardown, locking, small

SMALL = ("deadlock", "never unlocked")
"""Those of `WORLDS` that a search with all reductions goes through to the end at once."""

WORLDS: dict[str, Callable[[], World]] = {
    "deadlock": lambda: locking(
        ("lock a", "lock b", "unlock b", "unlock a"), ("lock b", "lock a", "unlock a", "unlock b")
    ),
    "never unlocked": lambda: locking(("lock a", "unlock a"), ("lock a",)),
    "enable": lambda: small(ENABLE),
    "no ordering": lambda: small(ENABLE, protocol='drop = ["fixmap-map"]'),
    "call first": lambda: small(ENABLE, protocol='order = "call-first"'),
    "list only": lambda: small(TEARDOWN, protocol='design = "list-only"\nwait = []'),
    "two trampolines": lambda: small(TEARDOWN, protocol='design = "two-trampolines"\nwait = []'),
}
WITHOUT = {
    "fuse": Reductions(fuse=False),
    "merge": Reductions(merge=False),
    "both": Reductions(fuse=False, merge=False),
    "early": Reductions(early_seen=False),
}
WITH_ALL = Reductions()


def searched(world: World, limits: Limits, reductions: Reductions = WITH_ALL) -> Search:
    search = Search(world, limits, reductions)
    for _ in search.levels():
        pass
    return search


@pytest.mark.parametrize(
    ("name", "left"),
    [
        pytest.param(name, left, marks=() if name in SMALL and left != "both" else pytest.mark.soak)
        for name in WORLDS
        for left in WITHOUT
    ],
)
def test_reductions_lose_nothing(name: str, left: str) -> None:
    world = WORLDS[name]()
    early = 1 if left == "early" else 0
    # A search that merges nothing goes through each deviation to the end of the run.
    deviations = 1 if name in SMALL or left in {"fuse", "merge"} else 0
    reduced = searched(world, Limits(deviations=None if name in SMALL else deviations, early=early))
    without = searched(world, Limits(deviations=deviations, early=early), WITHOUT[left])
    assert set(without.found) <= set(reduced.found)
    assert set(without.ends) <= set(reduced.ends)
    for found in reduced.found.values():
        assert remake(world, found).findings


def test_a_whole_broken_protocol_breaks_in_every_way_it_can() -> None:
    search = searched(broken_teardown(), Limits(deviations=1))
    assert {
        ("INV-LIFE", "W1"),
        ("INV-LIFE", "W2"),
        ("INV-LIT", "W0"),
        ("INV-QUIET", "W1"),
        ("INV-QUIET", "W2"),
    } <= {(invariant, window) for invariant, _, window in search.found}


@pytest.mark.soak
@pytest.mark.parametrize("left", ["fuse", "merge"])
def test_a_whole_broken_protocol_breaks_in_the_same_ways_without(left: str) -> None:
    """With the same number of deviations even, since a tick is one whatever is fused."""
    limits = Limits(deviations=1)
    reduced, without = searched(broken_teardown(), limits), searched(broken_teardown(), limits, WITHOUT[left])
    assert {"INV-LIFE", "INV-LIT", "INV-QUIET"} <= {invariant for invariant, *_ in reduced.found}
    assert {name: found.deviations for name, found in reduced.found.items()} == {
        name: found.deviations for name, found in without.found.items()
    }
    assert set(reduced.ends) == set(without.ends)
    for search in (reduced, without):
        for found in search.found.values():
            assert remake(search.world, found).findings


def test_a_small_world_is_searched_to_the_end() -> None:
    search = searched(WORLDS["deadlock"](), Limits())
    assert search.ending is Ending.COMPLETE
    assert set(search.ends) == {"done", "deadlock"}
    assert {found.deviations for found in search.found.values()} == {1}
