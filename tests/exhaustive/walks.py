"""Random walks from place to place, for tests of what a search relies on."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from ftrace_actors.actors.choices import Kind
from ftrace_actors.exhaustive.place import Place, Step, Stepper

__all__ = ["any_step", "walk"]

_STAYS = 0.6
"""How likely the actor that moved last moves again, if it can."""

_DEVIATES = 0.3
"""How likely one of the choices inside a step is not the dull one."""


def any_step(stepper: Stepper, place: Place, mover: int, draw: Random) -> Step:
    """A step of this actor, at times with something other than the dull answer inside."""
    step = stepper.step(place, mover, ())
    if step.asked and draw.random() < _DEVIATES:
        at = draw.randrange(len(step.asked))
        if step.asked[at].kind is not Kind.EARLY or draw.random() < _DEVIATES:
            return stepper.step(place, mover, (*(0,) * at, draw.randrange(1, step.asked[at].count)))
    return step


def walk(stepper: Stepper, draw: Random, place: Place | None = None) -> Iterator[tuple[Place, Step]]:
    """Each place of a random run and the step made from there, until the run is over."""
    at: Place | None = stepper.root() if place is None else place
    last = -1
    while at is not None:
        enabled = at.enabled
        if not enabled:
            step = stepper.step(at, -1, ())
        else:
            last = last if last in enabled and draw.random() < _STAYS else draw.choice(enabled)
            step = any_step(stepper, at, last, draw)
        yield at, step
        at = step.place
