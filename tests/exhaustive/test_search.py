"""Searches of small worlds: what they find, what they leave out, and that it makes no difference."""

from __future__ import annotations

import pytest

from ftrace_actors.exhaustive import Ending, Limits, Reductions, Search, remake
from ftrace_actors.scenario import World

from .worlds import ENABLE, TEARDOWN, routines, small

NO_WAIT = "wait = []"
ALL = Reductions()


def searched(world: World, limits: Limits, reductions: Reductions = ALL) -> Search:
    search = Search(world, limits, reductions)
    for _ in search.levels():
        pass
    return search


def test_enabling_is_searched_to_the_end() -> None:
    search = searched(small(ENABLE), Limits())
    assert search.ending is Ending.COMPLETE
    assert not search.found
    assert set(search.ends) == {"done"}


def test_a_teardown_that_waits_for_nothing_breaks_with_five_deviations() -> None:
    world = small(TEARDOWN, protocol=NO_WAIT)
    search = searched(world, Limits(first=True))
    assert search.ending is Ending.BROKEN
    assert {found.deviations for found in search.found.values()} == {5}
    assert {invariant for invariant, _, _ in search.found} == {"INV-GP", "INV-QUIET"}
    for found in search.found.values():
        assert remake(world, found).findings


@pytest.mark.parametrize(
    "reductions", [Reductions(fuse=False), Reductions(merge=False)], ids=["fuse", "merge"]
)
def test_reductions_change_neither_findings_nor_ends(reductions: Reductions) -> None:
    world = small(ENABLE, protocol='drop = ["fixmap-map"]')
    with_all = searched(world, Limits(deviations=1))
    without = searched(world, Limits(deviations=1), reductions)
    assert set(without.found) <= set(with_all.found)
    assert set(without.ends) == set(with_all.ends)


def test_a_search_says_where_it_stopped() -> None:
    assert searched(small(TEARDOWN), Limits(deviations=0)).ending is Ending.BOUND
    assert searched(small(TEARDOWN), Limits(places=20)).ending is Ending.STOPPED


SPINS = """
    adrp  x9, done
    add   x9, x9, :lo12:done
1:  ldr   w10, [x9]
    b     1b
"""
BAD = """
    mov   x9, #0
    ldr   x10, [x9]
    ret
"""


def test_nobody_who_spins_keeps_another_from_moving() -> None:
    """Fused, the loop would come back to where it was, and t1 would never be tried."""
    search = searched(routines(["done"], SPINS, BAD), Limits())
    assert {invariant for invariant, _, _ in search.found} == {"INV-LIFE"}


def test_a_search_in_which_no_run_ends_is_not_complete() -> None:
    search = searched(routines(["done"], SPINS, SPINS), Limits())
    assert (search.ending, search.found) == (Ending.ENDLESS, {})


def test_what_was_found_is_not_forgotten_when_another_pass_is_cut_short() -> None:
    world = small(TEARDOWN, protocol=NO_WAIT)
    passes: list[int] = []
    search = Search(world, Limits(first=True, stop=lambda: bool(passes) and search.passes > passes[0]))
    for _ in search.levels():
        if search.found and not passes:
            passes.append(search.passes)
    assert search.ending is Ending.STOPPED
    assert search.found


SETS = """
    adrp  x9, flag
    add   x9, x9, :lo12:flag
    adrp  x10, seen
    add   x10, x10, :lo12:seen
    mov   w11, #1
    ldr   w12, [x10]
    cbnz  w12, 1f
    str   w11, [x9]
1:  ret
"""
"""Sets the flag, unless the one who waits for it was seen first."""
WAITS = """
    adrp  x9, flag
    add   x9, x9, :lo12:flag
    adrp  x10, seen
    add   x10, x10, :lo12:seen
    mov   w11, #1
    str   w11, [x10]
1:  ldr   w13, [x9]
    cbz   w13, 1b
    ret
"""


def test_places_from_which_no_run_ends_are_counted() -> None:
    search = searched(routines(["flag", "seen"], SETS, WAITS), Limits())
    assert (search.ending, search.found, set(search.ends)) == (Ending.ENDLESS, {}, {"done"})
    assert search.endless > 0


def test_a_loop_that_somebody_can_end_is_no_livelock() -> None:
    search = searched(routines(["flag", "seen"], SETS.replace("cbnz  w12, 1f", "nop"), WAITS), Limits())
    assert (search.ending, search.endless) == (Ending.COMPLETE, 0)
