"""A CPU: runs tasks on a processing element, takes interrupts, switches between tasks.

One visible step after the other, each asked of the conductor *before* it happens.  At such a point a pending interrupt
may be taken (the dull choice) or a timer tick may come (not dull), unless interrupts are masked or a promise is open:
a store made visible early commits the CPU to what comes next.

Context synchronization happens where Arm says and nowhere else: ISB, exception entry and return.  Switching tasks
executes DSB ISH and synchronizes no context; that includes being handed a routine by a service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, assert_never

from ..actors import Inbox, Kind, Wake
from ..arm64 import promises
from ..arm64.access import never_asked
from ..arm64.pe import FAULT, FETCH, LIMIT, MARK, RETURN
from ..events import Early, Returned
from .actor import Setting, mail
from .cpu_items import (
    Act,
    Block,
    CpuItem,
    CpuItems,
    EndKick,
    EndService,
    Eret,
    Idle,
    InService,
    LeaveInterrupt,
    PromiseWait,
    RunCode,
    SendReschedule,
    Spinning,
    SwitchAway,
    SwitchIn,
)
from .interrupts import Interrupts
from .locks import SPINNING
from .marked import pass_mark
from .messages import Interrupt, Kick, Reschedule, RoutineDone, TaskMessage
from .mode import Mode, Turn
from .published import NOTHING
from .service import complete, end_kick, serve
from .task import Task
from .task_actions import act, proceed
from .watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..arm64.pe import PE
    from .books import Books
    from .mail import Mail

__all__ = ["Cpu"]

PROMISES_MAX = 3
"""Messages one CPU may have made visible early at a time; more add nothing that was ever seen."""

_CELL = ~7
"""Accesses within eight bytes may race."""

_KINDS = {"load": Kind.LOAD, "fetch": Kind.FETCH, "data": Kind.DATA}
_WHAT = ("store", "dc", "ic", "comp")
_RUN_CODE: CpuItems = (RunCode(),)
_PENDING_NAMES = {FETCH: "fetch", MARK: "mark", LIMIT: "run"}


class Cpu(Interrupts):
    """One CPU.

    `reserved`: CPU -> the cells that its open promises rely on nobody else writing; shared by all CPUs, and each writes
    its own entry.  `ticks_left`: ticks that may still come of their own; those that break a standstill are not counted.
    """

    __slots__ = ("_reserved", "ticks_left")

    STATE: ClassVar[tuple[str, ...]] = (*Interrupts.STATE, "ticks_left")

    def __init__(
        self,
        setting: Setting,
        number: int,
        mail: Mail,
        books: Books,
        pe: PE,
        reserved: dict[int, frozenset[int]],
    ) -> None:
        super().__init__(setting, number, mail, books, pe)
        self._reserved = reserved
        self.ticks_left = self.config.ticks_max
        self.pe.observer = Watcher(self)
        self.pe.choose = self.pick

    def dismiss(self) -> None:
        """As any actor; and the PE tells this CPU what it does, and asks it."""
        super().dismiss()
        self.pe.observer = None
        self.pe.choose = never_asked

    def pick(self, kind: str, count: int, addr: int) -> int:
        """The machine's own choices go to the tape."""
        return self.choose(_KINDS[kind], count, kind, addr)

    async def rest(self) -> CpuItems:
        """Run whatever is current; pick a task when nothing is; idle when there is none."""
        task, rq = self.rq.current, self.rq
        if task is None:
            # Where a grace period found it idle, it waits for the interrupt that announces the task, even if the task
            # is there by now: at the start of a run an idle CPU may not have come to its idle loop yet.
            if rq.queue and rq.skipped_by == NOTHING:
                return (SwitchIn(),)
            rq.need_resched = rq.lazy_resched = False
            return (Idle(),)
        if task.mode is Mode.CODE:
            return _RUN_CODE
        if rq.need_resched and self.config.kernel_preemptible:
            following = self.resched_point(task)
            if following:
                return following
        match task.mode:
            case Mode.SERVICE:
                return complete(self, task) if task.waiting_reply is not None else (InService(),)
            case Mode.SPIN:
                return (Spinning(),)
            case Mode.ACTION:
                return proceed(self, task)
            case _:
                assert_never(task.mode)

    async def perform(self, item: CpuItem) -> CpuItems:  # noqa: C901 - one line an item
        """One item."""
        match item:
            case RunCode():
                return await self._run_code()
            case SwitchAway(voluntary, to):
                return await self.switch_away(voluntary, to)
            case SwitchIn():
                return await self.switch_in()
            case InService():
                return await self._in_service()
            case Act():
                return await self._act()
            case Idle():
                return await self._idle()
            case Spinning():
                return await self._spin()
            case Eret(where):
                return await self.eret(where)
            case LeaveInterrupt():
                return self.leave_interrupt()
            case SendReschedule(to):
                return self.send_reschedule(to)
            case Block(on):
                return self.block(self.task, on)
            case EndKick():
                return end_kick(self, self.task)
            case EndService():
                self.task.turn(Turn.DONE)
                return ()
            case PromiseWait():
                await self.wait(
                    guard=self._promises_allow, point="another CPU's promise", waits_for="a promise"
                )
                return ()
            case _:
                assert_never(item)

    # -- executing A64 ------------------------------------------------------------------------------------------

    async def _run_code(self) -> CpuItems:
        """Run the task's code until it returns, faults, or something else comes first."""
        task, pe = self.task, self.pe
        marks = self.image.marks
        conductor = self.conductor
        reserved = self._reserved
        while True:
            pending = pe.advance()
            if pending == MARK and not marks[pe.pc].visible:
                following = pass_mark(self, task, marks[pe.pc])
                if following:
                    return following
                continue
            if pending == RETURN:
                return self._routine_returned(task)
            if pending in {FAULT, LIMIT}:
                return self._oops(task)
            # `step`, spelt out: most visible steps of a run are made here.
            self.op, self.obj = self._pending_name(pending), pe.pc
            if conductor.decide(self) is not self:
                await conductor.park()
            following = self._disturbance(task)
            if following:
                return following
            if reserved and not self._promises_allow():
                return (PromiseWait(),)
            conductor.progress += 1  # `note_progress`, spelt out for the same reason
            if pending == MARK:
                pass_mark(self, task, marks[pe.pc])
                continue
            self._execute()
            if pe.pending == FAULT or pe.trap is not None:
                return self._oops(task)

    def _execute(self) -> None:
        """Do what is pending, after asking whether something becomes visible early first."""
        pe = self.pe
        if len(pe.promises) < PROMISES_MAX and self.conductor.tape.choose(
            Kind.EARLY, 2, self.id, "early", pe.pc
        ):
            self._make_early()
        if not pe.promises:
            pe.execute()
            return
        promises.step(pe, self.pick)
        self._note_reserved()

    def _note_reserved(self) -> None:
        """Say what the open promises rely on, for the other CPUs."""
        if self.pe.reserved:
            self._reserved[self.number] = self.pe.reserved
        else:
            self._reserved.pop(self.number, None)

    def _reserved_by_others(self) -> Iterable[frozenset[int]]:
        return (cells for cpu, cells in self._reserved.items() if cpu != self.number)

    def touches(self) -> int | str:
        """The cell that the next instruction accesses, maintains or is fetched from; else as any actor."""
        pe = self.pe
        if isinstance(self.obj, str) or pe.pending > FETCH:
            return self.obj
        if pe.pending == FETCH:
            return self.obj & _CELL
        bound = pe.next
        return self.obj if bound is None or bound.address is None else bound.address(pe) & _CELL

    def _pending_name(self, pending: int) -> str:
        bound = self.pe.next
        if pending < FETCH and bound is not None:
            return bound.insn.mnemonic
        return _PENDING_NAMES[pending]

    def _disturbance(self, task: Task) -> CpuItems:
        """What comes before the next step: a pending interrupt, a tick, or nothing."""
        pe = self.pe
        if pe.promises or pe.daif & 0x80:
            return ()
        choose = self.conductor.tape.choose
        if self.arrived and choose(Kind.INTERRUPT, 2, self.id, "interrupt", pe.pc) == 0:
            return self.pending_interrupt()
        if self.ticks_left and choose(Kind.TIMER, 2, self.id, "tick", pe.pc):
            self.ticks_left -= 1
            return self.tick(task)
        return ()

    def _promises_allow(self) -> bool:
        """Does no open promise of another CPU rely on what this one is about to write?"""
        return not promises.must_wait(self.pe, self._reserved_by_others())

    def _make_early(self) -> None:
        """Second stage of an early choice: certify, list what may become visible now, pick; none is a no-op."""
        found = promises.candidates(self.pe, self._reserved_by_others())
        if not found:
            return
        index = self.choose(Kind.EARLY, len(found), "early", found[0].message.cell) if len(found) > 1 else 0
        made = promises.promise(self.pe, found[index])
        low = (made.mask & -made.mask).bit_length() - 1 if made.mask else 0
        self.emit(Early, _WHAT[made.kind], made.cell + low, made.value >> 8 * low, made.t)

    def _routine_returned(self, task: Task) -> CpuItems:
        """Back at RETURN_ADDRESS: answer the service that asked, or continue with the next action."""
        pe = self.pe
        self.leave_window(task)
        if task.reply is None:
            self.emit(Returned, task.routine, pe.regs[0][0])
            task.turn(Turn.RETURN)
            return ()
        reply, task.reply = task.reply, None
        task.turn(Turn.ANSWER)
        return (mail(reply, RoutineDone(pe.regs[0][0], max(pe.w, pe.dsb))),)

    def _oops(self, task: Task) -> CpuItems:
        """A fault or an exception nobody handles: the task dies, as after an oops."""
        pe = self.pe
        if pe.trap is not None or not pe.fault or pe.fault == "fetch":
            reason = pe.trap[0] if pe.trap is not None else "no instruction to fetch"
            assert pe.observer is not None
            pe.observer.faulted(reason, pe.pc, 0)
        pe.trap = None
        pe.fault = ""
        promises.abandon(pe)
        self._note_reserved()
        return self.exit(task)

    # -- waiting in the kernel ----------------------------------------------------------------------------------

    async def _act(self) -> CpuItems:
        """Between two actions."""
        task = self.task
        action = task.actions[task.position]
        await self.step("action", str(action))
        return act(self, task, action)

    async def _in_service(self) -> CpuItems:
        """The task runs kernel code of a service."""
        task = self.task
        inboxes: tuple[Inbox[TaskMessage | Interrupt], ...] = (task.mailbox, self.inbox)
        woken = await self.wait(inboxes=inboxes, timer=True, point="in service", waits_for="a service")
        if woken.envelope is None:
            return self.tick(task)
        message = self.heard(woken.envelope)
        match message:
            case Reschedule() | Kick():
                return self.interrupt(message)
            case _:
                return serve(self, task, message)

    async def _spin(self) -> CpuItems:
        """Spin on the CPU until a lock is free: on the run queue, and no quiescent state."""
        task = self.task
        woken = await self.wait(
            inboxes=(self.inbox,),
            guard=self._lock_is_free,
            timer=True,
            point=SPINNING,
            waits_for=f"{task.name}",
        )
        if woken.envelope is not None:
            return self.interrupt(self.heard(woken.envelope))
        if woken.by is Wake.TIMER:
            return self.tick(task)
        task.turn(Turn.FREE)
        task.position += 1
        task.waits_on = task.spins_on = ""
        return ()

    def _lock_is_free(self) -> bool:
        return not self.books.locks.mutex(self.task.spins_on).owner

    async def _idle(self) -> CpuItems:
        """The idle loop.

        WFI ends with interrupts masked, and RCU watches again before they are let in (`ct_cpuidle_exit` comes before
        `local_irq_enable` in `default_idle_call` and in `cpuidle_enter_state`): so the interrupt that woke the CPU
        synchronizes its context after it has joined the grace periods that had begun.
        """
        message = self.heard(await self.receive(self.inbox, point="idle"))
        self.leave_idle()
        match message:
            case Reschedule() if self.config.idle == "poll":
                # The flag that it set is all there is to it: a polling CPU looks at it without an interrupt.
                return ()
            case Reschedule() | Kick():
                self.enter_exception(message)
                return (*self.acknowledge(message), Eret("idle"))
            case _:
                assert_never(message)
