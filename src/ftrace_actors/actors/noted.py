"""What a step touches, written down while it is made: for searches that leave out orders nobody can tell apart.

Two steps of different actors are independent when neither writes what the other touches: then both orders lead to the
same state.  The conductor knows mailboxes and guards; whatever else actors share (books, memory, what a check knows)
is added by those who know it, under names of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from .actor import Actor, Woken
from .mailbox import NOBODY, Envelope, Inbox, Outbox
from .stepping import SteppedConductor

__all__ = ["NotedConductor", "Notes"]

T = TypeVar("T")


class Notes:
    """What was touched since `begin`.

    Attributes:
        on: whether anything is written down.
        reads, writes: the objects, by name.
        sent: (mailbox, sender) of every message posted.
        awaited: labels of the mailboxes that were looked into, and `heard`: (mailbox, sender) of what came out.  What
            somebody else sends to one of them before might have come out instead.
        either: which of several messages is taken makes no difference (`Address.unordered`).
    """

    __slots__ = ("awaited", "either", "heard", "on", "reads", "sent", "writes")

    def __init__(self) -> None:
        self.on = False
        self.begin()

    def begin(self) -> None:
        """Forget everything; write nothing down yet."""
        self.reads: set[Hashable] = set()
        self.writes: set[Hashable] = set()
        self.sent: set[tuple[str, int]] = set()
        self.awaited: set[str] = set()
        self.heard: set[tuple[str, int]] = set()
        self.either = False


class NotedConductor(SteppedConductor):
    """A stepped conductor that writes down what goes through mailboxes, and what guards read.

    `notes` is set by whoever makes the step.  `read_by_guard`: actor id -> what its guard read when it was asked last.
    """

    notes: Notes | None = None
    read_by_guard: Mapping[int, set[Hashable]] = MappingProxyType({})

    def post(
        self, mailbox: Outbox[T], payload: T, sender: int = NOBODY, cause: int | None = None
    ) -> Envelope[T]:
        """As any conductor's."""
        if self.notes is not None and self.notes.on:
            self.notes.sent.add((mailbox.label, sender))
        return super().post(mailbox, payload, sender, cause)

    def take(
        self, actor: Actor, inboxes: Sequence[Inbox[Any]], guard: Callable[[], bool] | None
    ) -> Woken[Any] | None:
        """As any conductor's."""
        notes = self.notes
        if notes is None or not notes.on:
            return super().take(actor, inboxes, guard)
        unordered = guard is None and len(inboxes) == 1 and inboxes[0].unordered
        notes.either = unordered
        woken = super().take(actor, inboxes, guard)
        notes.either = False
        if not unordered:
            notes.awaited.update(mailbox.label for mailbox in inboxes)
        if woken is not None and woken.envelope is not None and woken.mailbox is not None:
            notes.heard.add((woken.mailbox.label, woken.envelope.sender))
        return woken

    def _ask_guards(self) -> None:
        """As any conductor's; what a guard reads is its actor's, not that of whoever moves."""
        notes = self.notes
        if notes is None:
            super()._ask_guards()
            return
        on, kept = notes.on, notes.reads
        read: dict[int, set[Hashable]] = {}
        true: list[int] = []
        notes.on = True
        for actor in self._guarded:
            notes.reads = read[actor.id] = set()
            if actor.guard is not None and actor.guard():
                true.append(actor.id)
        notes.on, notes.reads = on, kept
        self.read_by_guard = read
        if true != self._true:
            self._true = true
            self._listed.clear()

    def options(self) -> tuple[int, ...]:
        """The ids of the actors that may move now, in the order of a SCHEDULE choice; none while a timer is due."""
        if self._guarded:
            self._ask_guards()
        asking = self._asking
        assert asking is not None, "asked for only before a decision"
        return self._list(asking.id)

    def awaited_mail(self) -> dict[int, list[tuple[str, tuple[int, ...]]]]:
        """Actor id -> the mailboxes that it waits on and in which something is, each with the senders, oldest first."""
        found: dict[int, list[tuple[str, tuple[int, ...]]]] = {}
        for letters in self._letters.values():
            if letters.waiter != NOBODY and letters.arrivals:
                senders = tuple([sender for _, sender in letters.arrivals])
                found.setdefault(letters.waiter, []).append((letters.mailbox.label, senders))
        return found
