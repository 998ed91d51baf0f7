"""Events of a traced call, from its entry to its return."""

from __future__ import annotations

from .base import AllocationNumber, Event

__all__ = ["Body", "Call", "Callback", "Claim", "Reader", "Returned", "Window"]


class Call(Event, tag="call", frozen=True, gc=False):
    """Control is at a traced function's entry.  `regs` are x0-x8, fp, lr, sp."""

    function: str
    regs: tuple[int, ...]


class Body(Event, tag="body", frozen=True, gc=False):
    """Control is at the first instruction after the patch site; `regs` as in `Call`."""

    function: str
    regs: tuple[int, ...]


class Returned(Event, tag="returned", frozen=True, gc=False):
    """A call that an action of the scenario made came back with `value` in x0."""

    function: str
    value: int


class Window(Event, tag="window", frozen=True, gc=False):
    """The task is now in `window` ("W0" to "W4"), or in none ("")."""

    window: str


class Callback(Event, tag="callback", frozen=True, gc=False):
    """A tracer's function starts (`begins`) or ends: `func` by name, the `ops` pointer it was handed, the `ip`."""

    begins: bool
    func: str
    ops: int
    prov: AllocationNumber
    ip: int


class Reader(Event, tag="reader", frozen=True, gc=False):
    """Preemption was disabled (`begins`) or enabled again: a classic RCU reader."""

    begins: bool


class Claim(Event, tag="claim", frozen=True, gc=False):
    """The caller knows that `function` is traced: from here on its calls count."""

    function: str
