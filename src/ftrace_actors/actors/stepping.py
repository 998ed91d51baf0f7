"""A conductor that pauses before every decision, so that a run can be looked at, copied and sent another way there.

Between two steps everybody is parked, nothing has been chosen, and the actors' states and the conductor's books are all
there is of the run. An ordinary conductor lets an actor that is chosen again continue without parking, which is the
usual case; this one parks it. So it is for searches and for stepping, not for sampling. Same choices, same run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from .actor import Actor
from .conductor import Conductor
from .errors import ConductError
from .mailbox import ChannelFactory

__all__ = ["SteppedConductor"]


class SteppedConductor(Conductor):
    """Pauses before each decision; see the head of the module. `drivers.stepping` and `drivers.single` drive it."""

    stepped = True

    def decide(self, actor: Actor) -> Actor:
        """Nobody, for now: `proceed` decides."""
        if actor is not self.current:
            return self._out_of_turn(actor)
        self._asking = actor
        self.current = None
        return self.nobody

    def proceed(self) -> Actor:
        """Make the decision that is due, and say which actor is next. Raises `RunClosed` when the run is over."""
        actor, self._asking = self._asking, None
        if actor is None:
            raise ConductError("no decision is due")
        self.current = actor
        chosen = super().decide(actor)
        self.current = chosen
        return chosen

    def go_on(self, factory: ChannelFactory, park: Callable[[], Awaitable[None]]) -> None:
        """Take up a copy where it is without entering its bodies: `drivers.single` enters the one that moves."""
        if not self.copied:
            raise ConductError("only a copy of a run can be taken up in the middle")
        self._begin(factory, park)

    @property
    def guarded(self) -> tuple[Actor, ...]:
        """The actors that wait for a guard and have not been enabled otherwise."""
        return tuple(self._guarded)
