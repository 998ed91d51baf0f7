"""What a log calls its addresses.

Static pieces of memory keep theirs; the name of an ops that is allocated during the run means the newest
allocation so far, so a filter has to follow the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["DEFINING", "Names"]

DEFINING: Final = frozenset({"ops", "alloc"})
"""Kinds of events that give a moving name its address."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names a query may use.

    Attributes:
        fixed: names of one address, with it.
        moving: names that mean the newest allocation.
        symbols: what the field `symbol` may be called; None when that is not known.
    """

    fixed: Mapping[str, int] = field(default_factory=dict)
    moving: frozenset[str] = frozenset()
    symbols: frozenset[str] | None = None

    def __contains__(self, name: object) -> bool:
        return name in self.fixed or name in self.moving

    def all(self) -> list[str]:
        """Every name."""
        return sorted({*self.fixed, *self.moving})
