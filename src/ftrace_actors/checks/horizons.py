"""Until when each fetch may have happened: what is ordered after it, on its own CPU and on others.

The machine executes a fetch at one moment, but what counts is the order that the architecture and the kernel promise.
A fetch is before everything explicit that follows it on its CPU (`[F]; po; [M | DC | IC]`), so before

* its CPU's later messages (stores, DC, IC and their completion);
* for each of its CPU's later loads, the next write to that place by another CPU;
* what is published there later (a wake-up, a lock's release, ...), so what follows the `Join` of that on another CPU,
  and so on from there.

The earliest position that follows from these is the fetch's horizon.  All of it is found in one walk backwards through
the run.  Three things are weaker than program order:

* An interrupt carries its CPU's own writes and what DSBs completed; a migration and a grace period only the latter.  Of
  these a fetch is in none unless a full DSB comes between.
* Joining orders what is explicit afterwards.  Later fetches, and the completion of ICs, follow only from a context
  synchronization on.
* Who only acquired is in what a later DSB completed, and not in what an earlier one had.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final

from ..events import Barrier, Event, Join, Sync

__all__ = ["NEVER", "Horizon", "Horizons", "is_full_dsb"]

NEVER: Final = 1 << 62
"""Later than every position."""

_RELEASES: Final = frozenset({"wake-up", "lock", "ipi-done"})
"""Orderings whose source is a store-release, and whose target an acquire; all others join what was completed."""

_INTERRUPT: Final = "ipi"


def is_full_dsb(event: Barrier) -> bool:
    """It waits for reads and writes alike."""
    return event.name.startswith("dsb") and not event.name.endswith(("ld", "st"))


class Horizon:
    """The earliest positions after a point of one CPU's program order.

    `explicit`: of what is ordered after everything here.  `late`: of what is ordered after fetches, and after anything
    else from a context synchronization on.  `interrupts`, `completed`: of what follows from publishing what a DSB, yet
    to be met on the way back, completed; by an interrupt, and otherwise.
    """

    __slots__ = ("completed", "explicit", "interrupts", "late", "published")

    def __init__(self) -> None:
        self.explicit = self.late = self.interrupts = self.completed = NEVER
        self.published: list[tuple[int, str, int]] = []
        """(-`until`, ordering, position): a heap of what others joined and is not passed yet."""

    @property
    def of_fetch(self) -> int:
        """Of a fetch here."""
        return min(self.explicit, self.late)

    def message(self, order: int) -> None:
        """A store, DC or IC, or a write that a load here must be before."""
        self.explicit = min(self.explicit, order)

    def after_fetches(self, order: int) -> None:
        """Something that fetches are before, and that other things are only from a context synchronization on."""
        self.late = min(self.late, order)

    def barrier(self, event: Barrier) -> None:
        """A full DSB: what is before it is in what it completed."""
        if is_full_dsb(event):
            self.explicit = min(self.explicit, self.interrupts, self.completed)

    def synchronized(self, _: Sync) -> None:
        """What is before a context synchronization is before what is fetched after it."""
        self.explicit = min(self.explicit, self.late)

    def of_join(self, ordering: str) -> int:
        """Of what a join here brings: it raises what later accesses wait for, and an acquire no more than that."""
        found = min(self.explicit, self.interrupts)
        return found if ordering in _RELEASES else min(found, self.completed)

    def pass_published(self, seq: int) -> None:
        """On the way back to event `seq`: take up what was published between it and the event before it here."""
        published = self.published
        while published and -published[0][0] > seq:
            _, ordering, order = heappop(published)
            if ordering in _RELEASES:
                self.explicit = min(self.explicit, order)
            elif ordering == _INTERRUPT:
                self.interrupts = min(self.interrupts, order)
            else:
                self.completed = min(self.completed, order)


class Horizons:
    """The walk back through a run.

    `visit` handles what is not a barrier, synchronization or join: it is called with each such event and the horizon
    after it on its CPU, which it brings up to date.
    """

    __slots__ = ("_by_cpu",)

    def __init__(self) -> None:
        self._by_cpu: dict[int, Horizon] = {}

    def walk(self, events: list[Event], visit: Callable[[Event, Horizon], None]) -> None:
        """Walk over `events`, which are in the order of their `seq`, from the last to the first."""
        for event in reversed(events):
            horizon = self._of(event.cpu)
            horizon.pass_published(event.seq)
            match event:
                case Join():
                    order = horizon.of_join(event.ordering)
                    heappush(self._of(event.publisher).published, (-event.until, event.ordering, order))
                case Barrier():
                    horizon.barrier(event)
                case Sync():
                    horizon.synchronized(event)
                case _:
                    visit(event, horizon)

    def _of(self, cpu: int) -> Horizon:
        horizon = self._by_cpu.get(cpu)
        if horizon is None:
            horizon = self._by_cpu[cpu] = Horizon()
        return horizon
