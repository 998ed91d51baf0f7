"""What the kthreads of all flavours of RCU share: whose they are, and how the end of a grace period is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, assert_never

from ..actors import Mailbox
from ..events import GracePeriod
from .actor import KernelActor, Setting, Tell, mail
from .messages import GracePeriodDone, Synchronize, Wake
from .published import NOTHING, Published

if TYPE_CHECKING:
    from ..events.flavours import Flavour
    from .books import Books
    from .collector import Collector
    from .mail import Mail

__all__ = ["GraceKthread"]

I = TypeVar("I")  # noqa: E741 - an item, as in `actor`


class GraceKthread(KernelActor[I], Generic[I]):
    """Runs grace periods of `flavour`, one after the other; a request that comes during one waits for a later one.

    Its book holds those it waits for, and what its grace periods published.
    """

    __slots__ = ("_book", "_inbox", "_replies", "_reports", "_scheduler", "flavour")

    def __init__(self, setting: Setting, flavour: Flavour, mail: Mail, books: Books) -> None:
        super().__init__(setting, flavour.actor)
        self.flavour = flavour
        own = mail.flavours[flavour.name]
        self._inbox = own.requests
        self._reports = own.reports
        self._replies = own.replies
        self._scheduler = mail.scheduler
        self._book = books.grace[flavour.name]

    @property
    def collector(self) -> Collector[str]:
        """Those it waits for, CPUs or tasks, by name."""
        return self._book.collector

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

    def log_phase(self, phase: str, view: Published) -> None:
        """The grace period starts, has scanned, or ends: one event."""
        waiting = tuple(self.collector.waiting)
        self.emit(GracePeriod, self.flavour.name, self.collector.number, phase, waiting, view.view)
