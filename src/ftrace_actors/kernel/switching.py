"""Switching tasks: what a CPU's scheduler does when a task leaves and when one comes.

Switching executes DSB ISH and synchronizes no context, unless the kernel is said to (`switch_sync`).  A task that calls
schedule() and is picked again passes a quiescent state without a switch: __schedule notes it before it picks, and
cpu_switch_to runs only for another task (kernel/sched/core.c, read in 6.12.117 and 7.3.4).  The DSB of a switch is
executed all the same here, where the kernel has a DMB.

A method that leads to visible steps does not make them: it returns items, to be put on the agenda.  So each park is
the first thing of an item (see `actor`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..actors import Kind
from ..events import Exc, Join, Quiescent, Switch, TaskState, Window
from ..events.flavours import RCU, TASKS
from .actor import KernelActor, Setting, mail
from .collector import Report
from .cpu_items import NOWHERE, CpuItem, CpuItems, Eret, SendReschedule, SwitchAway
from .mail import cpu_name
from .messages import Quiesced, Reschedule
from .published import NOTHING, Published
from .task import BLOCKED, DEAD, Task

if TYPE_CHECKING:
    from ..arm64.pe import PE
    from .books import Books, RunQueue
    from .mail import Mail

__all__ = ["Switching"]


class Switching(KernelActor[CpuItem]):
    """A CPU's run queue and what it switches between.

    `rq`: its run queue.  `arrived`: not empty while an interrupt is pending.  `stays`: the task that called schedule()
    and will be picked again, "" when another one, or the idle task, comes in between.  `announced`: the task its last
    `Switch` event named as next.
    """

    __slots__ = (
        "announced",
        "arrived",
        "books",
        "config",
        "inbox",
        "mail",
        "number",
        "pe",
        "rq",
        "stays",
    )

    STATE: ClassVar[tuple[str, ...]] = (*KernelActor.STATE, "announced", "stays")

    def __init__(self, setting: Setting, number: int, mail: Mail, books: Books, pe: PE) -> None:
        super().__init__(setting, cpu_name(number))
        self.number = self.cpu_number = number
        self.config = setting.image.spec.kernel
        self.mail = mail
        self.books = books
        self.inbox = mail.cpus[number]
        # Held, and only read: asking for it before each instruction would be a call more.
        self.arrived = setting.conductor.letters(self.inbox).arrivals
        self.rq: RunQueue = books.queues[number]
        self.pe = pe
        self.announced = ""
        self.stays = ""

    @property
    def current(self) -> Task | None:
        """The task that it runs, None when idle."""
        return self.rq.current

    @property
    def task(self) -> Task:
        """The task that it runs, asked only where there is one."""
        task = self.rq.current
        assert task is not None, f"{self.name} runs no task"
        return task

    def return_from_exception(self) -> None:
        """The task that comes back was preempted by an interrupt: it returns from it now."""
        self.emit(Exc, False, "irq")
        self.pe.exception_return("exception return")

    # -- what messages carry ------------------------------------------------------------------------------------

    def published(self, view: int) -> Published:
        """What this CPU has done so far, with `view` as the position that says it."""
        return Published(view, ((self.number, self.log.seq),))

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

    def migration_target(self, task: Task) -> int:
        """Where a preempted task queues: here (dull), or on another CPU it may run on."""
        others = [number for number in task.cpus if number != self.number]
        index = self.choose(Kind.DATA, 1 + len(others), "migrate", task.name)
        return others[index - 1] if index else self.number

    async def switch_away(self, voluntary: bool, to: int) -> CpuItems:
        """Perform a `SwitchAway`."""
        task = self.task
        await self.step("switch", task.name)
        pe, rq = self.pe, self.rq
        assert task.cpu == self.number, f"{task.name} runs on {self.name}, and its CPU is {task.cpu}"
        if "switch" not in self.drop:
            pe.full_barrier()
        task.switch_view = self.published(pe.dsb)
        task.save(pe)
        if not voluntary:
            task.nivcsw += 1
        rq.need_resched = rq.lazy_resched = False
        self.announced = rq.queue[0].name if rq.queue else ""
        self.emit(Switch, task.name, self.announced, voluntary)
        self.conductor.note_progress()
        rq.current = None
        self.acting = ""
        self.stays = task.name if not rq.queue and to == self.number else ""
        interrupt = self._queue(task, to)
        if rq.idle and "switch" in self.drop:
            pe.full_barrier()  # entering an extended quiescent state is fully ordered by itself
        rq.idle_view = self.published(pe.dsb)
        if voluntary or "voluntary-only" in self.drop:
            self._tasks_quiescent(task, "voluntary switch" if voluntary else "context switch")
        report = self.report_quiescent("context switch")
        return (*report, SendReschedule(to)) if interrupt else report

    def _queue(self, task: Task, to: int) -> bool:
        """Put a task that leaves on a run queue, if any; True when that CPU must be interrupted for it."""
        if to == NOWHERE:
            return False
        queue = self.books.queues[to]
        interrupt = to != self.number and queue.request_resched(self.number)
        task.cpu = to
        queue.queue.append(task)
        return interrupt

    def send_reschedule(self, to: int) -> CpuItems:
        """Perform a `SendReschedule`: what was completed is known only now."""
        before = self.published(self.pe.completed_bound())
        return (mail(self.mail.cpus[to], Reschedule(before), before.view),)

    async def switch_in(self) -> CpuItems:
        """Perform a `SwitchIn`: the next task's context and what it must see come to this CPU."""
        rq, pe = self.rq, self.pe
        await self.step("switch", rq.queue[0].name)
        assert rq.skipped_by == NOTHING, f"{self.name} runs a task without having left idle"
        task = rq.queue.pop(0)
        moved = task.cpu_before != self.number
        task.cpu = task.cpu_before = self.number
        if moved and "migration" not in self.drop:
            self.join_completed("migration", task.switch_view)
        self.join_wakeup(task)
        task.load(pe)
        rq.current = task
        self.acting = task.name
        if self.announced != task.name:
            self.emit(Switch, "", task.name, True)
        self.announced = ""
        self.emit(TaskState, task.name, "running", "")
        if self.config.switch_sync and task.name != self.stays:
            pe.synchronize("task switch")
        self.stays = ""
        return (Eret(pe.pc),) if task.exception_pending else ()

    def leave_idle(self) -> None:
        """ct_idle_exit: RCU watches again, and no grace period that began before may be missed from here on."""
        rq = self.rq
        self.join_completed("gp-start", rq.skipped_by)
        rq.skipped_by = NOTHING

    async def eret(self, where: int | str) -> CpuItems:
        """Perform an `Eret`."""
        await self.step("eret", where)
        task = self.rq.current
        if task is None:
            # A grace period that began during the handler saw the CPU as idle.  In the kernel it waits for the handler.
            self.leave_idle()
        else:
            task.exception_pending = False
        self.return_from_exception()
        return ()

    def report_quiescent(self, reason: str) -> CpuItems:
        """Pass a quiescent state of classic RCU, and report it if a grace period waits for this CPU."""
        book, pe = self.books.grace[RCU.name], self.pe
        if not book.collector.owes(self.name):
            return ()
        number = book.collector.report(self.name)
        self.join_completed("gp-start", book.view)
        pe.full_barrier()
        # Also what a grace period takes that finds this CPU idle: the barrier completed more than the switch had.
        done = self.rq.idle_view = self.published(pe.dsb)
        self.emit(Quiescent, RCU.name, self.name, reason, number, done.view)
        return (mail(self.mail.flavours[RCU.name].reports, Quiesced(number, self.name, done), done.view),)

    def _tasks_quiescent(self, task: Task, reason: str) -> None:
        """rcu_tasks_classic_qs: the task is a holdout no longer.  A flag of its own, which orders nothing."""
        collector = self.books.grace[TASKS.name].collector
        if collector.owes(task.name):
            task.report = Report(collector.report(task.name), task.name, NOTHING)
            self.emit(Quiescent, TASKS.name, task.name, reason, task.report.number, self.pe.dsb)

    # -- for actions and services -------------------------------------------------------------------------------

    def block(self, task: Task, on: str) -> CpuItems:
        """schedule() with the task asleep, unless it was woken in between."""
        if task.woken:
            task.woken = False
            self.join_wakeup(task)
            return ()
        task.state = BLOCKED
        task.on_rq = False
        task.waits_on = on
        self.emit(TaskState, task.name, BLOCKED, on)
        return (SwitchAway(voluntary=True, to=NOWHERE),)

    def join_wakeup(self, task: Task) -> None:
        """What woke the task is before what it does now: a wake-up, or the end of a grace period."""
        self.join_completed("gp-start" if task.kthread else "gp-end", task.done_view)
        self.acquire("wake-up", task.wake_view)
        task.done_view = task.wake_view = NOTHING

    def exit(self, task: Task) -> CpuItems:
        """do_exit: the task is done."""
        task.state = DEAD
        task.on_rq = False
        self.leave_window(task)
        self.emit(TaskState, task.name, DEAD, "")
        return (SwitchAway(voluntary=True, to=NOWHERE),)

    def resched_point(self, task: Task) -> CpuItems:
        """cond_resched: give way if a reschedule is due; nothing follows when none is."""
        if not (self.rq.need_resched and self.rq.queue) or task.preempt_count:
            return ()
        return (SwitchAway(voluntary=False, to=self.number),)

    def enter_window(self, task: Task, window: str) -> None:
        """The task enters a window of the protocol."""
        task.window = window
        self.emit(Window, window)

    def leave_window(self, task: Task) -> None:
        """The task is in no window any more."""
        if task.window:
            self.enter_window(task, "")
