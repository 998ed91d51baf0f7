"""A search that was stopped, written down and taken up by another one ends as one that nobody stopped."""

from __future__ import annotations

import msgspec
import pytest

from ftrace_actors.exhaustive import Ending, Limits, Search
from ftrace_actors.exhaustive.learned import Learned
from ftrace_actors.exhaustive.saved import State, lesson_of, saved_lesson

from .results import answer
from .worlds import ENABLE, small


def finished(search: Search) -> Search:
    for _ in search.levels():
        pass
    return search


def through_a_file(state: State) -> State:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=State)


@pytest.mark.parametrize("places", [1, 40, 150, 200])
def test_a_search_continues_where_it_was(places: int) -> None:
    world = small(ENABLE)
    whole = finished(Search(world))
    stopped = finished(Search(world, Limits(places=places), keeps=True))
    assert stopped.ending is Ending.STOPPED
    resumed = Search(world)
    resumed.take_up(through_a_file(stopped.state()))
    assert answer(finished(resumed)) == answer(whole)


def test_a_search_is_stopped_again_and_again() -> None:
    world = small(ENABLE)
    whole = finished(Search(world))
    at: State | None = None
    for turn in range(1, 50):
        search = Search(world, Limits(places=90 * turn if at is None else at.places + 200), keeps=True)
        if at is not None:
            search.take_up(at)
        if finished(search).ending is Ending.COMPLETE:
            break
        at = through_a_file(search.state())
    assert answer(search) == answer(whole)


def test_what_was_learned_is_learned_by_another() -> None:
    search = finished(Search(small(ENABLE)))
    lesson = search.learned.lesson()
    other = Learned()
    other.absorb(
        lesson_of(
            msgspec.msgpack.decode(
                msgspec.msgpack.encode(saved_lesson(lesson)), type=type(saved_lesson(lesson))
            )
        )
    )
    assert (other.grown, other.shared) == (search.learned.grown, search.learned.shared)
    assert other.lesson() == lesson
    before = other.grown
    other.absorb(lesson)
    assert other.grown == before, "nothing new"
    assert not other.lesson(other.mark).edges
