"""A run that is like a recorded one up to a decision, takes another option there, and continues by itself.

What comes after is dull, or the recorded choices as far as they still find their place (`explore.lenient`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..actors.choices import Kind, Pick, RunInfo
from ..explore.lenient import FollowingChooser, Schedule

if TYPE_CHECKING:
    from ..actors import RunOutcome

__all__ = ["Otherwise"]


class Otherwise:
    """A chooser: `picks` before `position`, `option` there, and then `schedule`, or dull without one.

    `schedule` is that of `picks`.  It is asked at every choice, also where its answer is not taken: so its anchors up
    to the decision, and the one at it, are used up there.
    """

    __slots__ = ("_at", "_following", "_option", "_picks", "_position")

    def __init__(
        self, picks: Sequence[Pick], position: int, option: int, schedule: Schedule | None = None
    ) -> None:
        self._picks = {pick.position: pick.picked for pick in picks}
        self._position = position
        self._option = option
        self._at = 0
        self._following = None if schedule is None else FollowingChooser(schedule.anchors)

    def begin(self, run: RunInfo) -> None:
        """A run starts."""
        self._at = 0
        if self._following is not None:
            self._following.begin(run)

    def hear(self, kind: Kind, actor: int, op: str, obj: str) -> None:
        """What the next choice is about."""
        if self._following is not None:
            self._following.hear(kind, actor, op, obj)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Asked of the schedule at every choice, which counts them all."""
        followed = 0 if self._following is None else self._following.choose(kind, count, actors)
        at, self._at = self._at, self._at + 1
        if at == self._position:
            return self._option
        return self._picks.get(at, 0) if at < self._position else followed

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""
