"""What register and unregister cost: writes, cache maintenance, interrupts, grace periods, instructions."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...events import Event, GracePeriod, Maintain, Register, Send, Store
from ...events.flavours import FLAVOURS
from ...kernel.build import Image
from ...kernel.designs import Design
from ...kernel.spec import OpsSpec
from .dull import Setting, run_dull, world

__all__ = ["OPERATIONS", "OperationCost", "counted_flavours", "operation_costs"]

OPERATIONS = ("enable 0>1", "modify 1>2", "modify 2>3", "modify 3>2", "modify 2>1", "disable 1>0")
"""What is done with how many ops on every site: the number before, and after."""

_NAMES = ("first", "second", "third")
_KINDS: frozenset[type[Event]] = frozenset({Register, Store, Maintain, Send, GracePeriod})
_WAITED = "Kick"
_INTERRUPTS = (_WAITED, "Reschedule")


def counted_flavours() -> tuple[str, ...]:
    """The flavours whose grace periods are counted, in the order of the columns."""
    return tuple(reversed(FLAVOURS))


@dataclass(slots=True)
class OperationCost:
    """One register or unregister.

    Attributes:
        design, operation, sites: which.
        errno: what it returned.
        literals: words written that trampolines load: in front of functions, in veneers, the design's own.
        instructions: instruction words written, those of allocated text included.
        cleans, invalidations: DC and IC by address.
        interrupts: IPIs sent, to kick CPUs and to wake tasks on others.
        waited: those of them whose CPU must answer: kick_all_cpus_sync's and ftrace_sync_ipi's.
        grace_periods: flavour -> how many; a Tasks grace period contains two of RCU.
        executed: A64 instructions, on all CPUs.
    """

    design: str
    operation: str
    sites: int
    errno: int = 0
    literals: int = 0
    instructions: int = 0
    cleans: int = 0
    invalidations: int = 0
    interrupts: int = 0
    waited: int = 0
    grace_periods: dict[str, int] = field(default_factory=lambda: dict.fromkeys(counted_flavours(), 0))
    executed: int = 0


def operation_costs(
    design: Design, setting: Setting, *, sites: int = 10, dynamic: bool = True
) -> list[OperationCost]:
    """The costs of `OPERATIONS`, every ops on the same `sites`; FL_DYNAMIC ops are waited for.

    Raises DesignError.
    """
    functions = [f"function_{number}" for number in range(sites)]
    ops = [OpsSpec(name, tuple(functions), dynamic) for name in _NAMES]
    actions = [f"register {name}" for name in _NAMES] + [f"unregister {name}" for name in reversed(_NAMES)]
    image = world(design, setting, functions, ops, actions)
    counter = _Counter(image, sites)
    run_dull(image, _KINDS, counter.watch)
    return counter.costs


class _Counter:
    """Adds events up between the call of register or unregister and its return."""

    def __init__(self, image: Image, sites: int) -> None:
        self.costs: list[OperationCost] = []
        self._design = image.design.name
        self._sites = sites
        self._text = frozenset(image.program.modifiable)
        own = [image.symbols[name] for name, _ in image.design.words]
        words = [word for site in image.sites for word in (site.layout.literal, site.layout.veneer)]
        self._loaded = frozenset(word for word in (*own, *words) if word)
        self._open: OperationCost | None = None

    def watch(self, event: Event, executed: int) -> None:
        """One event; `executed` is the number of instructions until now."""
        if isinstance(event, Register):
            self._boundary(event, executed)
            return
        cost = self._open
        if cost is None:
            return
        match event:
            case Store():
                self._store(cost, event)
            case Maintain(name=name) if name.startswith("dc "):
                cost.cleans += 1
            case Maintain(name=name) if name.startswith("ic "):
                cost.invalidations += 1
            case Send(message=message) if message in _INTERRUPTS:
                cost.interrupts += 1
                cost.waited += message == _WAITED
            case GracePeriod(phase="start", flavour=flavour):
                cost.grace_periods[flavour] += 1
            case _:
                """Nothing that an operation is charged for."""

    def _boundary(self, event: Register, executed: int) -> None:
        if not event.returns:
            self._open = OperationCost(
                self._design, OPERATIONS[len(self.costs)], self._sites, executed=-executed
            )
            return
        assert self._open is not None, "it was called before it returned"
        self._open.errno = event.errno
        self._open.executed += executed
        self.costs.append(self._open)
        self._open = None

    def _store(self, cost: OperationCost, event: Store) -> None:
        if event.addr in self._loaded:
            cost.literals += 1
        else:
            words = range(event.addr, event.addr + event.size, 4)
            cost.instructions += sum(word in self._text for word in words)
