"""From which places no run ends, of which place leads to which."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.exhaustive.endless import Ways

PLACES = st.integers(0, 7)


@given(steps=st.lists(st.tuples(PLACES, PLACES), max_size=20), ends=st.sets(PLACES, max_size=2))
def test_those_that_lead_to_no_end(steps: list[tuple[int, int]], ends: set[int]) -> None:
    ways, others = Ways(), Ways()
    for number, (place, to) in enumerate(steps):
        (others if number % 2 else ways).step(place, to)
    for place in ends:
        ways.end(place)
    ways.add(others)
    known = {place for step in steps for place in step} | ends
    assert ways.endless() == sum(not reaches(place, steps, ends) for place in known)


def reaches(place: int, steps: list[tuple[int, int]], ends: set[int]) -> bool:
    seen, left = {place}, [place]
    while left:
        at = left.pop()
        if at in ends:
            return True
        for to in {to for whence, to in steps if whence == at} - seen:
            seen.add(to)
            left.append(to)
    return False
