"""Mailboxes: where messages wait for whoever will receive them.

A mailbox belongs to a *receiver*, which is an actor, or something an actor acts for (a kernel task is
received for by whichever CPU runs it). It has one FIFO channel per sender, as Erlang and stateright's ordered
network have: two messages of one sender never overtake each other, two messages of different senders may, and
which channel is served next is a DELIVER choice of the conductor.

The channels come from the driver (`ChannelFactory`): trio memory channels under trio, deques under the bare
driver. Neither can be looked into, so the mailbox itself remembers in what order messages arrived, by
sequence number; that is also what option 0 (the oldest) goes by, so nothing depends on the order of a dict or
a set.

Payloads are of no interest here. Typed messages belong to the floor above.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .errors import ConductError

__all__ = ["Channel", "ChannelFactory", "Envelope", "Mailbox", "deque_channel"]

NOBODY = -1
"""No actor: the sender of what is posted before the run, the waiter of a mailbox nobody waits on."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message with its address label.

    Attributes:
        sender: id of the sender (see `Actor.post`); -1 for what was posted before the run.
        sequence: number of the message in the run, over all mailboxes.
        cause: sequence number of the event that caused it, when the sender told.
        payload: the message.
    """

    sender: int
    sequence: int
    cause: int | None
    payload: object


@dataclass(frozen=True, slots=True)
class Channel:
    """One FIFO of unlimited length: the three things the runtime does with it, none of which waits."""

    put: Callable[[Envelope], object]
    get: Callable[[], Envelope]
    close: Callable[[], object]


ChannelFactory = Callable[[], Channel]


def deque_channel() -> Channel:
    """A channel for the bare driver."""
    queue: deque[Envelope] = deque()
    return Channel(queue.append, queue.popleft, queue.clear)


class Mailbox:
    """Messages for one receiver, a FIFO per sender.

    Attributes:
        name: for people, and the object of the `send` and `receive` steps, so it should be unique in a run.
        waiter: id of the actor that waits on it now, -1 when none does.
    """

    __slots__ = ("_arrivals", "_channels", "name", "waiter")

    def __init__(self, name: str) -> None:
        self.name = name
        self.waiter = NOBODY
        self._channels: dict[int, Channel] = {}
        self._arrivals: list[tuple[int, int]] = []

    def __repr__(self) -> str:
        return f"<Mailbox {self.name} pending={len(self._arrivals)}>"

    @property
    def pending(self) -> int:
        """How many messages wait."""
        return len(self._arrivals)

    @property
    def opened(self) -> bool:
        """Whether it has channels, which somebody must close."""
        return bool(self._channels)

    def heads(self) -> list[tuple[int, int]]:
        """(sequence, sender) of the first message of each channel that holds one, oldest first."""
        arrivals = self._arrivals
        if len(arrivals) < 2:
            return arrivals[:]
        heads: dict[int, int] = {}
        for sequence, sender in arrivals:
            heads.setdefault(sender, sequence)
        return [(sequence, sender) for sender, sequence in heads.items()]

    def put(self, envelope: Envelope, factory: ChannelFactory) -> None:
        """Enqueue; the channel of that sender is made on first use."""
        channel = self._channels.get(envelope.sender)
        if channel is None:
            channel = self._channels[envelope.sender] = factory()
        channel.put(envelope)
        self._arrivals.append((envelope.sequence, envelope.sender))

    def take(self, sender: int) -> Envelope:
        """Dequeue the first message of that sender's channel."""
        if sender not in (of for _, of in self._arrivals):
            raise ConductError(f"mailbox {self.name!r} holds nothing from sender {sender}")
        envelope = self._channels[sender].get()
        # Fails here if the channel isn't FIFO: what came out must be the first arrival of that sender.
        self._arrivals.remove((envelope.sequence, sender))
        return envelope

    def close(self) -> None:
        """Let go of the channels. What was not received is lost."""
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()
        self._arrivals.clear()
