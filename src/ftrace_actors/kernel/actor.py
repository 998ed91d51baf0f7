"""What all actors of the kernel share: the system they belong to, and messages that leave events."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from ftrace_actors.actors import Actor
from ftrace_actors.events import Event, Receive, Send

if TYPE_CHECKING:
    from ftrace_actors.actors import Envelope, Mailbox
    from ftrace_actors.actors.actor import Names

    from .system import System

__all__ = ["KernelActor"]

P = ParamSpec("P")


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

    async def tell(self, mailbox: Mailbox, message: object, view: int = 0) -> None:
        """Send a message; one visible step, one event.  `view` is what it carries, for the log."""
        await self.step("send", mailbox.name)
        seq = self.emit(Send, mailbox.name, type(message).__name__, self.system.log.seq, view)
        self.post(mailbox, message, cause=seq)

    def heard(self, envelope: Envelope) -> object:
        """Note that a message was received; returns it."""
        self.cause = -1 if envelope.cause is None else envelope.cause
        self.cause = self.emit(Receive, type(envelope.payload).__name__, self.cause)
        return envelope.payload

    async def hear(self, mailbox: Mailbox, point: str, waits_for: str | Names = "") -> object:
        """Receive the next message of one mailbox."""
        return self.heard(await self.receive(mailbox, point=point, waits_for=waits_for))
