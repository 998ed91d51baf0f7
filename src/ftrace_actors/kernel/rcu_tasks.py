"""RCU Tasks and Tasks Rude (kernel/rcu/tasks.h).

Tasks: waits until every task that was on a run queue has switched voluntarily, blocked, or exited.  Preemption is no
quiescent state, so a task preempted inside a trampoline holds it up.  Phases: synchronize_rcu, so that what was read
of a task is recent; the scan for holdouts; waiting for them; synchronize_rcu again.

Rude: has a kworker run on every CPU, so each switches context, by whatever means.
"""

from __future__ import annotations

from ftrace_actors.actors import Mailbox
from ftrace_actors.events import GracePeriod, Quiescent

from .actor import KernelActor
from .messages import GracePeriodDone, Synchronize, Wake, WorkDone
from .published import NOTHING, Published
from .rcu import finish_grace_period
from .system import System
from .task import Task

__all__ = ["RcuTasks", "RcuTasksRude"]


class _Flavour(KernelActor):
    """What both share: requests, reports, numbered grace periods."""

    __slots__ = ("flavour", "inbox", "number", "reports")

    def __init__(self, system: System, name: str, flavour: str) -> None:
        super().__init__(system, name)
        self.flavour = flavour
        self.inbox = Mailbox(name)
        self.reports = Mailbox(f"{name} reports")
        self.number = 0

    def _event(self, phase: str, waiting: tuple[str, ...]) -> None:
        self.emit(GracePeriod, self.flavour, self.number, phase, waiting)


class RcuTasks(_Flavour):
    """The rcu_tasks_kthread.  `holdouts`: tasks it waits for, with their nvcsw at the scan."""

    __slots__ = ("holdouts",)

    def __init__(self, system: System) -> None:
        super().__init__(system, "rcu_tasks", "tasks")
        self.holdouts: dict[Task, int] = {}

    async def body(self) -> None:
        """One grace period after the other."""
        while True:
            request = await self.hear(self.inbox, "idle")
            assert isinstance(request, Synchronize)
            self.number += 1
            self._event("start", ())
            view = await self._synchronize_rcu(request.view)
            await self._scan()
            self._event("scan", tuple(task.name for task in self.holdouts))
            if self.holdouts:
                await self.wait(guard=self._all_quiescent, point="holdouts", waits_for=self._holdout_names)
            view |= await self._synchronize_rcu(view)
            self._event("end", ())
            await finish_grace_period(self, request, view)

    async def _synchronize_rcu(self, view: Published) -> Published:
        await self.tell(self.system.rcu.inbox, Synchronize(view, None, self.reports))
        done = await self.hear(self.reports, "synchronize_rcu", "rcu")
        assert isinstance(done, GracePeriodDone)
        return done.view

    async def _scan(self) -> None:
        """for_each_process_thread: one visible step a task, since tasks go on meanwhile."""
        self.holdouts.clear()
        for task in self.system.tasks:
            await self.step("scan", task.name)
            if task.on_rq:
                self.holdouts[task] = task.nvcsw

    def _all_quiescent(self) -> bool:
        return not any(self._holds_out(task, nvcsw) for task, nvcsw in self.holdouts.items())

    @staticmethod
    def _holds_out(task: Task, nvcsw: int) -> bool:
        return task.on_rq and task.nvcsw == nvcsw

    def _holdout_names(self) -> list[str]:
        return [task.name for task, nvcsw in self.holdouts.items() if self._holds_out(task, nvcsw)]


class RcuTasksRude(_Flavour):
    """schedule_on_each_cpu: a kworker a CPU, each a task that has to be switched to."""

    __slots__ = ()

    def __init__(self, system: System) -> None:
        super().__init__(system, "rcu_tasks_rude", "rude")

    async def body(self) -> None:
        """One grace period after the other."""
        while True:
            request = await self.hear(self.inbox, "idle")
            assert isinstance(request, Synchronize)
            self.number += 1
            waiting = {worker.cpu for worker in self.system.kworkers}
            self._event("start", tuple(f"cpu{cpu}" for cpu in sorted(waiting)))
            published = NOTHING if self.system.dropped("gp-start") else request.view
            for worker in self.system.kworkers:
                await self.tell(self.system.scheduler.inbox, Wake(worker, NOTHING, published), published.view)
            view = request.view
            while waiting:
                done = await self.hear(self.reports, "kworkers", "kworkers of CPUs")
                assert isinstance(done, WorkDone)
                self._quiescent(done.cpu)
                waiting.discard(done.cpu)
                view |= done.view
            self._event("end", ())
            await finish_grace_period(self, request, view)

    def _quiescent(self, cpu: int) -> None:
        self.emit(Quiescent, "rude", f"cpu{cpu}", "kworker ran")
