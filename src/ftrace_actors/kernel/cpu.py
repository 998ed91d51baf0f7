"""A CPU: runs tasks on a processing element, takes interrupts, switches between tasks.

One visible step after the other, each asked of the conductor *before* it happens.  At such a point a pending interrupt
may be taken (the dull choice) or a timer tick may come (not dull), unless interrupts are masked or a promise is open:
a store made visible early commits the CPU to what comes next.

Context synchronization happens where Arm says and nowhere else: ISB, exception entry and return.  Switching tasks
executes DSB ISH and synchronizes no context; being handed a routine by a service is no exception.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ftrace_actors.actors import Kind, Mailbox, Wake
from ftrace_actors.arm64 import promises
from ftrace_actors.arm64.pe import FAULT, FETCH, LIMIT, MARK, PE, RETURN
from ftrace_actors.events import Early, Exc, Quiescent, Returned, Switch, TaskState, Tick

from .actor import KernelActor
from .config import Preempt
from .marks import pass_mark
from .messages import Kick, KickAcknowledged, Quiesced, Reschedule, RoutineDone
from .service import serve
from .task import BLOCKED, DEAD, Mode, Task
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


class Cpu(KernelActor):
    """One CPU.

    `queue`: its runnable tasks, next first.  `current`: the running task, None when idle.  `need_resched` and
    `lazy_resched`: TIF_NEED_RESCHED and TIF_NEED_RESCHED_LAZY.  `idle_view`: what it had completed when it went idle.
    `ticks_left`: ticks that may still come of their own; those that break a standstill are not counted.
    `was_idle`: it has been idle since it last ran a task.  `announced`: the task its last `Switch` event named as next.
    """

    __slots__ = (
        "announced",
        "config",
        "current",
        "idle_view",
        "inbox",
        "lazy_resched",
        "need_resched",
        "number",
        "pe",
        "queue",
        "ticks_left",
        "was_idle",
    )

    def __init__(self, system: System, number: int) -> None:
        super().__init__(system, f"cpu{number}")
        self.number = self.cpu_number = number
        self.config = system.config
        self.inbox = Mailbox(self.name)
        self.queue: list[Task] = []
        self.current: Task | None = None
        self.need_resched = False
        self.lazy_resched = False
        self.idle_view = 0
        self.ticks_left = self.config.ticks_max
        self.pe = PE(number, system.timeline, system.options, system.image.program)
        self.pe.observer = Watcher(self)
        self.pe.choose = self.ask
        self.announced = ""
        self.was_idle = True

    @property
    def idle(self) -> bool:
        """In the idle loop: an extended quiescent state."""
        return self.current is None and not self.queue

    def ask(self, kind: str, count: int, addr: int) -> int:
        """The machine's own choices go to the tape."""
        return self.choose(_KINDS[kind], count, kind, addr)

    async def body(self) -> None:
        """Run whatever is current; pick a task when nothing is; idle when there is none."""
        while True:
            task = self.current
            if task is None:
                if self.queue:
                    await self._switch_in()
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
        promises.step(pe, self.ask)
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
        choose = self._conductor.tape.choose
        if self.inbox.pending and choose(Kind.INTERRUPT, 2, self.id, "interrupt", pe.pc) == 0:
            return self._interrupt
        if self.ticks_left and choose(Kind.TIMER, 2, self.id, "tick", pe.pc):
            self.ticks_left -= 1
            return self._tick
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
            task.mode = Mode.SERVICE
            view = max(pe.w, pe.dsb)
            await self.tell(reply, RoutineDone(pe.regs[0][0], view))
        else:
            self.emit(Returned, task.routine, pe.regs[0][0])
            task.mode = Mode.ACTION

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
            (reply, message), task.waiting_reply = task.waiting_reply, None
            await self.tell(reply, message)
            return
        woken = await self.wait(
            inboxes=(task.mailbox, self.inbox), timer=True, point="in service", waits_for="a service"
        )
        if woken.by is Wake.TIMER:
            await self._tick(task)
        elif woken.mailbox is self.inbox:
            assert woken.envelope is not None
            await self._interrupt(task, self.heard(woken.envelope))
        else:
            assert woken.envelope is not None
            await serve(self, task, self.heard(woken.envelope))

    async def _spin(self, task: Task) -> None:
        """Spin on the CPU until a lock is free: on the run queue, and no quiescent state."""
        mutex = self.system.mutex(task.actions[task.position].target)
        woken = await self.wait(
            inboxes=(self.inbox,),
            guard=lambda: mutex.owner is None,
            timer=True,
            point="spinning",
            waits_for=f"{task.name}",
        )
        if woken.by is Wake.TIMER:
            await self._tick(task)
        elif woken.by is Wake.MESSAGE:
            assert woken.envelope is not None
            await self._interrupt(task, self.heard(woken.envelope))
        else:
            task.mode = Mode.ACTION
            task.position += 1
            task.waits_on = ""

    async def _idle(self) -> None:
        """The idle loop: WFI until an interrupt comes."""
        self.need_resched = self.lazy_resched = False
        envelope = await self.receive(self.inbox, point="idle")
        message = self.heard(envelope)
        assert isinstance(message, Reschedule | Kick)
        if self.config.idle == "wfi" or isinstance(message, Kick):
            self._enter_exception(message)
            await self._acknowledge(message)
            await self.step("eret", "idle")
            self._return_from_exception()

    # -- interrupts ---------------------------------------------------------------------------------------------

    def _enter_exception(self, message: Reschedule | Kick | None) -> None:
        """Take an interrupt; an IPI's view is joined before the context synchronization of the entry."""
        if message is not None and not self.system.dropped("ipi"):
            self.pe.join_completed(message.view)
        self.pe.fetched = None
        self.emit(Exc, True, "irq")
        self.pe.exception_entry("exception entry")

    def _return_from_exception(self) -> None:
        self.emit(Exc, False, "irq")
        self.pe.exception_return("exception return")

    async def _interrupt(self, task: Task, message: object = None) -> None:
        """Handle one pending IPI."""
        if message is None:
            envelope = self.poll(self.inbox)
            assert envelope is not None
            message = self.heard(envelope)
        assert isinstance(message, Reschedule | Kick)
        self._enter_exception(message)
        await self._acknowledge(message)
        await self._leave_interrupt(task)

    async def _acknowledge(self, message: Reschedule | Kick) -> None:
        """The handler of a call-function IPI answers; that of a reschedule IPI has nothing to say."""
        if isinstance(message, Kick):
            view = self.pe.release_bound()
            await self.tell(message.reply, KickAcknowledged(view), view)

    async def _tick(self, task: Task) -> None:
        """The timer interrupt: ask for a reschedule when others wait, report to RCU where it may."""
        self._enter_exception(None)
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
            await self.switch_away(task, voluntary=False, to=self._migration_target(task))
            return
        await self.step("eret", self.pe.pc)
        self._return_from_exception()

    def request_resched(self, by: int) -> bool:
        """__resched_curr for a task about to be queued here; True when this CPU must be interrupted for it.

        `by` is the asking CPU.  An idle CPU is woken; a lazy request, and one of a CPU for itself, only set a flag.
        """
        if self.current is None:
            return True
        if self.config.preempt is Preempt.LAZY:
            self.lazy_resched = True
            return False
        self.need_resched = True
        return by != self.number

    # -- switching tasks ----------------------------------------------------------------------------------------

    def _migration_target(self, task: Task) -> Cpu:
        """Where a preempted task queues: here (dull), or on another CPU it may run on."""
        others = [number for number in task.cpus if number != self.number]
        index = self.choose(Kind.DATA, 1 + len(others), "migrate", task.name)
        return self.system.cpus[others[index - 1]] if index else self

    async def switch_away(self, task: Task, *, voluntary: bool, to: Cpu | None) -> None:
        """__schedule, first half: the task leaves; it queues on `to`, or nowhere when it blocked or died."""
        await self.step("switch", task.name)
        pe = self.pe
        if not self.system.dropped("switch"):
            pe.full_barrier()
        task.switch_view = pe.dsb
        task.save(pe)
        if voluntary or self.system.dropped("voluntary-only"):
            task.nvcsw += 1
        else:
            task.nivcsw += 1
        self.need_resched = self.lazy_resched = False
        self.announced = self.queue[0].name if self.queue else ""
        self.emit(Switch, task.name, self.announced, voluntary)
        self.system.conductor.note_progress()
        self.current = None
        self.acting = ""
        self.was_idle = not self.queue
        interrupt = False
        if to is not None:
            interrupt = to is not self and to.request_resched(self.number)
            task.cpu = to.number
            to.queue.append(task)
        self.idle_view = pe.dsb
        await self.report_quiescent("context switch")
        if interrupt and to is not None:
            await self.tell(to.inbox, Reschedule(pe.completed_bound()), pe.completed_bound())

    async def _switch_in(self) -> None:
        """__schedule, second half: the next task's context and what it must see come to this CPU."""
        await self.step("switch", self.queue[0].name)
        task = self.queue.pop(0)
        pe, system = self.pe, self.system
        moved = task.cpu_before != self.number
        task.cpu = task.cpu_before = self.number
        if moved and not system.dropped("migration"):
            pe.join_completed(task.switch_view)
        if self.was_idle:
            pe.join_completed(system.rcu.view)
            self.was_idle = False
        self._join_wakeup(task)
        task.load(pe)
        self.current = task
        self.acting = task.name
        if self.announced != task.name:
            self.emit(Switch, "", task.name, True)
        self.announced = ""
        self.emit(TaskState, task.name, "running", "")
        if self.config.switch_sync:
            pe.synchronize("task switch")
        if task.exception_pending:
            await self.step("eret", pe.pc)
            task.exception_pending = False
            self._return_from_exception()

    async def report_quiescent(self, reason: str) -> None:
        """Pass a quiescent state of classic RCU, if a grace period waits for this CPU."""
        rcu = self.system.rcu
        if self.number not in rcu.waiting:
            return
        rcu.waiting.discard(self.number)
        self.pe.join_completed(rcu.view)
        self.pe.full_barrier()
        self.idle_view = self.pe.dsb
        self.emit(Quiescent, "rcu", self.name, reason)
        await self.tell(rcu.reports, Quiesced(self.number, rcu.number, self.pe.dsb), self.pe.dsb)

    # -- for actions and services -------------------------------------------------------------------------------

    async def block(self, task: Task, on: str) -> None:
        """schedule() with the task asleep, unless it was woken in between."""
        if task.woken:
            task.woken = False
            self._join_wakeup(task)
            return
        task.state = BLOCKED
        task.on_rq = False
        task.waits_on = on
        self.emit(TaskState, task.name, BLOCKED, on)
        await self.switch_away(task, voluntary=True, to=None)

    def _join_wakeup(self, task: Task) -> None:
        """What woke the task is before what it does now: a wake-up, or the end of a grace period."""
        self.pe.join_completed(task.done_view)
        self.pe.acquire(task.wake_view)
        task.done_view = task.wake_view = 0

    async def exit(self, task: Task) -> None:
        """do_exit: the task is done."""
        task.state = DEAD
        task.on_rq = False
        self.leave_window(task)
        self.emit(TaskState, task.name, DEAD, "")
        await self.switch_away(task, voluntary=True, to=None)

    async def resched_point(self, task: Task) -> bool:
        """cond_resched: give way if a reschedule is due; True when the task was switched away."""
        if not (self.need_resched and self.queue) or task.preempt_count:
            return False
        await self.switch_away(task, voluntary=False, to=self)
        return True

    def leave_window(self, task: Task) -> None:
        """The task is in no window any more."""
        if task.window:
            task.window = ""
            self.system.window_event(self, "")
