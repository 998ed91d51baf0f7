"""Bringing the bodies of a copied run to the places where they wait, before the run continues under either driver."""

from __future__ import annotations

import types
from collections.abc import Generator, Sequence
from typing import Final

from ..actor import Actor
from ..conductor import Conductor
from ..errors import ConductError
from .foreign import Body, refusal

__all__ = ["PARKED", "entered", "park_here", "refuse_stepped"]

PARKED: Final = object()
"""What a parked actor yields. Not None, which is what a bare `yield` of somebody else would be."""


@types.coroutine
def park_here() -> Generator[object, None, None]:
    """Suspend with `PARKED`, until somebody sends None."""
    yield PARKED


def refuse_stepped(conductor: Conductor) -> None:
    """Raises `ConductError` for a conductor that leaves its decisions to its driver."""
    if conductor.stepped:
        raise ConductError(
            f"a {type(conductor).__name__} pauses before each decision: drive it with run_in_steps"
        )


def entered(conductor: Conductor, bodies: Sequence[Body]) -> Actor | None:
    """Enter all bodies; which actor is next? None when the run is over."""
    park, conductor.park = conductor.park, park_here
    try:
        for actor, body in zip(conductor.actors, bodies, strict=True):
            if actor.finished:
                body.close()
                continue

            def begin(actor: Actor = actor, body: Body = body) -> None:
                if body.send(None) is not PARKED:
                    raise refusal(actor, body)

            conductor.enter(actor, begin)
    finally:
        conductor.park = park
    return conductor.resume()
