"""INV-GPSELF: did each grace period keep its own *contract*?

Whether a wait was good for its use is another question, INV-GP of `grace.py`.
"""

from __future__ import annotations

from typing import ClassVar

from ..events import Event, GracePeriod, Quiescent, Reader, Switch, TaskState
from .checker import Check
from .finding import BROKEN_GRACE_PERIOD
from .scene import Handlers

__all__ = ["GraceContract"]


class _Period:
    """A grace period under way: what it still has to see, and the events that put it there."""

    __slots__ = ("pending", "released", "start")

    def __init__(self, start: GracePeriod) -> None:
        self.start = start
        self.pending: dict[str, Event | None] = {}
        self.released: list[Quiescent] = []


class GraceContract(Check):
    """INV-GPSELF, see the module.

    * rcu: every reader that had begun before the start has ended.
    * tasks: every task that was on the run queue at the start, but the one that asks, has switched voluntarily,
      blocked, exited or gone to user mode.  (The scan comes later and takes time: who sleeps or wakes before it is
      looked at need not be waited for.)
    * rude: every CPU waited for has switched context.
    """

    __slots__ = ("_on_queue", "_periods", "_readers")

    name: ClassVar[str] = "INV-GPSELF"
    about: ClassVar[str] = "each flavour of grace period ends only when its own contract is fulfilled"

    def __init__(self) -> None:
        self._periods: dict[tuple[str, int], _Period] = {}
        self._readers: dict[str, list[Reader]] = {}
        self._on_queue: dict[str, Event] = {}

    def handlers(self) -> Handlers:
        """Grace periods and quiescent states as they really happen, not as they are reported."""
        return {
            GracePeriod: self._on_grace_period,
            Quiescent: self._on_quiescent,
            Reader: self._on_reader,
            Switch: self._on_switch,
            TaskState: self._on_task_state,
        }

    def _on_grace_period(self, event: GracePeriod) -> None:
        key = (event.flavour, event.number)
        if event.phase == "end":
            self._ended(event, self._periods.pop(key, None))
            return
        period = self._periods.get(key)
        if period is None:
            period = self._periods[key] = _Period(event)
            if event.flavour == "rcu":
                period.pending = {task: begins[0] for task, begins in self._readers.items() if begins}
            elif event.flavour == "tasks":
                period.pending = {task: state for task, state in self._on_queue.items() if task != event.task}
        if event.flavour == "rude":
            for cpu in event.waiting:
                period.pending.setdefault(cpu, None)

    def _ended(self, end: GracePeriod, period: _Period | None) -> None:
        if period is None:
            return
        for who, since in period.pending.items():
            reason = {
                "rcu": f"{who} is still in the reader it had begun before",
                "tasks": f"{who}, on the run queue when it started, has not switched voluntarily",
                "rude": f"{who} has not switched context",
            }[end.flavour]
            self.report(
                BROKEN_GRACE_PERIOD,
                f"a grace period of {end.flavour} ends although {reason}",
                f"{end.flavour}: {who}",
                self.scene.window_of(who),
                (since, period.start, *(event for event in period.released if event.task == who), end),
            )

    def _on_quiescent(self, event: Quiescent) -> None:
        for (flavour, _), period in self._periods.items():
            if flavour == event.flavour:
                period.released.append(event)

    def _on_reader(self, event: Reader) -> None:
        who = event.task or f"cpu{event.cpu}"
        begins = self._readers.setdefault(who, [])
        if event.begins:
            begins.append(event)
            return
        if begins:
            begins.pop()
        if not begins:
            self._settle("rcu", who)

    def _on_switch(self, event: Switch) -> None:
        if not self._periods:
            return
        self._settle("rude", f"cpu{event.cpu}")
        if event.voluntary:
            self._settle("tasks", event.prev)

    def _on_task_state(self, event: TaskState) -> None:
        if event.state in {"runnable", "running"}:
            self._on_queue[event.who] = event
        else:
            self._on_queue.pop(event.who, None)
            self._settle("tasks", event.who)
            if event.state == "dead":
                # A task that oopsed inside a reader never ends it.
                self._readers.pop(event.who, None)
                self._settle("rcu", event.who)

    def _settle(self, flavour: str, who: str) -> None:
        for key, period in self._periods.items():
            if key[0] == flavour:
                period.pending.pop(who, None)
