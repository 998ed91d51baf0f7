"""INV-GPSELF: did each grace period, and each kick, keep its own *contract*?

Whether a wait was good for its use is another question, INV-GP of `grace.py`.  What each flavour promises is in its row
of `events.flavours`; for those there are that comes to this:

* rcu: every reader that had begun before the start has ended; every CPU that ran a task at the start has passed a
  quiescent state since: a switch, or one that it noted for *this* grace period.
* tasks: every task that was on the run queue at the start, but the one that asks, has switched voluntarily, blocked,
  exited or gone to user mode.  (The scan comes later and takes time: who sleeps or wakes before it is looked at need
  not be waited for.)
* rude: every CPU has switched context since the start, or its kworker, running already, has begun the work of *this*
  grace period.
* each of them: the end joins what every CPU had stored before the start, and what had been done on the CPU of each of
  those when it passed its quiescent state.  (What the start publishes is judged by what goes wrong without it.)
* who asked for a grace period continues only when a whole one has passed since: a task, and RCU Tasks before its scan
  and before its end.
* a kick, and any other interrupt of all CPUs that is waited for: every other CPU has taken an interrupt since the
  start and run in it the function of *this* cross-call.

What counts is what happened (switches, stores, interrupts), not who was said to be waited for.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Self

from ..events import (
    CrossCall,
    CrossCalled,
    Event,
    Exc,
    GracePeriod,
    Quiescent,
    Reader,
    Store,
    Switch,
    SynchronizeRcu,
    TaskState,
)
from ..events.flavours import FLAVOURS
from ..ordinals import At
from ..words import Severity
from .checker import Check, Findings
from .scene import Handlers, Scene

__all__ = ["GraceContract"]


class _Period:
    """A grace period under way.

    `readers`, `pending`: what it still has to see, and the events that put it there (tasks in readers; CPUs, or tasks
    for a flavour of `tasks`).  `due`: CPU or task -> the timeline position that the end has to join, and the event that
    says so.  `noted`: the quiescent states that were noted for this flavour meanwhile.
    """

    __slots__ = ("due", "flavour", "noted", "pending", "readers", "start")

    def __init__(self, start: GracePeriod, stored: dict[int, Store]) -> None:
        self.start = start
        self.flavour = FLAVOURS[start.flavour]
        self.readers: dict[str, Reader] = {}
        self.pending: dict[str, Event | None] = {}
        self.noted: list[Quiescent] = []
        self.due: dict[str, tuple[int, Event]] = {}
        for cpu, store in stored.items():
            self.owe(f"cpu{cpu}", store.order, store)

    def copy(self) -> _Period:
        """Independent of this one."""
        other = _Period.__new__(_Period)
        other.start = self.start
        other.flavour = self.flavour
        other.readers = self.readers.copy()
        other.pending = self.pending.copy()
        other.noted = self.noted.copy()
        other.due = self.due.copy()
        return other

    def state(self) -> tuple[Hashable, ...]:
        """What it still has to see, and what its end has to join; how these came about is proof."""
        return (
            tuple(sorted(self.readers)),
            tuple(sorted(self.pending)),
            tuple(sorted([(who, At(view)) for who, (view, _) in self.due.items()])),
        )

    def owe(self, who: str, view: int, event: Event) -> None:
        """The end has to join `view`."""
        if who not in self.due or self.due[who][0] < view:
            self.due[who] = view, event


class _Asked:
    """Somebody waits for a grace period: since when; the first one that began after that; whether that is over."""

    __slots__ = ("begin", "number", "over")

    def __init__(self, begin: SynchronizeRcu) -> None:
        self.begin = begin
        self.number = 0
        self.over = False

    def copy(self) -> _Asked:
        """Independent of this one."""
        other = _Asked(self.begin)
        other.number = self.number
        other.over = self.over
        return other

    def state(self) -> tuple[Hashable, ...]:
        """Which grace period is waited for; nothing once a whole one has passed."""
        return () if self.over else (self.begin.flavour, self.number)


class _Call:
    """A cross-call under way: CPUs that have not run its function, and the interrupts they took since it began."""

    __slots__ = ("entered", "pending", "start")

    def __init__(self, start: CrossCall, cpus: set[int]) -> None:
        self.start = start
        self.pending = cpus
        self.entered: dict[int, Exc] = {}

    def copy(self) -> _Call:
        """Independent of this one."""
        other = _Call(self.start, self.pending.copy())
        other.entered = self.entered.copy()
        return other

    def state(self) -> tuple[Hashable, ...]:
        """The CPUs that have not run the function, and those of them that took an interrupt."""
        return tuple(sorted(self.pending)), tuple(sorted(self.pending & self.entered.keys()))


class GraceContract(Check):
    """INV-GPSELF, see the module."""

    __slots__ = ("_asked", "_calls", "_on_queue", "_periods", "_readers", "_running", "_stored")

    name: ClassVar[str] = "INV-GPSELF"
    about: ClassVar[str] = (
        "each flavour of grace period, and a kick, ends only when its own contract is fulfilled"
    )

    def __init__(self) -> None:
        self._periods: dict[tuple[str, int], _Period] = {}
        self._asked: dict[str, _Asked] = {}
        self._calls: dict[tuple[str, int], _Call] = {}
        self._readers: dict[str, list[Reader]] = {}
        self._on_queue: dict[str, Event] = {}
        self._running: dict[int, TaskState] = {}
        """CPU -> since when its task runs."""
        self._stored: dict[int, Store] = {}
        """CPU -> its store that stands last on the timeline."""

    def handlers(self) -> Handlers:
        """Grace periods, and what really happens meanwhile."""
        return {
            GracePeriod: self._on_grace_period,
            Quiescent: self._on_quiescent,
            Reader: self._on_reader,
            Switch: self._on_switch,
            TaskState: self._on_task_state,
            Store: self._on_store,
            SynchronizeRcu: self._on_synchronize,
            CrossCall: self._on_cross_call,
            CrossCalled: self._on_cross_called,
            Exc: self._on_exception,
        }

    def copy(self, scene: Scene, findings: Findings) -> Self:
        """See `Check.copy`."""
        other = super().copy(scene, findings)
        other._periods = {key: period.copy() for key, period in self._periods.items()}
        other._asked = {who: asked.copy() for who, asked in self._asked.items()}
        other._calls = {key: call.copy() for key, call in self._calls.items()}
        other._readers = {who: begins.copy() for who, begins in self._readers.items()}
        other._on_queue = self._on_queue.copy()
        other._running = self._running.copy()
        other._stored = self._stored.copy()
        return other

    def state(self) -> Hashable:
        """What is under way, and what the next grace period would find: readers, run queues, and how far CPUs wrote."""
        return (
            tuple(sorted([(*key, period.state()) for key, period in self._periods.items()])),
            tuple(sorted([(who, asked.state()) for who, asked in self._asked.items()])),
            tuple(sorted([(*key, call.state()) for key, call in self._calls.items()])),
            tuple(sorted([(who, len(begins)) for who, begins in self._readers.items() if begins])),
            tuple(sorted(self._on_queue)),
            tuple(sorted(self._running)),
            tuple(sorted([(cpu, At(store.order)) for cpu, store in self._stored.items()])),
        )

    # -- grace periods --------------------------------------------------------------------------------------------

    def _on_grace_period(self, event: GracePeriod) -> None:
        key = (event.flavour, event.number)
        if event.phase == "start":
            self._periods[key] = period = _Period(event, self._stored)
            self._begun(event, period)
        elif event.phase == "end" and key in self._periods:
            self._ended(event, self._periods.pop(key))

    def _begun(self, start: GracePeriod, period: _Period) -> None:
        flavour = period.flavour
        if flavour.tasks:
            period.pending = {task: state for task, state in self._on_queue.items() if task != start.task}
        else:
            period.pending = {f"cpu{cpu}": state for cpu, state in self._running.items()}
            if not flavour.idle_is_quiescent:
                period.pending = dict.fromkeys(start.waiting) | period.pending
        if flavour.readers:
            period.readers = {task: begins[0] for task, begins in self._readers.items() if begins}
        for asked in self._asked.values():
            if asked.begin.flavour == start.flavour and not asked.number:
                asked.number = start.number

    def _ended(self, end: GracePeriod, period: _Period) -> None:
        for task, reader in period.readers.items():
            self._broken(end, period, task, f"{task} is still in the reader it had begun before", reader)
        for who, since in period.pending.items():
            self._broken(end, period, who, period.flavour.lacks.format(who=who), since)
        for who, (view, event) in period.due.items():
            if view > end.view:
                self._broken(end, period, who, f"it does not join what had been done on {who} before", event)
        for asked in self._asked.values():
            asked.over |= (asked.begin.flavour, asked.number) == (end.flavour, end.number)

    def _broken(self, end: GracePeriod, period: _Period, who: str, lack: str, since: Event | None) -> None:
        self.report(
            Severity.BROKEN_GRACE_PERIOD,
            f"a grace period of {end.flavour} ends although {lack}",
            f"{end.flavour}: {who}",
            self.scene.window_of(who),
            (since, period.start, *(event for event in period.noted if event.who == who), end),
        )

    def _on_quiescent(self, event: Quiescent) -> None:
        for (flavour, number), period in self._periods.items():
            if flavour == event.flavour:
                period.noted.append(event)
                if number == event.number:
                    period.owe(event.who, event.view, event)
                    if not period.flavour.tasks:
                        self._quiescent(period, event.who, event.cpu)
            elif event.flavour in period.flavour.contains and not period.flavour.tasks:
                # Noted for a grace period that is, or began before, one of its own: it happened since the start.
                self._quiescent(period, event.who, event.cpu)

    def _quiescent(self, period: _Period, who: str, cpu: int) -> None:
        """Somebody waited for passes its first quiescent state since the start."""
        if who in period.pending:
            del period.pending[who]
            store = self._stored.get(cpu)
            if store is not None:
                period.owe(who, store.order, store)

    def _settle(self, who: str, cpu: int, *, tasks: bool) -> None:
        """For all grace periods that wait for tasks, or for all that wait for CPUs."""
        for period in self._periods.values():
            if period.flavour.tasks == tasks:
                self._quiescent(period, who, cpu)

    # -- what happens meanwhile -----------------------------------------------------------------------------------

    def _on_store(self, event: Store) -> None:
        last = self._stored.get(event.cpu)
        if last is None or last.order < event.order:
            self._stored[event.cpu] = event

    def _on_reader(self, event: Reader) -> None:
        who = event.task or f"cpu{event.cpu}"
        begins = self._readers.setdefault(who, [])
        if event.begins:
            begins.append(event)
            return
        if begins:
            begins.pop()
        if not begins:
            self._left_reader(who)

    def _left_reader(self, who: str) -> None:
        for period in self._periods.values():
            period.readers.pop(who, None)

    def _on_switch(self, event: Switch) -> None:
        if event.prev:
            self._running.pop(event.cpu, None)
        self._settle(f"cpu{event.cpu}", event.cpu, tasks=False)
        if event.voluntary:
            self._settle(event.prev, event.cpu, tasks=True)

    def _on_task_state(self, event: TaskState) -> None:
        if event.state in {"runnable", "running"}:
            self._on_queue[event.who] = event
            if event.state == "running":
                self._running[event.cpu] = event
            return
        self._on_queue.pop(event.who, None)
        self._settle(event.who, event.cpu, tasks=True)
        if event.state == "dead":
            # A task that oopsed inside a reader never ends it.
            self._readers.pop(event.who, None)
            self._left_reader(event.who)

    # -- who asked ------------------------------------------------------------------------------------------------

    def _on_synchronize(self, event: SynchronizeRcu) -> None:
        who = event.task or event.actor
        if event.begins:
            self._asked[who] = _Asked(event)
            return
        asked = self._asked.pop(who, None)
        if asked is not None and not asked.over:
            self.report(
                Severity.BROKEN_GRACE_PERIOD,
                f"{who} goes on although no whole grace period of {event.flavour} has passed since it asked for one",
                f"{event.flavour}: {who}",
                None,
                (asked.begin, event),
            )

    # -- kicks ----------------------------------------------------------------------------------------------------

    def _on_cross_call(self, event: CrossCall) -> None:
        key = (event.task, event.number)
        if event.phase == "start":
            cpus = {int(name.removeprefix("cpu")) for name in event.waiting} | self._running.keys()
            self._calls[key] = _Call(event, cpus - {event.cpu})
            return
        call = self._calls.pop(key, None)
        if call is None:
            return
        for cpu in sorted(call.pending):
            self.report(
                Severity.BROKEN_GRACE_PERIOD,
                f"the interrupt of all CPUs for {event.function} ends although cpu{cpu} has not run it",
                f"{event.function}: cpu{cpu}",
                None,
                (call.start, call.entered.get(cpu), event),
            )

    def _on_exception(self, event: Exc) -> None:
        if event.entry:
            for call in self._calls.values():
                call.entered.setdefault(event.cpu, event)

    def _on_cross_called(self, event: CrossCalled) -> None:
        call = self._calls.get((event.caller, event.number))
        if call is not None and event.cpu in call.entered:
            call.pending.discard(event.cpu)
