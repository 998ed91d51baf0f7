"""A checker's state: what two pasts differ in, if later events can tell them apart, is in it; and no number is.

The findings so far are the same, those at the end are not; so the states in between must differ, in the very part that
the case names.
"""

from __future__ import annotations

import random

import msgspec
import pytest

from ftrace_actors.checks import Check, Checker, default_checks
from ftrace_actors.errors import ModelError
from ftrace_actors.events import (
    Early,
    Event,
    Fault,
    Free,
    Join,
    Maintain,
    Store,
)
from tests.checks import (
    pasts_of_calls,
    pasts_of_fetches,
    pasts_of_grace_periods,
    pasts_of_objects,
    pasts_of_the_scene,
    pasts_of_waits,
)
from tests.checks.pasts import CASES, EQUALS, FILE, Path, Writer, canonical, checker_of, halves, keys, lines
from tests.checks.stream import LITERAL, SITE, Stream
from tests.checks.test_copies import NAMES, fresh, recorded

MODULES = (
    pasts_of_calls,
    pasts_of_fetches,
    pasts_of_grace_periods,
    pasts_of_objects,
    pasts_of_the_scene,
    pasts_of_waits,
)

IDS = [writer.__name__ for _, writer in CASES]


@pytest.mark.parametrize(("path", "writer"), CASES, ids=IDS)
def test_what_later_events_can_tell_apart_is_in_the_state(path: Path, writer: Writer) -> None:
    mine, my_past, my_end = halves(path, writer, True)
    other, its_past, its_end = halves(path, writer, False)
    assert my_past == its_past
    assert my_end != its_end
    assert mine != other


@pytest.mark.parametrize(("path", "writer"), EQUALS, ids=[writer.__name__ for _, writer in EQUALS])
def test_what_no_later_event_can_tell_apart_is_not(path: Path, writer: Writer) -> None:
    mine, my_past, my_end = halves(path, writer, True)
    other, its_past, its_end = halves(path, writer, False)
    assert (my_past, my_end) == (its_past, its_end)
    assert mine == other


def test_states_say_what_they_said() -> None:
    """Of a row of several fields a case may need one only; nothing is to leave the state, or come to it, unseen."""
    assert list(lines()) == FILE.read_text(encoding="utf-8").splitlines()


WITHOUT_A_CASE = {("scene", 6)}
"""Which stores are visible and did not execute yet: what comes after the one place cannot come after the other."""

WITH_PARTS = {("INV-LIFE", 2): 4, ("INV-GP", 7): 4, ("INV-GP", 6): 0}
"""States of helpers; `Generations` serves two checks and is tried at one."""


def test_every_part_of_the_state_has_a_case() -> None:
    """So that none can be left out, or be there for nothing, unseen."""
    checker = checker_of(("UNPREDICTABLE", 3))
    scene, checks, _ = checker.state()
    parts: set[Path] = {("scene", number) for number in range(len(scene))}  # type: ignore[arg-type]
    for check, state in zip(checker._checks, checks, strict=True):  # type: ignore[call-overload]
        if check.name in {"INV-GUARD", "INV-STATE"}:
            parts.add((check.name,))
        for number in range(len(state)):
            parts |= {(check.name, number, each) for each in range(WITH_PARTS.get((check.name, number), 0))}
            if (check.name, number) not in WITH_PARTS:
                parts.add((check.name, number))
    assert {writer.__module__ for _, writer in CASES} == {module.__name__ for module in MODULES}
    assert parts - {path for path, _ in CASES} == WITHOUT_A_CASE


def test_what_is_visible_early_is_in_it() -> None:
    states = []
    for place in (None, SITE, LITERAL):
        stream = Stream()
        if place is not None:
            stream.add(Early, "store", place, 0, 5)
        checker = Checker(default_checks())
        for event in stream.events:
            checker.feed(event)
        states.append(checker.state()[0])
    assert len(set(states)) == 3


def test_words_and_proofs_are_not_in_it() -> None:
    """Two runs that differ in nothing but when things happened."""
    states = []
    for more in (0, 5):
        stream = Stream()
        for _ in range(more):
            stream.window("W1", "other")
            stream.window("", "other")
        stream.enable("tracer_a", 1 + more)
        stream.traced(2 + more, "tracer_a", 1 + more, ["tracer_a"])
        stream.unregister("tracer_a")
        stream.free("tracer_a", 2 + more)
        checker = Checker(default_checks())
        for event in stream.events:
            checker.feed(event)
        states.append(canonical(checker.state()))
    assert states[0] == states[1]


def test_a_finding_is_in_it() -> None:
    quiet, loud = Stream(), Stream()
    loud.add(Fault, "fetch", 0x66, 0, cpu=1, task="reader")
    checkers = [Checker(default_checks()) for _ in range(2)]
    for checker, stream in zip(checkers, (quiet, loud), strict=True):
        for event in stream.events:
            checker.feed(event)
    assert [checker.state()[2] for checker in checkers] == [(), (("INV-LIFE", "reader", ""),)]


def test_a_check_that_does_not_say_its_state_is_refused() -> None:
    class Own(Check):
        name = "OWN"
        about = "a check of a user's"

    with pytest.raises(ModelError, match="OWN"):
        Checker([Own()]).state()


# -- independent events ---------------------------------------------------------------------------------------------


def independent(one: Event, two: Event) -> bool:
    """Two neighbours of a run might as well have happened in the other order, as far as their events say."""
    if one.cpu == two.cpu or -1 in {one.cpu, two.cpu} or two.cause == one.seq:
        return False
    if isinstance(two, Join) and two.publisher == one.cpu and two.until > one.seq:
        return False
    timed = Store | Maintain | Early | Free
    return not (isinstance(one, timed) and isinstance(two, timed))


def swapped(events: tuple[Event, ...], at: int) -> list[Event]:
    one, two = events[at], events[at + 1]
    replace = msgspec.structs.replace
    first = replace(two, seq=one.seq, step=one.step)
    second = replace(one, seq=two.seq, step=two.step)
    return [*events[:at], first, second, *events[at + 2 :]]


@pytest.mark.parametrize("name", NAMES)
def test_equal_states_have_equal_futures(name: str) -> None:
    """Neighbours change places; where the states are equal after both, so is what is found from there on."""
    draw = random.Random(f"futures {name}")
    equal = 0
    for run in range(4):
        events = recorded(name, run)
        places = [at for at in range(len(events) - 1) if independent(events[at], events[at + 1])]
        for at in draw.sample(places, min(6, len(places))):
            mine, other = fresh(name)[0], fresh(name)[0]
            for event in events[: at + 2]:
                mine.feed(event)
            for event in swapped(events, at)[: at + 2]:
                other.feed(event)
            if canonical(mine.state()) != canonical(other.state()):
                continue
            equal += 1
            for event in events[at + 2 :]:
                mine.feed(event)
                other.feed(event)
            assert canonical(mine.state()) == canonical(other.state())
            mine.finish()
            other.finish()
            assert keys(mine) == keys(other)
    assert equal > 5
