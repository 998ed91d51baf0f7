"""The ops allocator: an address and a generation for each allocation.

Freed memory is quarantined unless the run chooses to hand it out again; either way the generation ends, and any later
touch through an old pointer is an event that checks see.  Contents are left as they were: lifetime is metadata here,
not poison.
"""

from __future__ import annotations

from typing import assert_never

from ..actors import Kind, Mailbox
from ..events import Alloc, Fault, Free
from .actor import KernelActor
from .layout import OPS_SIZE
from .messages import Allocate, AllocatorMessage, Release, Return, RoutineDone, RunRoutine
from .ops import Ops
from .system import System

__all__ = ["OpsAllocator"]


class OpsAllocator(KernelActor):
    """kmalloc and kfree of ops.  `fresh` are addresses never used, `freed` those that were."""

    __slots__ = ("allocations", "freed", "fresh", "inbox", "replies")

    def __init__(self, system: System) -> None:
        super().__init__(system, "ops_allocator")
        self.inbox: Mailbox[AllocatorMessage] = Mailbox("ops_allocator")
        self.replies: Mailbox[RoutineDone] = Mailbox("ops_allocator replies")
        image = system.image
        used = {ops.addr for ops in system.ops.values()}
        self.fresh = [addr for addr in image.heap if addr not in used]
        self.freed: list[int] = []
        self.allocations = image.allocations

    async def body(self) -> None:
        """Serve requests."""
        while True:
            request = await self.hear(self.inbox, "idle")
            self.acting = request.task.name
            match request:
                case Allocate():
                    await self._allocate(request)
                case Release():
                    self._release(request.ops)
                case _:
                    assert_never(request)
            await self.tell(request.task.mailbox, Return(0))
            self.acting = ""

    async def _allocate(self, request: Allocate) -> None:
        ops = request.ops
        reuse = self.choose(Kind.ALLOC, 1 + len(self.freed), "kmalloc", ops.name)
        ops.addr = self.freed.pop(reuse - 1) if reuse else self.fresh.pop(0)
        self.allocations += 1
        ops.prov = self.allocations
        ops.live = True
        self._event(ops)
        args = (ops.pointer, (ops.func_addr, 0, 0, 0), (ops.flag_bits, 0, 0, 0), (ops.filter_addr, 0, 0, 0))
        entry = self.system.image.symbols["ftrace_ops_init"]
        routine = RunRoutine(self.replies, "ftrace_ops_init", entry, args)
        await self.ask(routine.to(request.task.mailbox), "routine", request.task.name)

    def _event(self, ops: Ops) -> None:
        self.emit(Alloc, ops.name, ops.addr, OPS_SIZE, ops.prov)

    def _release(self, ops: Ops) -> None:
        """End the allocation; freeing what is not allocated is a fault of the caller's."""
        if not ops.live:
            self.emit(Fault, "double free" if ops.addr else "free of nothing", ops.addr, ops.prov)
            return
        ops.live = False
        self.freed.append(ops.addr)
        self.emit(Free, ops.name, ops.addr, OPS_SIZE, ops.prov, self.system.timeline.end)
