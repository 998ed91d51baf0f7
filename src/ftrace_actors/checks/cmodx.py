"""UNPREDICTABLE: the architecture gives no answer.

The machine reports what it meets itself (half a literal fetched as code).  What only the whole run tells is concurrent
modification and execution (CMODX, Arm ARM B2.2.5): a fetch that could have returned another word, where the old or the
new word is not one of those that may be modified while executed.  `races.py` says what "could have" means.

It is judged when the run is over.  Nothing here asks whether a task or a text is still in use.  With DIC = 1 this never
happens: give no hazards.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Final, Self

from ..events import Barrier, Event, Fetch, Join, Load, Maintain, Store, Sync, Unpredictable
from ..words import Severity
from .checker import Check, Findings
from .races import Races
from .scene import Handlers, Scene

__all__ = ["LINE_BYTES", "Unpredictables"]

LINE_BYTES: Final = 64


class Unpredictables(Check):
    """See the module."""

    __slots__ = ("_hazards", "_races")

    name: ClassVar[str] = "UNPREDICTABLE"
    about: ClassVar[str] = "no CPU does what the architecture calls CONSTRAINED UNPREDICTABLE"

    def __init__(self, hazards: frozenset[int], *, idc: bool = True, line: int = LINE_BYTES) -> None:
        self._hazards = hazards
        self._races = Races(hazards, idc=idc, line=line)

    def copy(self, scene: Scene, findings: Findings) -> Self:
        """See `Check.copy`."""
        other = super().copy(scene, findings)
        other._hazards = self._hazards
        other._races = self._races.copy()
        return other

    def state(self) -> Hashable:
        """See `races.py`."""
        return self._races.state(self.scene) if self._hazards else ()

    def handlers(self) -> Handlers:
        """Without hazards nothing but what the machine reports."""
        if not self._hazards:
            return {Unpredictable: self._on_unpredictable}
        races = self._races
        return {
            Unpredictable: self._on_unpredictable,
            Fetch: races.fetched,
            Load: races.ordered,
            Store: races.stored,
            Maintain: races.maintained,
            Barrier: races.ordered,
            Sync: races.ordered,
            Join: races.ordered,
        }

    def _on_unpredictable(self, event: Unpredictable) -> None:
        scene = self.scene
        where = scene.describe(event.addr)
        self._since(event)
        self.report(
            Severity.UNPREDICTABLE,
            f"{event.task or event.actor} on cpu{event.cpu} at {where}: {event.reason}",
            where,
            scene.window_of(event.task),
            (event, self._races.write_at(event.order)),
        )

    def _since(self, event: Event) -> None:
        """From here on the task may do anything."""
        known = self.scene.unpredictable
        known[event.task] = min(event.seq, known.get(event.task, event.seq))

    def finish(self) -> None:
        """Report the races, in the order of the fetches."""
        for fetch, store in self._races.found():
            self._report_race(fetch, store)

    def _report_race(self, fetch: Fetch, store: Store) -> None:
        where = self.scene.describe(fetch.addr)
        proof: tuple[Event, ...] = (fetch, store)
        self._since(fetch)
        self.report(
            Severity.UNPREDICTABLE,
            f"{fetch.task or fetch.actor} on cpu{fetch.cpu} runs {fetch.word:#010x} (@{fetch.order}) at {where} while "
            f"{store.task or store.actor} on cpu{store.cpu} writes {store.value:#x} there (@{store.order}): not both "
            f"are instructions that may be modified while they are executed",
            where,
            None,
            proof,
        )
