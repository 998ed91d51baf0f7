"""Which runs say something about a place, and which left before anything could go wrong."""

from collections.abc import Callable

import pytest

from ftrace_actors.checks import Checker
from ftrace_actors.events import Fetch, Free, Store
from ftrace_actors.studies.matrix.grid import LITERAL, OPS, STALE, TEXT
from ftrace_actors.studies.matrix.places import Hold, Situation
from ftrace_actors.studies.matrix.pressure import Pressure, Stage
from tests.checks.stream import BL, NOP, SITE, Stream
from tests.checks.stream import LITERAL as WORD

from . import test_places
from .test_places import enabled, enters, frees, unregisters

SOMEBODY, READER_CPU = 0, 1


class TestPressure:
    def user(self) -> Pressure:
        pressure = Pressure()
        pressure.begins("reader", "W0", {OPS: Stage.RETURNED, TEXT: Stage.LEFT})
        return pressure

    def test_a_last_use_that_was_forced_counts(self) -> None:
        pressure = self.user()
        pressure.reaches("reader", Stage.LOADED, forced=True)
        assert pressure.pressed == set()
        pressure.reaches("reader", Stage.RETURNED, forced=True)
        assert pressure.pressed == {(OPS, "W0")}

    def test_one_that_was_not_does_not_and_is_over(self) -> None:
        pressure = self.user()
        pressure.reaches("reader", Stage.RETURNED, forced=False)
        pressure.reaches("reader", Stage.LEFT, forced=True)
        assert pressure.pressed == {(TEXT, "W0")}

    def test_who_may_still_use_what_is_gone_counts(self) -> None:
        pressure = self.user()
        pressure.gone(OPS)
        assert pressure.pressed == {(OPS, "W0")}

    def test_who_is_done_before_it_is_gone_does_not(self) -> None:
        pressure = self.user()
        pressure.reaches("reader", Stage.LEFT, forced=False)
        pressure.gone(OPS)
        assert pressure.pressed == set()

    def test_who_comes_when_it_is_gone_counts_at_once(self) -> None:
        pressure = Pressure()
        pressure.gone(TEXT)
        pressure.begins("reader", STALE, {OPS: Stage.RETURNED, TEXT: Stage.LEFT})
        assert pressure.pressed == {(TEXT, STALE)}

    def test_who_found_another_object_does_not(self) -> None:
        pressure = self.user()
        pressure.spares("reader", OPS)
        pressure.gone(OPS)
        assert pressure.pressed == set()


class Play:
    """A stream as a run that holds somebody: who moved though others could is said event by event."""

    def __init__(self, hold: Hold | None = None) -> None:
        self.stream = enabled()
        self.situation = Situation(hold or Hold("W0"))
        self.checker = Checker([self.situation])
        self.fed = 0

    def feed(self, preferred: int) -> None:
        self.situation.preferred = preferred
        for event in self.stream.events[self.fed :]:
            self.checker.feed(event)
        self.fed = len(self.stream.events)

    @property
    def pressed(self) -> set[tuple[str, str]]:
        return self.situation.pressed


def loads(stream: Stream) -> None:
    stream.load_literal("tracer_a", 2)


def returns(stream: Stream) -> None:
    stream.window("W2")
    stream.callback("tracer_a")
    stream.callback("tracer_a", begins=False)


def leaves(stream: Stream) -> None:
    stream.body()


@pytest.mark.parametrize(
    ("forced", "pressed"),
    [
        (loads, {(LITERAL, "W0")}),
        (returns, {(OPS, "W0")}),
        (leaves, set()),
    ],
)
def test_the_last_use_of_each_object(forced: Callable[[Stream], None], pressed: set[tuple[str, str]]) -> None:
    play = Play()
    enters(play.stream)
    unregisters(play.stream)
    play.feed(SOMEBODY)
    for step in (loads, returns, leaves):
        step(play.stream)
        play.feed(SOMEBODY if step is forced else READER_CPU)
    assert play.pressed == pressed


@pytest.mark.parametrize("forced", [True, False])
def test_who_is_past_its_last_use_is_to_stay(forced: bool) -> None:
    """In W3 nothing of the ops is used: what tells is that it was there to the end."""
    play = Play()
    enters(play.stream)
    loads(play.stream)
    returns(play.stream)
    unregisters(play.stream)
    play.stream.window("W3")
    play.feed(READER_CPU)
    assert play.pressed == set()
    leaves(play.stream)
    play.feed(SOMEBODY if forced else READER_CPU)
    assert play.pressed == ({(OPS, "W3"), (LITERAL, "W3")} if forced else set())


