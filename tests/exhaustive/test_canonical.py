"""Places with one key have one future: what `merge` relies on."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from random import Random

import pytest

from ftrace_actors.exhaustive.learned import Learned
from ftrace_actors.exhaustive.place import Place, Step, Stepper
from ftrace_actors.scenario import World
from tests.scenario.runs import world_of

from .walks import any_step, walk
from .worlds import TEARDOWN, small

_DETOUR = 6
"""How many steps are made in two orders."""

_EVERY = 9
"""Before which steps of a walk that is tried."""

WORLDS: dict[str, Callable[[], World]] = {
    "no wait": partial(small, TEARDOWN, protocol="wait = []"),
    "rude": partial(small, TEARDOWN, protocol='wait = ["rude"]', ticks=1),
    "two-teardown-no-wait": partial(world_of, "two-teardown-no-wait"),
    "enable-call-first": partial(world_of, "enable-call-first"),
}


@pytest.mark.parametrize("name", WORLDS)
def test_places_with_one_key_have_one_future(name: str) -> None:
    """The same steps in another order lead to another place, or to one that cannot be told from it by any run."""
    stepper = Stepper(WORLDS[name](), Learned())
    pairs = 0
    for number, (place, _) in enumerate(walk(stepper, Random(name))):
        if number % _EVERY or len(place.enabled) < 2:
            continue
        draw = Random(number)
        one = detour(stepper, place, draw)
        two = None if one is None else reordered(stepper, place, one, draw)
        if one is None or two is None:
            continue
        first, second = one[-1].place, two[-1].place
        assert first is not None
        assert second is not None
        first.last = second.last = -1
        if stepper.key(first) == stepper.key(second):
            same_future(stepper, first, second, draw)
            pairs += 1
    assert pairs > 3


def detour(stepper: Stepper, place: Place, draw: Random) -> list[Step] | None:
    """Some steps of several actors; None when the run is over before."""
    steps: list[Step] = []
    at: Place | None = place
    while len(steps) < _DETOUR:
        if at is None or not at.enabled:
            return None
        steps.append(any_step(stepper, at, draw.choice(at.enabled), draw))
        at = steps[-1].place
    return None if at is None else steps


def reordered(stepper: Stepper, place: Place, steps: list[Step], draw: Random) -> list[Step] | None:
    """The same steps in another order, each actor's own in theirs; None where that cannot be."""
    left = list(steps)
    made: list[Step] = []
    at: Place | None = place
    while left:
        movers = {step.mover for step in left} & set(at.enabled if at is not None else ())
        if at is None or not movers:
            return None
        mover = draw.choice(sorted(movers))
        step = next(step for step in left if step.mover == mover)
        left.remove(step)
        again = stepper.step(at, step.mover, step.inner)
        if again.asked != step.asked:
            return None
        made.append(again)
        at = again.place
    return None if at is None else made


def same_future(stepper: Stepper, one: Place, two: Place, draw: Random) -> None:
    """A random continuation of the one is one of the other, and comes to the same."""
    first: Place | None = one
    second: Place | None = two
    while first is not None and second is not None:
        assert first.enabled == second.enabled
        mover = draw.choice(first.enabled) if first.enabled else -1
        step = any_step(stepper, first, mover, draw)
        other = stepper.step(second, mover, step.inner)
        assert step.asked == other.asked
        assert seen(step) == seen(other)
        first, second = step.place, other.place
    assert first is second is None


def seen(step: Step) -> Hashable:
    """What broke so far, and how the run ended."""
    if step.outcome is not None:
        step.checker.finish()
    found = frozenset((each.invariant, each.subject, each.window) for each in step.checker.findings)
    return found, None if step.outcome is None else step.outcome.status
