"""Patches, and where in the timeline their writes are.

A fetch names the position of the word it took, so a branch that was fetched tells which patch wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..events import Patch, Store
from .scene import Scene

__all__ = ["Patches", "Patching", "is_bl"]

_BL_MASK, _BL = 0xFC00_0000, 0x9400_0000


def is_bl(word: int) -> bool:
    """The instruction is a BL."""
    return word & _BL_MASK == _BL


class Patching:
    """A patch and its writes, None until they execute; whether it is over.

    `registrations` are the numbers of those it serves.
    """

    __slots__ = ("begin", "branch", "ended", "literal", "registrations")

    def __init__(self, begin: Patch, registrations: tuple[int, ...]) -> None:
        self.begin = begin
        self.registrations = registrations
        self.literal: Store | None = None
        self.branch: Store | None = None
        self.ended = False

    def copy(self) -> Patching:
        """Independent of this one."""
        other = Patching(self.begin, self.registrations)
        other.literal = self.literal
        other.branch = self.branch
        other.ended = self.ended
        return other

    def owes_literal(self, scene: Scene) -> bool:
        """A call through its branch has to read its literal; designs without one owe none."""
        return bool(self.begin.literal and scene.records[self.begin.function].literal)


class Patches:
    """Follows patches."""

    __slots__ = ("_branches", "_by_number", "_open")

    def __init__(self) -> None:
        self._by_number: dict[int, Patching] = {}
        """All patches of the run."""
        self._open: list[int] = []
        """The numbers of those under way, in the order in which they began."""
        self._branches: dict[tuple[str, int], int] = {}
        """(function, order of the BL's store) -> the patch that wrote it."""

    def copy(self) -> Patches:
        """Independent of this one."""
        other = Patches()
        other._by_number = {number: patch.copy() for number, patch in self._by_number.items()}
        other._open = self._open.copy()
        other._branches = self._branches.copy()
        return other

    @property
    def under_way(self) -> list[Patching]:
        """In the order in which they began."""
        return [self._by_number[number] for number in self._open]

    def branches(self) -> Iterator[tuple[str, int, Patching]]:
        """Function, position and patch of every branch that was written."""
        for (function, order), number in self._branches.items():
            yield function, order, self._by_number[number]

    def of_branch(self, function: str, order: int) -> Patching | None:
        """The patch that wrote the branch at `order`, as far as is known yet."""
        number = self._branches.get((function, order))
        return None if number is None else self._by_number[number]

    def began(self, event: Patch, registrations: tuple[int, ...]) -> None:
        """A patch begins."""
        self._by_number[event.number] = Patching(event, registrations)
        self._open.append(event.number)

    def ended(self, event: Patch) -> bool:
        """A patch ends; False when it had not begun."""
        if event.number not in self._open:
            return False
        self._open.remove(event.number)
        self._by_number[event.number].ended = True
        return True

    def stored(self, event: Store, scene: Scene) -> None:
        """A store that may belong to a patch: to a site or a literal."""
        if not self._open:
            return
        function = scene.sites.get(event.addr)
        if function is not None:
            patch = self._of_store(function, event.task)
            if patch is not None and is_bl(event.value):
                patch.branch = event
                self._branches[function, event.order] = patch.begin.number
            return
        function = scene.literals.get(event.addr)
        if function is not None:
            patch = self._of_store(function, event.task)
            if patch is not None:
                patch.literal = event

    def _of_store(self, function: str, task: str) -> Patching | None:
        """The patch under way that a store to this function belongs to."""
        found: Patching | None = None
        for patch in self.under_way:
            if patch.begin.function == function and (found is None or patch.begin.task == task):
                found = patch
        return found
