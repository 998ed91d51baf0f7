"""The smallest sets that break when all of them are left out, against trying every set."""

from collections.abc import Callable, Sequence
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.studies.needed.sets import Names, Split, splitting

NAMES = "abcdef"
SETS = st.frozensets(st.sampled_from(NAMES), min_size=2, max_size=4)


def split(
    names: Sequence[str], breaks: Callable[[Names], bool], tries_max: int = 1000
) -> tuple[Split, list[Names]]:
    tried: list[Names] = []
    trying = splitting(names, tries_max)
    try:
        one = next(trying)
        while True:
            tried.append(one)
            one = trying.send(breaks(one))
    except StopIteration as end:
        found: Split = end.value
        return found, tried


def minimal(sets: frozenset[Names]) -> set[Names]:
    return {one for one in sets if not any(other < one for other in sets)}


@given(st.frozensets(SETS, max_size=4))
def test_all_minimal_sets_are_found_and_no_set_is_tried_twice(sets: frozenset[Names]) -> None:
    found, tried = split(NAMES, lambda one: any(each <= one for each in sets))
    assert set(found.breaking) == minimal(sets)
    assert found.whole
    assert len(tried) == len(set(tried))
    assert all(len(one) > 1 for one in tried), "a name alone was tried before"
    every = [frozenset(one) for size in range(2, 7) for one in combinations(NAMES, size)]
    holding = {one for one in every if not any(each <= one for each in sets)}
    assert set(found.holding) == {one for one in holding if not any(one < other for other in holding)}


@given(st.frozensets(SETS, max_size=4), st.integers(0, 12))
def test_with_few_tries_what_is_found_is_true(sets: frozenset[Names], tries_max: int) -> None:
    found, tried = split(NAMES, lambda one: any(each <= one for each in sets), tries_max)
    assert len(tried) <= tries_max
    assert set(found.breaking) <= minimal(sets)
    assert not found.whole or set(found.breaking) == minimal(sets)


def test_where_all_may_go_together_one_try_says_so() -> None:
    found, tried = split(NAMES, lambda one: False)
    assert tried == [frozenset(NAMES)]
    assert found == Split((), (frozenset(NAMES),), whole=True)


def test_the_smallest_come_first() -> None:
    sets = [frozenset("abc"), frozenset("de")]
    found, _ = split(NAMES, lambda one: any(each <= one for each in sets))
    assert found.breaking == (frozenset("de"), frozenset("abc"))
