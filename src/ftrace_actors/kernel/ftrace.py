"""The tracing core: records, ops, reference counts, and the order of everything in register and unregister.

One request at a time, under ftrace_lock, in the name of the task that called (kernel/trace/ftrace.c:
ftrace_startup, ftrace_shutdown, ftrace_replace_code).  The design says what a site needs, the text patcher has it done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar, assert_never

from ..events import RecordState, Register, Wait, Warn
from .actor import KernelActor, Setting, Tell, mail
from .books import Locks
from .config import KICK
from .core_items import (
    Allocate,
    Execute,
    Finish,
    Free,
    Interrupt,
    Item,
    Link,
    NextStep,
    NoteWait,
    Patch,
    Synchronize,
)
from .core_view import Asked, CoreView
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
    KickIn,
    PatchSite,
    ReleaseText,
    Return,
    RunRoutine,
    SynchronizeIn,
    SyncIpiIn,
    TracingRequest,
)
from .operations import OPERATIONS, Operation
from .ops import Ops
from .records import count_ops
from .slots import branch_word
from .trace_function import LIST, STUB, trace_function

if TYPE_CHECKING:
    from ..actors import Mailbox
    from ..arm64.registers import Reg
    from .books import OpsBook, TaskList
    from .mail import Mail
    from .messages import Answered, TaskMessage
    from .slots import Template

__all__ = ["TracingCore"]

R = TypeVar("R")

ENODEV = 19


class TracingCore(KernelActor[Item]):
    """ftrace.

    Attributes:
        core_view: where the design of the world asks.  design_asked: how far it has been asked.
        disabled: ftrace_kill was called.
        patches: how many sites it asked to have patched; each patch has its number, whichever service does it.
        saved_function: the global trace function of the last update.
        update_function: this one changes it (FTRACE_UPDATE_TRACE_FUNC), and has not sent ftrace_sync_ipi yet.
        warned: the WARN_ON_ONCEs that fired: function and condition.
        request: the one that is served, or was last.
        errno, view: what came of it so far.
    """

    __slots__ = (
        "_inbox",
        "_ops",
        "_patcher",
        "_replies",
        "_tasks",
        "_text_allocator",
        "core_view",
        "design_asked",
        "disabled",
        "errno",
        "patches",
        "request",
        "saved_function",
        "update_function",
        "view",
        "warned",
    )

    STATE: ClassVar[tuple[str, ...]] = (
        *KernelActor.STATE,
        "design_asked",
        "disabled",
        "errno",
        "patches",
        "request",
        "saved_function",
        "update_function",
        "view",
        "warned",
    )

    def __init__(self, setting: Setting, mail: Mail, tasks: TaskList, ops: OpsBook) -> None:
        super().__init__(setting, mail.core.name)
        self._inbox = mail.core
        self._replies = mail.core_replies
        self._patcher = mail.patcher
        self._text_allocator = mail.text_allocator
        self._tasks = tasks
        self._ops = ops
        self.core_view = CoreView(setting.image, ops, self._warn_once)
        self.design_asked = Asked()
        self.warned: set[tuple[str, str]] = set()
        self.disabled = False
        self.patches = 0
        self.saved_function = STUB
        self.update_function = False
        self.request = TracingRequest("", "", "")
        self.errno = 0
        self.view = 0

    def dismiss(self) -> None:
        """As any actor; and the view has this one to warn, and is in the middle of a design's steps."""
        super().dismiss()
        self.core_view.dismiss()

    # -- an operation from its call to its answer -------------------------------------------------------------------

    async def rest(self) -> Sequence[Item | Tell]:
        """Take the next call."""
        self.acting = ""
        request = await self.hear(self._inbox, "idle")
        self.acting = request.task
        self.request = request
        self.errno = self.view = 0
        ops, operation = self._served()
        if operation.logged:
            self.emit(Register, ops.name, operation.unregister, False, 0, 0, ops.caller_waits)
        errno = ENODEV if self.disabled else operation.refuses(ops)
        if errno:
            self.errno = -errno
            return (self._answer(),)
        if operation.routine:
            return (Link(self._routine(operation.routine, ops.pointer)),)
        return self._linked()

    async def perform(self, item: Item) -> Sequence[Item | Tell]:
        """One item."""
        match item:
            case Link(routine):
                self.view = (await self._ask_task(routine, "routine")).view
                return self._linked()
            case NextStep():
                return self._next_step()
            case Patch():
                await self._patch(item)
            case Execute():
                await self._execute(item)
            case Allocate(request):
                return await self._allocate(request)
            case Free(release):
                await self.ask(self._text_allocator, release, "text", self._text_allocator.name)
            case Synchronize(flavour):
                await self._ask_task(self._synchronize(flavour), "grace period")
            case Interrupt(interrupt):
                await self._ask_task(interrupt, "kick")
            case NoteWait(begins, about):
                self.emit(Wait, begins, *about)
            case Finish():
                ops, operation = self._served()
                operation.end(ops)
                return (self._answer(),)
            case _:
                assert_never(item)
        return ()

    def _served(self) -> tuple[Ops, Operation]:
        return self._ops.ops[self.request.ops], OPERATIONS[self.request.operation]

    @property
    def _mailbox(self) -> Mailbox[TaskMessage]:
        """Of the task that called."""
        return self._tasks[self.request.task].mailbox

    async def _ask_task(self, request: Answered[TaskMessage, R], point: str) -> R:
        return await self.ask(self._mailbox, request, point, self.request.task)

    def _routine(self, name: str, *args: Reg) -> RunRoutine:
        return RunRoutine(self._replies.routine, name, self.image.symbols[name], args)

    def _linked(self) -> Sequence[Item | Tell]:
        """The list is as it will be: count, and take up the design's steps."""
        ops, operation = self._served()
        registered = self._ops.registered
        operation.link(ops, registered)
        if operation.delta:
            left = registered if self.image.spec.protocol.call_ops_by == "survivor" else None
            for record in self._ops.records:
                if record.function in ops.functions:
                    count_ops(record, ops, operation.delta, left)
        chosen = trace_function(registered)
        self.update_function = chosen != self.saved_function
        self.saved_function = chosen
        self.design_asked = self.core_view.begin()
        return (NextStep(),)

    def _answer(self) -> Tell:
        """What the books say of every site, before ftrace_lock is released; and the answer."""
        ops, operation = self._served()
        if not self.disabled:
            for record in self._ops.records:
                self.emit(
                    RecordState,
                    record.function,
                    record.count,
                    record.enabled,
                    record.word,
                    record.literal_value if record.literal else 0,
                )
        if operation.logged:
            self.emit(Register, ops.name, operation.unregister, True, self.errno, self.view, ops.caller_waits)
        return mail(self._mailbox, Return(self.errno, Locks.FTRACE_LOCK), self.view)

    def _warn_once(self, function: str, condition: str, subject: str) -> None:
        if (function, condition) not in self.warned:
            self.warned.add((function, condition))
            self.emit(Warn, function, condition, subject)

    # -- the design's steps -----------------------------------------------------------------------------------------

    def _next_step(self) -> Sequence[Item | Tell]:
        ops, operation = self._served()
        self.design_asked, step = self.core_view.next_step(self.design_asked, operation, ops)
        if step is None:
            self.design_asked = Asked()
            return (*self._sync_ipi(), Finish())
        return (*self._items_of(step), NextStep())

    def _items_of(self, step: Step) -> Sequence[Item | Tell]:
        """One step; after a patch that failed, which is ftrace_bug, no further site is touched.

        The waits are made all the same: ftrace_shutdown comes to its out: label whatever ftrace_run_update_code met.
        """
        match step:
            case PatchStep():
                return () if self.errno else (self._patch_of(step),)
            case RunStep(routine, args):
                return () if self.errno else (Execute(self._routine(routine, *args), counts=True),)
            case WaitStep():
                late = not step.handover and self.image.spec.protocol.wait_at == "after-update"
                return (*(self._sync_ipi() if late else ()), *self._wait_of(step))
            case SyncIpiStep():
                return self._sync_ipi()
            case KickStep():
                return (self._kick(),)
            case WriteTextStep(ops):
                return (Allocate(AllocateText(self._replies.allocated, self.request.task, ops.name)),)
            case FreeTextStep(ops):
                text = self._ops.texts.pop(ops.name)
                return (Free(ReleaseText(self._replies.released, self.request.task, ops.name, text)),)
            case _:
                assert_never(step)

    def _patch_of(self, step: PatchStep) -> Patch:
        record = step.record
        serves: tuple[str, ...] = ()
        if step.target:
            serves = tuple(ops.name for ops in self._ops.registered if record.function in ops.functions)
        literal = step.literal if step.literal is not None else (0, 0, 0, 0)
        self.patches += 1
        request = PatchSite(
            self._replies.patched,
            self.patches,
            self.request.task,
            record.function,
            step.routine,
            literal,
            record.word,
            self.image.branch(record.site, step.target) if step.target else NOP,
            serves,
            self.core_view.allocation(step.target),
        )
        by = self._patcher if step.by is None else step.by
        return Patch(by, request, step.target, None if step.literal is None else literal[0])

    async def _patch(self, item: Patch) -> None:
        request = item.request
        patched = await self.ask(item.by, request, "patched", item.by.name)
        self.view = max(self.view, patched.view)
        self._came_of(patched.errno)
        if not patched.errno:
            record = self._ops.record(request.record)
            record.word = request.new
            record.target = item.target
            if item.literal is not None:
                record.literal_value = item.literal

    def _came_of(self, errno: int) -> None:
        self.errno = errno
        self.disabled = bool(errno)

    async def _execute(self, item: Execute) -> None:
        done = await self._ask_task(item.routine, "routine")
        if item.counts:
            self.view = max(self.view, done.view)
            self._came_of(done.errno)

    async def _allocate(self, request: AllocateText) -> Sequence[Item | Tell]:
        """Text came: have the caller's CPU write the trampoline."""
        answer = await self.ask(self._text_allocator, request, "text", self._text_allocator.name)
        text, template, ops = answer.text, self._template, self._ops.ops[request.ops]
        self._ops.texts[ops.name] = text
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
        routine = self._routine("ftrace_tramp_write", dest, source, end, ops.pointer, call, *offsets)
        return (Execute(routine, counts=False),)

    @property
    def _template(self) -> Template:
        template = self.image.template
        assert template is not None, "only a design with a template has text written"
        return template

    def _function_of(self, ops: Ops) -> int:
        """ftrace_ops_get_func: where a trampoline of the ops' own calls."""
        return self.image.symbols["ftrace_ops_assist_func"] if ops.needs_assist else ops.func_addr

    def _wait_of(self, step: WaitStep) -> Sequence[Item | Tell]:
        """Grace period after grace period, in the caller's name."""
        about = (step.ops.name, step.flavours, step.windows, *self._what_goes(step))
        waits = (self._kick() if name == KICK else Synchronize(name) for name in step.flavours)
        return (NoteWait(True, about), *waits, NoteWait(False, about))

    def _what_goes(self, step: WaitStep) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """The objects and words that nobody may use once a wait is over: none while they are wanted still."""
        ops = step.ops
        if step.handover or ops in self._ops.registered:
            return (), ()
        objects = (ops.name,) if ops.dynamic or ops.caller_waits else ()
        return (*objects, *((f"{ops.name}.tramp",) if self.core_view.has_text(ops) else ())), step.words

    def _sync_ipi(self) -> Sequence[Item | Tell]:
        """The end of ftrace_modify_all_code: every other CPU is interrupted unless the list function is called now.

        After ftrace_kill the global function is the stub, whatever the update wanted.
        """
        if not self.update_function:
            return ()
        self.update_function = False
        function = STUB if self.disabled else self.saved_function
        if function == LIST or "sync-ipi" in self.drop:
            return ()
        return (Interrupt(SyncIpiIn(self._replies.kicked)),)

    def _synchronize(self, flavour: str) -> SynchronizeIn:
        return SynchronizeIn(self._replies.synchronized, flavour)

    def _kick(self) -> Interrupt:
        """kick_all_cpus_sync, in the caller's name."""
        return Interrupt(KickIn(self._replies.kicked))
