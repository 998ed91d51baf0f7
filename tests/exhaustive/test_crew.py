"""Several processes find what one finds, also when one of them is killed; and keys in a table are those of a set."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from threading import Lock
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.cli.scenario_worlds import ScenarioLoader
from ftrace_actors.errors import InputError, ModelError
from ftrace_actors.exhaustive import Limits, Search, crew
from ftrace_actors.exhaustive import search as searching
from ftrace_actors.exhaustive.crew import Crew, WorkerLost
from ftrace_actors.exhaustive.seen import Seen, SharedSeen, keys_in, packed
from ftrace_actors.scenario import World

from .results import answer
from .worlds import ENABLE, TEARDOWN, small

_ENTRIES = 64


@pytest.fixture
def shared_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have small searches shared as well."""
    monkeypatch.setattr(searching, "_MANY_PLACES", 30)
    monkeypatch.setattr(searching, "_MANY_ITEMS", 2)


def elsewhere(world: World) -> Callable[[], World]:
    """What makes it in another process, which knows nothing of these tests."""
    return partial(ScenarioLoader(), world.scenario.text, "small.toml", {})


@pytest.mark.usefixtures("shared_early")
@pytest.mark.parametrize("killed", [False, True], ids=["undisturbed", "killed"])
def test_a_crew_finds_what_one_finds(killed: bool) -> None:
    source = elsewhere(small(ENABLE))
    alone = Search(source())
    for _ in alone.levels():
        pass
    several = Search(source(), source=source, jobs=2)
    seen = 0
    for level in several.levels():
        children = multiprocessing.active_children()
        seen = max(seen, len(children))
        if killed and children and level.deviations == 3:
            children[0].kill()
    assert seen == 2, "the search was shared"
    assert answer(several) == answer(alone)
    assert not multiprocessing.active_children()


@pytest.mark.usefixtures("shared_early")
def test_a_crew_finds_what_breaks() -> None:
    source = elsewhere(small(TEARDOWN, protocol="wait = []"))
    limits = Limits(deviations=1)
    alone, several = Search(source(), limits), Search(source(), limits, source=source, jobs=2)
    for search in (alone, several):
        for _ in search.levels():
            pass
    assert answer(several) == answer(alone)


@pytest.mark.usefixtures("shared_early")
def test_a_crew_stops_when_it_is_asked_to() -> None:
    source = elsewhere(small(TEARDOWN))
    several = Search(source(), Limits(places=200), source=source, jobs=2)
    for _ in several.levels():
        pass
    assert several.ending == "stopped"
    assert 200 <= several.places < 300


@pytest.mark.usefixtures("shared_early")
def test_a_crew_that_is_killed_again_and_again_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object, **__: object) -> object:
        raise WorkerLost

    monkeypatch.setattr(Crew, "level", lost)
    source = elsewhere(small(ENABLE))
    with pytest.raises(InputError, match="worker processes: were killed 5 times in one level; one job"):
        for _ in Search(source(), source=source, jobs=2).levels():
            pass
    assert not multiprocessing.active_children()


def test_what_a_worker_raises_travels() -> None:
    """A user's mistake stays one; what cannot be pickled comes as text."""

    class Local(Exception):
        """No other process knows it."""

    def raises(error: Exception) -> Callable[[], Any]:
        def call() -> object:
            raise error

        return call

    mistake = crew._outcome(raises(InputError("design.py", "line 3", "is wrong")))
    assert isinstance(mistake, InputError)
    assert str(mistake) == "design.py: line 3: is wrong"
    bug = crew._outcome(raises(Local("what")))
    assert isinstance(bug, ModelError)
    assert "Local: what" in str(bug)


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 40), max_size=40))
def test_a_table_of_keys_is_a_set(keys: list[int]) -> None:
    with tempfile.TemporaryFile() as file:
        file.truncate(8 * _ENTRIES)
        table, plain = SharedSeen(file.fileno(), _ENTRIES, Lock()), Seen()
        try:
            compare(table, plain, keys)
            table.refill(keys[:3])
            assert all(key in table for key in keys[:3])
        finally:
            table.close()


def compare(table: SharedSeen, plain: Seen, keys: Iterable[int]) -> None:
    for each in keys:
        key = each or 1  # 0 is a free entry
        assert (key in table) == (key in plain)
        assert table.add(key) == plain.add(key)
        assert key in table


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_keys_are_packed_and_unpacked(keys: list[int]) -> None:
    assert list(keys_in(packed(keys))) == keys
