"""Switching tasks: what a CPU's scheduler does when a task leaves and when one comes.

Switching executes DSB ISH and synchronizes no context, unless the kernel is said to (`switch_sync`).  A task that calls
schedule() and is picked again passes a quiescent state without a switch: __schedule notes it before it picks, and
cpu_switch_to runs only for another task (kernel/sched/core.c, read in 6.12.117 and 7.3.4).  The DSB of a switch is
executed all the same here, where the kernel has a DMB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..actors import Kind, Mailbox
from ..arm64.pe import PE
from ..events import Exc, Join, Quiescent, Switch, TaskState
from .actor import KernelActor
from .collector import Report
from .config import Preempt
from .messages import Interrupt, Quiesced, Reschedule
from .published import NOTHING, Published
from .task import BLOCKED, DEAD, Task

if TYPE_CHECKING:
    from .system import System

__all__ = ["Switching"]


class Switching(KernelActor):
    """A CPU's run queue and what it switches between.

    `queue`: its runnable tasks, next first.  `current`: the running task, None when idle.  `need_resched` and
    `lazy_resched`: TIF_NEED_RESCHED and TIF_NEED_RESCHED_LAZY.  `idle_view`: what it had completed when it went idle.
    `was_idle`: it has been idle since it last ran a task.  `stays`: the task that called schedule() and will be picked
    again, None when another one, or the idle task, comes in between.  `announced`: the task its last `Switch` event
    named as next.
    """

    __slots__ = (
        "announced",
        "config",
        "current",
        "idle_view",
        "inbox",
        "lazy_resched",
        "need_resched",
        "number",
        "pe",
        "queue",
        "stays",
        "was_idle",
    )

    def __init__(self, system: System, number: int) -> None:
        super().__init__(system, f"cpu{number}")
        self.number = self.cpu_number = number
        self.config = system.config
        self.inbox: Mailbox[Interrupt] = Mailbox(self.name)
        self.queue: list[Task] = []
        self.current: Task | None = None
        self.need_resched = False
        self.lazy_resched = False
        self.idle_view = NOTHING
        self.pe = PE(number, system.timeline, system.options, system.image.program)
        self.announced = ""
        self.was_idle = True
        self.stays: Task | None = None

    @property
    def idle(self) -> bool:
        """In the idle loop: an extended quiescent state."""
        return self.current is None and not self.queue

    def return_from_exception(self) -> None:
        """The task that comes back was preempted by an interrupt: it returns from it now."""
        self.emit(Exc, False, "irq")
        self.pe.exception_return("exception return")

    # -- what messages carry ------------------------------------------------------------------------------------

    def published(self, view: int) -> Published:
        """What this CPU has done so far, with `view` as the position that says it."""
        return Published(view, ((self.number, self.system.log.seq),))

    def acquire(self, ordering: str, published: Published) -> None:
        """Join a wake-up, a lock's hand-over or the completion of an interrupt."""
        self.pe.acquire(published.view)
        self._joined(ordering, published)

    def join_completed(self, ordering: str, published: Published) -> None:
        """Join what an interrupt, a migration or a grace period carries."""
        self.pe.join_completed(published.view)
        self._joined(ordering, published)

    def _joined(self, ordering: str, published: Published) -> None:
        for cpu, seq in published.by:
            if cpu != self.number:
                self.emit(Join, ordering, cpu, seq)

    # -- leaving and coming ------------------------------------------------------------------------------------

    def migration_target(self, task: Task) -> Switching:
        """Where a preempted task queues: here (dull), or on another CPU it may run on."""
        others = [number for number in task.cpus if number != self.number]
        index = self.choose(Kind.DATA, 1 + len(others), "migrate", task.name)
        return self.system.cpus[others[index - 1]] if index else self

    async def switch_away(self, task: Task, *, voluntary: bool, to: Switching | None) -> None:
        """__schedule, first half: the task leaves; it queues on `to`, or nowhere when it blocked or died."""
        await self.step("switch", task.name)
        pe = self.pe
        if not self.system.dropped("switch"):
            pe.full_barrier()
        task.switch_view = self.published(pe.dsb)
        task.save(pe)
        if not voluntary:
            task.nivcsw += 1
        self.need_resched = self.lazy_resched = False
        self.announced = self.queue[0].name if self.queue else ""
        self.emit(Switch, task.name, self.announced, voluntary)
        self.system.conductor.note_progress()
        self.current = None
        self.acting = ""
        self.was_idle = not self.queue
        interrupt = False
        self.stays = task if self.was_idle and to is self else None
        if to is not None:
            interrupt = to is not self and to.request_resched(self.number)
            task.cpu = to.number
            to.queue.append(task)
        if self.was_idle and self.system.dropped("switch"):
            pe.full_barrier()  # entering an extended quiescent state is fully ordered by itself
        self.idle_view = self.published(pe.dsb)
        if voluntary or self.system.dropped("voluntary-only"):
            self._tasks_quiescent(task, "voluntary switch" if voluntary else "context switch")
        await self.report_quiescent("context switch")
        if interrupt and to is not None:
            before = self.published(pe.completed_bound())
            await self.tell(to.inbox, Reschedule(before), before.view)

    async def switch_in(self) -> None:
        """__schedule, second half: the next task's context and what it must see come to this CPU."""
        await self.step("switch", self.queue[0].name)
        task = self.queue.pop(0)
        pe, system = self.pe, self.system
        moved = task.cpu_before != self.number
        task.cpu = task.cpu_before = self.number
        if moved and not system.dropped("migration"):
            self.join_completed("migration", task.switch_view)
        if self.was_idle:
            self.join_completed("gp-start", system.rcu.view)
            self.was_idle = False
        self.join_wakeup(task)
        task.load(pe)
        self.current = task
        self.acting = task.name
        if self.announced != task.name:
            self.emit(Switch, "", task.name, True)
        self.announced = ""
        self.emit(TaskState, task.name, "running", "")
        if self.config.switch_sync and task is not self.stays:
            pe.synchronize("task switch")
        self.stays = None
        if task.exception_pending:
            await self.step("eret", pe.pc)
            task.exception_pending = False
            self.return_from_exception()

    async def report_quiescent(self, reason: str) -> None:
        """Pass a quiescent state of classic RCU, and report it if a grace period waits for this CPU."""
        rcu, pe = self.system.rcu, self.pe
        if not rcu.collector.owes(self.number):
            return
        number = rcu.collector.report(self.number)
        self.join_completed("gp-start", rcu.view)
        pe.full_barrier()
        done = self.idle_view = self.published(pe.dsb)
        self.emit(Quiescent, "rcu", self.name, reason, number, done.view)
        await self.tell(rcu.reports, Quiesced(number, self.number, done), done.view)

    def _tasks_quiescent(self, task: Task, reason: str) -> None:
        """rcu_tasks_classic_qs: the task is a holdout no longer.  A flag of its own, which orders nothing."""
        collector = self.system.rcu_tasks.collector
        if collector.owes(task):
            task.report = Report(collector.report(task), task, NOTHING)
            self.emit(Quiescent, "tasks", task.name, reason, task.report.number, self.pe.dsb)

    # -- for actions and services -------------------------------------------------------------------------------

    async def block(self, task: Task, on: str) -> None:
        """schedule() with the task asleep, unless it was woken in between."""
        if task.woken:
            task.woken = False
            self.join_wakeup(task)
            return
        task.state = BLOCKED
        task.on_rq = False
        task.waits_on = on
        self.emit(TaskState, task.name, BLOCKED, on)
        await self.switch_away(task, voluntary=True, to=None)

    def join_wakeup(self, task: Task) -> None:
        """What woke the task is before what it does now: a wake-up, or the end of a grace period."""
        self.join_completed("gp-start" if task.kthread else "gp-end", task.done_view)
        self.acquire("wake-up", task.wake_view)
        task.done_view = task.wake_view = NOTHING

    async def exit(self, task: Task) -> None:
        """do_exit: the task is done."""
        task.state = DEAD
        task.on_rq = False
        self.leave_window(task)
        self.emit(TaskState, task.name, DEAD, "")
        await self.switch_away(task, voluntary=True, to=None)

    async def resched_point(self, task: Task) -> bool:
        """cond_resched: give way if a reschedule is due; True when the task was switched away."""
        if not (self.need_resched and self.queue) or task.preempt_count:
            return False
        await self.switch_away(task, voluntary=False, to=self)
        return True

    def leave_window(self, task: Task) -> None:
        """The task is in no window any more."""
        if task.window:
            task.window = ""
            self.system.window_event(self, "")

    def request_resched(self, by: int) -> bool:
        """__resched_curr for a task about to be queued here; True when this CPU must be interrupted for it.

        `by` is the asking CPU.  An idle CPU is woken; a lazy request, and one of a CPU for itself, only set a flag.
        """
        if self.current is None:
            return True
        if self.config.preempt is Preempt.LAZY:
            self.lazy_resched = True
            return False
        self.need_resched = True
        return by != self.number
