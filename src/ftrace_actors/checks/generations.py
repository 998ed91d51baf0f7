"""Which allocation of text a task means to be in.

Text that is allocated for trampolines is handed out again at the same address.  A BL cannot carry the number of an
allocation, but the store that put it at a site does, and so does the word that a PLT entry goes by: whoever follows
one of them means that text, whatever is there by the time it arrives.
"""

from __future__ import annotations

from collections.abc import Hashable

from ..events import Alloc, Fetch, Load, Store
from ..ordinals import At

__all__ = ["Generations"]

SUFFIX = ".tramp"
"""Allocations of text are named after the ops, with this suffix."""


class Generations:
    """Follows branches to allocated text."""

    __slots__ = ("_branches", "_live", "_meant", "_texts")

    def __init__(self) -> None:
        self._live: list[Alloc] = []
        self._texts: dict[int, Alloc] = {}
        """Allocation -> its text, freed ones as well."""
        self._branches: dict[int, int] = {}
        """Timeline position of a store to a site -> the allocation it branches to."""
        self._meant: dict[str, int] = {}

    def copy(self) -> Generations:
        """Independent of this one."""
        other = Generations()
        other._live = self._live.copy()
        other._texts = self._texts.copy()
        other._branches = self._branches.copy()
        other._meant = self._meant.copy()
        return other

    def state(self) -> Hashable:
        """The texts, those that are the newest where they are, which word leads to which, and what tasks mean.

        Names of texts are for words only.  A task that means no text need not be known to do so.
        """
        return (
            tuple(sorted([(prov, text.addr, text.size) for prov, text in self._texts.items()])),
            tuple(sorted([text.prov for text in self._live])),
            tuple(sorted([(At(order), prov) for order, prov in self._branches.items()])),
            tuple(sorted([(task, prov) for task, prov in self._meant.items() if prov])),
        )

    def allocated(self, event: Alloc) -> None:
        """New text takes the place of what was there."""
        if event.name.endswith(SUFFIX):
            self._live = [text for text in self._live if text.addr != event.addr]
            self._live.append(event)
            self._texts[event.prov] = event

    def stored(self, event: Store) -> None:
        """A branch was written; `prov` of the word is the allocation it goes to."""
        if event.prov in self._texts:
            self._branches[event.order] = event.prov

    def loaded(self, event: Load) -> None:
        """A pointer to text was read: a PLT entry follows it."""
        if event.prov in self._texts:
            self._meant[event.task] = event.prov

    def fetched_site(self, event: Fetch) -> None:
        """A patch site was fetched: what its word branches to."""
        if self._branches:
            self._meant[event.task] = self._branches.get(event.order, 0)

    def left(self, task: str) -> None:
        """The task is out of the protocol: it is on its way to no text."""
        self._meant.pop(task, None)

    def name(self, addr: int) -> str:
        """An address in allocated text as an offset into it, "" when it is in none."""
        return next(
            (
                f"{text.name}+{addr - text.addr:#x}"
                for text in self._live
                if text.addr <= addr < text.addr + text.size
            ),
            "",
        )

    def text_of(self, event: Fetch) -> Alloc | None:
        """The text a task fetches from, None when from none: the one it means, else the newest there."""
        if not self._texts:
            return None
        meant = self._texts.get(self._meant.get(event.task, 0))
        if meant is not None and meant.addr <= event.addr < meant.addr + meant.size:
            return meant
        return next(
            (text for text in self._live if text.addr <= event.addr < text.addr + text.size),
            None,
        )

    def misled(self, event: Fetch) -> tuple[int, Alloc] | None:
        """A task fetches from text that it did not mean: the allocation it meant, and what is there now."""
        for text in self._live:
            if text.addr <= event.addr < text.addr + text.size:
                meant = self._meant.get(event.task, 0)
                return (meant, text) if meant and meant != text.prov else None
        return None
