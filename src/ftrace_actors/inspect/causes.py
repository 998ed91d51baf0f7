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
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, TypeAlias

from .logfile import LogFile
from .query import Names, compile_query
from .select import event_error, scan

__all__ = ["FIELDS", "RELATIONS", "Link", "Relations", "causal_past", "chain", "related", "way"]

RELATIONS: Final = ("cause", "message", "reads from", "early", "task", "cpu")
"""How an event can follow from another; see the module.  "task" and "cpu" are program order."""

FIELDS: Final = ("seq", "actor", "cpu", "task", "cause", "order")
"""What `Relations` looks at."""

Sources: TypeAlias = tuple[tuple[str, int], ...]
"""(relation, seq) pairs."""

_READS: Final = frozenset({"load", "fetch"})
_WRITES: Final = frozenset({"store", "early"})
_NONE: Final = -1


class Relations:
    """Follows a log and says of each event which earlier ones it follows from directly."""

    __slots__ = ("_actors", "_cpus", "_sends", "_tasks", "_writes")

    def __init__(self) -> None:
        self._writes: dict[int, int] = {}
        self._tasks: dict[str, int] = {}
        self._cpus: dict[int, int] = {}
        self._actors: dict[str, int] = {}
        self._sends: set[int] = set()

    def of(self, event: Any) -> Sources:
        """(relation, seq) pairs, in the order of `RELATIONS`; `event` has `FIELDS` and its kind."""
        seq, kind, order = event.seq, event.kind, event.order
        found = []
        if event.cause >= 0:
            found.append(("message" if kind == "receive" else "cause", event.cause))
        if kind in _READS and order in self._writes:
            found.append(("reads from", self._writes[order]))
        elif kind in _WRITES:
            visible = self._writes.setdefault(order, seq)
            if visible != seq:
                found.append(("early", visible))
        found.extend(self._program_order(event))
        return tuple(found)

    def _program_order(self, event: Any) -> Iterator[tuple[str, int]]:
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


@dataclass(frozen=True, slots=True)
class Link:
    """An event of the past: `hops` from the event asked about, next on the way there is `towards`, by `relation`."""

    seq: int
    hops: int
    relation: str
    towards: int


def causal_past(log: LogFile, seq: int) -> dict[int, Link]:
    """Every event that event `seq` follows from, nearest first, and itself with 0 hops.

    Keeps a few numbers for each event before `seq`.  Raises `InputError` when there is no such event.
    """
    edges = _edges(log, seq)
    past = {seq: Link(seq, 0, "", seq)}
    queue = deque([seq])
    while queue:
        at = queue.popleft()
        for relation in RELATIONS:
            source = edges[relation][at]
            if source != _NONE and source not in past:
                past[source] = Link(source, past[at].hops + 1, relation, at)
                queue.append(source)
    return dict(sorted(past.items(), key=lambda item: (item[1].hops, -item[0])))


def related(log: LogFile) -> Iterator[tuple[bytes, Any, Sources]]:
    """(line, event as far as `FIELDS`, what it follows from directly) of every event of a log.

    Raises `InputError` when events are not numbered in the order they stand in, or follow from later ones.
    """
    relations = Relations()
    expected = 0
    for block, items, _ in scan(log, compile_query(None, Names(), FIELDS)):
        for line, item in zip(block.splitlines(), items, strict=True):
            if item.seq != expected:
                raise log.at_line(expected + 2, f"seq is {item.seq} where {expected} was expected")
            sources = relations.of(item)
            if any(source >= expected for _, source in sources):
                raise log.at_line(
                    expected + 2, f"cause is {item.cause}, which is not before event {expected}"
                )
            yield line, item, sources
            expected += 1


def _edges(log: LogFile, seq: int) -> dict[str, array[int]]:
    """For each relation, event -> the event it follows from, or -1; up to event `seq`."""
    edges = {relation: array("q") for relation in RELATIONS}
    for _, item, sources in related(log):
        for edge in edges.values():
            edge.append(_NONE)
        for relation, source in sources:
            edges[relation][-1] = source
        if item.seq == seq:
            return edges
    raise event_error(log, "--causes", seq, len(edges["cause"]))


def way(past: dict[int, Link], seq: int) -> list[Link]:
    """The chain from an event of the past to the one asked about, which is not in it."""
    links = []
    while past[seq].hops:
        links.append(past[seq])
        seq = past[seq].towards
    return links


def chain(past: dict[int, Link], seq: int) -> str:
    """The same in words; runs of program order are counted."""
    words = []
    links = way(past, seq)
    for relation, run in groupby(links, key=lambda link: _SAID[link.relation]):
        steps = list(run)
        times = f" x{len(steps)}" if len(steps) > 1 else ""
        words.append(f"{steps[0].seq} -{relation}{times}->")
    return " ".join([*words, str(links[-1].towards if links else seq)])


_SAID: Final = {
    "cause": "causes",
    "message": "sent",
    "reads from": "read by",
    "early": "early for",
    "task": "then",
    "cpu": "then",
}
"""A relation as it reads from the earlier to the later event."""
