"""Actors: bodies written as `async def` that await the primitives of this class and nothing else.

A body runs alone. Others run only while it is inside `step`, `send`, `wait`, `receive` or `sleep`, and even
these return without suspending when the conductor lets the same actor keep running, which is the usual case. So
between two awaits a body may touch shared values freely, and that is why `post`, `poll` and `choose` aren't
async: they are part of the step that the body is in.

Scheduling happens *before* the operation, never after: `step` says what is about to be done and returns when
it may be done. A `send` is enqueued after its step, a `wait` looks for messages after its step.

What an actor is about to do is kept in plain attributes (`op`, `obj`, `point`), for strategies (pending
operations), fingerprints (state and await point) and error reports, so nothing has to be read off a
coroutine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from .choices import Kind, Tape
from .mailbox import Address, Envelope, Inbox, Outbox

__all__ = ["Actor", "Baton", "Wake", "Woken"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

TICK = 1
"""How far away, in ticks of the virtual clock, the timer of a wait with `timer=True` is."""

Names = Callable[[], Sequence[str]]


class Wake(StrEnum):
    """Why a wait returned."""

    MESSAGE = "message"
    GUARD = "guard"
    TIMER = "timer"


@dataclass(frozen=True, slots=True)
class Woken(Generic[T_co]):
    """How a wait ended; `mailbox` and `envelope` are there for MESSAGE only."""

    by: Wake
    mailbox: Address | None = None
    envelope: Envelope[T_co] | None = None


class Baton(Protocol):
    """What an actor needs of the one that conducts it; `Conductor` says what each does."""

    tape: Tape
    now: int
    park: Callable[[], Awaitable[None]]

    def add(self, actor: Actor) -> int:
        """Take an actor in; its id."""

    def decide(self, actor: Actor) -> Actor:
        """Who moves next?"""

    def block(
        self,
        actor: Actor,
        inboxes: Sequence[Inbox[Any]],
        guard: Callable[[], bool] | None,
        due: int | None,
    ) -> None:
        """Write down what the actor waits for."""

    def wake(self, actor: Actor) -> Woken[Any]:
        """Take what ended its wait."""

    def take(
        self, actor: Actor, inboxes: Sequence[Inbox[Any]], guard: Callable[[], bool] | None
    ) -> Woken[Any] | None:
        """Take a message, or see the guard true."""

    def post(
        self, mailbox: Outbox[T], payload: T, sender: int = ..., cause: int | None = None
    ) -> Envelope[T]:
        """Enqueue a message."""

    def note_progress(self) -> None:
        """Something happened that may let others progress."""


class Actor:
    """One actor. Subclasses add slots and define `body`.

    Args:
        conductor: the run it belongs to.
        name: unique in the run; a node of the wait-for graph.
        daemon: a run is over without it.

    Attributes:
        id: position in `conductor.actors`, in order of creation; ties are broken by it.
        op, obj: the visible step it will make next, or is in.
        point: name of the await point it waits at, "" when it isn't waiting.
        waits_for: who it waits for, when it is waiting.
        finished: its body returned.
    """

    __slots__ = (
        "_conductor",
        "daemon",
        "due",
        "finished",
        "fired",
        "guard",
        "id",
        "inboxes",
        "name",
        "obj",
        "op",
        "point",
        "timed",
        "waits_for",
    )

    def __init__(self, conductor: Baton, name: str, *, daemon: bool = False) -> None:
        self.name = name
        self.daemon = daemon
        self.op = "start"
        self.obj: int | str = 0
        self.point = ""
        self.waits_for: str | Names = ""
        self.finished = False
        # The rest is the conductor's book about a waiting actor.
        self.inboxes: Sequence[Inbox[Any]] = ()
        self.guard: Callable[[], bool] | None = None
        self.timed = False
        self.due = 0
        self.fired = False
        self._conductor = conductor
        self.id = conductor.add(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.name} at {self.point or self.op}>"

    async def body(self) -> None:
        """What the actor does. The default does nothing and finishes."""

    def touches(self) -> int | str:
        """What the visible step it will make next is on: two steps on different things do not race."""
        return self.obj

    async def step(self, op: str, obj: int | str = 0) -> None:
        """A visible step: returns when this actor may do `op` on `obj`. Others may have run meanwhile."""
        self.op = op
        self.obj = obj
        conductor = self._conductor
        if conductor.decide(self) is not self:
            await conductor.park()

    async def send(
        self, mailbox: Outbox[T], payload: T, *, cause: int | None = None, sender: int | None = None
    ) -> Envelope[T]:
        """A visible step, after which the message is in the mailbox. See `post` for the arguments."""
        await self.step("send", mailbox.name)
        return self._conductor.post(mailbox, payload, self.id if sender is None else sender, cause)

    def post(
        self, mailbox: Outbox[T], payload: T, *, cause: int | None = None, sender: int | None = None
    ) -> Envelope[T]:
        """Enqueue as part of the step the actor is in (several messages in one step: an IPI broadcast).

        `cause` is the sequence number of the event that caused it. `sender` names the FIFO channel; it is the
        actor's id unless the actor acts for somebody else (a task that moves between CPUs).
        """
        return self._conductor.post(mailbox, payload, self.id if sender is None else sender, cause)

    async def wait(
        self,
        *,
        inboxes: Sequence[Inbox[T]] = (),
        guard: Callable[[], bool] | None = None,
        timer: bool = False,
        point: str,
        waits_for: str | Names = "",
    ) -> Woken[T]:
        """Wait for a message in any of `inboxes`, for `guard()` to be true, or for a timer; one visible step.

        The guard is a function of shared state without side effects; it is asked before each decision while
        this actor waits. Which message, and whether the message or the guard when there are both, is a
        DELIVER choice: messages first, oldest first, the guard last. A timer fires only when nothing else is
        enabled.

        `point` names this await point. `waits_for` names who could end the wait, for the wait-for graph: a
        name, free text, or a function that lists names, called only when a deadlock is reported.
        """
        conductor = self._conductor
        if len(inboxes) == 1 and guard is None:
            self.op = "receive"
            self.obj = inboxes[0].name
        else:
            self.op = "wait"
            self.obj = point
        self.point = point
        self.waits_for = waits_for
        conductor.block(self, inboxes, guard, conductor.now + TICK if timer else None)
        if conductor.decide(self) is not self:
            await conductor.park()
        return conductor.wake(self)

    async def receive(
        self, *inboxes: Inbox[T], point: str = "receive", waits_for: str | Names = ""
    ) -> Envelope[T]:
        """Wait for a message; the common case of `wait`."""
        woken = await self.wait(inboxes=inboxes, point=point, waits_for=waits_for)
        assert woken.envelope is not None, "only a message ends a wait for messages"
        return woken.envelope

    def poll(self, *inboxes: Inbox[T]) -> Envelope[T] | None:
        """Take a message if there is one, as part of the step the actor is in; DELIVER picks the channel."""
        woken = self._conductor.take(self, inboxes, None)
        return None if woken is None else woken.envelope

    async def sleep(self, ticks: int, *, point: str = "sleep") -> None:
        """Wait until the virtual clock has advanced by `ticks` >= 0. It advances when nothing else can run."""
        conductor = self._conductor
        self.op = "sleep"
        self.obj = ticks
        self.point = point
        self.waits_for = "its timer"
        conductor.block(self, (), None, conductor.now + ticks)
        if conductor.decide(self) is not self:
            await conductor.park()
        conductor.wake(self)
        if not self.daemon:
            conductor.note_progress()

    def choose(self, kind: Kind, count: int, op: str, obj: int | str = 0) -> int:
        """One of the actor's own choices, as part of the step it is in; 0 is the dull option."""
        return self._conductor.tape.choose(kind, count, self.id, op, obj)
