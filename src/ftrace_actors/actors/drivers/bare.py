"""The bare driver: a loop that steps the coroutines with `send`, without an event loop.

Parking is one `yield` of `PARKED` up to this loop, which then resumes whomever the conductor named. It is for
sampling: no tasks, no channels but deques. The same runs take 1.2 to 1.5 times as long under trio, the more of
their steps change the actor the longer (`python -m benchmarks.drivers`).
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from ..actor import Actor
from ..conductor import Conductor
from ..errors import ConductError, RunClosed
from ..mailbox import deque_channel
from ..outcome import RunOutcome
from .entering import PARKED, entered, park_here, refuse_stepped
from .foreign import Body, bodies_of, refusal, translated

__all__ = ["close_bodies", "run_bare"]


def run_bare(conductor: Conductor) -> RunOutcome:
    """Run to the end, a copy from where it is, and return the outcome. Raises what `actors.errors` says."""
    refuse_stepped(conductor)
    first = conductor.start(deque_channel, park_here)
    bodies: list[Body] = []
    try:
        bodies = bodies_of(conductor.actors)
        if conductor.copied:
            first = entered(conductor, bodies)
        if first is not None:
            _play(conductor, bodies, first)
    finally:
        close_bodies(conductor, bodies)
        conductor.release()
    return conductor.result()


def _play(conductor: Conductor, bodies: Sequence[Body], first: Actor) -> None:
    """Resume actors until the run is over."""
    sends = [body.send for body in bodies]
    actor = first
    try:
        while True:
            try:
                if sends[actor.id](None) is not PARKED:
                    raise refusal(actor, bodies[actor.id])
                succ = conductor.current
            except StopIteration:
                succ = conductor.finish(actor)
            if succ is None:
                return
            actor = succ
    except RunClosed:
        """Raised by the primitive that ended the run, in the body that used it."""
    except BaseException as error:  # boundary: `Conductor.result` raises it  # noqa: BLE001
        conductor.fail(actor, translated(actor, error))


def close_bodies(conductor: Conductor, bodies: Sequence[Body]) -> None:
    """Let the bodies that are still suspended clean up, one after the other."""
    conductor.close()
    for actor, body in zip(conductor.actors, bodies, strict=False):
        if inspect.getcoroutinestate(body) == inspect.CORO_CLOSED:
            continue
        try:
            body.throw(RunClosed())
        except (RunClosed, StopIteration):
            continue
        except BaseException as error:  # boundary: as above  # noqa: BLE001
            conductor.fail(actor, error)
        else:
            conductor.fail(actor, ConductError(f"{actor.name!r} awaited something while it was closed"))
