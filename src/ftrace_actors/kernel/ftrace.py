"""The tracing core: records, ops, reference counts, and the order of everything in register and unregister.

One request at a time, under ftrace_lock, in the name of the task that called (kernel/trace/ftrace.c:
ftrace_startup, ftrace_shutdown, ftrace_replace_code).  The design says what a site needs, the text patcher has it done.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..actors import Mailbox
from ..events import RecordState, Register, Wait, Warn
from .actor import KernelActor
from .designs.base import (
    NOP,
    FreeTextStep,
    KickStep,
    PatchStep,
    RunStep,
    Step,
    SyncIpiStep,
    WaitStep,
    WriteTextStep,
)
from .messages import (
    AllocateText,
    Kicked,
    KickIn,
    Patched,
    PatchSite,
    ReleaseText,
    Return,
    RoutineDone,
    RunRoutine,
    Synchronized,
    SynchronizeIn,
    SyncIpiIn,
    TextAllocated,
    TextReleased,
    TracingRequest,
)
from .operations import OPERATIONS, Operation
from .ops import Ops
from .records import Record, RecordUpdate, count_ops, unique_ops
from .system import System
from .task import Task
from .text import Text, branch_word
from .trace_function import LIST, STUB, trace_function

if TYPE_CHECKING:
    from ..arm64.registers import Reg
    from .config import KernelConfig, ProtocolConfig

__all__ = ["TracingCore"]

ENODEV = 19


class TracingCore(KernelActor):
    """ftrace.

    `registered`: ftrace_ops_list, newest first.  `disabled`: ftrace_kill was called.  `texts`: ops -> its trampoline.
    `saved_function`: the global trace function of the last update.  `update_function`: this one changes it
    (FTRACE_UPDATE_TRACE_FUNC), and has not sent ftrace_sync_ipi yet.
    `warned`: the WARN_ON_ONCEs that fired: function and condition.
    """

    __slots__ = (
        "allocated",
        "disabled",
        "inbox",
        "kicked",
        "patched",
        "records",
        "registered",
        "released",
        "routines",
        "saved_function",
        "synchronized",
        "texts",
        "update_function",
        "warned",
    )

    def __init__(self, system: System) -> None:
        super().__init__(system, "tracing_core")
        self.inbox: Mailbox[TracingRequest] = Mailbox("tracing_core")
        answers = "tracing_core replies"
        self.routines: Mailbox[RoutineDone] = Mailbox(answers, "routine")
        self.patched: Mailbox[Patched] = Mailbox(answers, "patched")
        self.synchronized: Mailbox[Synchronized] = Mailbox(answers, "synchronized")
        self.kicked: Mailbox[Kicked] = Mailbox(answers, "kicked")
        self.allocated: Mailbox[TextAllocated] = Mailbox(answers, "allocated")
        self.released: Mailbox[TextReleased] = Mailbox(answers, "released")
        self.registered: list[Ops] = []
        self.texts: dict[str, Text] = {}
        self.warned: set[tuple[str, str]] = set()
        self.disabled = False
        self.saved_function = STUB
        self.update_function = False
        self.records = system.image.records()
        for record in self.records:
            record.literal_value = system.image.resting_literal

    @property
    def kernel(self) -> KernelConfig:
        """How the kernel is built and booted."""
        return self.system.config

    @property
    def protocol(self) -> ProtocolConfig:
        """What the scenario changes in the protocol."""
        return self.system.protocol

    @property
    def nop_ops(self) -> Ops:
        """ftrace_nop_ops."""
        return self.system.ops["ftrace_nop_ops"]

    @property
    def list_ops(self) -> Ops:
        """ftrace_list_ops."""
        return self.system.ops["ftrace_list_ops"]

    def knows(self, symbol: str) -> bool:
        """Is there anything of that name in memory?"""
        return symbol in self.system.image.symbols

    def unique(self, record: Record) -> Ops | None:
        """arm64_rec_get_ops (arch/arm64/kernel/ftrace.c): the ops that the record may name alone, if it may.

        A record that may and a lookup that finds nothing contradict each other: the kernel warns, and takes the list.
        """
        if not record.call_ops_enabled:
            return None
        found = unique_ops(record, self.registered)
        if found is not None and found.needs_assist and self.protocol.call_ops_by == "lookup":
            self._warn_once("arm64_rec_get_ops", "!ops", record.function)
            return None
        return found

    def _warn_once(self, function: str, condition: str, subject: str) -> None:
        if (function, condition) not in self.warned:
            self.warned.add((function, condition))
            self.emit(Warn, function, condition, subject)

    def has_text(self, ops: Ops) -> bool:
        """Was a trampoline written for an ops, and not freed since?"""
        return ops.name in self.texts

    def reuses_text(self, ops: Ops) -> bool:
        """Does the trampoline of an ops lie where another one was freed?"""
        return ops.name in self.texts and self.texts[ops.name].reused

    def text_of(self, ops: Ops) -> str:
        """The symbol of the trampoline that was written for an ops."""
        return self.texts[ops.name].symbol

    @property
    def text_size(self) -> int:
        """Bytes of a trampoline's text; 0 where none are allocated."""
        template = self.system.image.template
        return 0 if template is None else template.size

    def address(self, symbol: str) -> Reg:
        """A pointer to text; it knows the allocation, if there is one."""
        return (self.system.image.symbols[symbol], 0, 0, self._allocation(symbol))

    def _allocation(self, symbol: str) -> int:
        return next((text.prov for text in self.texts.values() if text.symbol == symbol), 0)

    async def body(self) -> None:
        """Serve one call after the other."""
        while True:
            request = await self.hear(self.inbox, "idle")
            self.acting = request.task.name
            ops, operation = request.ops, OPERATIONS[request.operation]
            self.emit(Register, ops.name, operation.unregister, False, 0, 0, ops.caller_waits)
            errno, view = await self._operate(request.task, ops, operation)
            self._report_records()
            self.emit(Register, ops.name, operation.unregister, True, errno, view, ops.caller_waits)
            await self.tell(request.task.mailbox, Return(errno), view)
            self.acting = ""

    async def _operate(self, task: Task, ops: Ops, operation: Operation) -> tuple[int, int]:
        """Link or unlink, count, and have the design do its steps; an errno and what was completed."""
        errno = ENODEV if self.disabled else operation.refuses(ops)
        if errno:
            return -errno, 0
        view = (await self._run(task, operation.routine, ops.pointer)).view if operation.routine else 0
        operation.link(ops, self.registered)
        if operation.delta:
            for record in self._matching(ops):
                count_ops(record, ops, operation.delta, self._left())
        self._update_trace_function()
        steps = operation.steps(self.system.image.design, ops, self._changes(), self)
        answer = await self._perform(task, steps, view)
        operation.end(ops)
        return answer

    def _left(self) -> list[Ops] | None:
        """Who decides whether a literal may name a single ops: those that are registered now, or None, as merged."""
        return self.registered if self.protocol.call_ops_by == "survivor" else None

    def _matching(self, ops: Ops) -> list[Record]:
        return [record for record in self.records if record.function in ops.functions]

    def _changes(self) -> list[tuple[Record, RecordUpdate]]:
        """ftrace_replace_code: every record that must change, in address order."""
        updates = ((record, record.update()) for record in self.records)
        return [(record, update) for record, update in updates if update is not RecordUpdate.IGNORE]

    # -- the design's steps -----------------------------------------------------------------------------------------

    async def _perform(self, task: Task, steps: Iterable[Step], view: int) -> tuple[int, int]:
        """One step after the other; a patch that fails is ftrace_bug, and no further site is touched."""
        errno = 0
        for step in steps:
            match step:
                case PatchStep() if not errno:
                    patched = await self._patch(task, step)
                    view = max(view, patched.view)
                    errno = patched.errno
                    self.disabled = bool(errno)
                case RunStep() if not errno:
                    done = await self._run(task, step.routine, *step.args)
                    view = max(view, done.view)
                    errno = _signed(done.value)
                    self.disabled = bool(errno)
                case WaitStep():
                    if not step.handover and self.protocol.wait_at == "after-update":
                        await self._sync_ipi(task)
                    await self._wait(task, step)
                case SyncIpiStep():
                    await self._sync_ipi(task)
                case KickStep():
                    await self._kick(task)
                case WriteTextStep():
                    await self._write_text(task, step.ops)
                case FreeTextStep():
                    await self._free_text(task, step.ops)
        await self._sync_ipi(task)
        return errno, view

    async def _patch(self, task: Task, step: PatchStep) -> Patched:
        record = step.record
        new = self.system.image.branch(record.site, step.target) if step.target else NOP
        serves = (
            tuple(ops.name for ops in self.registered if record.function in ops.functions)
            if step.target
            else ()
        )
        literal = step.literal if step.literal is not None else (0, 0, 0, 0)
        request = PatchSite(
            self.patched,
            task,
            record,
            step.routine,
            literal,
            record.word,
            new,
            serves,
            self._allocation(step.target),
        )
        patched = await self.ask(request.to(self.system.patcher.inbox), "patched", "text_patcher")
        if not patched.errno:
            record.word = new
            record.target = step.target
            if step.literal is not None:
                record.literal_value = literal[0]
        return patched

    async def _run(self, task: Task, routine: str, *args: Reg) -> RoutineDone:
        """Have the caller's CPU execute a routine."""
        entry = self.system.image.symbols[routine]
        request = RunRoutine(self.routines, routine, entry, args)
        return await self.ask(request.to(task.mailbox), "routine", task.name)

    async def _write_text(self, task: Task, ops: Ops) -> None:
        """Allocate a trampoline and have the caller's CPU write it."""
        allocator = self.system.text_allocator
        assert allocator is not None
        request = AllocateText(self.allocated, task, ops)
        answer = await self.ask(request.to(allocator.inbox), "text", "text_allocator")
        text, template = answer.text, allocator.template
        self.texts[ops.name] = text
        values = (
            template.source,
            template.source + template.size,
            branch_word(text.addr + template.call, self._function_of(ops)),
            template.ops,
            template.call,
            int(text.reused),
        )
        source, end, call, *offsets = ((value, 0, 0, 0) for value in values)
        dest = (text.addr, 0, 0, text.prov)
        await self._run(task, "ftrace_tramp_write", dest, source, end, ops.pointer, call, *offsets)

    def _function_of(self, ops: Ops) -> int:
        """ftrace_ops_get_func: where a trampoline of the ops' own calls."""
        return self.system.image.symbols["ftrace_ops_assist_func"] if ops.needs_assist else ops.func_addr

    async def _free_text(self, task: Task, ops: Ops) -> None:
        """Give the trampoline of an ops back."""
        allocator = self.system.text_allocator
        assert allocator is not None
        request = ReleaseText(self.released, task, ops, self.texts.pop(ops.name))
        await self.ask(request.to(allocator.inbox), "text", "text_allocator")

    async def _wait(self, task: Task, step: WaitStep) -> None:
        """Grace period after grace period, in the caller's name."""
        told = (step.ops.name, step.flavours, step.windows, *self._what_goes(step))
        self.emit(Wait, True, *told)
        for flavour in step.flavours:
            if flavour == "kick":
                await self._kick(task)
            else:
                request = SynchronizeIn(self.synchronized, flavour)
                await self.ask(request.to(task.mailbox), "grace period", task.name)
        self.emit(Wait, False, *told)

    def _what_goes(self, step: WaitStep) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """The objects and words that nobody may use once a wait is over: none while they are wanted still."""
        ops = step.ops
        if step.handover or ops in self.registered:
            return (), ()
        objects = (ops.name,) if ops.dynamic or ops.caller_waits else ()
        return (*objects, *((f"{ops.name}.tramp",) if self.has_text(ops) else ())), step.words

    def _update_trace_function(self) -> None:
        """update_ftrace_function, and the comparison with saved_ftrace_func."""
        chosen = trace_function(self.registered)
        self.update_function = chosen != self.saved_function
        self.saved_function = chosen

    async def _sync_ipi(self, task: Task) -> None:
        """The end of ftrace_modify_all_code: every other CPU is interrupted unless the list function is called now.

        After ftrace_kill the global function is the stub, whatever the update wanted.
        """
        if not self.update_function:
            return
        self.update_function = False
        function = STUB if self.disabled else self.saved_function
        if function != LIST and not self.system.dropped("sync-ipi"):
            await self.ask(SyncIpiIn(self.kicked).to(task.mailbox), "kick", task.name)

    async def _kick(self, task: Task) -> None:
        """kick_all_cpus_sync, in the caller's name."""
        await self.ask(KickIn(self.kicked).to(task.mailbox), "kick", task.name)

    def _report_records(self) -> None:
        """What the books say of every site, before ftrace_lock is released."""
        if self.disabled:
            return
        for record in self.records:
            self.emit(
                RecordState,
                record.function,
                record.count,
                record.enabled,
                record.word,
                record.literal_value if record.literal else 0,
            )


def _signed(value: int) -> int:
    """A C int in w0."""
    return value - (1 << 32) if value & 0x8000_0000 else value
