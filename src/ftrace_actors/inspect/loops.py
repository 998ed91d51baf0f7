"""Where a run does the same again and again: a loop that waits for a flag, a callback that calls itself.

A loop is a piece of a sequence that is repeated at once, a number of times.  Which elements are the same is for those
who ask to say, by a key; of several periods the shortest counts, and a loop is as long as it can be.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..events import Event
from ..events.encoding import KINDS
from ..events.fields import fields_of

__all__ = ["Loop", "key_of", "loops"]

PERIOD_MAX: Final = 12
"""Elements of one turn."""

_SAME: Final = {
    kind: tuple(field.name for field in fields_of(kind) if field.numbering is None) for kind in KINDS.values()
}
"""Kind of event -> its fields that say what happens, and not for which time."""


@dataclass(frozen=True, slots=True)
class Loop:
    """`turns` turns of `period` elements, the first of them at index `start`."""

    start: int
    period: int
    turns: int

    @property
    def again(self) -> int:
        """The index of the second turn."""
        return self.start + self.period

    @property
    def end(self) -> int:
        """The index after the last whole turn."""
        return self.start + self.period * self.turns


def loops(keys: Sequence[Hashable], turns_min: int) -> Iterator[Loop]:
    """The loops of at least `turns_min` turns, one after the other; elements are the same when their keys are equal."""
    at = 0
    while at + turns_min <= len(keys):
        found = _loop_at(keys, at, turns_min)
        if found is None:
            at += 1
        else:
            yield found
            at = found.end


def _loop_at(keys: Sequence[Hashable], at: int, turns_min: int) -> Loop | None:
    for period in range(1, min(PERIOD_MAX, (len(keys) - at) // turns_min) + 1):
        end = at + period
        while end < len(keys) and keys[end] == keys[end - period]:
            end += 1
        turns = (end - at) // period
        if turns >= turns_min:
            return Loop(at, period, turns)
    return None


def key_of(event: Event) -> Hashable:
    """What happens, by whom and where; equal for the turns of a loop."""
    same = tuple(getattr(event, name) for name in _SAME[type(event)])
    return type(event), event.actor, event.task, same
