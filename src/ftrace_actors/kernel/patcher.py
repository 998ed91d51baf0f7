"""The text-patching service: holds text_mutex, has CPUs run the patch routines, says how it went.

It decides nothing about memory: the two writes of a site and everything that orders them are one A64 routine, run by
the CPU of the task in whose name the site is patched.
"""

from __future__ import annotations

from ..actors import Mailbox
from ..events import Lock, Patch
from .actor import KernelActor
from .messages import Patched, PatchSite, RoutineDone, RunRoutine
from .system import System

__all__ = ["TextPatcher"]


class TextPatcher(KernelActor):
    """One request after the other, so text_mutex is the order of its mailbox; `acting` is in whose name."""

    __slots__ = ("inbox", "patches", "replies")

    def __init__(self, system: System) -> None:
        super().__init__(system, "text_patcher")
        self.inbox: Mailbox[PatchSite] = Mailbox("text_patcher")
        self.replies: Mailbox[RoutineDone] = Mailbox("text_patcher replies")
        self.patches = 0

    async def body(self) -> None:
        """Patch site after site."""
        while True:
            request = await self.hear(self.inbox, "idle")
            self.acting = request.task.name
            self._lock("acquired")
            answer = await self._patch(request)
            self._lock("released")
            await self.tell(request.reply, answer)
            self.acting = ""

    async def _patch(self, request: PatchSite) -> Patched:
        self.patches += 1
        number = self.patches
        self._event(number, request, True, 0)
        record = request.record
        args = (
            (record.literal or record.veneer, 0, 0, 0),
            request.literal,
            (record.site, 0, 0, 0),
            (request.old, 0, 0, 0),
            (request.new, 0, 0, request.new_prov),
        )
        entry = self.system.image.symbols[request.action]
        routine = RunRoutine(self.replies, request.action, entry, args, resched_point=True)
        done = await self.ask(routine.to(request.task.mailbox), "routine", request.task.name)
        errno = done.value - (1 << 32) if done.value & 0x8000_0000 else done.value
        self._event(number, request, False, errno)
        return Patched(errno, done.view)

    def _event(self, number: int, request: PatchSite, begins: bool, errno: int) -> None:
        self.emit(
            Patch,
            number,
            begins,
            request.record.function,
            request.action,
            request.literal[0],
            request.new,
            request.ops,
            errno,
        )

    def _lock(self, state: str) -> None:
        self.emit(Lock, "text_mutex", self.acting, state)
