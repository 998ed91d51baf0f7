"""The text-patching service: holds text_mutex, has CPUs run the patch routines, says how it went.

It decides nothing about memory: the two writes of a site and everything that orders them are one A64 routine, run by
the CPU of the task in whose name the site is patched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..events import Lock, Patch
from .actor import KernelActor, Setting, Tell, mail
from .messages import Patched, PatchSite, RoutineDone, RunRoutine

if TYPE_CHECKING:
    from ..actors import Mailbox
    from .books import OpsBook, TaskList

__all__ = ["TextPatcher"]


@dataclass(frozen=True, slots=True)
class HavePatched:
    """To do: have the CPU of the task run the patch routine, as patch `number`."""

    number: int
    request: PatchSite


class TextPatcher(KernelActor[HavePatched]):
    """One request after the other, so text_mutex is the order of its mailbox; `acting` is in whose name."""

    __slots__ = ("_inbox", "_ops", "_replies", "_tasks", "patches")

    STATE: ClassVar[tuple[str, ...]] = (*KernelActor.STATE, "patches")

    def __init__(
        self,
        setting: Setting,
        inbox: Mailbox[PatchSite],
        replies: Mailbox[RoutineDone],
        tasks: TaskList,
        ops: OpsBook,
    ) -> None:
        super().__init__(setting, "text_patcher")
        self._inbox = inbox
        self._replies = replies
        self._tasks = tasks
        self._ops = ops
        self.patches = 0

    async def rest(self) -> Sequence[HavePatched | Tell]:
        """Take text_mutex for the next request."""
        self.acting = ""
        request = await self.hear(self._inbox, "idle")
        self.acting = request.task
        self._lock("acquired")
        self.patches += 1
        self._event(self.patches, request, True, 0)
        return (HavePatched(self.patches, request),)

    async def perform(self, item: HavePatched) -> Sequence[HavePatched | Tell]:
        """The routine is done: text_mutex goes, and the answer."""
        number, request = item.number, item.request
        record = self._ops.record(request.record)
        args = (
            (record.literal or record.veneer, 0, 0, 0),
            request.literal,
            (record.site, 0, 0, 0),
            (request.old, 0, 0, 0),
            (request.new, 0, 0, request.new_prov),
        )
        entry = self.image.symbols[request.action]
        routine = RunRoutine(self._replies, request.action, entry, args, resched_point=True)
        done = await self.ask(self._tasks[request.task].mailbox, routine, "routine", request.task)
        errno = done.value - (1 << 32) if done.value & 0x8000_0000 else done.value
        self._event(number, request, False, errno)
        self._lock("released")
        return (mail(request.reply, Patched(errno, done.view)),)

    def _event(self, number: int, request: PatchSite, begins: bool, errno: int) -> None:
        self.emit(
            Patch,
            number,
            begins,
            request.record,
            request.action,
            request.literal[0],
            request.new,
            request.ops,
            errno,
        )

    def _lock(self, state: str) -> None:
        self.emit(Lock, "text_mutex", self.acting, state)
