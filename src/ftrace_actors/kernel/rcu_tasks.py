"""RCU Tasks and Tasks Rude (kernel/rcu/tasks.h).

Tasks: waits until every task that was on a run queue has switched voluntarily, blocked, or exited.  Preemption is no
quiescent state, so a task preempted inside a trampoline holds it up.  Phases: synchronize_rcu, so that what was read
of a task is recent; the scan for holdouts; waiting for them; synchronize_rcu again.

Rude: has a kworker run on every CPU, so each switches context, by whatever means.
"""

from __future__ import annotations

from typing import ClassVar

from ..actors import Mailbox
from ..events import GracePeriod, SynchronizeRcu
from .actor import KernelActor
from .collector import Collector
from .messages import GracePeriodDone, Synchronize, Wake, WorkDone
from .published import NOTHING, Published
from .rcu import finish_grace_period, handed_on
from .system import System
from .task import Task

__all__ = ["RcuTasks", "RcuTasksRude"]


class RcuTasks(KernelActor):
    """The rcu_tasks_kthread.

    `collector`: the holdouts, who look there whether they owe a report.  It is not sent: it stays with the task, as
    rcu_tasks_holdout does, and is received by looking there (check_holdout_task).  `inner`: the grace period of classic
    RCU that it waits for itself.
    """

    __slots__ = ("collector", "inbox", "inner", "replies")

    flavour: ClassVar[str] = "tasks"

    def __init__(self, system: System) -> None:
        super().__init__(system, "rcu_tasks")
        self.inbox: Mailbox[Synchronize] = Mailbox("rcu_tasks")
        self.replies: Mailbox[GracePeriodDone] = Mailbox("rcu_tasks replies")
        self.collector: Collector[Task] = Collector()
        self.inner: Collector[str] = Collector()

    async def body(self) -> None:
        """One grace period after the other."""
        collector = self.collector
        while True:
            request = await self.hear(self.inbox, "idle")
            collector.begin()
            self._event("start", request.view)
            view = await self._synchronize_rcu(request.view)
            await self._scan()
            self._event("scan", NOTHING)
            while collector.waiting:
                await self.wait(guard=self._all_quiescent, point="holdouts", waits_for=self._holdout_names)
                for task in collector.waiting:
                    collector.receive(task.report)
            view = await self._synchronize_rcu(view)
            self._event("end", handed_on(self.system, view))
            await finish_grace_period(self, request, view)

    async def _synchronize_rcu(self, view: Published) -> Published:
        """synchronize_rcu, with `view` published; returns what it collected, joined."""
        number = self.inner.begin(("rcu",), view=view)
        self.emit(SynchronizeRcu, True, "rcu")
        await self.tell(self.system.rcu.inbox, Synchronize(view, number, self.replies))
        while self.inner.waiting:
            done = await self.hear(self.replies, "synchronize_rcu", "rcu")
            self.inner.receive(done)
        self.emit(SynchronizeRcu, False, "rcu")
        return self.inner.view

    async def _scan(self) -> None:
        """for_each_process_thread: one visible step a task, since tasks go on meanwhile."""
        for task in self.system.tasks:
            await self.step("scan", task.name)
            if task.on_rq:
                self.collector.ask(task)

    def _all_quiescent(self) -> bool:
        belongs = self.collector.belongs
        return all(belongs(task.report.number) for task in self.collector.waiting)

    def _holdout_names(self) -> list[str]:
        return [task.name for task in self.collector.waiting if self.collector.owes(task)]

    def _event(self, phase: str, view: Published) -> None:
        waiting = tuple(task.name for task in self.collector.waiting)
        self.emit(GracePeriod, self.flavour, self.collector.number, phase, waiting, view.view)


class RcuTasksRude(KernelActor):
    """schedule_on_each_cpu: a kworker a CPU, each a task that has to be switched to.  `collector`: those CPUs."""

    __slots__ = ("collector", "inbox", "reports")

    flavour: ClassVar[str] = "rude"

    def __init__(self, system: System) -> None:
        super().__init__(system, "rcu_tasks_rude")
        self.inbox: Mailbox[Synchronize] = Mailbox("rcu_tasks_rude")
        self.reports: Mailbox[WorkDone] = Mailbox("rcu_tasks_rude reports")
        self.collector: Collector[int] = Collector()

    async def body(self) -> None:
        """One grace period after the other."""
        system, collector = self.system, self.collector
        while True:
            request = await self.hear(self.inbox, "idle")
            number = collector.begin((worker.cpu for worker in system.kworkers), view=request.view)
            self._event("start", request.view)
            published = NOTHING if system.dropped("gp-start") else request.view
            for worker in system.kworkers:
                await self.tell(
                    system.scheduler.inbox, Wake(worker, NOTHING, published, work=number), published.view
                )
            while collector.waiting:
                done = await self.hear(self.reports, "kworkers", "kworkers of CPUs")
                collector.receive(done)
            self._event("end", handed_on(system, collector.view))
            await finish_grace_period(self, request, collector.view)

    def _event(self, phase: str, view: Published) -> None:
        waiting = tuple(f"cpu{number}" for number in self.collector.waiting)
        self.emit(GracePeriod, self.flavour, self.collector.number, phase, waiting, view.view)
