"""Where the order of messages is said to make no difference, both orders lead to one place."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from ftrace_actors.actors.choices import Kind
from ftrace_actors.exhaustive.learned import Learned
from ftrace_actors.exhaustive.place import Place, Step, Stepper

from .worlds import small

_WALKS = 20
_READER_MOVES = 0.05
"""How likely the CPU of the reader moves when another can: it should be running when the grace period begins."""

READER = 1


@pytest.mark.parametrize(("flavour", "label"), [("rude", "rcu_tasks_rude reports"), ("rcu", "rcu reports")])
def test_reports_come_to_the_same_in_either_order(flavour: str, label: str) -> None:
    """RCU and Tasks Rude count reports of CPUs; the checks see a join for each."""
    stepper = Stepper(
        small(["register tracer_a", "unregister tracer_a"], protocol=f'wait = ["{flavour}"]'),
        Learned(),
        fuse=False,
    )
    compared = 0
    for number in range(_WALKS):
        for place in late(stepper, label, Random(number)):
            reader = waiting_for_two(place, label)
            if reader is None:
                continue
            first, second = (stepper.step(place, reader, (pick,)) for pick in (0, 1))
            assert [asked.kind for asked in first.asked] == [Kind.DELIVER]
            assert key_after(stepper, first, reader) == key_after(stepper, second, reader)
            compared += 1
    assert compared > 1


def late(stepper: Stepper, label: str, draw: Random) -> Iterator[Place]:
    """The places of a random run in which a mailbox is read only when nobody else can move."""
    place: Place | None = stepper.root()
    while place is not None:
        yield place
        actors = place.system.actors
        movers = [actor for actor in place.enabled if actors[actor].obj != label] or place.enabled
        # A grace period waits for those who run when it begins, so it should begin soon.
        movers = [actor for actor in movers if actors[actor].obj == label.removesuffix(" reports")] or movers
        if READER in movers and len(movers) > 1 and draw.random() > _READER_MOVES:
            movers = [actor for actor in movers if actor != READER]
        place = stepper.step(place, draw.choice(movers) if movers else -1, ()).place


def waiting_for_two(place: Place, label: str) -> int | None:
    """Who can receive one of two senders' messages next."""
    for name, envelopes in place.system.conductor.mail():
        if name == label and len({envelope.sender for envelope in envelopes}) > 1:
            reader = next(
                actor for actor in place.system.actors if actor.name == label.removesuffix(" reports")
            )
            return reader.id if reader.id in place.enabled and reader.op == "receive" else None
    return None


def key_after(stepper: Stepper, step: Step, reader: int) -> int:
    assert step.place is not None
    then = stepper.step(step.place, reader, ()).place
    assert then is not None
    return stepper.key(then)
