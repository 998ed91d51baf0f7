"""How a place was reached: the moves from where every run begins, in a list that shares its beginning with others'."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Inner", "Move", "Trail", "Trails", "answers_of", "moves_of"]

Inner = tuple[int, ...]
"""What is picked inside one step, after who moves: one number a choice, 0 from where it ends."""

Move = tuple[int, Inner, tuple[int, ...]]
"""One step: who moves, what is picked inside it, and what a tape holds for it, who moves included."""


class Trail:
    """The last move, and the trail before it; None is the trail of the root."""

    __slots__ = ("before", "move")

    def __init__(self, before: Trail | None, move: Move) -> None:
        self.before = before
        self.move = move


def moves_of(trail: Trail | None, since: Trail | None = None) -> tuple[Move, ...]:
    """The moves of a trail, the first first; only those after `since`, which must be a beginning of it."""
    found: list[Move] = []
    at = trail
    while at is not since:
        assert at is not None, "a trail that does not begin like this one"
        found.append(at.move)
        at = at.before
    found.reverse()
    return tuple(found)


def answers_of(trail: Trail | None) -> tuple[int, ...]:
    """What a tape answers to every choice of the run so far, in order."""
    return tuple([answer for _, _, answers in moves_of(trail) for answer in answers])


class Trails:
    """Trails made from lists of moves, so that equal beginnings are one."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[Trail | None, Move], Trail] = {}

    def extended(self, trail: Trail | None, moves: Iterable[Move]) -> Trail | None:
        """A trail with more moves at its end."""
        for move in moves:
            known = self._known.get((trail, move))
            if known is None:
                known = self._known[trail, move] = Trail(trail, move)
            trail = known
        return trail
