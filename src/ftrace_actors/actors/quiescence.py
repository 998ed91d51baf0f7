"""Nothing is enabled: is that a pause until a timer fires, or the end?

A timer is worth firing when it has been fired fewer than `rounds` times since anything progressed. Progress
is: a message received, a wait ended by its guard, an actor finished, a non-daemon that slept its time, or
whatever the floors above report (`Conductor.note_progress`: a write that isn't tick bookkeeping). A timeout
that only lets its owner look again and wait again is not progress, and so a system that merely ticks is found
dead after finitely many ticks, although it would tick for ever. A sleeper waits for nothing but time
and cannot be deadlocked; one that sleeps in a loop for ever is a livelock.

When it is the end, the wait-for graph says who waits for whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .actor import Actor
from .outcome import Busy, WaitEdge

__all__ = ["TimerRounds", "culprits", "graph"]


class TimerRounds:
    """How often each timer fired since anything progressed."""

    __slots__ = ("_fired", "_progress", "total")

    def __init__(self) -> None:
        self.total = 0
        self._progress = 0
        self._fired: dict[int, int] = {}

    def copy(self) -> TimerRounds:
        """The same counts."""
        other = TimerRounds()
        other.total = self.total
        other._progress = self._progress
        other._fired = self._fired.copy()
        return other

    def state(self) -> tuple[int, int, tuple[tuple[int, int], ...]]:
        """As a value."""
        return self.total, self._progress, tuple(sorted(self._fired.items()))

    def worth_firing(self, actors: Sequence[Actor], progress: int, rounds: int) -> list[Actor]:
        """Those with a timer that may still change something, the earliest due first, then by id."""
        if progress != self._progress:
            self._progress = progress
            self._fired.clear()
        timers = [actor for actor in actors if actor.timed and self._fired.get(actor.id, 0) < max(1, rounds)]
        timers.sort(key=_due)
        return timers

    def fire(self, actor: Actor) -> None:
        """Its wait ends by its timer."""
        self._fired[actor.id] = self._fired.get(actor.id, 0) + 1
        self.total += 1
        actor.fired = True


def graph(actors: Iterable[Actor], more: Iterable[WaitEdge]) -> tuple[WaitEdge, ...]:
    """Edges of all who wait, a daemon only if it says for whom, then those of the floors above."""
    edges = [
        WaitEdge(actor.name, actor.point, target)
        for actor in actors
        if not actor.finished and (actor.waits_for or not actor.daemon)
        for target in _targets(actor)
    ]
    return (*edges, *more)


def culprits(actors: Sequence[Actor], steps: dict[int, int]) -> tuple[Busy, ...]:
    """How many `steps` each actor (by id) made in the fair suffix, most first."""
    order = sorted(steps.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Busy(actors[at].name, count, actors[at].op, actors[at].obj) for at, count in order)


def _due(actor: Actor) -> tuple[int, int]:
    return actor.due, actor.id


def _targets(actor: Actor) -> Sequence[str]:
    if callable(actor.waits_for):
        names = actor.waits_for()
        return (names,) if isinstance(names, str) else names  # a string is a sequence of letters
    if actor.waits_for:
        return (actor.waits_for,)
    waits = [f"a message in {mailbox.name}" for mailbox in actor.inboxes]
    if actor.guard is not None:
        waits.append("its guard")
    if actor.timed:
        waits.append("its timer")
    return (" or ".join(waits) or "nothing that can come",)
