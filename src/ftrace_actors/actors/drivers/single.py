"""Making one step of a copied run, for searches: only the actor that moves is brought to where it waits.

The run is paused before a decision, and is paused again before the next one afterwards, or it is over. Its bodies are
thrown away in between: what an actor remembers is in its state (`kernel.actor`), so a body can be made again.
"""

from __future__ import annotations

from functools import partial

from ..actor import Actor
from ..errors import RunClosed
from ..mailbox import deque_channel
from ..outcome import RunOutcome
from ..stepping import SteppedConductor
from .entering import PARKED, park_here
from .foreign import Body, bodies_of, refusal, translated

__all__ = ["begin", "step_once", "take_up"]


def begin(conductor: SteppedConductor) -> None:
    """Start a run that has not begun, up to its first decision."""
    conductor.start(deque_channel, park_here)


def take_up(conductor: SteppedConductor) -> None:
    """Prepare a copy of such a run for its next step.

    A guard is a function that the body of its actor makes, so the bodies that wait for one are entered: else nobody
    would ever be seen to be enabled by a guard.
    """
    conductor.go_on(deque_channel, park_here)
    for actor in conductor.guarded:
        (body,) = bodies_of([actor])
        try:
            conductor.enter(actor, partial(_resume, actor, body))
        finally:
            body.close()


def step_once(conductor: SteppedConductor) -> RunOutcome | None:
    """Make the decision that is due and the step that follows; the outcome when the run is over.

    The run is one that `begin` or `take_up` was called for. Raises as described in `actors.errors`.
    """
    try:
        actor = conductor.proceed()
    except RunClosed:
        return conductor.result()
    (body,) = bodies_of([actor])
    try:
        _make(conductor, actor, body)
    except RunClosed:
        return conductor.result()
    except Exception as error:  # boundary: `result` raises it  # noqa: BLE001
        conductor.fail(actor, translated(actor, error))
        return conductor.result()
    finally:
        body.close()
    return None


def _make(conductor: SteppedConductor, actor: Actor, body: Body) -> None:
    """Bring the body to where the actor waits, and resume it until it parks again."""
    conductor.enter(actor, partial(_resume, actor, body))
    try:
        _resume(actor, body)
    except StopIteration:
        conductor.finish(actor)


def _resume(actor: Actor, body: Body) -> None:
    if body.send(None) is not PARKED:
        raise refusal(actor, body)
