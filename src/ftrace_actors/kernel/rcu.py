"""Classic RCU: a grace period ends when every CPU has passed a quiescent state that began after it.

Quiescent states (3 in Documentation/RCU): a context switch, the idle loop, user mode; with preemptible RCU also a
timer tick outside any reader.  Readers here are regions with preemption off.

A grace period orders both ways: its start publishes the caller's view, which each CPU joins at its quiescent state, or
when it leaves idle; its end joins what each CPU had completed there into the caller.
"""

from __future__ import annotations

from ftrace_actors.actors import Mailbox
from ftrace_actors.events import GracePeriod

from .actor import KernelActor
from .messages import GracePeriodDone, Quiesced, Synchronize, Wake
from .published import NOTHING, Published
from .system import System

__all__ = ["Rcu", "finish_grace_period"]


class Rcu(KernelActor):
    """The RCU grace-period kthread.

    `waiting`: CPUs whose quiescent state is still due, read by the CPUs themselves.  `view`: what all grace periods
    started so far have published.
    """

    __slots__ = ("inbox", "number", "reports", "view", "waiting")

    def __init__(self, system: System) -> None:
        super().__init__(system, "rcu")
        self.inbox = Mailbox("rcu")
        self.reports = Mailbox("rcu reports")
        self.number = 0
        self.view = NOTHING
        self.waiting: set[int] = set()

    async def body(self) -> None:
        """One grace period after the other; a request that comes during one waits for a later one."""
        while True:
            request = await self.hear(self.inbox, "idle")
            assert isinstance(request, Synchronize)
            view = await self._grace_period(request.view)
            await finish_grace_period(self, request, view)

    async def _grace_period(self, published: Published) -> Published:
        system = self.system
        self.number += 1
        if not system.dropped("gp-start"):
            self.view |= published
        joined = published
        for cpu in system.cpus:
            if cpu.idle:
                joined |= cpu.idle_view
            else:
                self.waiting.add(cpu.number)
        self._event("start")
        while self.waiting:
            report = await self.hear(self.reports, "quiescent states", "quiescent states of CPUs")
            assert isinstance(report, Quiesced)
            self.waiting.discard(report.cpu)
            joined |= report.view
        self._event("end")
        return joined

    def _event(self, phase: str) -> None:
        self.emit(
            GracePeriod, "rcu", self.number, phase, tuple(f"cpu{number}" for number in sorted(self.waiting))
        )


async def finish_grace_period(actor: KernelActor, request: Synchronize, view: Published) -> None:
    """Tell whoever asked: wake the task, or answer the other flavour."""
    system = actor.system
    completed = NOTHING if system.dropped("gp-end") else view
    if request.task is not None:
        await actor.tell(system.scheduler.inbox, Wake(request.task, NOTHING, completed), completed.view)
    else:
        assert request.reply is not None
        await actor.tell(request.reply, GracePeriodDone(completed), completed.view)