def test_a_call_without_a_callback_is_done_with_the_ops_in_w3() -> None:
    play = Play()
    enters(play.stream)
    unregisters(play.stream)
    loads(play.stream)
    play.feed(READER_CPU)
    play.stream.window("W3")
    play.feed(SOMEBODY)
    assert play.pressed == {(OPS, "W0")}


def test_without_anybody_held_only_what_is_gone_tells() -> None:
    play = Play()
    play.situation._hold = None
    enters(play.stream)
    unregisters(play.stream)
    loads(play.stream)
    returns(play.stream)
    play.feed(SOMEBODY)
    assert play.pressed == set()


def test_who_loads_another_ops_tells_nothing_of_this_one() -> None:
    play = Play()
    enters(play.stream)
    unregisters(play.stream)
    play.stream.load_literal("ftrace_nop_ops", 0)
    frees(play.stream)
    play.feed(READER_CPU)
    assert play.pressed == set()


def test_the_word_is_gone_when_it_is_written_or_unregister_returns() -> None:
    for written in (False, True):
        play = Play()
        enters(play.stream)
        unregisters(play.stream)
        if written:
            play.stream.add(Store, WORD, 8, 0, 20, 0, 0)
        play.feed(READER_CPU)
        assert play.pressed == ({(LITERAL, "W0")} if written else set())
        play.stream.unregistered("tracer_a")
        play.feed(READER_CPU)
        assert play.pressed == {(LITERAL, "W0")}


class TestLate:
    def play(self) -> Play:
        play = Play(Hold(STALE))
        unregisters(play.stream)
        return play

    def test_an_old_instruction_to_choose_is_an_exposure(self) -> None:
        for floor, exposed in ((3, True), (9, False)):
            play = self.play()
            play.stream.call()
            fetch_at(play.stream, floor)
            play.feed(SOMEBODY)
            assert (play.situation.exposed, play.situation.tried) == (exposed, False)

    def test_who_comes_when_everything_is_gone_has_tried(self) -> None:
        play = self.play()
        frees(play.stream)
        play.stream.call()
        fetch_at(play.stream, 9)
        play.feed(SOMEBODY)
        assert (play.situation.exposed, play.situation.tried) == (False, True)

    def test_fetches_before_the_moment_expose_nobody(self) -> None:
        play = Play(Hold(STALE))
        play.stream.call()
        play.stream.fetch(NOP, 0, 3)
        play.stream.body()
        unregisters(play.stream)
        play.feed(SOMEBODY)
        assert not play.situation.exposed

    def test_who_branched_before_the_moment_is_in_w0(self) -> None:
        play = Play(Hold(STALE))
        play.stream.call()
        play.stream.fetch(BL, 3)
        unregisters(play.stream)
        frees(play.stream)
        play.feed(SOMEBODY)
        assert play.situation.place_of("reader") == "W0"
        play.stream.window("W0")
        play.feed(SOMEBODY)
        assert play.situation.place_of("reader") == "W0"
        assert not play.situation.exposed
        # tracer_a was freed while it stood between the branch and the mark: it is a user of it all the same.
        assert play.pressed == {(OPS, "W0"), (LITERAL, "W0")}

    def test_who_fetched_again_after_it_is_late(self) -> None:
        play = Play(Hold(STALE))
        play.stream.call()
        play.stream.fetch(BL, 3)
        unregisters(play.stream)
        play.stream.fetch(BL, 3, 9)
        play.stream.window("W0")
        play.feed(SOMEBODY)
        assert play.situation.place_of("reader") == STALE
        assert play.situation.exposed


def fetch_at(stream: Stream, floor: int) -> None:
    """A fetch of the new instruction, with all since `floor` to choose from."""
    stream.add(Fetch, SITE, NOP, 9, floor, 9, 0, cpu=1, task="reader")


def test_a_task_in_a_trampoline_that_is_freed_counts_for_its_text() -> None:
    stream = test_places.TestText().stream()
    enters(stream)
    stream.window("W3")
    unregisters(stream)
    situation = Situation(Hold("W3"))
    checker = Checker([situation])
    for event in stream.events:
        checker.feed(event)
    assert situation.pressed == set()
    stream.add(Free, "tracer_a.tramp", 0, 64, 9, 15)
    checker.feed(stream.events[-1])
    assert situation.pressed == {(TEXT, "W3")}
