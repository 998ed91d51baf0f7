"""Events of the machine: memory, fetches, barriers, exceptions."""

from __future__ import annotations

from .base import AllocationNumber, Counted, Event

__all__ = ["Barrier", "Early", "Exc", "Fault", "Fetch", "Load", "Maintain", "Store", "Sync", "Unpredictable"]


class Load(Event, tag="load", frozen=True, gc=False):
    """A read of shared memory: `value` from the message at `order`, through a pointer of allocation `pointer`.

    `prov` is the allocation the loaded value points into, when it is a pointer.
    """

    addr: int
    size: int
    value: int
    order: Counted
    pointer: AllocationNumber
    prov: AllocationNumber


class Store(Event, tag="store", frozen=True, gc=False):
    """A write of shared memory, at `order` on the timeline: in the past when it was made visible early."""

    addr: int
    size: int
    value: int
    order: Counted
    pointer: AllocationNumber
    prov: AllocationNumber


class Early(Event, tag="early", frozen=True, gc=False):
    """A store, DC, IC or completion became visible before its turn, at `order`; `what` is the message's kind."""

    what: str
    addr: int
    value: int
    order: Counted


class Fetch(Event, tag="fetch", frozen=True, gc=False):
    """A fetch of a modifiable word took the message at `order`.

    It could have taken any of its writes from `floor` to `newest`; `sync` is what context synchronization had raised
    the fetch view to.
    """

    addr: int
    word: int
    order: Counted
    floor: Counted
    newest: Counted
    sync: Counted


class Barrier(Event, tag="barrier", frozen=True, gc=False):
    """A DMB or DSB, of the code or of the kernel's task switch; `completed` is what DSBs of this PE have completed."""

    name: str
    completed: Counted


class Maintain(Event, tag="maintain", frozen=True, gc=False):
    """A DC, IC or completion of ICs at `order` (0 when this machine needs no message)."""

    name: str
    addr: int
    order: Counted


class Sync(Event, tag="sync", frozen=True, gc=False):
    """A context synchronization event: ISB, exception entry or return.  `tau` is the fetch view after it."""

    reason: str
    tau: Counted


class Exc(Event, tag="exception", frozen=True, gc=False):
    """An exception was taken (`entry`) or returned from."""

    entry: bool
    reason: str


class Unpredictable(Event, tag="unpredictable", frozen=True, gc=False):
    """CONSTRAINED UNPREDICTABLE: the architecture gives no answer."""

    reason: str
    addr: int
    order: Counted


class Fault(Event, tag="fault", frozen=True, gc=False):
    """A synchronous exception that the kernel would oops on; `pointer` is the allocation it went through."""

    reason: str
    addr: int
    pointer: AllocationNumber
