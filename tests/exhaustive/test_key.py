"""What is in the key of a place: everything of a PE, of memory and of the checks that can still matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

import pytest

from ftrace_actors.arm64.pe import PE
from ftrace_actors.arm64.timeline import COMP, DC, IC, WRITE
from ftrace_actors.events import Fault
from ftrace_actors.exhaustive.learned import Learned
from ftrace_actors.exhaustive.place import Place, Stepper

from .walks import walk
from .worlds import TEARDOWN, small

NOT_OF_A_PLACE = {
    "choose": "who answers",
    "cpu": "never changes",
    "instructions": "a count for people",
    "observer": "who watches",
    "options": "never change",
    "program": "never changes",
    "timeline": "memory, which is a part of its own",
}
"""Fields of a PE that are not in the key, and why."""

FIELDS = sorted(
    {name for kind in PE.__mro__ for name in getattr(kind, "__slots__", ())} - set(NOT_OF_A_PLACE)
)


@cache
def visited() -> tuple[Stepper, list[Place]]:
    """The places of two random runs."""
    stepper = Stepper(small(TEARDOWN, protocol='wait = ["rude"]', ticks=1), Learned())
    return stepper, [place for number in range(2) for place, _ in walk(stepper, Random(number))]


def values(field: str, value: Any, end: int) -> Iterator[Any]:
    """Others that a field might have."""
    match value:
        case bool():
            yield not value
        case int() if field in {"nzcv", "pc", "daif", "pending"}:
            yield value + 1
        case int():
            yield from (0, end // 2, end)
        case None if field == "monitor":
            yield (0, 8, ())
        case None:
            yield "another"
        case dict() | list() | tuple() | set() | frozenset() if value:
            yield type(value)()
        case set() | frozenset():
            yield type(value)({1})
        case _:
            yield None


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_a_pe_is_in_the_key(field: str) -> None:
    """Another value leads to another key, in some place at least: in many nobody can tell two values apart."""
    stepper, places = visited()
    for place in places:
        before = stepper.key(place)
        for queue, pe in zip(place.system.books.queues, place.system.machine.pes, strict=True):
            if queue.current is None:
                continue  # its registers are nobody's
            kept = getattr(pe, field)
            others = [pe.next] if field == "fetched" else values(field, kept, place.system.timeline.end)
            for value in others:
                try:
                    setattr(pe, field, value)
                    if stepper.key(place) != before:
                        return
                except (AttributeError, TypeError, KeyError):
                    pass  # not a value of this field
                finally:
                    setattr(pe, field, kept)
    pytest.fail(f"{field} is not in the key of any place")


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *((WRITE, field) for field in ("cell", "cpu", "value", "mask", "prov")),
        *((kind, field) for kind in (DC, IC, COMP) for field in ("cell", "cpu")),
    ],
)
def test_every_message_that_matters_is_in_the_key(kind: int, field: str) -> None:
    stepper, places = visited()
    for place in places:
        before = stepper.key(place)
        for message in place.system.timeline.messages:
            if message.kind == kind and message.cpu >= 0:
                kept = getattr(message, field)
                setattr(message, field, kept ^ 1)
                changed = stepper.key(place) != before
                setattr(message, field, kept)
                if changed:
                    return
    pytest.fail(f"{field} is not in the key of any place")


@pytest.mark.parametrize(
    "change",
    [
        lambda place: place.checker.feed(Fault(0, 0, "cpu1", 1, "reader", -1, "fetch", 0x66, 0)),
        lambda place: setattr(place.system.conductor.actors[0], "point", "elsewhere"),
    ],
    ids=["checks", "where an actor is"],
)
def test_what_is_not_the_machine_is_in_the_key(change: Callable[[Place], object]) -> None:
    visited.cache_clear()  # the places are changed
    stepper, places = visited()
    before = [stepper.key(place) for place in places]
    for place in places:
        change(place)
    assert [stepper.key(place) for place in places] != before
    visited.cache_clear()


@pytest.mark.parametrize("fuse", [False, True])
def test_who_moved_last_is_in_the_key_where_deviations_are_counted_exactly(fuse: bool) -> None:
    stepper = Stepper(small(TEARDOWN), Learned(), fuse=fuse)
    place = stepper.root()
    before = stepper.key(place)
    place.last += 1
    assert (stepper.key(place) != before) == (not fuse)
