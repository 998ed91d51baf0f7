"""What led to a hang: the locks that are held at its end, the waits that began and did not end, and who waits for whom.

The wait-for graph itself is the run's (`RunResult.wait_for`); the events say when each of its edges came to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ..events import Event, GracePeriod, Lock, Register, TaskState, Wait
from .sentences import Clause, Sentence, sentences

__all__ = ["hang_of"]

_LEADING: Final = re.compile(r"^[*\s]+")


def hang_of(events: Sequence[Event], wait_for: str) -> list[Sentence]:
    """The sentences, oldest first; `wait_for` are the lines of who waits for whom, or of who kept running."""
    last = events[-1].seq if events else 0
    led = sentences(sorted(_led(events), key=lambda clause: clause.events))
    lines = [_LEADING.sub("", line) for line in wait_for.splitlines()]
    first, *rest = lines or [""]
    cycle = [line for line in rest if line.startswith("cycle")]
    edges = [Sentence(f"{line}.") for line in rest if line and line not in cycle]
    said = [
        *led,
        *([Sentence(f"From event {last} on nothing moves: {first}.", (last,))] if first else []),
        *edges,
    ]
    circle = [f"They wait for each other in a circle: {line.removeprefix('cycle: ')}." for line in cycle]
    return [*said, *map(Sentence, circle)]


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
