"""Interrupts: inter-processor interrupts and the timer, and what is due at their exit.

Entry and return synchronize context; so does nothing else here.
"""

from __future__ import annotations

from typing import assert_never

from ..events import CrossCalled, Exc, Tick
from .actor import mail
from .config import Preempt
from .cpu_items import CpuItems, Eret, LeaveInterrupt, SwitchAway
from .messages import Interrupt, Kick, KickAcknowledged, Reschedule
from .switching import Switching
from .task import Task

__all__ = ["Interrupts"]


class Interrupts(Switching):
    """What interrupts a CPU."""

    __slots__ = ()

    def enter_exception(self, message: Interrupt | None) -> None:
        """Take an interrupt; an IPI's view is joined before the context synchronization of the entry."""
        if message is not None and "ipi" not in self.drop:
            self.join_completed("ipi", message.view)
        self.pe.fetched = None
        self.emit(Exc, True, "irq")
        self.pe.exception_entry("exception entry")

    def pending_interrupt(self) -> CpuItems:
        """Handle the IPI that is pending."""
        envelope = self.poll(self.inbox)
        assert envelope is not None, "asked for only while one is pending"
        return self.interrupt(self.heard(envelope))

    def interrupt(self, message: Interrupt) -> CpuItems:
        """Handle one IPI."""
        self.enter_exception(message)
        return (*self.acknowledge(message), LeaveInterrupt())

    def acknowledge(self, message: Interrupt) -> CpuItems:
        """The handler of a call-function IPI answers; that of a reschedule IPI has nothing to say."""
        match message:
            case Kick():
                done = self.published(self.pe.release_bound())
                self.emit(CrossCalled, message.function, message.caller, message.number)
                answer = KickAcknowledged(message.number, self.number, done)
                return (mail(message.reply, answer, done.view),)
            case Reschedule():
                return ()
            case _:
                assert_never(message)

    def tick(self, task: Task) -> CpuItems:
        """The timer interrupt: ask for a reschedule when others wait, report to RCU where it may."""
        self.enter_exception(None)
        self.emit(Tick)
        rq = self.rq
        if rq.queue:
            # Lazily asked for, a reschedule is due at the first tick that finds the request (sched_tick): the one
            # that makes the request leaves the task at least until the next.
            if self.config.preempt is Preempt.LAZY and not rq.lazy_resched:
                rq.lazy_resched = True
            else:
                rq.need_resched = True
        report: CpuItems = ()
        if self.config.preemption and (not task.preempt_count or "reader-check" in self.drop):
            report = self.report_quiescent("tick outside any reader")
        return (*report, LeaveInterrupt())

    def leave_interrupt(self) -> CpuItems:
        """Perform a `LeaveInterrupt`."""
        task, rq = self.task, self.rq
        if rq.need_resched and rq.queue and self.config.kernel_preemptible and not task.preempt_count:
            task.exception_pending = True
            return (SwitchAway(voluntary=False, to=self.migration_target(task)),)
        return (Eret(self.pe.pc),)
