"""Interrupts: inter-processor interrupts and the timer, and what is due at their exit.

Entry and return synchronize context; so does nothing else here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from ..events import CrossCalled, Exc, Tick
from .config import Preempt
from .messages import Interrupt, Kick, KickAcknowledged, Reschedule
from .switching import Switching

if TYPE_CHECKING:
    from .task import Task

__all__ = ["Interrupts"]


class Interrupts(Switching):
    """What interrupts a CPU."""

    __slots__ = ()

    def enter_exception(self, message: Interrupt | None) -> None:
        """Take an interrupt; an IPI's view is joined before the context synchronization of the entry."""
        if message is not None and not self.system.dropped("ipi"):
            self.join_completed("ipi", message.view)
        self.pe.fetched = None
        self.emit(Exc, True, "irq")
        self.pe.exception_entry("exception entry")

    async def pending_interrupt(self, task: Task) -> None:
        """Handle the IPI that is pending."""
        envelope = self.poll(self.inbox)
        assert envelope is not None, "asked for only while one is pending"
        await self.interrupt(task, self.heard(envelope))

    async def interrupt(self, task: Task, message: Interrupt) -> None:
        """Handle one IPI."""
        self.enter_exception(message)
        await self.acknowledge(message)
        await self._leave_interrupt(task)

    async def acknowledge(self, message: Interrupt) -> None:
        """The handler of a call-function IPI answers; that of a reschedule IPI has nothing to say."""
        match message:
            case Kick():
                done = self.published(self.pe.release_bound())
                self.emit(CrossCalled, message.function, message.caller, message.number)
                await self.tell(message.reply, KickAcknowledged(message.number, self.number, done), done.view)
            case Reschedule():
                """The interrupt was the message."""
            case _:
                assert_never(message)

    async def tick(self, task: Task) -> None:
        """The timer interrupt: ask for a reschedule when others wait, report to RCU where it may."""
        self.enter_exception(None)
        self.emit(Tick)
        if self.queue:
            if self.config.preempt is Preempt.LAZY and not self.lazy_resched:
                self.lazy_resched = True
            else:
                self.need_resched = True
        if self.config.preemption and (not task.preempt_count or self.system.dropped("reader-check")):
            await self.report_quiescent("tick outside any reader")
        await self._leave_interrupt(task)

    async def _leave_interrupt(self, task: Task) -> None:
        """Interrupt exit: preempt the kernel if due and allowed, else return."""
        if self.need_resched and self.queue and self.config.kernel_preemptible and not task.preempt_count:
            task.exception_pending = True
            await self.switch_away(task, voluntary=False, to=self.migration_target(task))
            return
        await self.step("eret", self.pe.pc)
        self.return_from_exception()
