"""INV-STATE and ABI: what is installed is what the books say, and a traced call notices nothing.

INV-STATE looks at the moment ftrace_lock is released.  What a site holds is its newest write in the timeline, not the
last one that executed: a write that became visible early counts where it stands.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Final, Self

from ..events import Body, RecordState, Store
from ..words import Severity
from .checker import Check, Findings, Stateless
from .scene import Handlers, Scene

__all__ = ["NOP", "Abi", "State"]

NOP: Final = 0xD503201F

REGISTERS: Final = (*(f"x{number}" for number in range(9)), "fp", "lr", "sp")


class State(Check):
    """INV-STATE, see the module.  A site holds a NOP, and a literal anything, until they are first written."""

    __slots__ = ("_newest",)

    name: ClassVar[str] = "INV-STATE"
    about: ClassVar[str] = "when ftrace_lock is released, site and literal hold what the record's flags say"

    def __init__(self) -> None:
        self._newest: dict[int, Store] = {}

    def handlers(self) -> Handlers:
        """Stores, and what the books say."""
        return {Store: self._on_store, RecordState: self._on_record_state}

    def copy(self, scene: Scene, findings: Findings) -> Self:
        """See `Check.copy`."""
        other = super().copy(scene, findings)
        other._newest = self._newest.copy()
        return other

    def state(self) -> Hashable:
        """What each site and literal holds.

        Where its write is on the timeline matters only for stores that are visible already and execute later.
        """
        not_after = self.scene.not_after
        return tuple(
            sorted(
                [(addr, store.value, not_after(store.order, addr)) for addr, store in self._newest.items()]
            )
        )

    def _on_store(self, event: Store) -> None:
        addr = event.addr
        if addr in self.scene.sites or addr in self.scene.literals:
            newest = self._newest.get(addr)
            if newest is None or event.order > newest.order:
                self._newest[addr] = event

    def _on_record_state(self, event: RecordState) -> None:
        record = self.scene.records.get(event.function)
        if record is None:
            return
        site = self._newest.get(record.site)
        word = NOP if site is None else site.value
        if word != event.word:
            self._broken(event, site, f"the site holds {word:#010x}", f"{event.word:#010x}")
        literal = self._newest.get(record.literal)
        if event.literal and literal is not None and literal.value != event.literal:
            holds = self.scene.pointer(literal.value, literal.prov)
            self._broken(event, literal, f"the literal holds {holds}", self.scene.describe(event.literal))

    def _broken(self, event: RecordState, store: Store | None, holds: str, books: str) -> None:
        self.report(
            Severity.CORRUPTION,
            f"ftrace_lock is released with {event.function} at count {event.count}: {holds}, the record says {books}",
            event.function,
            None,
            (store, event),
        )


class Abi(Stateless):
    """ABI: x0-x8, fp, lr and sp at a function's body are those of the call."""

    __slots__ = ()

    name: ClassVar[str] = "ABI"
    about: ClassVar[str] = "arguments, frame, return address and stack survive a traced call"

    def handlers(self) -> Handlers:
        """Bodies; the scene knows the call."""
        return {Body: self._on_body}

    def _on_body(self, event: Body) -> None:
        call = self.scene.ended
        if call is None or call.call.regs == event.regs:
            return
        changed = [
            (name, before, after)
            for name, before, after in zip(REGISTERS, call.call.regs, event.regs, strict=True)
            if before != after
        ]
        words = ", ".join(f"{name} {before:#x} -> {after:#x}" for name, before, after in changed)
        self.report(
            Severity.CORRUPTION,
            f"{event.task} on cpu{event.cpu} arrives in {event.function} with changed registers: {words}",
            f"{event.function}: {' '.join(name for name, _, _ in changed)}",
            None,
            (call.call, event),
        )
