"""Making one step of a copied run, for searches: only the actor that moves is brought to where it waits.

The run is paused before a decision, and is paused again before the next one afterwards, or it is over. Its bodies are
thrown away in between: what an actor remembers is in its state (`kernel.actor`), so a body can be made again.
"""

from __future__ import annotations

from ..actor import Actor
from ..errors import RunClosed
from ..mailbox import deque_channel
from ..outcome import RunOutcome
from ..stepping import SteppedConductor
from .entering import PARKED, park_here
from .foreign import Body, bodies_of, refusal, translated

__all__ = ["begin", "step_once"]


def begin(conductor: SteppedConductor) -> None:
    """Start a run that has not begun, up to its first decision."""
    conductor.start(deque_channel, park_here)


def step_once(conductor: SteppedConductor) -> RunOutcome | None:
    """Make the decision that is due and the step that follows; the outcome when the run is over.

    The run is one that `begin` was called for, or a copy of one. Raises as described in `actors.errors`.
    """
    if not conductor.started:
        conductor.go_on(deque_channel, park_here)
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

    def resume() -> None:
        if body.send(None) is not PARKED:
            raise refusal(actor, body)

    conductor.enter(actor, resume)
    try:
        resume()
    except StopIteration:
        conductor.finish(actor)
