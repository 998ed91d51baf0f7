"""Services that patch text: each holds its mutex, has CPUs run the patch routines, and says how it went.

They decide nothing about memory: the two writes of a site and everything that orders them are one A64 routine, run by
the CPU of the task in whose name the site is patched.  The kernel has one such service; another that differs in what
comes after the routine overrides `then` (tests/kernel/additions/test_patcher.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias, TypeVar, assert_never

from ..events import Lock, Patch
from .actor import KernelActor, Setting, Tell, mail
from .messages import KickIn, Patched, PatchSite, RoutineDone, RunRoutine, SyncIpiIn

if TYPE_CHECKING:
    from ..actors import Mailbox
    from .books import OpsBook, TaskList
    from .messages import Answered, TaskMessage

__all__ = ["PatchingService", "TextPatcher"]

R = TypeVar("R")

Following: TypeAlias = KickIn | SyncIpiIn
"""What a service may have the task do between the routine and the answer."""


@dataclass(frozen=True, slots=True)
class HavePatched:
    """To do: have the CPU of the task run the patch routine."""

    request: PatchSite


@dataclass(frozen=True, slots=True)
class HaveDone:
    """To do: have the task do what follows the routine."""

    request: PatchSite
    following: Following


@dataclass(frozen=True, slots=True)
class EndPatch:
    """To do: let the mutex go, and answer."""

    request: PatchSite
    patched: Patched


PatchItem: TypeAlias = HavePatched | HaveDone | EndPatch


class PatchingService(KernelActor[PatchItem]):
    """One request after the other, so the mutex is the order of its mailbox; `acting` is in whose name.

    `mutex`: what the log calls it.
    """

    __slots__ = ("_inbox", "_ops", "_replies", "_tasks")

    mutex: ClassVar[str]

    def __init__(
        self,
        setting: Setting,
        inbox: Mailbox[PatchSite],
        replies: Mailbox[RoutineDone],
        tasks: TaskList,
        ops: OpsBook,
    ) -> None:
        """It has the name of its mailbox, `inbox`."""
        super().__init__(setting, inbox.name)
        self._inbox = inbox
        self._replies = replies
        self._tasks = tasks
        self._ops = ops

    def then(self, request: PatchSite) -> Sequence[Following]:
        """What the task does, one after the other, between the patch routine and the answer: nothing."""
        return ()

    async def rest(self) -> Sequence[PatchItem | Tell]:
        """Take the mutex for the next request."""
        self.acting = ""
        request = await self.hear(self._inbox, "idle")
        self.acting = request.task
        self._lock("acquired")
        self._event(request, True, 0)
        return (HavePatched(request),)

    async def perform(self, item: PatchItem) -> Sequence[PatchItem | Tell]:
        """One item."""
        request = item.request
        match item:
            case HavePatched():
                done = await self._run(request)
                following = (HaveDone(request, each) for each in self.then(request))
                return (*following, EndPatch(request, Patched(done.errno, done.view)))
            case HaveDone(_, following):
                await self._ask_task(request.task, following, "following")
                return ()
            case EndPatch(_, patched):
                self._event(request, False, patched.errno)
                self._lock("released")
                return (mail(request.reply, patched),)
            case _:
                assert_never(item)

    async def _run(self, request: PatchSite) -> RoutineDone:
        """Have the routine run, with what every patch routine takes."""
        record = self._ops.record(request.record)
        assert record.word == request.old, (
            "the books say what the site holds, and one request is served at a time"
        )
        args = (
            (record.literal or record.veneer, 0, 0, 0),
            request.literal,
            (record.site, 0, 0, 0),
            (request.old, 0, 0, 0),
            (request.new, 0, 0, request.new_prov),
        )
        entry = self.image.symbols[request.action]
        routine = RunRoutine(self._replies, request.action, entry, args, resched_point=True)
        return await self._ask_task(request.task, routine, "routine")

    async def _ask_task(self, task: str, request: Answered[TaskMessage, R], point: str) -> R:
        return await self.ask(self._tasks[task].mailbox, request, point, task)

    def _event(self, request: PatchSite, begins: bool, errno: int) -> None:
        self.emit(
            Patch,
            request.number,
            begins,
            request.record,
            request.action,
            request.literal[0],
            request.new,
            request.ops,
            errno,
        )

    def _lock(self, state: str) -> None:
        self.emit(Lock, self.mutex, self.acting, state)


class TextPatcher(PatchingService):
    """The kernel's own (arch/arm64/kernel/patching.c): nothing follows the routine."""

    __slots__ = ()

    mutex = "text_mutex"
