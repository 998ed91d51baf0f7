"""The conductor's books: which actors are enabled, what the others wait for, and the messages that wait for them.

They are a class of their own because they are a subject of their own; `Conductor` is the only one that keeps them, and
derives from it so that the hot path of a run finds everything in one object.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from .actor import Actor, Wake, Woken
from .choices import Kind, Tape
from .errors import ConductError, RunClosed
from .mailbox import NOBODY, Address, ChannelFactory, Envelope, Inbox, Letters

__all__ = ["NOBODY_YET", "Waiting"]

_BY_GUARD: Woken[Any] = Woken(Wake.GUARD)
_BY_TIMER: Woken[Any] = Woken(Wake.TIMER)


class _Nobody(Actor):
    """Stands for the actor that ran last where none did: at the first decision of a run."""

    __slots__ = ()

    def __init__(self) -> None:
        self.id = NOBODY
        self.name = "nobody"
        self.daemon = True
        self.op = "start"
        self.obj = 0
        self.point = self.waits_for = ""
        self.finished = self.timed = self.fired = False
        self.due = 0
        self.inboxes = ()
        self.guard = None


NOBODY_YET = _Nobody()


class Waiting:
    """Which actors are enabled, and what the others wait for.

    Attributes:
        tape: the choices of the run.
        actors: all of them, by id.
        current: the one that holds the baton.
        progress: how often something happened that may let others progress.
        closing: the run is over.
    """

    tape: Tape

    def __init__(self) -> None:
        self.actors: list[Actor] = []
        self.current: Actor | None = None
        self.progress = 0
        self.closing = False
        self._ready: list[int] = []
        self._guarded: list[Actor] = []
        self._true: list[int] = []
        self._listed: dict[int, tuple[int, ...]] = {}
        self._letters: dict[Address, Letters] = {}
        # Whose body is being entered, in a copy.
        self._entering: Actor | None = None

    def letters(self, mailbox: Address) -> Letters:
        """What waits in a mailbox."""
        letters = self._letters.get(mailbox)
        if letters is None:
            letters = self._letters[mailbox] = Letters(mailbox)
        return letters

    def pending(self, mailbox: Address) -> int:
        """How many messages wait in a mailbox."""
        return len(self.letters(mailbox).arrivals)

    def mail(self) -> tuple[tuple[str, tuple[Envelope[Any], ...]], ...]:
        """Every mailbox in which something waits, by label, with what waits there, oldest first.

        Raises `ConductError` when two mailboxes have one label.
        """
        labels = Counter(mailbox.label for mailbox in self._letters)
        twice = sorted(label for label, count in labels.items() if count > 1)
        if twice:
            raise ConductError(f"two mailboxes are labelled {twice[0]!r}; a run's state knows them by label")
        waiting = [letters for letters in self._letters.values() if letters.arrivals]
        return tuple(sorted((letters.mailbox.label, tuple(letters.envelopes())) for letters in waiting))

    # -- waiting -----------------------------------------------------------------------------------------

    def block(
        self,
        actor: Actor,
        inboxes: Sequence[Inbox[Any]],
        guard: Callable[[], bool] | None,
        due: int | None,
    ) -> None:
        """Write down what `actor` waits for; it is enabled still if a message is there already."""
        if actor is not self.current or self.closing:
            self._out_of_turn(actor)
            actor.inboxes, actor.guard = inboxes, guard
            return
        ready = False
        for mailbox in inboxes:
            letters = self.letters(mailbox)
            if letters.waiter != NOBODY:
                other = self.actors[letters.waiter].name
                raise ConductError(f"{actor.name!r} and {other!r} both wait on mailbox {mailbox.name!r}")
            letters.waiter = actor.id
            ready = ready or bool(letters.arrivals)
        actor.inboxes = inboxes
        actor.guard = guard
        if due is not None:
            actor.timed = True
            actor.due = due
        if not ready:
            self._ready.remove(actor.id)
            self._listed.clear()
            if guard is not None:
                self._guarded.append(actor)

    def wake(self, actor: Actor) -> Woken[Any]:
        """`actor`, which waited, was chosen: take what ended its wait and cross it out of the books."""
        for mailbox in actor.inboxes:
            self._letters[mailbox].waiter = NOBODY
        if actor.id not in self._ready:
            self._enable(actor)
        inboxes, guard = actor.inboxes, actor.guard
        actor.inboxes = ()
        actor.guard = None
        actor.timed = False
        actor.point = ""
        actor.waits_for = ""
        if actor.fired:
            actor.fired = False
            return _BY_TIMER
        woken = self.take(actor, inboxes, guard)
        assert woken is not None, "an actor is chosen only when something ended its wait"
        return woken

    def take(
        self, actor: Actor, inboxes: Sequence[Inbox[Any]], guard: Callable[[], bool] | None
    ) -> Woken[Any] | None:
        """Take a message, or see the guard true; DELIVER decides among several. None if there is neither."""
        if guard is None and len(inboxes) == 1:
            # The usual case: one mailbox, with one message.
            only = self.letters(inboxes[0])
            if len(only.arrivals) == 1:
                self.progress += 1
                return Woken(Wake.MESSAGE, inboxes[0], only.take(only.arrivals[0][1]))
        heads = [
            (sequence, sender, letters)
            for mailbox in inboxes
            if (letters := self.letters(mailbox)).arrivals
            for sequence, sender in letters.heads()
        ]
        true = guard is not None and guard()
        count = len(heads) + true
        if not count:
            return None
        self.progress += 1
        picked = 0
        if count > 1:
            heads.sort(key=_sequence)
            picked = self.tape.choose(Kind.DELIVER, count, actor.id, actor.op, actor.obj)
        if picked == len(heads):
            return _BY_GUARD
        _, sender, letters = heads[picked]
        return Woken(Wake.MESSAGE, letters.mailbox, letters.take(sender))

    # -- private -----------------------------------------------------------------------------------------

    def _out_of_turn(self, actor: Actor) -> Actor:
        """A primitive was used without the baton: as it must be where a body is entered, else never."""
        if self._entering is not actor:
            self._intruded(actor)
        return NOBODY_YET

    def _intruded(self, actor: Actor) -> NoReturn:
        """A primitive was used out of turn: in the clean-up of a run that is over, or wrongly."""
        if self.closing:
            raise RunClosed
        raise ConductError(f"a primitive of {actor.name!r} was used while somebody else held the baton")

    def _list(self, last: int) -> tuple[int, ...]:
        """The options of a SCHEDULE choice after `last` ran."""
        enabled = self._ready
        if self._true:
            enabled = sorted(enabled + self._true)
        if last in enabled:
            others = enabled.copy()
            others.remove(last)
            options = (last, *others)
        else:
            options = tuple(enabled)
        self._listed[last] = options
        return options

    def _ask_guards(self) -> None:
        true = [actor.id for actor in self._guarded if actor.guard is not None and actor.guard()]
        if true != self._true:
            self._true = true
            self._listed.clear()

    def _enable(self, actor: Actor) -> None:
        insort(self._ready, actor.id)
        self._listed.clear()
        if actor.guard is not None:
            self._guarded.remove(actor)
            if actor.id in self._true:
                self._true.remove(actor.id)

    def _enqueue(self, mailbox: Address, envelope: Envelope[Any], factory: ChannelFactory) -> None:
        letters = self.letters(mailbox)
        letters.put(envelope, factory)
        waiter = letters.waiter
        if waiter != NOBODY and waiter not in self._ready:
            self._enable(self.actors[waiter])


def _sequence(head: tuple[int, int, Letters]) -> int:
    return head[0]
