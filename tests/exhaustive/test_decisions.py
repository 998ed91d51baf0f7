"""What was left out wrongly, by what was known then, is gone through once more is known."""

from __future__ import annotations

import pytest

from ftrace_actors.exhaustive import Ending, Limits, Search
from ftrace_actors.exhaustive import search as searching
from ftrace_actors.exhaustive.decisions import Decisions, Question
from ftrace_actors.exhaustive.item import Item
from ftrace_actors.exhaustive.learned import Learned, Touch, cell_object

from .results import answer
from .worlds import ENABLE, TEARDOWN, small

NOBODY = frozenset[str]()
HEARD = frozenset[tuple[str, int]]()


def finished(search: Search) -> Search:
    for _ in search.levels():
        pass
    return search


@pytest.fixture
def in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never begin again."""
    monkeypatch.setattr(searching, "_REPEATED", 0)


def search_of(protocol: str) -> Search:
    limits = Limits(deviations=2)
    return Search(small(TEARDOWN, protocol=protocol), limits) if protocol else Search(small(ENABLE))


@pytest.mark.parametrize("protocol", ["", "wait = []"], ids=["enable", "no wait"])
def test_one_pass_finds_what_several_do(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    several = finished(search_of(protocol))
    monkeypatch.setattr(searching, "_REPEATED", 0)
    one = finished(search_of(protocol))
    assert one.passes == 1
    assert set(one.found) >= set(several.found)
    assert set(one.ends) == set(several.ends)
    assert one.ending is several.ending


@pytest.mark.usefixtures("in_one_pass")
def test_without_another_look_places_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = finished(Search(small(ENABLE)))
    monkeypatch.setattr(Decisions, "wrong", lambda self, learned: [])
    wrong = finished(Search(small(ENABLE)))
    assert right.ending is wrong.ending is Ending.COMPLETE
    assert wrong.places < right.places


@pytest.mark.usefixtures("in_one_pass")
def test_decisions_that_are_not_kept_make_another_pass_necessary() -> None:
    whole = finished(Search(small(ENABLE)))
    stopped = finished(Search(small(ENABLE), Limits(places=40), keeps=True))
    resumed = Search(small(ENABLE))
    resumed.take_up(stopped.state())
    assert finished(resumed).passes == 2
    assert answer(resumed) == answer(whole)


def question(learned: Learned, cell: int, awaited: frozenset[str] = NOBODY) -> Question:
    """Actor 0 reads a cell while actor 1 is where it does nothing yet."""
    touch = Touch((learned.bits([cell_object(cell)]), 0), awaited, HEARD)
    return Question((0, 0), frozenset({0}), frozenset({()}), ((0, touch),))


def place(key: int) -> tuple[int, Item]:
    return 3, Item(key, None, 0, -1, done=frozenset({0}))


def test_a_step_that_was_not_known_makes_a_decision_wrong() -> None:
    learned, decisions = Learned(), Decisions()
    decisions.fused(question(learned, 8), *place(1))
    decisions.fused(question(learned, 16), *place(2))
    assert decisions.wrong(learned) == []
    learned.note(1, 0, 1, (0, 0), ())
    assert decisions.wrong(learned) == []
    learned.note(1, 1, 2, (0, learned.bits([cell_object(8)])), ())
    assert decisions.wrong(learned) == [place(1)]
    assert decisions.wrong(learned) == []


def test_a_message_that_was_not_known_makes_a_decision_wrong() -> None:
    learned, decisions = Learned(), Decisions()
    decisions.fused(question(learned, 8, frozenset({"box"})), *place(1))
    learned.note(1, 0, 1, (0, learned.bits([("mail", "another", 1)])), ())
    assert decisions.wrong(learned) == []
    learned.note(1, 1, 2, (0, learned.bits([("mail", "box", 1)])), ())
    assert decisions.wrong(learned) == [place(1)]


def test_an_early_store_is_tried_once_somebody_else_touches_the_cell() -> None:
    learned, decisions = Learned(), Decisions()
    learned.touched(0, 8)
    decisions.hidden([8, 16], *place(1))
    learned.touched(0, 16)
    assert decisions.wrong(learned) == []
    learned.touched(1, 8)
    assert decisions.wrong(learned) == [place(1)]


def test_writes_to_a_cell_are_ordered_once_it_is_shared() -> None:
    learned = Learned()
    write = Touch((0, learned.bits([cell_object(8)])), NOBODY, HEARD)
    learned.touched(0, 8)
    alone = learned.touched_by(write)
    learned.touched(1, 8)
    assert learned.touched_by(write) != alone
