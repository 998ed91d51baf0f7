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

if TYPE_CHECKING:
    from .item import Item
    from .learned import Effects, Learned, Touch

__all__ = ["Decisions", "Question"]


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


class Decisions:
    """All that one process made; `again` is the place, with those in `done` whose steps were made, and its level."""

    __slots__ = ("_asked", "_at", "_hidden")

    def __init__(self) -> None:
        self._asked: dict[Question, list[tuple[int, Item]]] = {}
        self._hidden: dict[int, list[tuple[int, Item]]] = {}
        self._at = 0

    def fused(self, question: Question, level: int, again: Item) -> None:
        """Nobody may, so only these steps were made."""
        self._asked.setdefault(question, []).append((level, again))

    def hidden(self, cells: Iterable[int], level: int, again: Item) -> None:
        """Nobody else touches these cells, so early stores to them were not tried."""
        for cell in cells:
            self._hidden.setdefault(cell, []).append((level, again))

    def wrong(self, learned: Learned) -> list[tuple[int, Item]]:
        """The places where something was left out wrongly, each once; they are forgotten here."""
        if self._at == learned.grown:
            return []
        self._at = learned.grown
        wrong: list[tuple[int, Item]] = []
        for question in [each for each in self._asked if any(True for _ in each.others(learned))]:
            wrong += self._asked.pop(question)
        for cell in [each for each in self._hidden if each in learned.shared]:
            wrong += self._hidden.pop(cell)
        found: dict[int, tuple[int, Item]] = {}
        for each in wrong:
            found.setdefault(each[1].key, each)
        return list(found.values())
