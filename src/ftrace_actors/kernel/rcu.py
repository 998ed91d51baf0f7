"""Classic RCU: a grace period ends when every CPU has passed a quiescent state that began after it.

Quiescent states (3 in Documentation/RCU): a context switch, the idle loop, user mode; with preemptible RCU also a
timer tick outside any reader.  Readers here are regions with preemption off.

A grace period orders both ways: its start publishes the caller's view, which each CPU joins at its quiescent state, or
when it leaves idle; its end joins what each CPU had completed there into the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from .actor import Setting, Tell
from .grace import GraceKthread
from .mail import cpu_name
from .messages import Synchronize

if TYPE_CHECKING:
    from ..events.flavours import Flavour
    from .books import Books
    from .mail import Mail

__all__ = ["Rcu"]


@dataclass(frozen=True, slots=True)
class Collect:
    """To do: receive quiescent states until none is missing."""

    request: Synchronize


class Rcu(GraceKthread[Collect]):
    """The RCU grace-period kthread.  Its book says which CPUs it waits for, and what was published to them."""

    __slots__ = ("_queues",)

    def __init__(self, setting: Setting, flavour: Flavour, mail: Mail, books: Books) -> None:
        super().__init__(setting, flavour, mail, books)
        self._queues = books.queues

    async def rest(self) -> Sequence[Collect | Tell]:
        """Start the next grace period; a request that comes during one waits for a later one."""
        request = await self.hear(self._inbox, "idle")
        published, book = request.view, self._book
        # An idle CPU is quiescent as it is: what it had completed when it went idle counts as reported.
        idle = [queue for queue in self._queues if queue.idle]
        if "gp-start" not in self.drop:
            book.view |= published
            for queue in idle:
                queue.skipped_by |= published
        waiting = (cpu_name(queue.number) for queue in self._queues if not queue.idle)
        book.collector.begin(waiting, view=reduce(or_, (queue.idle_view for queue in idle), published))
        self.log_phase("start", published)
        return self._collected(request)

    async def perform(self, item: Collect) -> Sequence[Collect | Tell]:
        """One more report."""
        report = await self.hear(self._reports, "quiescent states", "quiescent states of CPUs")
        self.collector.receive(report)
        return self._collected(item.request)

    def _collected(self, request: Synchronize) -> Sequence[Collect | Tell]:
        if self.collector.waiting:
            return (Collect(request),)
        view = self.collector.view
        self.log_phase("end", self.handed_on(view))
        return (self.answer(request, view),)
