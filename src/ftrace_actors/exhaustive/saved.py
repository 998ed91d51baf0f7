"""A search between two levels as a value that can be written to a file, and taken up again."""

from __future__ import annotations

from typing import Any

import msgspec

from ..checks import Finding
from .item import Item
from .learned import Lesson
from .trail import Inner, Trail
from .visitor import Found, Waiting

__all__ = ["SavedFound", "SavedLesson", "State", "lesson_of", "nodes_of", "saved_lesson", "waiting_of"]

_Node = tuple[int, int, Inner, tuple[int, ...]]
"""Of a table of trails: where in the table the trail before it is (-1: it is the first move), and the move."""


_Row = tuple[int, int, int, int, int, tuple[int, ...]]
"""Of what waits: level, key, trail, early stores, who moved last, whose steps were made before."""


class SavedFound(msgspec.Struct, frozen=True):
    """As `Found`."""

    finding: Finding
    deviations: int
    early: int
    answers: tuple[int, ...]

    @classmethod
    def of(cls, found: Found) -> SavedFound:
        """From what a search holds."""
        return cls(found.finding, found.deviations, found.early, found.answers)

    def found(self) -> Found:
        """To what a search holds."""
        return Found(self.finding, self.deviations, self.early, self.answers)


class SavedLesson(msgspec.Struct, frozen=True):
    """As `Lesson`; control states and objects are tuples of tuples, numbers and words."""

    controls: tuple[Any, ...]
    objects: tuple[Any, ...]
    edges: tuple[
        tuple[int, int, int, tuple[int, ...], tuple[int, ...], tuple[tuple[int, int, int], ...]], ...
    ]
    cells: tuple[tuple[int, int], ...]


class State(msgspec.Struct, frozen=True):
    """What a search has to know to continue with a level.

    Attributes:
        level: the one that comes next.
        passes: as of `Search`, and so are `places`, `steps`, `fused`, `proven`, `ends` and `found`.
        doubtful: something was learned since decisions were made that are not kept: one more pass is needed.
        keys: of all places that were reached, eight bytes each.
        nodes: a table of trails.
        waiting: (level, key, its trail in the table, early stores, who moved last, `Item.done`).
        lesson: all that was learned.
    """

    level: int
    passes: int
    places: int
    steps: int
    fused: int
    doubtful: bool
    proven: int
    ends: dict[str, int]
    found: tuple[SavedFound, ...]
    keys: bytes
    nodes: tuple[_Node, ...]
    waiting: tuple[_Row, ...]
    lesson: SavedLesson


def saved_lesson(lesson: Lesson) -> SavedLesson:
    """A lesson, to be written."""
    return SavedLesson(lesson.controls, lesson.objects, lesson.edges, lesson.cells)


def lesson_of(saved: SavedLesson) -> Lesson:
    """A lesson that was written: what a file holds as lists was tuples."""
    return Lesson(
        tuple([_frozen(each) for each in saved.controls]),
        tuple([_frozen(each) for each in saved.objects]),
        saved.edges,
        saved.cells,
    )


def _frozen(value: Any) -> Any:
    return tuple([_frozen(each) for each in value]) if isinstance(value, list) else value


def nodes_of(waiting: Waiting) -> tuple[tuple[_Node, ...], tuple[_Row, ...]]:
    """The trails of what waits as a table, and what waits by its place there."""
    table: dict[Trail, int] = {}
    nodes: list[_Node] = []

    def place(trail: Trail | None) -> int:
        missing: list[Trail] = []
        while trail is not None and trail not in table:
            missing.append(trail)
            trail = trail.before
        at = -1 if trail is None else table[trail]
        for each in reversed(missing):
            nodes.append((at, *each.move))
            at = table[each] = len(nodes) - 1
        return at

    rows = [
        (level, key, place(item.trail), item.early, item.last, tuple(sorted(item.done)))
        for level, put_off in waiting.items()
        for key, item in put_off.items()
    ]
    return tuple(nodes), tuple(rows)


def waiting_of(state: State) -> Waiting:
    """What waits.  Raises `IndexError` for a table that is none."""
    trails: list[Trail] = []
    for before, mover, inner, answers in state.nodes:
        trails.append(Trail(None if before < 0 else trails[before], (mover, inner, answers)))
    waiting: Waiting = {}
    for level, key, at, early, last, done in state.waiting:
        trail = None if at < 0 else trails[at]
        waiting.setdefault(level, {})[key] = Item(key, trail, early, last, done=frozenset(done))
    return waiting
