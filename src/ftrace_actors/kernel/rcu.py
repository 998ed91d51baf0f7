"""Classic RCU: a grace period ends when every CPU has passed a quiescent state that began after it.

Quiescent states (3 in Documentation/RCU): a context switch, the idle loop, user mode; with preemptible RCU also a
timer tick outside any reader.  Readers here are regions with preemption off.

A grace period orders both ways: its start publishes the caller's view, which each CPU joins at its quiescent state, or
when it leaves idle; its end joins what each CPU had completed there into the caller.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import ClassVar

from ..actors import Mailbox
from ..events import GracePeriod
from .actor import KernelActor
from .collector import Collector
from .messages import GracePeriodDone, Quiesced, Synchronize, Wake
from .published import NOTHING, Published
from .system import System

__all__ = ["Rcu", "finish_grace_period", "handed_on"]


class Rcu(KernelActor):
    """The RCU grace-period kthread.

    `collector`: the CPUs it waits for, who look there whether they owe a report.  `view`: what all grace periods that
    have started so far published.
    """

    __slots__ = ("collector", "inbox", "reports", "view")

    flavour: ClassVar[str] = "rcu"

    def __init__(self, system: System) -> None:
        super().__init__(system, "rcu")
        self.inbox: Mailbox[Synchronize] = Mailbox("rcu")
        self.reports: Mailbox[Quiesced] = Mailbox("rcu reports")
        self.collector: Collector[int] = Collector()
        self.view = NOTHING

    async def body(self) -> None:
        """One grace period after the other; a request that comes during one waits for a later one."""
        while True:
            request = await self.hear(self.inbox, "idle")
            await self._grace_period(request.view)
            await finish_grace_period(self, request, self.collector.view)

    async def _grace_period(self, published: Published) -> None:
        system, collector = self.system, self.collector
        if not system.dropped("gp-start"):
            self.view |= published
        # An idle CPU is quiescent as it is: what it had completed when it went idle counts as reported.
        idle = [cpu.idle_view for cpu in system.cpus if cpu.idle]
        waiting = (cpu.number for cpu in system.cpus if not cpu.idle)
        collector.begin(waiting, view=reduce(or_, idle, published))
        self._event("start", published)
        while collector.waiting:
            report = await self.hear(self.reports, "quiescent states", "quiescent states of CPUs")
            collector.receive(report)
        self._event("end", handed_on(system, collector.view))

    def _event(self, phase: str, view: Published) -> None:
        waiting = tuple(f"cpu{number}" for number in self.collector.waiting)
        self.emit(GracePeriod, self.flavour, self.collector.number, phase, waiting, view.view)


def handed_on(system: System, view: Published) -> Published:
    """What the end of a grace period orders before whatever follows it, of the `view` that it collected."""
    return NOTHING if system.dropped("gp-end") else view


async def finish_grace_period(actor: KernelActor, request: Synchronize, view: Published) -> None:
    """Tell whoever asked: complete what the task waits for and wake it, or answer the other flavour."""
    system = actor.system
    completed = handed_on(system, view)
    done = GracePeriodDone(request.number, actor.name, completed)
    match request.asker:
        case Mailbox() as reply:
            await actor.tell(reply, done, completed.view)
        case task:
            wake = Wake(task, NOTHING, completed, done=done)
            await actor.tell(system.scheduler.inbox, wake, completed.view)
