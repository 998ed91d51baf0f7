"""A CPU: runs tasks on a processing element, takes interrupts, switches between tasks.

One visible step after the other, each asked of the conductor *before* it happens.  At such a point a pending interrupt
may be taken (the dull choice) or a timer tick may come (not dull), unless interrupts are masked or a promise is open:
a store made visible early commits the CPU to what comes next.

Context synchronization happens where Arm says and nowhere else: ISB, exception entry and return.  Switching tasks
executes DSB ISH and synchronizes no context; being handed a routine by a service is no exception.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, assert_never

from ..actors import Inbox, Kind, Wake
from ..arm64 import promises
from ..arm64.pe import FAULT, FETCH, LIMIT, MARK, RETURN
from ..events import Early, Returned
from .interrupts import Interrupts
from .marked import pass_mark
from .messages import Interrupt, Kick, Reschedule, RoutineDone, TaskMessage
from .mode import Mode, Turn
from .service import complete, serve
from .task import Task
from .task_actions import perform
from .watcher import Watcher

if TYPE_CHECKING:
    from .system import System

__all__ = ["Cpu"]

PROMISES_MAX = 3
"""Messages one CPU may have made visible early at a time; more add nothing that was ever seen."""

_KINDS = {"load": Kind.LOAD, "fetch": Kind.FETCH, "data": Kind.DATA}
_WHAT = ("store", "dc", "ic", "comp")
_PENDING_NAMES = {FETCH: "fetch", MARK: "mark", LIMIT: "run"}


class Cpu(Interrupts):
    """One CPU.

    `ticks_left`: ticks that may still come of their own; those that break a standstill are not counted.
    """

    __slots__ = ("ticks_left",)

    def __init__(self, system: System, number: int) -> None:
        super().__init__(system, number)
        self.ticks_left = self.config.ticks_max
        self.pe.observer = Watcher(self)
        self.pe.choose = self.pick

    def pick(self, kind: str, count: int, addr: int) -> int:
        """The machine's own choices go to the tape."""
        return self.choose(_KINDS[kind], count, kind, addr)

    async def body(self) -> None:
        """Run whatever is current; pick a task when nothing is; idle when there is none."""
        while True:
            task = self.current
            if task is None:
                if self.queue:
                    await self.switch_in()
                else:
                    await self._idle()
            elif task.mode == Mode.CODE:
                await self._run_code(task)
            elif self.need_resched and self.config.kernel_preemptible and await self.resched_point(task):
                continue
            elif task.mode == Mode.SERVICE:
                await self._in_service(task)
            elif task.mode == Mode.SPIN:
                await self._spin(task)
            else:
                await perform(self, task)

    # -- executing A64 ------------------------------------------------------------------------------------------

    async def _run_code(self, task: Task) -> None:
        """Run the task's code until it returns, faults, or is switched away."""
        pe = self.pe
        marks = self.system.image.marks
        conductor = self.system.conductor
        reserving = self.system.reserving
        while True:
            pending = pe.advance()
            if pending == MARK and not marks[pe.pc].visible:
                if await pass_mark(self, task, marks[pe.pc]):
                    return
                continue
            if pending == RETURN:
                await self._routine_returned(task)
                return
            if pending in {FAULT, LIMIT}:
                await self._oops(task)
                return
            await self.step(self._pending_name(pending), pe.pc)
            disturbance = self._disturbance()
            if disturbance is not None:
                await disturbance(task)
                if self.current is not task:
                    return
                continue
            if reserving and promises.must_wait(pe, self.system.pes):
                await self._wait_for_promise()
                continue
            conductor.progress += 1
            if pending == MARK:
                await pass_mark(self, task, marks[pe.pc])
                continue
            self._execute()
            if pe.pending == FAULT or pe.trap is not None:
                await self._oops(task)
                return

    def _execute(self) -> None:
        """Do what is pending, after asking whether something becomes visible early first."""
        pe = self.pe
        if len(pe.promises) < PROMISES_MAX and self._conductor.tape.choose(
            Kind.EARLY, 2, self.id, "early", pe.pc
        ):
            self._make_early()
        if not pe.promises:
            pe.execute()
            return
        promises.step(pe, self.pick)
        if pe.reserved:
            self.system.reserving.add(self.number)
        else:
            self.system.reserving.discard(self.number)

    def _pending_name(self, pending: int) -> str:
        bound = self.pe.next
        if pending < FETCH and bound is not None:
            return bound.insn.mnemonic
        return _PENDING_NAMES[pending]

    def _disturbance(self) -> Callable[[Task], Awaitable[None]] | None:
        """What comes before the next step: a pending interrupt, a tick, or nothing."""
        pe = self.pe
        if pe.promises or pe.daif & 0x80:
            return None
        conductor = self.system.conductor
        choose = conductor.tape.choose
        if conductor.pending(self.inbox) and choose(Kind.INTERRUPT, 2, self.id, "interrupt", pe.pc) == 0:
            return self.pending_interrupt
        if self.ticks_left and choose(Kind.TIMER, 2, self.id, "tick", pe.pc):
            self.ticks_left -= 1
            return self.tick
        return None

    async def _wait_for_promise(self) -> None:
        """Another CPU's open promise relies on what this one is about to write: let that CPU go first."""
        others = self.system.pes
        await self.wait(
            guard=lambda: not promises.must_wait(self.pe, others),
            point="another CPU's promise",
            waits_for="a promise",
        )

    def _make_early(self) -> None:
        """Second stage of an early choice: certify, list what may become visible now, pick; none is a no-op."""
        found = promises.candidates(self.pe, self.system.pes)
        if not found:
            return
        index = self.choose(Kind.EARLY, len(found), "early", found[0].message.cell) if len(found) > 1 else 0
        made = promises.promise(self.pe, found[index])
        low = (made.mask & -made.mask).bit_length() - 1 if made.mask else 0
        self.emit(Early, _WHAT[made.kind], made.cell + low, made.value >> 8 * low, made.t)

    async def _routine_returned(self, task: Task) -> None:
        """Back at RETURN_ADDRESS: answer the service that asked, or go on with the next action."""
        pe = self.pe
        self.leave_window(task)
        if task.reply is not None:
            reply, task.reply = task.reply, None
            task.turn(Turn.ANSWER)
            view = max(pe.w, pe.dsb)
            await self.tell(reply, RoutineDone(pe.regs[0][0], view))
        else:
            self.emit(Returned, task.routine, pe.regs[0][0])
            task.turn(Turn.RETURN)

    async def _oops(self, task: Task) -> None:
        """A fault or an exception nobody handles: the task dies, as after an oops."""
        pe = self.pe
        if pe.trap is not None or not pe.fault or pe.fault == "fetch":
            reason = pe.trap[0] if pe.trap is not None else "no instruction to fetch"
            assert pe.observer is not None
            pe.observer.faulted(reason, pe.pc, 0)
        pe.trap = None
        pe.fault = ""
        pe.promises.clear()
        await self.exit(task)

    # -- waiting in the kernel ----------------------------------------------------------------------------------

    async def _in_service(self, task: Task) -> None:
        """The task runs kernel code of a service: wait for what it wants done, taking interrupts meanwhile."""
        if task.waiting_reply is not None:
            await complete(self, task)
            return
        inboxes: tuple[Inbox[TaskMessage | Interrupt], ...] = (task.mailbox, self.inbox)
        woken = await self.wait(inboxes=inboxes, timer=True, point="in service", waits_for="a service")
        if woken.envelope is None:
            await self.tick(task)
            return
        message = self.heard(woken.envelope)
        match message:
            case Reschedule() | Kick():
                await self.interrupt(task, message)
            case _:
                await serve(self, task, message)

    async def _spin(self, task: Task) -> None:
        """Spin on the CPU until a lock is free: on the run queue, and no quiescent state."""
        mutex = self.system.mutex(task.spins_on)
        woken = await self.wait(
            inboxes=(self.inbox,),
            guard=lambda: mutex.owner is None,
            timer=True,
            point="spinning",
            waits_for=f"{task.name}",
        )
        if woken.envelope is not None:
            await self.interrupt(task, self.heard(woken.envelope))
        elif woken.by is Wake.TIMER:
            await self.tick(task)
        else:
            task.turn(Turn.FREE)
            task.position += 1
            task.waits_on = task.spins_on = ""

    async def _idle(self) -> None:
        """The idle loop: WFI until an interrupt comes."""
        self.need_resched = self.lazy_resched = False
        envelope = await self.receive(self.inbox, point="idle")
        message = self.heard(envelope)
        match message:
            case Reschedule() if self.config.idle == "poll":
                """The flag that it set is all there is to it: a polling CPU looks at it without an interrupt."""
            case Reschedule() | Kick():
                self.enter_exception(message)
                await self.acknowledge(message)
                await self.step("eret", "idle")
                self.return_from_exception()
            case _:
                assert_never(message)
