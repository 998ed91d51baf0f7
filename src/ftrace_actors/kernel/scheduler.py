"""The scheduler's side of waking: which CPU a task goes to, and the interrupt that tells it.

Picking the next task happens on the CPU (`switching.py`), under no message: run queues are books.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Never, assert_never

from ..events import TaskState
from .actor import KernelActor, Setting, Tell, mail
from .messages import Reschedule, SleepFor, Wake
from .published import NOTHING
from .task import BLOCKED, RUNNABLE

if TYPE_CHECKING:
    from ..actors import Mailbox
    from .books import RunQueue, TaskList
    from .messages import Interrupt

__all__ = ["Scheduler", "Timekeeper"]


class Scheduler(KernelActor[Never]):
    """try_to_wake_up (kernel/sched/core.c), one wake-up after the other."""

    __slots__ = ("_cpus", "_inbox", "_queues", "_tasks")

    def __init__(
        self,
        setting: Setting,
        inbox: Mailbox[Wake],
        cpus: Sequence[Mailbox[Interrupt]],
        queues: Sequence[RunQueue],
        tasks: TaskList,
    ) -> None:
        super().__init__(setting, inbox.name)
        self._inbox = inbox
        self._cpus = cpus
        self._queues = queues
        self._tasks = tasks

    async def rest(self) -> Sequence[Tell]:
        """Put a woken task on a run queue and interrupt its CPU."""
        message = await self.hear(self._inbox, "idle")
        task = self._tasks[message.task]
        if "wake-up" not in self.drop:
            task.wake_view |= message.view
        task.done_view |= message.completed
        task.work = max(task.work, message.work)
        if message.done is not None:
            task.awaits.receive(message.done)
        if task.state != BLOCKED:
            task.woken = True
            return ()
        task.state = RUNNABLE
        task.waits_on = ""
        task.on_rq = True
        queue = self._queues[task.cpu]
        needs_interrupt = queue.request_resched(message.cpu)
        queue.queue.append(task)
        self.emit(TaskState, task.name, RUNNABLE, "")
        if not needs_interrupt:
            return ()
        return (mail(self._cpus[task.cpu], Reschedule(message.interrupt), message.interrupt.view),)

    async def perform(self, item: Never) -> Sequence[Tell]:
        """There is nothing but to interrupt CPUs."""
        assert_never(item)


@dataclass(frozen=True, slots=True)
class Snooze:
    """To do: let `ticks` pass, for `task`."""

    task: str
    ticks: int


class Timekeeper(KernelActor[Snooze]):
    """Wakes sleeping tasks when their timer fires."""

    __slots__ = ("_inbox", "_scheduler")

    def __init__(self, setting: Setting, inbox: Mailbox[SleepFor], scheduler: Mailbox[Wake]) -> None:
        super().__init__(setting, inbox.name)
        self._inbox = inbox
        self._scheduler = scheduler

    async def rest(self) -> Sequence[Tell | Snooze]:
        """One sleeper after the other: the one that slept first wakes first."""
        message = await self.hear(self._inbox, "idle")
        return (Snooze(message.task, message.ticks),)

    async def perform(self, item: Snooze) -> Sequence[Tell | Snooze]:
        """Its time is over."""
        await self.sleep(item.ticks)
        self.conductor.note_progress()
        return (mail(self._scheduler, Wake(item.task, NOTHING)),)
