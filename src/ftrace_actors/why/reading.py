"""A failing run, read for the question why it failed: the victim, the other side, and the words of memory between them.

Everything here is found in the events, the finding and the symbols; nothing knows a particular invariant.  The *victim*
is the task that made the last event of the proof that is not the doing of a patcher: the access, the fetch, the call.
Its *call* is the outermost traced call it was in by then.  What happened before matters when it is about a word that
the victim fetched or loaded in that call, an ops that it got hold of there, or something that the proof names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ..checks import Finding
from ..events import (
    Body,
    Call,
    Event,
    Fetch,
    Free,
    Load,
    OpsDefined,
    RecordDefined,
    Store,
)
from ..inspect import Symbols, evidence_of
from ..inspect.phrases import Narrator
from ..inspect.race import SUFFERED

__all__ = ["Reading", "read"]


@dataclass(frozen=True, slots=True)
class Reading:
    """See the module.

    Attributes:
        events, finding, narrator, symbols: of the run.
        proof: numbers of the events that prove the finding, both sides.
        victim: the task that suffers; "" for a run that hangs, or where nobody calls anything.
        first: the number of the event with which the victim's call begins; that of its first proof outside any call.
        until: the victim's last event in the proof.
        last: the last event of the proof, or of the run where nothing proves it.
        words: addresses that matter.
        ops: names of the ops that matter.
        literals, sites: address -> function.
        code: addresses of words that somebody executes, and of sites.
    """

    events: Sequence[Event]
    finding: Finding
    narrator: Narrator
    symbols: Symbols
    proof: frozenset[int]
    victim: str
    first: int
    until: int
    last: int
    words: frozenset[int]
    ops: frozenset[str]
    literals: dict[int, str] = field(default_factory=dict)
    sites: dict[int, RecordDefined] = field(default_factory=dict)
    code: frozenset[int] = frozenset()

    def event(self, seq: int) -> Event:
        """The event of that number: events are numbered in their order."""
        return self.events[seq]

    def is_victims(self, event: Event) -> bool:
        """Whether the victim made an event in the call that matters."""
        return bool(self.victim) and event.task == self.victim and self.first <= event.seq <= self.until

    def newest(self, addr: int, before: int) -> Store | None:
        """The last store to an address that executed before an event of that number."""
        for seq in range(before - 1, -1, -1):
            event = self.events[seq]
            if isinstance(event, Store) and event.addr == addr:
                return event
        return None


def read(
    events: Sequence[Event], finding: Finding, symbols: Symbols, watched: Collection[int] = ()
) -> Reading:
    """Read a run; `watched` are addresses that matter as literals and sites do."""
    narrator = Narrator(events, symbols, watched)
    evidence = evidence_of(events, finding)
    proof, victim = evidence.proof, evidence.victim
    first, until, last = _span(events, proof, victim)
    literals = {e.literal: e.function for e in events if isinstance(e, RecordDefined) and e.literal}
    sites = {e.site: e for e in events if isinstance(e, RecordDefined)}
    places = literals.keys() | sites.keys() | set(watched)
    words = frozenset(_words(events, proof, victim, (first, until), places))
    ops = frozenset(_ops(events, proof, victim, (first, until), finding))
    return Reading(
        events,
        finding,
        narrator,
        symbols,
        proof,
        victim,
        first,
        until,
        last,
        _whole(words, literals, sites, proof, events, finding),
        ops,
        literals,
        sites,
        frozenset(e.addr for e in events if isinstance(e, Fetch)) | sites.keys(),
    )


def _span(events: Sequence[Event], proof: Collection[int], victim: str) -> tuple[int, int, int]:
    """Where the victim's outermost call begins that is open at its last proof, that proof, and the end of all."""
    if not proof:
        last = events[-1].seq if events else 0
        return 0, last, last
    of_victim = [seq for seq in proof if events[seq].task == victim]
    begin, last = min(of_victim, default=max(proof)), max(proof)
    suffered = [seq for seq in of_victim if isinstance(events[seq], SUFFERED)]
    at = max(suffered, default=begin)
    open_calls: list[int] = []
    for event in events[: at + 1]:
        if event.task == victim and isinstance(event, Call):
            open_calls.append(event.seq)
        elif event.task == victim and isinstance(event, Body) and open_calls and event.seq != at:
            open_calls.pop()
    return (min(open_calls[0], begin) if open_calls else begin), at, last


def _words(
    events: Sequence[Event],
    proof: Collection[int],
    victim: str,
    span: tuple[int, int],
    places: Collection[int],
) -> set[int]:
    first, last = span
    found = set()
    for event in events[first : last + 1]:
        touched = isinstance(event, (Fetch, Load)) and event.addr in places
        if event.task == victim and touched and isinstance(event, (Fetch, Load)):
            found.add(event.addr)
    for seq in proof:
        event = events[seq]
        # Text that is run as it was written: nobody asks who wrote it.
        if isinstance(event, (Store, Load)) or (isinstance(event, Fetch) and event.order < event.newest):
            found.add(event.addr)
    return found


def _whole(
    words: frozenset[int],
    literals: dict[int, str],
    sites: dict[int, RecordDefined],
    proof: Collection[int],
    events: Sequence[Event],
    finding: Finding,
) -> frozenset[int]:
    """With a site its literal, and the reverse: a patch writes both."""
    functions = {literals[addr] for addr in words if addr in literals}
    functions |= {sites[addr].function for addr in words if addr in sites}
    functions |= {getattr(events[seq], "function", "") for seq in proof} | set(finding.subject.split())
    also = {addr for addr, function in literals.items() if function in functions}
    also |= {addr for addr, record in sites.items() if record.function in functions}
    return words | also


def _ops(
    events: Sequence[Event], proof: Collection[int], victim: str, span: tuple[int, int], finding: Finding
) -> set[str]:
    named = {event.addr: event.name for event in events if isinstance(event, OpsDefined)}
    tracers = {event.name for event in events if isinstance(event, OpsDefined) if event.role == "tracer"}
    first, last = span
    found = {name for name in tracers if name in finding.subject.split() or f"{name}." in finding.subject}
    for event in events[first : last + 1]:
        if event.task == victim and isinstance(event, Load) and event.value in named:
            found.add(named[event.value])
    for seq in proof:
        event = events[seq]
        if isinstance(event, (Load, Store)) and event.value in named:
            found.add(named[event.value])
        elif isinstance(event, Free):
            found.add(event.name)
        found.add(getattr(event, "ops", "") if isinstance(getattr(event, "ops", ""), str) else "")
    return found & tracers
