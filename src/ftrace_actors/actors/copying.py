"""What a conductor knows of a run, and how a copy of a run takes it over.

All that a conductor knows is in its books, and a coroutine cannot be copied. So a copy of a run is made of new
actors, which take over the states of the old ones, and a new conductor, which takes over the books (`assume`);
then each body is *entered*: it is started, and its first primitive, which must be the one the old body was
parked in, parks at once, since the books hold already that the actor waits. Only actors whose bodies find that
primitive again from their state alone can be copied; `enter` checks that it is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from typing import Any, Final

from .actor import Actor
from .choices import Tape
from .errors import ConductError
from .mailbox import NOBODY, Address, ChannelFactory, Envelope, deque_channel
from .quiescence import TimerRounds
from .waiting import Waiting

__all__ = ["Copying"]

_NOT_BEGUN: Final = "start"
"""What an actor is about to do whose body was never resumed (`Actor.op`)."""

_KEPT: Final = (
    "_limit",
    "_messages",
    "_passes",
    "_preemptions",
    "_ready",
    "_reason",
    "_suffix",
    "_true",
    "now",
    "progress",
    "steps",
)
"""The plain books of a run: copies take them over (`assume`), and they are part of its state (`state`)."""

_KEPT_OF_ACTORS: Final = ("op", "obj", "point", "finished", "timed", "due", "fired")
"""The same of what it keeps at each actor."""


class Copying(Waiting):
    """All books of a run, those of `Waiting` among them; only `Conductor` keeps them, and derives from it.

    Args:
        tape: the choices of the run.
        limit: above this step `decide` leaves the fast path; -1 always leaves it.
        digest: keep a running digest of steps and choices.

    Attributes:
        now: the virtual clock.
        steps: visible steps so far.
    """

    def __init__(self, tape: Tape, limit: int, *, digest: bool) -> None:
        super().__init__()
        self.tape = tape
        self.now = 0
        self.steps = 0
        self._hash = hashlib.blake2b(digest_size=16) if digest else None
        self._reason: str | None = None
        self._limit = limit
        self._suffix: dict[int, int] = {}
        self._rounds = TimerRounds()
        self._passes = 0
        self._preemptions = 0
        # Messages.
        self._factory: ChannelFactory | None = None
        self._early: list[tuple[Address, Envelope[Any]]] = []
        self._messages = 0
        # The actor that was before a decision that was not made (see `stepping`).
        self._asking: Actor | None = None
        self._copied = False

    @property
    def started(self) -> bool:
        """The run began, and may be over."""
        return self._factory is not None

    @property
    def copied(self) -> bool:
        """The run is the rest of another one."""
        return self._copied

    def assume(self, source: Copying) -> None:
        """Take over where another run of the same actors is, while all of its bodies are parked.

        The actors must have been made in the same order; what they are is theirs to take over.
        """
        running = (source.started or source.copied) and not source.closing
        if self.started or not running or [a.name for a in self.actors] != [a.name for a in source.actors]:
            raise ConductError("a run can be copied while it runs, to a new conductor of the same actors")
        self._copied = True
        for name in _KEPT:
            value = getattr(source, name)
            setattr(self, name, value.copy() if isinstance(value, list | dict) else value)
        self._hash = None if source._hash is None else source._hash.copy()
        self._guarded = [self.actors[actor.id] for actor in source._guarded]
        self._rounds = source._rounds.copy()
        for mailbox, theirs in source._letters.items():
            letters = self.letters(mailbox)
            letters.hold(theirs.envelopes(), deque_channel)
            letters.waiter = theirs.waiter
        self.current = self._counterpart(source.current)
        self._asking = self._counterpart(source._asking)
        for mine, its in zip(self.actors, source.actors, strict=True):
            for name in _KEPT_OF_ACTORS:
                setattr(mine, name, getattr(its, name))

    def state(self) -> tuple[Hashable, ...]:
        """All that decides how the run continues from here, but for the actors' own states and the messages (`mail`).

        What `assume` takes over is in it, apart from the digest of the past. Numbers are in it that say what came
        before (steps, messages, progress), so two ways to one place are equal only if they took as many of each.
        """
        return (
            *(_frozen(getattr(self, name)) for name in _KEPT),
            tuple(actor.id for actor in self._guarded),
            self._rounds.state(),
            tuple(
                sorted(
                    (letters.mailbox.label, letters.waiter)
                    for letters in self._letters.values()
                    if letters.waiter != NOBODY
                )
            ),
            None if self.current is None else self.current.id,
            None if self._asking is None else self._asking.id,
            self.tape.frozen,
            tuple(tuple(getattr(actor, name) for name in _KEPT_OF_ACTORS) for actor in self.actors),
        )

    def _counterpart(self, actor: Actor | None) -> Actor | None:
        return actor if actor is None or actor.id == NOBODY else self.actors[actor.id]

    def enter(self, actor: Actor, begin: Callable[[], None]) -> None:
        """Have `begin` start the body of a copied actor, which must park where the books say that it is.

        A body that had not begun stays as it is: it has no place yet.
        """
        if actor.op == _NOT_BEGUN:
            return
        place = (actor.op, actor.obj, actor.point)
        current, self.current, self._entering = self.current, None, actor
        try:
            begin()
        finally:
            self.current, self._entering = current, None
        if (actor.op, actor.obj, actor.point) != place:
            raise ConductError(f"the state of {actor.name!r} leads to another place than {place}")


def _frozen(value: object) -> Hashable:
    """One of the plain books as a value; dicts are those of numbers."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict):
        return tuple(sorted(value.items()))
    return value
