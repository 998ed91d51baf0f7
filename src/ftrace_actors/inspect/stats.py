"""How much of what is in a log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .logfile import LogFile
from .select import scan, select

__all__ = ["Stats", "stats"]


@dataclass(slots=True)
class Stats:
    """Counts of the events a query selects.

    Attributes:
        events: how many were selected.  of: how many there are.
        kinds, actors, cpus, tasks: by these fields; cpu -1 is none, task "" is none.
        windows: how often each window was entered.
        timeline: the highest position of the memory timeline an event names.
        steps: the highest step.
    """

    events: int = 0
    of: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    actors: Counter[str] = field(default_factory=Counter)
    cpus: Counter[int] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)
    windows: Counter[str] = field(default_factory=Counter)
    timeline: int = 0
    steps: int = 0

    def as_json(self) -> dict[str, Any]:
        """As plain values, keys sorted."""
        return {
            "events": self.events,
            "of": self.of,
            "steps": self.steps,
            "timeline": self.timeline,
            "kinds": dict(sorted(self.kinds.items())),
            "actors": dict(sorted(self.actors.items())),
            "cpus": {str(cpu): count for cpu, count in sorted(self.cpus.items())},
            "tasks": dict(sorted(self.tasks.items())),
            "windows": dict(sorted(self.windows.items())),
        }


def stats(log: LogFile, query: str | None) -> Stats:
    """Count, in one pass.  Raises `InputError`."""
    counted = Stats()
    # One look-up an event; what it is made of is added up at the end.
    together: Counter[tuple[str, str, int, str]] = Counter()
    chosen = select(log, query, ("actor", "cpu", "task", "step", "order", "window"))
    for _, items, found in scan(log, chosen):
        counted.of += len(items)
        events = items if len(found) == len(items) else [items[index] for index in found]
        together.update([(event.kind, event.actor, event.cpu, event.task) for event in events])
        counted.windows.update([event.window for event in events if event.window])
        counted.timeline = max(
            [counted.timeline, *[event.order for event in events if event.order is not None]]
        )
        counted.steps = max([counted.steps, *[event.step for event in events]])
    for (kind, actor, cpu, task), count in together.items():
        counted.events += count
        counted.kinds[kind] += count
        counted.actors[actor] += count
        counted.cpus[cpu] += count
        counted.tasks[task] += count
    return counted
