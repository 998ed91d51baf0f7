"""What the kthreads of all flavours of RCU share: how the end of a grace period comes to the one that asked."""

from __future__ import annotations

from typing import Generic, TypeVar, assert_never

from ..actors import Mailbox
from .actor import KernelActor, Setting, Tell, mail
from .messages import GracePeriodDone, Synchronize, Wake
from .published import NOTHING, Published

__all__ = ["GraceKthread"]

I = TypeVar("I")  # noqa: E741 - an item, as in `actor`


class GraceKthread(KernelActor[I], Generic[I]):
    """Runs grace periods, one after the other; a request that comes during one waits for a later one."""

    __slots__ = ("_inbox", "_scheduler")

    def __init__(
        self, setting: Setting, name: str, inbox: Mailbox[Synchronize], scheduler: Mailbox[Wake]
    ) -> None:
        super().__init__(setting, name)
        self._inbox = inbox
        self._scheduler = scheduler

    def handed_on(self, view: Published) -> Published:
        """What the end of a grace period orders before whatever follows it, of the `view` that it collected."""
        return NOTHING if "gp-end" in self.drop else view

    def answer(self, request: Synchronize, view: Published) -> Tell:
        """Complete what a task waits for and wake it, or answer the other flavour."""
        completed = self.handed_on(view)
        done = GracePeriodDone(request.number, self.name, completed)
        match request.asker:
            case Mailbox() as reply:
                return mail(reply, done, completed.view)
            case str() as task:
                return mail(self._scheduler, Wake(task, NOTHING, completed, done=done), completed.view)
            case asker:
                assert_never(asker)
