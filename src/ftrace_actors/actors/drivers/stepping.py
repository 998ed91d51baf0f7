"""Driving a run step by step, without an event loop: it pauses before each decision."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from ..errors import RunClosed
from ..mailbox import deque_channel
from ..outcome import RunOutcome
from ..stepping import SteppedConductor
from .bare import close_bodies
from .entering import PARKED, entered, park_here
from .foreign import Body, bodies_of, refusal, translated

__all__ = ["run_in_steps"]


def run_in_steps(conductor: SteppedConductor) -> Generator[None, None, RunOutcome]:
    """Run to the end, a copy from where it is; yields before each decision, returns the outcome.

    At each yield everybody is parked and the run may be copied. Raises as described in `actors.errors`.
    """
    conductor.start(deque_channel, park_here)
    bodies: list[Body] = []
    try:
        bodies = bodies_of(conductor.actors)
        if conductor.copied:
            entered(conductor, bodies)
        yield from _steps(conductor, bodies)
    finally:
        close_bodies(conductor, bodies)
        conductor.release()
    return conductor.result()


def _steps(conductor: SteppedConductor, bodies: Sequence[Body]) -> Generator[None, None, None]:
    """One decision after the other, until the run is over."""
    actor = conductor.nobody
    try:
        while True:
            yield
            actor = conductor.proceed()
            try:
                if bodies[actor.id].send(None) is not PARKED:
                    raise refusal(actor, bodies[actor.id])
            except StopIteration:
                conductor.finish(actor)
    except RunClosed:
        """Raised by `proceed`, when the run is over."""
    except Exception as error:  # boundary: `Conductor.result` raises it  # noqa: BLE001
        # No BaseException, which `bare` catches: a caller may close this generator, or be interrupted, at a yield.
        conductor.fail(actor, translated(actor, error))
