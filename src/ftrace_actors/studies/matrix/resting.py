"""What the words in front of functions name when a run is over.

INV-LIT is about a word that may be read at any time.  Where a disabled site's word names an ops that nothing frees,
"read too late" means nothing: what was taken back still is right to use, and whoever read the old value uses the old
ops, which has rows of its own.  Whether it does is seen in the run: by the last write of each word in the timeline, by
what the ops there is for, and by whether it was freed.
"""

from __future__ import annotations

from typing import ClassVar

from ...checks import Check
from ...checks.scene import Handlers
from ...events import Free, Store

__all__ = ["Resting"]


class Resting(Check):
    """Remembers the newest write of each word in front of a function, and what was freed."""

    __slots__ = ("_freed", "_function", "_newest")

    name: ClassVar[str] = "resting"
    about: ClassVar[str] = "what the words in front of functions name at the end"

    def __init__(self, function: str = "") -> None:
        """Only the word of `function`, when it is given."""
        self._function = function
        self._freed: set[int] = set()
        self._newest: dict[int, Store] = {}

    def handlers(self) -> Handlers:
        """Writes, and what is freed."""
        return {Store: self._on_store, Free: self._on_free}

    def names(self) -> str | None:
        """The ops named at the end, when nothing frees them; "" when any word names another, None without words."""
        literals = [
            addr for addr, function in self.scene.literals.items() if self._function in {"", function}
        ]
        if not literals:
            return None
        found = {self._name(addr) for addr in literals}
        return "" if "" in found else ", ".join(sorted(found))

    def _name(self, addr: int) -> str:
        store = self._newest.get(addr)
        ops = None if store is None else self.scene.ops_at.get((store.value, store.prov))
        if ops is None or ops.role == "tracer" or ops.prov in self._freed:
            return ""
        return ops.name

    def _on_store(self, event: Store) -> None:
        newest = self._newest.get(event.addr)
        if event.addr in self.scene.literals and (newest is None or event.order > newest.order):
            self._newest[event.addr] = event

    def _on_free(self, event: Free) -> None:
        self._freed.add(event.prov)
