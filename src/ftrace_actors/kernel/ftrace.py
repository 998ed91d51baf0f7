"""The tracing core: records, ops, reference counts, and the order of everything in register and unregister.

One request at a time, under ftrace_lock, in the name of the task that called (kernel/trace/ftrace.c:
ftrace_startup, ftrace_shutdown, ftrace_replace_code).  The design says what a site needs, the text patcher has it done.
"""

from __future__ import annotations

from ftrace_actors.actors import Mailbox
from ftrace_actors.events import RecordState, Register, Wait

from .actor import KernelActor
from .designs.base import NOP
from .layout import EINVAL
from .messages import (
    Patched,
    PatchSite,
    Return,
    RoutineDone,
    RunRoutine,
    Synchronized,
    SynchronizeIn,
    TracingRequest,
)
from .ops import Ops
from .records import Record, RecordUpdate, count_ops, unique_ops
from .system import System
from .task import Task

__all__ = ["TracingCore"]

EBUSY = 16
ENOENT = 2
ENODEV = 19


class TracingCore(KernelActor):
    """ftrace.  `registered`: ftrace_ops_list, newest first.  `disabled`: ftrace_kill was called."""

    __slots__ = ("disabled", "inbox", "records", "registered", "replies")

    def __init__(self, system: System) -> None:
        super().__init__(system, "tracing_core")
        self.inbox = Mailbox("tracing_core")
        self.replies = Mailbox("tracing_core replies")
        self.registered: list[Ops] = []
        self.disabled = False
        self.records = [
            Record(
                site.function, site.layout.entry, site.layout.site, site.layout.literal, site.layout.body, NOP
            )
            for site in system.image.sites
        ]
        default = system.image.design.default_literal(system.protocol)
        for record in self.records:
            record.literal_value = system.ops[f"ftrace_{default}_ops"].addr if default else 0

    @property
    def nop_ops(self) -> Ops:
        """ftrace_nop_ops."""
        return self.system.ops["ftrace_nop_ops"]

    @property
    def list_ops(self) -> Ops:
        """ftrace_list_ops."""
        return self.system.ops["ftrace_list_ops"]

    def unique(self, record: Record) -> Ops | None:
        """ftrace_find_unique_ops."""
        return unique_ops(record, self.registered)

    async def body(self) -> None:
        """Serve one call after the other."""
        while True:
            request = await self.hear(self.inbox, "idle")
            assert isinstance(request, TracingRequest)
            self.acting = request.task.name
            ops = request.ops
            self.emit(Register, ops.name, request.unregister, False, 0, 0, ops.caller_waits)
            work = self._unregister if request.unregister else self._register
            errno, view = await work(request.task, ops)
            self._report_records()
            self.emit(Register, ops.name, request.unregister, True, errno, view, ops.caller_waits)
            await self.tell(request.task.mailbox, Return(errno), view)
            self.acting = ""

    async def _register(self, task: Task, ops: Ops) -> tuple[int, int]:
        """ftrace_startup: publish, count, update the text.  No wait at the end."""
        if self.disabled:
            return -ENODEV, 0
        if ops.registered:
            return -EBUSY, 0
        if not ops.addr:
            return -EINVAL, 0
        done = await self._run(task, "ftrace_ops_list_add", ops)
        ops.registered = True
        self.registered.insert(0, ops)
        for record in self._matching(ops):
            count_ops(record, ops, +1)
        return await self._replace_code(task, done.view)

    async def _unregister(self, task: Task, ops: Ops) -> tuple[int, int]:
        """ftrace_shutdown: unlink, count, update the text, then wait for whoever still uses the ops."""
        if self.disabled:
            return -ENODEV, 0
        if not ops.registered:
            return -ENOENT, 0
        protocol = self.system.protocol
        done = await self._run(task, "ftrace_ops_list_del", ops)
        self.registered.remove(ops)
        if protocol.wait_at == "before-update":
            await self._wait_for_users(task, ops)
        for record in self._matching(ops):
            count_ops(record, ops, -1)
        errno, view = await self._replace_code(task, done.view)
        if protocol.wait_at == "after-update":
            await self._wait_for_users(task, ops)
        ops.registered = False
        return errno, view

    def _matching(self, ops: Ops) -> list[Record]:
        return [record for record in self.records if record.function in ops.functions]

    # -- text -------------------------------------------------------------------------------------------------------

    async def _replace_code(self, task: Task, view: int) -> tuple[int, int]:
        """ftrace_replace_code: every record that changed, in address order; a failure is ftrace_bug."""
        for record in self.records:
            update = record.update()
            if update is RecordUpdate.IGNORE:
                continue
            patched = await self._patch(task, record, update)
            view = max(view, patched.view)
            if patched.errno:
                self.disabled = True
                return patched.errno, view
        return 0, view

    async def _patch(self, task: Task, record: Record, update: RecordUpdate) -> Patched:
        system = self.system
        plan = system.image.design.plan(update, record, self, system.protocol)
        new = system.image.bl(record.site) if plan.call else NOP
        serves = (
            tuple(ops.name for ops in self.registered if record.function in ops.functions)
            if plan.call
            else ()
        )
        literal = plan.literal.pointer if plan.literal is not None else (0, 0, 0, 0)
        request = PatchSite(task, record, plan.routine, literal, record.word, new, serves, self.replies)
        await self.tell(system.patcher.inbox, request)
        patched = await self.hear(self.replies, "patched", "text_patcher")
        assert isinstance(patched, Patched)
        if not patched.errno:
            record.word = new
            record.literal_value = literal[0]
        return patched

    async def _run(self, task: Task, routine: str, ops: Ops) -> RoutineDone:
        """Have the caller's CPU execute a list routine on `ops`."""
        entry = self.system.image.symbols[routine]
        await self.tell(task.mailbox, RunRoutine(routine, entry, (ops.pointer,), self.replies))
        done = await self.hear(self.replies, "routine", task.name)
        assert isinstance(done, RoutineDone)
        return done

    # -- waiting ----------------------------------------------------------------------------------------------------

    async def _wait_for_users(self, task: Task, ops: Ops) -> None:
        """The out: label of ftrace_shutdown, for dynamic ops (or an owner that asks for it)."""
        if not (ops.dynamic or ops.caller_waits):
            return
        system = self.system
        waits = system.protocol.wait
        flavours = waits if waits is not None else system.image.design.retire(system.config)
        if not flavours:
            return
        windows = system.image.design.windows
        self.emit(Wait, True, ops.name, flavours, windows)
        for flavour in flavours:
            await self.tell(task.mailbox, SynchronizeIn(flavour, self.replies))
            done = await self.hear(self.replies, "grace period", task.name)
            assert isinstance(done, Synchronized)
        self.emit(Wait, False, ops.name, flavours, windows)

    def _report_records(self) -> None:
        """What the books say of every site, before ftrace_lock is released."""
        if self.disabled:
            return
        literals = bool(self.system.image.design.default_literal(self.system.protocol))
        for record in self.records:
            literal = record.literal_value if literals else 0
            self.emit(RecordState, record.function, record.count, record.enabled, record.word, literal)
