"""What all actors of the kernel share: an agenda, messages that leave events, and a state that is a value.

Every actor is its state
------------------------
A body is one loop: it performs the item on top of its *agenda*, and what performing returns takes the item's place.  An
item is a small frozen value; each actor's items are a closed union, and `Tell`, which all actors have.  With an empty
agenda the actor rests: a service waits for its next request, a CPU decides what to do next.

Performing an item makes at most one park (a visible step or a wait), and that is the first thing it does.  The item
stays on the agenda until then, and nothing has been changed before.  So the agenda says where the actor is, and a body
that is entered anew with a copied state performs the item on top again: its first primitive finds that the conductor's
books hold that step, or that wait, and parks (`Conductor.enter`).  Whatever a body must remember across a park is in
the agenda or in a field that `STATE` names, never in a local variable.

What an item is made of may not change while it waits, so it holds values: a view that was published, a message as it
will be sent.  What must be computed after an earlier item's park is an item of its own, which then makes no park.

Tasks, ops, records and mailboxes are referred to by name, so that items and messages can be shared by copies.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, TypeVarTuple, Unpack

from ..actors import Actor
from ..actors.actor import Baton
from ..events import Event, Receive, Send
from .values import give, state_of

if TYPE_CHECKING:
    from ..actors import Envelope, Inbox, Outbox
    from ..actors.actor import Names
    from ..actors.mailbox import Address, Letters
    from ..events.recorder import Recorder
    from .image import Image
    from .messages import Answered

__all__ = ["Conducting", "KernelActor", "Setting", "Tell", "mail"]

I = TypeVar("I")  # noqa: E741 - an item
R = TypeVar("R")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Conducting(Baton, Protocol):
    """What an actor of the kernel may ask of its conductor.  The list of actors is not part of it."""

    steps: int
    progress: int

    def letters(self, mailbox: Address) -> Letters:
        """What waits in a mailbox; only to be read."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds every actor of one run: who conducts it, its log, and the world's image, which never changes."""

    conductor: Conducting
    log: Recorder
    image: Image


@dataclass(frozen=True, slots=True)
class Tell:
    """To do: send a message; one visible step, one event.  Made by `mail`, which sees to the types."""

    mailbox: Outbox[Any]
    message: object
    view: int


def mail(mailbox: Outbox[T], message: T, view: int = 0) -> Tell:
    """To do: send `message`.  `view` is what it carries, for the log."""
    return Tell(mailbox, message, view)


class KernelActor(Actor, Generic[I]):
    """An actor of the kernel, whose agenda is of `I`s and `Tell`s; see the head of the module.

    Attributes:
        agenda: what it has still to do, next last.
        asked: the request of the item on top was sent, and its answer has not come.
        cause: the event that made it do what it is doing, -1 when none.
        acting: the task it does it for, "" when none.
        cpu_number: the CPU it is, -1 for a service.
        drop: orderings that the scenario leaves out.
    """

    __slots__ = ("acting", "agenda", "asked", "cause", "conductor", "cpu_number", "drop", "image", "log")

    STATE: ClassVar[tuple[str, ...]] = ("acting", "agenda", "asked", "cause")
    """The fields that make up its state; a subclass adds its own."""

    def __init__(self, setting: Setting, name: str) -> None:
        super().__init__(setting.conductor, name, daemon=True)
        self.conductor = setting.conductor
        self.log = setting.log
        self.image = setting.image
        self.drop = setting.image.spec.protocol.drop
        self.agenda: list[I | Tell] = []
        self.asked = False
        self.cause = -1
        self.acting = ""
        self.cpu_number = -1

    async def body(self) -> None:
        """Perform what is on the agenda; rest when nothing is."""
        agenda = self.agenda
        while True:
            if not agenda:
                agenda.extend((await self.rest())[::-1])
                continue
            item = agenda[-1]
            if isinstance(item, Tell):
                await self.step("send", item.mailbox.name)
                self._posted(item.mailbox, item.message, item.view)
                agenda.pop()
            else:
                agenda[-1:] = (await self.perform(item))[::-1]

    def dismiss(self) -> None:
        """Forget whatever refers back here (`System.dismiss`): what it waits for may."""
        self.guard = None
        self.waits_for = ""

    @abstractmethod
    async def perform(self, item: I) -> Sequence[I | Tell]:
        """Do one item: park at most once, first of all; return what takes its place, next first.

        A `Tell` needs no help.
        """

    @abstractmethod
    async def rest(self) -> Sequence[I | Tell]:
        """Nothing is to be done: find something, by the rules of `perform`."""

    # -- state ----------------------------------------------------------------------------------------------------

    def state(self) -> tuple[Hashable, ...]:
        """All that it remembers, as a value; where it waits, and for which timer, is the conductor's to say."""
        return (self.name, *state_of(self, self.STATE))

    def assume(self, other: KernelActor[I]) -> None:
        """Take over the state of the same actor in another run, before this one's run continues."""
        give(other, self, self.STATE)

    # -- events and messages --------------------------------------------------------------------------------------

    def emit(
        self,
        kind: Callable[[int, int, str, int, str, int, Unpack[Ts]], Event],
        *args: *Ts,
    ) -> int:
        """Emit an event of `kind` with its own fields; the common ones are filled in.  Returns its `seq`."""
        log = self.log
        if kind in log.skipped:
            return log.skip()
        return log.emit(
            kind(
                log.seq,
                self.conductor.steps,
                self.name,
                self.cpu_number,
                self.acting,
                self.cause,
                *args,
            )
        )

    def _posted(self, mailbox: Outbox[T], message: T, view: int) -> None:
        seq = self.emit(Send, mailbox.name, type(message).__name__, self.log.seq, view)
        self.conductor.post(mailbox, message, self.id, seq)

    def heard(self, envelope: Envelope[T]) -> T:
        """Note that a message was received; returns it."""
        self.cause = -1 if envelope.cause is None else envelope.cause
        self.cause = self.emit(Receive, type(envelope.payload).__name__, self.cause)
        return envelope.payload

    async def hear(self, mailbox: Inbox[T], point: str, waits_for: str | Names = "") -> T:
        """Receive the next message of one mailbox."""
        # `receive`, spelt out: one coroutine less to be resumed through.
        woken = await self.wait(inboxes=(mailbox,), point=point, waits_for=waits_for)
        assert woken.envelope is not None, "only a message ends a wait for messages"
        return self.heard(woken.envelope)

    async def ask(
        self, mailbox: Outbox[T], request: Answered[T, R], point: str, waits_for: str | Names = ""
    ) -> R:
        """Send a request and wait for its answer.

        These are two parks; `asked` says which of them the actor is in, so together they may be the first thing that an
        item does.
        """
        if not self.asked:
            await self.step("send", mailbox.name)
            self._posted(mailbox, request.itself(), 0)
            self.asked = True
        answer = await self.hear(request.reply, point, waits_for)
        self.asked = False
        return answer
