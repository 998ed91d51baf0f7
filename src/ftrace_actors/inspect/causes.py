"""The causal past of an event, and what follows from one.

An event follows directly from

* what it names as its `cause`; for a message taken out of a mailbox that is its sending;
* the write it read: the event that made the message at its `order` visible (a load or fetch reads from it);
* the event at which it became visible, for a store that was early;
* the one before it of the same task, and the one before it on the same CPU (or of the same actor, where there is no
  CPU): program order.

All of these lie earlier in the log.  Of every event in the past a shortest chain to the event asked about is kept; of
several, the one found first when looking along the relations in the order above.

What is left out: what a barrier, a view or a cache operation orders without a value being read.  `--causes` explains
how an event came about; it is not the architecture's ordered-before relation.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, Self, TypeAlias

from ..events import Event
from .logfile import LogFile, lines_of
from .query import Names, compile_query
from .select import event_error, scan

__all__ = ["FIELDS", "RELATIONS", "Followed", "Link", "Past", "Relations", "related"]

RELATIONS: Final = ("cause", "message", "reads from", "early", "task", "cpu")
"""How an event can follow from another; see the module.  "task" and "cpu" are program order."""

FIELDS: Final = ("seq", "actor", "cpu", "task", "cause", "order")
"""What `Relations` looks at."""

Sources: TypeAlias = tuple[tuple[str, int], ...]
"""(relation, seq) pairs."""

_SAID: Final = ("causes", "sent", "read by", "early for", "then", "then")
"""The relations as they read from the earlier to the later event."""

_WORDS_MAX: Final = 8
"""Longer ways are cut; hops are still given."""

_READS: Final = frozenset({"load", "fetch"})
_WRITES: Final = frozenset({"store", "early"})
_NONE: Final = -1


class Item(Protocol):
    """An event of a log as far as `FIELDS`, and its kind."""

    seq: int
    kind: str
    actor: str
    cpu: int
    task: str
    cause: int
    order: int | None


@dataclass(slots=True)
class Followed:
    """An event that is at hand, as `Relations` looks at it."""

    seq: int
    kind: str
    actor: str
    cpu: int
    task: str
    cause: int
    order: int | None

    @classmethod
    def of(cls, event: Event) -> Self:
        """As far as it goes."""
        kind = str(event.__struct_config__.tag)
        order: int | None = getattr(event, "order", None)
        return cls(event.seq, kind, event.actor, event.cpu, event.task, event.cause, order)


class Relations:
    """Follows a log and says of each event which earlier ones it follows from directly."""

    __slots__ = ("_actors", "_cpus", "_sends", "_tasks", "_writes")

    def __init__(self) -> None:
        self._writes: dict[int, int] = {}
        self._tasks: dict[str, int] = {}
        self._cpus: dict[int, int] = {}
        self._actors: dict[str, int] = {}
        self._sends: set[int] = set()

    def of(self, event: Item) -> Sources:
        """(relation, seq) pairs, in the order of `RELATIONS`."""
        seq, kind, order = event.seq, event.kind, event.order
        found = []
        if event.cause >= 0:
            found.append(("message" if kind == "receive" else "cause", event.cause))
        if kind in _READS and order in self._writes:
            found.append(("reads from", self._writes[order]))
        elif kind in _WRITES and order is not None:
            visible = self._writes.setdefault(order, seq)
            if visible != seq:
                found.append(("early", visible))
        found.extend(self._program_order(event))
        return tuple(found)

    def _program_order(self, event: Item) -> Iterator[tuple[str, int]]:
        seq = event.seq
        before = self._tasks.get(event.task, _NONE) if event.task else _NONE
        if before != _NONE:
            yield "task", before
        if event.task:
            self._tasks[event.task] = seq
        if event.cpu >= 0:
            beside = self._cpus.get(event.cpu, _NONE)
            self._cpus[event.cpu] = seq
        else:
            beside = self._actors.get(event.actor, _NONE)
            self._actors[event.actor] = seq
        if beside not in {_NONE, before}:
            yield "cpu", beside


class Link(NamedTuple):
    """An event of the past: `hops` from the event asked about, next on the way there is `towards`, by `relation`."""

    seq: int
    hops: int
    relation: str
    towards: int


class Past:
    """Every event that event `seq` follows from, and that event itself with 0 hops.

    Keeps a few numbers for each event before `seq`.  Raises `InputError` when there is no such event.
    """

    __slots__ = ("_hops", "_relation", "_run", "_run_end", "_towards", "seq")

    def __init__(self, log: LogFile, seq: int) -> None:
        edges = _edges(log, seq)
        nowhere = array("i", [_NONE]) * (seq + 1)
        self.seq = seq
        self._hops = nowhere[:]
        self._relation = nowhere[:]
        self._towards = nowhere[:]
        # How far the way continues in words of one kind, and where that ends.
        self._run = nowhere[:]
        self._run_end = nowhere[:]
        self._hops[seq] = self._run[seq] = 0
        queue = deque([seq])
        while queue:
            at = queue.popleft()
            for number, edge in enumerate(edges):
                source = edge[at]
                if source != _NONE and self._hops[source] == _NONE:
                    self._reach(source, number, at)
                    queue.append(source)

    def _reach(self, source: int, number: int, at: int) -> None:
        self._hops[source] = self._hops[at] + 1
        self._relation[source] = number
        self._towards[source] = at
        goes_on = at != self.seq and _SAID[self._relation[at]] == _SAID[number]
        self._run[source] = self._run[at] + 1 if goes_on else 1
        self._run_end[source] = self._run_end[at] if goes_on else at

    def __contains__(self, seq: object) -> bool:
        return isinstance(seq, int) and 0 <= seq <= self.seq and self._hops[seq] != _NONE

    def __iter__(self) -> Iterator[int]:
        """The events, shortest chain first; of chains of one length that of the later event."""
        return iter(self.ordered(seq for seq in range(self.seq + 1) if seq in self))

    def ordered(self, seqs: Iterable[int]) -> list[int]:
        """Some of the events in that order."""
        return sorted(seqs, key=lambda seq: (self._hops[seq], -seq))

    def link(self, seq: int) -> Link:
        """How one of the events is linked to the one asked about."""
        number = self._relation[seq]
        return Link(seq, self._hops[seq], RELATIONS[number] if number >= 0 else "", self._towards[seq])

    def chain(self, seq: int) -> str:
        """The way from an event to the one asked about, in words; runs of program order are counted."""
        words: list[str] = []
        while seq != self.seq:
            if len(words) == _WORDS_MAX and self._run_end[seq] != self.seq:
                words.append(f"{seq} ... {self._hops[seq]} more hops to")
                break
            run = self._run[seq]
            said = _SAID[self._relation[seq]]
            words.append(f"{seq} -{said} x{run}->" if run > 1 else f"{seq} -{said}->")
            seq = self._run_end[seq]
        return " ".join([*words, str(self.seq)])


def related(log: LogFile) -> Iterator[tuple[bytes, Item, Sources]]:
    """(line, event as far as `FIELDS`, what it follows from directly) of every event of a log.

    Raises `InputError` when events are not numbered in their order, or follow from later ones.
    """
    relations = Relations()
    expected = 0
    for block, items, _ in scan(log, compile_query(None, Names(), FIELDS)):
        for line, item in zip(lines_of(block), items, strict=True):
            if item.seq != expected:
                raise log.at_line(expected + 2, f"seq is {item.seq} where {expected} was expected")
            sources = relations.of(item)
            if any(source >= expected for _, source in sources):
                raise log.at_line(
                    expected + 2, f"cause is {item.cause}, which is not before event {expected}"
                )
            yield line, item, sources
            expected += 1


def _edges(log: LogFile, seq: int) -> list[array[int]]:
    """For each relation, event -> the event it follows from, or -1; up to event `seq`."""
    edges = [array("i") for _ in RELATIONS]
    for _, item, sources in related(log):
        for edge in edges:
            edge.append(_NONE)
        for relation, source in sources:
            edges[RELATIONS.index(relation)][-1] = source
        if item.seq == seq:
            return edges
    raise event_error(log, "--causes", seq, len(edges[0]))
