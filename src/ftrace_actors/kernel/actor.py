"""What all actors of the kernel share: the system they belong to, and messages that leave events."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from ..actors import Actor
from ..events import Event, Receive, Send

if TYPE_CHECKING:
    from ..actors import Envelope, Inbox, Outbox
    from ..actors.actor import Names
    from .messages import Question
    from .system import System

__all__ = ["KernelActor"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class KernelActor(Actor):
    """An actor of the kernel.

    `cause` is the event that made it do what it is doing (-1 when none), `acting` the task it does it for ("" when
    none), `cpu_number` the CPU it is (-1 for a service).
    """

    __slots__ = ("acting", "cause", "cpu_number", "system")

    def __init__(self, system: System, name: str) -> None:
        super().__init__(system.conductor, name, daemon=True)
        self.system = system
        self.cause = -1
        self.acting = ""
        self.cpu_number = -1

    def emit(
        self,
        kind: Callable[Concatenate[int, int, str, int, str, int, P], Event],
        *args: P.args,
        **kw: P.kwargs,
    ) -> int:
        """Emit an event of `kind` with its own fields; the common ones are filled in.  Returns its `seq`."""
        system = self.system
        log = system.log
        if kind in log.skipped:
            return log.skip()
        return log.emit(
            kind(
                log.seq,
                system.conductor.steps,
                self.name,
                self.cpu_number,
                self.acting,
                self.cause,
                *args,
                **kw,
            )
        )

    async def tell(self, mailbox: Outbox[T], message: T, view: int = 0) -> None:
        """Send a message; one visible step, one event.  `view` is what it carries, for the log."""
        await self.step("send", mailbox.name)
        seq = self.emit(Send, mailbox.name, type(message).__name__, self.system.log.seq, view)
        self.post(mailbox, message, cause=seq)

    def heard(self, envelope: Envelope[T]) -> T:
        """Note that a message was received; returns it."""
        self.cause = -1 if envelope.cause is None else envelope.cause
        self.cause = self.emit(Receive, type(envelope.payload).__name__, self.cause)
        return envelope.payload

    async def hear(self, mailbox: Inbox[T], point: str, waits_for: str | Names = "") -> T:
        """Receive the next message of one mailbox."""
        return self.heard(await self.receive(mailbox, point=point, waits_for=waits_for))

    async def ask(self, question: Question[R], point: str, waits_for: str | Names = "") -> R:
        """Send a request and wait for its answer: `await self.ask(request.to(mailbox), ...)`."""
        await self.tell(question.mailbox, question.request)
        return await self.hear(question.reply, point, waits_for)
