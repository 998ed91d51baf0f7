"""Steps that do not touch the same lead to the same place in both orders: what `fuse` relies on."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from random import Random

import pytest

from ftrace_actors.exhaustive.fingerprint import fingerprint
from ftrace_actors.exhaustive.learned import Learned
from ftrace_actors.exhaustive.place import Place, Step, Stepper
from ftrace_actors.scenario import World
from tests.checks.test_footprints import comparable
from tests.scenario.runs import world_of

from .walks import any_step, walk
from .worlds import TEARDOWN, small

_WALKS = 2

WORLDS: dict[str, Callable[[], World]] = {
    "no wait": partial(small, TEARDOWN, protocol="wait = []"),
    "rude": partial(small, TEARDOWN, protocol='wait = ["rude"]'),
    **{
        name: partial(world_of, name)
        for name in (
            "two-teardown",
            "dynamic-teardown-tasks",
            "dynamic-poison-no-kick",
            "list-only-no-wait",
            "deadlock-spin",
        )
    },
}


@pytest.mark.parametrize("name", WORLDS)
def test_independent_steps_commute(name: str) -> None:
    """The machine, the kernel and the checks come to one state, whoever was first, and are asked the same."""
    learned = Learned()
    stepper = Stepper(WORLDS[name](), learned)
    for number in range(_WALKS):  # what is seen here is known below, as in the second pass of a search
        for _ in walk(stepper, Random(number)):
            pass
    compared = 0
    for number in range(_WALKS):
        draw = Random(number)
        for place, _ in walk(stepper, Random(number)):
            compared += len(place.enabled) > 1 and commute(stepper, learned, place, draw)
    assert compared > 15


def commute(stepper: Stepper, learned: Learned, place: Place, draw: Random) -> bool:
    """Compare both orders of two steps from a place; false when the steps are not independent."""
    one, two = draw.sample(place.enabled, 2)
    first, second = any_step(stepper, place, one, draw), any_step(stepper, place, two, draw)
    if first.place is None or second.place is None or dependent(learned, place, first, second):
        return False
    assert two in first.place.enabled
    assert one in second.place.enabled
    then, other_then = (
        stepper.step(first.place, two, second.inner),
        stepper.step(second.place, one, first.inner),
    )
    assert (other_then.asked, then.asked) == (first.asked, second.asked)
    assert state_after(then) == state_after(other_then)
    return True


def dependent(learned: Learned, place: Place, one: Step, two: Step) -> bool:
    """By their footprints, or because their order stays visible in what no actor and no check asks for.

    Writes to a cell that only one CPU touches have an order on the timeline, letters of different senders one in the
    mailbox.
    """
    (reads, writes), (its_reads, its_writes) = (
        learned.touched_by(one.touched),
        learned.touched_by(two.touched),
    )
    if writes & (its_reads | its_writes) or its_writes & reads:
        return True
    assert one.place is not None
    assert two.place is not None
    end = place.system.timeline.end
    if one.place.system.timeline.end > end and two.place.system.timeline.end > end:
        return True
    return bool(mailboxes(learned, writes) & mailboxes(learned, its_writes))


def mailboxes(learned: Learned, written: int) -> set[Hashable]:
    """Where a step sent something."""
    return {each[1] for each in learned.objects(written) if isinstance(each, tuple) and each[0] == "mail"}


def state_after(step: Step) -> Hashable:
    """All that the key of a place has in it, but who moved last, and of different CPUs what happened first."""
    if step.place is None:
        assert step.outcome is not None
        return step.outcome.status, comparable(step.checker.state())
    place = step.place
    parts = {name: (shape, ats, ()) for name, (shape, ats, _) in place.parts.items()}
    return fingerprint(place.system, -1, (), parts), comparable(place.checker.state())
