"""Fields and their values over time, kept small: of each state only what is another than in the state before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from .model import States

__all__ = ["Field", "StateRecorder", "runs_words"]

Field = tuple[str, str]
"""(group, name)."""

ABSENT: Final = ""
"""The value of a field before it is first given."""


def runs_words(task: str, following: str) -> str:
    """What a CPU runs: a task; or the scheduler, on the way to the task that follows; or nothing, both are ""."""
    return task or (f"__schedule, {following} is next" if following else "idle")


class StateRecorder:
    """Takes one state after the other; all fields are those of any state, in the order they first came."""

    __slots__ = ("_at", "_changes", "_first", "_now")

    def __init__(self) -> None:
        self._at: dict[Field, int] = {}
        self._first: list[str] = []
        self._now: list[str] = []
        self._changes: list[tuple[int, dict[int, str]]] = []

    def take(self, upto: int, state: Mapping[Field, str]) -> None:
        """The state after event `upto`, -1 for the beginning.  A later one after the same event replaces it."""
        changed: dict[int, str] = {}
        for field, value in state.items():
            at = self._at.get(field)
            if at is None:
                at = self._at[field] = len(self._now)
                self._now.append(ABSENT)
                self._first.append(ABSENT)
            if self._now[at] != value:
                changed[at] = self._now[at] = value
        if upto < 0:
            for at, value in changed.items():
                self._first[at] = value
        elif self._changes and self._changes[-1][0] == upto:
            self._changes[-1][1].update(changed)
        else:
            self._changes.append((upto, changed))

    def states(self, source: Literal["run", "log"], note: str) -> States:
        """All of it."""
        changes = tuple(
            (upto, *(part for at, value in sorted(changed.items()) for part in (at, value)))
            for upto, changed in self._changes
        )
        return States(source, note, tuple(self._at), tuple(self._first), changes)
