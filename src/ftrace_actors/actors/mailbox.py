"""Mailboxes: where messages wait for whoever will receive them.

A mailbox belongs to a *receiver*, which is an actor, or something an actor acts for (a kernel task is
received for by whichever CPU runs it). It has one FIFO channel per sender, as Erlang and stateright's ordered
network have: two messages of one sender never overtake each other, two messages of different senders may, and
which channel is served next is a DELIVER choice of the conductor.

A `Mailbox[T]` is an *address* and nothing else: a name, and the type of what may be sent there. It never
changes, so messages may carry one (to say where the answer goes) and a copy of a run may share it. The
messages themselves are the conductor's: one `Letters` for each mailbox.

The channels come from the driver (`ChannelFactory`): trio memory channels under trio, deques under the bare
driver. Neither can be looked into, so `Letters` remembers in what order messages arrived, by sequence number;
that is also what option 0 (the oldest) goes by, so nothing depends on the order of a dict or a set.

Payloads are of no interest here. The messages belong to the floor above.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .errors import ConductError

__all__ = [
    "Address",
    "Channel",
    "ChannelFactory",
    "Envelope",
    "Inbox",
    "Letters",
    "Mailbox",
    "Outbox",
    "deque_channel",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)

NOBODY = -1
"""No actor: the sender of what is posted before the run, the waiter of a mailbox nobody waits on."""


@dataclass(frozen=True, slots=True)
class Envelope(Generic[T_co]):
    """A message with its address label.

    Attributes:
        sender: id of the sender (see `Actor.post`); -1 for what was posted before the run.
        sequence: number of the message in the run, over all mailboxes.
        cause: sequence number of the event that caused it, when the sender gave it.
        payload: the message.
    """

    sender: int
    sequence: int
    cause: int | None
    payload: T_co


class Address:
    """The identity of a mailbox.

    Attributes:
        name: for people, and the object of the `send` and `receive` steps, so it should be unique in a run.
        part: tells mailboxes of one name apart, where a receiver keeps one for each kind of answer.
        unordered: its reader cannot tell in which order messages of two senders came: once it has received both, it
            is the same, and so is all that it did.  A search need not try both orders.
    """

    __slots__ = ("name", "part", "unordered")

    def __init__(self, name: str, part: str = "", *, unordered: bool = False) -> None:
        self.name = name
        self.part = part
        self.unordered = unordered

    def __repr__(self) -> str:
        return f"<Mailbox {self.label}>"

    @property
    def label(self) -> str:
        """Name and part: unique in a run."""
        return f"{self.name}.{self.part}" if self.part else self.name


class Inbox(Address, Generic[T_co]):
    """A mailbox as its reader sees it: a reader of As and Bs may read a mailbox of As."""

    __slots__ = ()


class Outbox(Address, Generic[T_contra]):
    """A mailbox as its senders see it: a sender of As may send to a mailbox of As and Bs."""

    __slots__ = ()


class Mailbox(Inbox[T], Outbox[T]):
    """An address for messages of type `T`; see the head of the module."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """One FIFO of unlimited length: the three things the runtime does with it, none of which waits."""

    put: Callable[[Envelope[Any]], object]
    get: Callable[[], Envelope[Any]]
    close: Callable[[], object]


ChannelFactory = Callable[[], Channel]


def deque_channel() -> Channel:
    """A channel for the bare driver."""
    queue: deque[Envelope[Any]] = deque()
    return Channel(queue.append, queue.popleft, queue.clear)


class Letters:
    """What waits in one mailbox, a FIFO per sender.

    Attributes:
        mailbox: which.
        waiter: id of the actor that waits on it now, -1 when none does.
        arrivals: (sequence, sender) of every message that waits, oldest first; only to be read, and always the
            same list, so that who must know often whether anything waits may keep it.
    """

    __slots__ = ("_channels", "arrivals", "mailbox", "waiter")

    def __init__(self, mailbox: Address) -> None:
        self.mailbox = mailbox
        self.waiter = NOBODY
        self.arrivals: list[tuple[int, int]] = []
        self._channels: dict[int, Channel] = {}

    @property
    def opened(self) -> bool:
        """Whether it has channels, which somebody must close."""
        return bool(self._channels)

    def heads(self) -> list[tuple[int, int]]:
        """(sequence, sender) of the first message of each channel that holds one, oldest first."""
        arrivals = self.arrivals
        if len(arrivals) < 2:
            return arrivals[:]
        heads: dict[int, int] = {}
        for sequence, sender in arrivals:
            heads.setdefault(sender, sequence)
        return [(sequence, sender) for sender, sequence in heads.items()]

    def put(self, envelope: Envelope[Any], factory: ChannelFactory) -> None:
        """Enqueue; the channel of that sender is made on first use."""
        channel = self._channels.get(envelope.sender)
        if channel is None:
            channel = self._channels[envelope.sender] = factory()
        channel.put(envelope)
        self.arrivals.append((envelope.sequence, envelope.sender))

    def take(self, sender: int) -> Envelope[Any]:
        """Dequeue the first message of that sender's channel."""
        for _, of in self.arrivals:
            if of == sender:
                break
        else:
            raise ConductError(f"mailbox {self.mailbox.name!r} holds nothing from sender {sender}")
        envelope = self._channels[sender].get()
        # Fails here if the channel isn't FIFO: what came out must be the first arrival of that sender.
        self.arrivals.remove((envelope.sequence, sender))
        return envelope

    def envelopes(self) -> list[Envelope[Any]]:
        """What waits, oldest first.

        Channels cannot be looked into, so everything is taken out and put back, in the order it came.
        """
        taken = [self._channels[sender].get() for _, sender in self.arrivals]
        for envelope in taken:
            self._channels[envelope.sender].put(envelope)
        return taken

    def hold(self, envelopes: Iterable[Envelope[Any]], factory: ChannelFactory) -> None:
        """Hold these messages, oldest first, and no others, in channels of that kind."""
        self.close()
        for envelope in envelopes:
            self.put(envelope, factory)

    def close(self) -> None:
        """Let go of the channels. What was not received is lost."""
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()
        self.arrivals.clear()
