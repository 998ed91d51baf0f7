"""A run that holds, in a page: what services did, and of every task how often it did what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..events import Call, Callback, Event, GracePeriod, Patch, Switch, Window
from ..terminal import fold
from ..words import counted
from .focus import ACROSS
from .lanes import render_events
from .phrases import Narrator
from .symbols import Symbols

__all__ = ["render_brief"]


def render_brief(events: Sequence[Event], symbols: Symbols, width: int = 80) -> str:
    """The rows that concern everybody, then a line a task; no line is longer than `width` (at least 60)."""
    width = max(width, 60)
    shown = [event for event in events if isinstance(event, ACROSS) and not _is_detail(event)]
    lines = render_events(shown, Narrator(events, symbols), width).splitlines() if shown else []
    for task, words in _tasks(events).items():
        lines += fold(f"{task}: {words}", width, "  ", "    ")
    lines.append(f"  ({len(shown)} of {len(events)} events)")
    return "\n".join(lines) + "\n"


def _is_detail(event: Event) -> bool:
    return isinstance(event, Patch) or (isinstance(event, GracePeriod) and event.phase == "scan")


def _tasks(events: Iterable[Event]) -> dict[str, str]:
    """What tasks did that called something or were preempted, in the order in which they began."""
    did: dict[str, Counter[str]] = {}
    where: dict[str, str] = {}
    for event in events:
        match event:
            case Call():
                did.setdefault(event.task, Counter())[f"call of {event.function}"] += 1
            case Callback() if event.begins:
                did.setdefault(event.task, Counter())[f"entry into {event.func}"] += 1
            case Window():
                where[event.task] = event.window
            case Switch() if event.prev and not event.voluntary:
                window = where.get(event.prev, "")
                did.setdefault(event.prev, Counter())[f"preemption{f' in {window}' if window else ''}"] += 1
            case _:
                """Nothing that is counted."""
    return {
        task: ", ".join(_times(what, count) for what, count in counts.items()) for task, counts in did.items()
    }


def _times(what: str, count: int) -> str:
    """2 calls of vfs_read, 1 preemption in W1."""
    noun, space, rest = what.partition(" ")
    if noun == "entry" and count > 1:
        return f"{count} entries{space}{rest}"
    return f"{counted(count, noun)}{space}{rest}"
