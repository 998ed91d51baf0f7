"""A place that a search still has to go through, and how to come there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .place import Place
    from .trail import Trail

__all__ = ["Item"]


@dataclass(slots=True)
class Item:
    """A place to be gone through.

    Attributes:
        key: what recognises it.
        trail: how it was reached.
        early: the early stores on the way.
        last: who moved last, as `Place.last`.
        place: itself, when this process holds it.
        done: whose steps were made before: it was gone through, and something was left out wrongly.
    """

    key: int
    trail: Trail | None
    early: int
    last: int
    place: Place | None = None
    done: frozenset[int] = frozenset()

    @property
    def again(self) -> bool:
        """Was it gone through before?"""
        return bool(self.done)
