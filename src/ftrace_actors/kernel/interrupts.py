"""Interrupts: inter-processor interrupts and the timer, and what is due at their exit.

Entry and return synchronize context; so does nothing else here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftrace_actors.events import CrossCalled, Exc, Tick

from .config import Preempt
from .messages import Kick, KickAcknowledged, Reschedule
from .switching import Switching

if TYPE_CHECKING:
    from .task import Task

__all__ = ["Interrupts"]


class Interrupts(Switching):
    """What interrupts a CPU."""

    __slots__ = ()

    def enter_exception(self, message: Reschedule | Kick | None) -> None:
        """Take an interrupt; an IPI's view is joined before the context synchronization of the entry."""
        if message is not None and not self.system.dropped("ipi"):
            self.join_completed("ipi", message.view)
        self.pe.fetched = None
        self.emit(Exc, True, "irq")
        self.pe.exception_entry("exception entry")

    async def interrupt(self, task: Task, message: object = None) -> None:
        """Handle one pending IPI."""
        if message is None:
            envelope = self.poll(self.inbox)
            assert envelope is not None
            message = self.heard(envelope)
        assert isinstance(message, Reschedule | Kick)
        self.enter_exception(message)
        await self.acknowledge(message)
        await self._leave_interrupt(task)

    async def acknowledge(self, message: Reschedule | Kick) -> None:
        """The handler of a call-function IPI answers; that of a reschedule IPI has nothing to say."""
        if isinstance(message, Kick):
            done = self.published(self.pe.release_bound())
            self.emit(CrossCalled, message.function, message.caller, message.number)
            await self.tell(message.reply, KickAcknowledged(message.number, self.number, done), done.view)

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
