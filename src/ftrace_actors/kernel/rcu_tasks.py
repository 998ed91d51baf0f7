"""RCU Tasks and Tasks Rude (kernel/rcu/tasks.h).

Tasks: waits until every task that was on a run queue has switched voluntarily, blocked, or exited.  Preemption is not
a quiescent state, so a task preempted inside a trampoline holds it up.  Phases: synchronize_rcu, so that what was
read of a task is recent; the scan for holdouts; waiting for them; synchronize_rcu again.

Rude: has a kworker run on every CPU, so each switches context, by whatever means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, assert_never

from ..events import SynchronizeRcu
from ..events.flavours import RCU
from .actor import Setting, Tell, mail
from .collector import Collector
from .grace import GraceKthread
from .mail import cpu_name
from .messages import Synchronize, Wake
from .published import NOTHING, Published

if TYPE_CHECKING:
    from ..events.flavours import Flavour
    from .books import Books
    from .mail import Mail

__all__ = ["RcuTasks", "RcuTasksRude"]


@dataclass(frozen=True, slots=True)
class EndInner:
    """To do: wait for the end of the grace period of classic RCU, the first or the `last` of two."""

    request: Synchronize
    last: bool


@dataclass(frozen=True, slots=True)
class Scan:
    """To do: look at task number `at` of the task list: is it on a run queue?"""

    request: Synchronize
    at: int


@dataclass(frozen=True, slots=True)
class AwaitHoldouts:
    """To do: wait until no holdout is left."""

    request: Synchronize


TasksItem = EndInner | Scan | AwaitHoldouts


class RcuTasks(GraceKthread[TasksItem]):
    """The rcu_tasks_kthread.

    Its book holds the holdouts, which look there whether they owe a report.  A report is not sent: it stays with the
    task, as rcu_tasks_holdout does, and is received by looking there (check_holdout_task).  `inner`: the grace period
    of classic RCU that it waits for itself.
    """

    __slots__ = ("_rcu", "_tasks", "inner")

    STATE: ClassVar[tuple[str, ...]] = (*GraceKthread.STATE, "inner")

    def __init__(self, setting: Setting, flavour: Flavour, mail: Mail, books: Books) -> None:
        super().__init__(setting, flavour, mail, books)
        self._rcu = mail.flavours[RCU.name].requests
        self._tasks = books.tasks
        self.inner: Collector[str] = Collector()

    async def rest(self) -> Sequence[TasksItem | Tell]:
        """Start the next grace period."""
        request = await self.hear(self._inbox, "idle")
        self.collector.begin()
        self.log_phase("start", request.view)
        return self._synchronize_rcu(request, request.view, last=False)

    async def perform(self, item: TasksItem) -> Sequence[TasksItem | Tell]:
        """One item."""
        match item:
            case EndInner():
                return await self._end_inner(item)
            case Scan(request, at):
                task = self._tasks.tasks[at]
                await self.step("scan", task.name)
                if task.on_rq:
                    self.collector.ask(task.name)
                return self._scanned(request, at + 1)
            case AwaitHoldouts(request):
                await self.wait(guard=self._all_quiescent, point="holdouts", waits_for=self._holdout_names)
                for name in self.collector.waiting:
                    self.collector.receive(self._tasks[name].report)
                return self._waited(request)
            case _:
                assert_never(item)

    def _synchronize_rcu(
        self, request: Synchronize, view: Published, *, last: bool
    ) -> Sequence[TasksItem | Tell]:
        """synchronize_rcu, with `view` published."""
        number = self.inner.begin((RCU.actor,), view=view)
        self.emit(SynchronizeRcu, True, RCU.name)
        return (mail(self._rcu, Synchronize(view, number, self._replies)), EndInner(request, last))

    async def _end_inner(self, item: EndInner) -> Sequence[TasksItem | Tell]:
        done = await self.hear(self._replies, "synchronize_rcu", RCU.actor)
        self.inner.receive(done)
        if self.inner.waiting:
            return (item,)
        self.emit(SynchronizeRcu, False, RCU.name)
        if not item.last:
            return self._scanned(item.request, 0)
        view = self.inner.view
        self.log_phase("end", self.handed_on(view))
        return (self.answer(item.request, view),)

    def _scanned(self, request: Synchronize, at: int) -> Sequence[TasksItem | Tell]:
        """for_each_process_thread: one visible step a task, since tasks keep running meanwhile; `at` is the next."""
        if at < len(self._tasks.tasks):
            return (Scan(request, at),)
        self.log_phase("scan", NOTHING)
        return self._waited(request)

    def _waited(self, request: Synchronize) -> Sequence[TasksItem | Tell]:
        """Wait on for holdouts; without any, for what the first grace period of classic RCU collected."""
        if self.collector.waiting:
            return (AwaitHoldouts(request),)
        return self._synchronize_rcu(request, self.inner.view, last=True)

    def _all_quiescent(self) -> bool:
        belongs = self.collector.belongs
        return all(belongs(self._tasks[name].report.number) for name in self.collector.waiting)

    def _holdout_names(self) -> list[str]:
        return [name for name in self.collector.waiting if self.collector.owes(name)]


@dataclass(frozen=True, slots=True)
class CollectWork:
    """To do: receive the reports of kworkers until none is missing."""

    request: Synchronize


class RcuTasksRude(GraceKthread[CollectWork]):
    """schedule_on_each_cpu: a kworker a CPU, each a task that has to be switched to.  Its book holds those CPUs."""

    __slots__ = ("_tasks",)

    def __init__(self, setting: Setting, flavour: Flavour, mail: Mail, books: Books) -> None:
        super().__init__(setting, flavour, mail, books)
        self._tasks = books.tasks

    async def rest(self) -> Sequence[CollectWork | Tell]:
        """Start the next grace period: queue the work and wake the kworkers."""
        request = await self.hear(self._inbox, "idle")
        workers = self._tasks.kworkers
        number = self.collector.begin((cpu_name(worker.cpu) for worker in workers), view=request.view)
        self.log_phase("start", request.view)
        published = NOTHING if "gp-start" in self.drop else request.view
        wakes = (
            mail(self._scheduler, Wake(worker.name, NOTHING, published, work=number), published.view)
            for worker in workers
        )
        return (*wakes, CollectWork(request))

    async def perform(self, item: CollectWork) -> Sequence[CollectWork | Tell]:
        """One more report."""
        done = await self.hear(self._reports, "kworkers", "kworkers of CPUs")
        self.collector.receive(done)
        if self.collector.waiting:
            return (item,)
        view = self.collector.view
        self.log_phase("end", self.handed_on(view))
        return (self.answer(item.request, view),)
