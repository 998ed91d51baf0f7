"""What led to a hang: the locks that are held at its end, the waits that began and did not end, and who waits for whom.

The wait-for graph itself is the run's (`RunResult.wait_for`); the events say when each of its edges came to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ..events import Event, GracePeriod, Load, Lock, Register, TaskState, Wait
from ..inspect.folding import ENDLESS_TURNS_MIN
from ..inspect.loops import key_of, loops
from ..words import Hang
from .reading import Reading
from .sentences import Clause, Sentence, sentences

__all__ = ["hang_of"]

_LEADING: Final = re.compile(r"^[*\s]+")


def hang_of(reading: Reading, wait_for: str) -> list[Sentence]:
    """The sentences, oldest first; `wait_for` are the lines of who waits for whom, or of who kept running."""
    events = reading.events
    last = events[-1].seq if events else 0
    said = sentences(sorted(_led(events), key=lambda clause: clause.events))
    first, *rest = [_LEADING.sub("", line) for line in wait_for.splitlines()] or [""]
    if first.startswith(Hang.LIVELOCK):
        return [
            *said,
            *_turning(reading),
            Sentence(f"The run was stopped at event {last}: {first}.", (last,)),
        ]
    if first:
        said.append(Sentence(f"From event {last} on nothing moves: {first}.", (last,)))
    cycle = [line for line in rest if line.startswith("cycle")]
    said += [Sentence(f"{line}.") for line in rest if line and line not in cycle]
    circle = [f"They wait for each other in a circle: {line.removeprefix('cycle: ')}." for line in cycle]
    return [*said, *map(Sentence, circle)]


def _turning(reading: Reading) -> Iterator[Sentence]:
    """What is done over and over, and who writes the words that are read there."""
    events = reading.events
    for loop in loops([key_of(event) for event in events], ENDLESS_TURNS_MIN):
        turn = events[loop.start : loop.again]
        by = " and ".join(dict.fromkeys(event.task or event.actor for event in turn))
        what = ", ".join(f"`{reading.narrator.phrase(event)[0]}`" for event in turn)
        span = turn[0].seq, events[loop.end - 1].seq
        yield Sentence(f"{by} does the same {loop.turns:,} times [{span[0]}-{span[1]}]: {what}.", span)
    yield from _written(reading)


def _written(reading: Reading) -> Iterator[Sentence]:
    """Of each word that the last loop reads: its last write, or that there is none."""
    found = [*loops([key_of(event) for event in reading.events], ENDLESS_TURNS_MIN)][-1:]
    for loop in found:
        read = [event for event in reading.events[loop.start : loop.again] if isinstance(event, Load)]
        for load in {event.addr: event for event in read}.values():
            store = reading.newest(load.addr, reading.events[-1].seq + 1)
            place = reading.narrator.cell(load.addr)
            if store is None:
                yield Sentence(f"Nobody ever writes {place}.", (load.seq,))
            else:
                yield Sentence(
                    f"The last write to {place} is {store.task or store.actor}'s [{store.seq}].", (store.seq,)
                )


def _led(events: Sequence[Event]) -> Iterator[Clause]:
    """What is still true at the end: held locks, calls and waits that did not return, tasks that are blocked."""
    lasting: dict[tuple[str, ...], Event] = {}
    for event in events:
        found = _begun_or_over(event)
        if found is not None:
            key, begun = found
            lasting.pop(key, None)
            if begun:
                lasting[key] = event
    for event in lasting.values():
        yield _clause(event)


def _begun_or_over(event: Event) -> tuple[tuple[str, ...], bool] | None:
    """What begins or ends with an event, by name, and whether it begins; None for what does not last."""
    match event:
        case Lock() if event.state in {"acquired", "released"}:
            return ("lock", event.name), event.state == "acquired"
        case Register():
            return ("register", event.task), not event.returns
        case Wait():
            return ("wait", event.task), event.begins
        case GracePeriod():
            return ("grace period", event.flavour, str(event.number)), event.phase != "end"
        case TaskState():
            return ("task", event.who), event.state == "blocked" and event.on not in {"work", ""}
        case _:
            return None


def _clause(event: Event) -> Clause:
    at, by = (event.seq,), event.task or event.actor
    match event:
        case Lock():
            return Clause(event.who, f"takes {event.name} and never releases it", at)
        case Register():
            verb = "unregister" if event.unregister else "register"
            return Clause(by, f"calls {verb}({event.ops}), which does not return", at)
        case Wait():
            flavours = ", ".join(event.flavours) or "nothing"
            return Clause(by, f"begins to wait for users of {event.ops}, by {flavours}", at)
        case GracePeriod():
            whom = ", ".join(event.waiting) or "nobody"
            return Clause(
                f"Grace period {event.flavour} #{event.number}", f"waits for {whom} and does not end", at
            )
        case TaskState():
            return Clause(event.who, f"blocks on {event.on}", at, event.cpu)
        case _:
            raise AssertionError(event)
