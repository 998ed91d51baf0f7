"""Places with one key have one future: what `merge` relies on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from functools import partial
from random import Random

import pytest

from ftrace_actors.exhaustive.learned import Learned
from ftrace_actors.exhaustive.place import Place, Step, Stepper
from ftrace_actors.exhaustive.trail import Inner
from ftrace_actors.scenario import World
from tests.scenario.runs import world_of

from .walks import any_step, walk
from .worlds import TEARDOWN, small

_AROUND = 120
"""How many steps are made around a place, all that can be."""

_EVERY = 12
"""Around which places of a walk that is done."""

_FUTURES = 2
"""How many of the pairs found there are continued."""

WORLDS: dict[str, Callable[[], World]] = {
    "no wait": partial(small, TEARDOWN, protocol="wait = []"),
    "rude": partial(small, TEARDOWN, protocol='wait = ["rude"]', ticks=1),
    "enable-call-first": partial(world_of, "enable-call-first"),
}


@pytest.mark.parametrize("name", [*WORLDS, pytest.param("two-teardown-no-wait", marks=pytest.mark.soak)])
def test_places_with_one_key_have_one_future(name: str) -> None:
    """Of all that can happen around a place, what comes to a known key cannot be told from what came there first."""
    stepper = Stepper(WORLDS[name]() if name in WORLDS else world_of(name), Learned())
    continued = 0
    for number, (place, _) in enumerate(walk(stepper, Random(name))):
        if number % _EVERY == _EVERY - 1:
            draw = Random(number)
            pairs = merged(stepper, place)
            for one, two in draw.sample(pairs, min(_FUTURES, len(pairs))):
                same_future(stepper, one, two, draw)
                continued += 1
    assert continued > 5


def merged(stepper: Stepper, place: Place) -> list[tuple[Place, Place]]:
    """Different places soon after one that have the same key."""
    known: dict[bytes, Place] = {}
    pairs: list[tuple[Place, Place]] = []
    waiting = deque([place])
    made = 0
    while waiting and made < _AROUND:
        at = waiting.popleft()
        for mover in at.enabled or (-1,):
            inners: list[Inner] = [()]
            while inners:
                step = stepper.step(at, mover, inners.pop())
                made += 1
                for asked_at in range(len(step.inner), len(step.asked)):
                    dull = (*step.inner, *(0,) * (asked_at - len(step.inner)))
                    inners.extend((*dull, pick) for pick in range(1, step.asked[asked_at].count))
                if step.place is None:
                    continue
                step.place.last = -1
                key = stepper.key(step.place)
                if key in known:
                    pairs.append((known[key], step.place))
                else:
                    known[key] = step.place
                    waiting.append(step.place)
    return pairs


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
