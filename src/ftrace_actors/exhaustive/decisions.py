"""Decisions to leave steps out, kept so that those which a growing graph proves wrong can be taken again.

From some places not everybody's steps were made (`Visitor._persistent`), because `Learned` said that nobody else can do
anything before them that matters.  And some early stores were not tried, because nobody else was seen to touch the
cell.  Both are true of what was seen so far.  When more is known, the same questions are asked again; where the answer
is another one now, the place is gone through again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .trail import Trail

if TYPE_CHECKING:
    from .learned import Effects, Learned, Touch

__all__ = ["Decisions", "Question", "Whence"]


@dataclass(frozen=True, slots=True)
class Question:
    """May others do something before these steps that matters to them?

    Attributes:
        control: where everybody is.
        chosen: whose steps they are: these stand still meanwhile.
        effects: what the steps do to where others are.
        touches: (who moves, what the step touches).
    """

    control: tuple[int, ...]
    chosen: frozenset[int]
    effects: frozenset[Effects]
    touches: tuple[tuple[int, Touch], ...]

    def others(self, learned: Learned) -> Iterator[int]:
        """Those who may."""
        reach = learned.reach(self.control, self.chosen, self.effects)
        for mover, touch in self.touches:
            reads, writes = learned.touched_by(touch)
            for other, (read, written) in enumerate(reach):
                if other != mover and (writes & (read | written) or reads & written):
                    yield other


@dataclass(frozen=True, slots=True)
class Whence:
    """A place where something was left out, and how to come there: as `Item`.

    `done`: whose steps were made.
    """

    level: int
    key: int
    trail: Trail | None
    early: int
    last: int
    done: frozenset[int]


class Decisions:
    """All that one process made."""

    __slots__ = ("_asked", "_at", "_hidden")

    def __init__(self) -> None:
        self._asked: dict[Question, list[Whence]] = {}
        self._hidden: dict[int, list[Whence]] = {}
        self._at = 0

    def fused(self, question: Question, whence: Whence) -> None:
        """Nobody may, so only these steps were made."""
        self._asked.setdefault(question, []).append(whence)

    def hidden(self, cells: Iterable[int], whence: Whence) -> None:
        """Nobody else touches these cells, so early stores to them were not tried."""
        for cell in cells:
            self._hidden.setdefault(cell, []).append(whence)

    def wrong(self, learned: Learned) -> list[Whence]:
        """The places where something was left out wrongly, each once; they are forgotten here."""
        if self._at == learned.grown:
            return []
        self._at = learned.grown
        found: dict[int, Whence] = {}
        for question in [each for each in self._asked if any(True for _ in each.others(learned))]:
            for whence in self._asked.pop(question):
                found.setdefault(whence.key, whence)
        for cell in [each for each in self._hidden if each in learned.shared]:
            for whence in self._hidden.pop(cell):
                found.setdefault(whence.key, whence)
        return list(found.values())
