"""The scheduler's side of waking: which CPU a task goes to, and the interrupt that tells it.

Run queues themselves belong to the CPUs (`cpu.py`); picking the next task happens there, under no message.
"""

from __future__ import annotations

from ..actors import Mailbox
from .actor import KernelActor
from .messages import Reschedule, SleepFor, Wake
from .published import NOTHING
from .system import System
from .task import BLOCKED, RUNNABLE

__all__ = ["Scheduler", "Timekeeper"]


class Scheduler(KernelActor):
    """try_to_wake_up (kernel/sched/core.c), one wake-up after the other."""

    __slots__ = ("inbox",)

    def __init__(self, system: System) -> None:
        super().__init__(system, "scheduler")
        self.inbox: Mailbox[Wake] = Mailbox("scheduler")

    async def body(self) -> None:
        """Put woken tasks on a run queue and interrupt their CPU."""
        while True:
            message = await self.hear(self.inbox, "idle")
            await self._wake(message)

    async def _wake(self, message: Wake) -> None:
        task = message.task
        if not self.system.dropped("wake-up"):
            task.wake_view |= message.view
        task.done_view |= message.completed
        task.work = max(task.work, message.work)
        if message.done is not None:
            task.awaits.receive(message.done)
        if task.state != BLOCKED:
            task.woken = True
            return
        task.state = RUNNABLE
        task.waits_on = ""
        task.on_rq = True
        cpu = self.system.cpus[task.cpu]
        needs_interrupt = cpu.request_resched(message.cpu)
        cpu.queue.append(task)
        self.system.task_event(self, task, RUNNABLE, "")
        if needs_interrupt:
            await self.tell(cpu.inbox, Reschedule(message.interrupt), message.interrupt.view)


class Timekeeper(KernelActor):
    """Wakes sleeping tasks when their timer fires."""

    __slots__ = ("inbox",)

    def __init__(self, system: System) -> None:
        super().__init__(system, "timekeeper")
        self.inbox: Mailbox[SleepFor] = Mailbox("timekeeper")

    async def body(self) -> None:
        """One sleeper after the other: who slept first wakes first."""
        while True:
            message = await self.hear(self.inbox, "idle")
            await self.sleep(message.ticks)
            self.system.conductor.note_progress()
            await self.tell(self.system.scheduler.inbox, Wake(message.task, NOTHING))
