"""The ops allocator: an address and a generation for each allocation.

Freed memory is quarantined unless the run chooses to hand it out again; either way the generation ends, and any later
touch through an old pointer is an event that checks see.  Contents are left as they were: lifetime is metadata here,
not poison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, assert_never

from ..actors import Kind
from ..events import Alloc, Fault, Free
from .actor import KernelActor, Setting, Tell, mail
from .layout import OPS_SIZE
from .messages import Allocate, AllocatorMessage, Release, Return, RoutineDone, RunRoutine

if TYPE_CHECKING:
    from ..actors import Mailbox
    from ..arm64.timeline import Timeline
    from .books import Books
    from .ops import Ops

__all__ = ["OpsAllocator"]


@dataclass(frozen=True, slots=True)
class Initialise:
    """To do: have the CPU of `task` initialise what it was given."""

    task: str
    routine: RunRoutine


class OpsAllocator(KernelActor[Initialise]):
    """kmalloc and kfree of ops.  `fresh` are addresses never used, `freed` those that were."""

    __slots__ = ("_books", "_inbox", "_replies", "_timeline", "freed", "fresh")

    STATE: ClassVar[tuple[str, ...]] = (*KernelActor.STATE, "fresh", "freed")

    def __init__(
        self,
        setting: Setting,
        inbox: Mailbox[AllocatorMessage],
        replies: Mailbox[RoutineDone],
        books: Books,
        timeline: Timeline,
    ) -> None:
        super().__init__(setting, inbox.name)
        self._inbox = inbox
        self._replies = replies
        self._books = books
        self._timeline = timeline
        used = {ops.addr for ops in books.ops.ops.values()}
        self.fresh = [addr for addr in setting.image.heap if addr not in used]
        self.freed: list[int] = []

    async def rest(self) -> Sequence[Initialise | Tell]:
        """Serve the next request."""
        self.acting = ""
        request = await self.hear(self._inbox, "idle")
        self.acting = request.task
        ops = self._books.ops.ops[request.ops]
        match request:
            case Allocate():
                return (self._allocate(request.task, ops), self._return(request.task))
            case Release():
                self._release(ops)
                return (self._return(request.task),)
            case _:
                assert_never(request)

    async def perform(self, item: Initialise) -> Sequence[Initialise | Tell]:
        """Have it initialised."""
        await self.ask(self._books.tasks[item.task].mailbox, item.routine, "routine", item.task)
        return ()

    def _return(self, task: str) -> Tell:
        return mail(self._books.tasks[task].mailbox, Return(0))

    def _allocate(self, task: str, ops: Ops) -> Initialise:
        reuse = self.choose(Kind.ALLOC, 1 + len(self.freed), "kmalloc", ops.name)
        ops.addr = self.freed.pop(reuse - 1) if reuse else self.fresh.pop(0)
        ops.prov = self._books.numbers.draw()
        ops.live = True
        self.emit(Alloc, ops.name, ops.addr, OPS_SIZE, ops.prov)
        args = (ops.pointer, (ops.func_addr, 0, 0, 0), (ops.flag_bits, 0, 0, 0), (ops.filter_addr, 0, 0, 0))
        entry = self.image.symbols["ftrace_ops_init"]
        return Initialise(task, RunRoutine(self._replies, "ftrace_ops_init", entry, args))

    def _release(self, ops: Ops) -> None:
        """End the allocation; freeing what is not allocated is a fault of the caller's."""
        if not ops.live:
            self.emit(Fault, "double free" if ops.addr else "free of nothing", ops.addr, ops.prov)
            return
        ops.live = False
        self.freed.append(ops.addr)
        self.emit(Free, ops.name, ops.addr, OPS_SIZE, ops.prov, self._timeline.end)
