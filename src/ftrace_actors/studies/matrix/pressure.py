"""When a run says something for a wait: who was in a place did all it could to be there still.

That nothing bad happened proves nothing of a run in which the task had left before anything could go wrong.  Nor can
one ask that the task be there when the object goes: where the wait is right that never happens.  So a run *presses* a
row when a task that was in its place, and may be a user of the object there, made its last possible use of it

- after the object was gone: then only what the task does decides, and the invariants judge that; or
- by a step that was taken when nobody else could move: whoever tears down was standing still, waiting for this CPU.
  Had the wait not waited for it the object would be gone by now.

The last possible use of the word in front of the function is the load of it; that of an ops is over when the callback,
or the walk of the list, has returned; that of text when the task has left the trampoline.  A task past its last use
when the wait begins must stay in the trampoline: nothing it can do there harms, and that is what is shown.

A held CPU that may put an interrupt off counts as one that cannot do otherwise: a run is only less telling for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

__all__ = ["Pressure", "Stage"]


class Stage(IntEnum):
    """How far a call has come; a later one implies the earlier ones."""

    LOADED = 0
    """It has read the word in front of the function."""
    RETURNED = 1
    """The callback, or the walk of the list, is over."""
    LEFT = 2
    """It has left the trampoline."""


@dataclass(slots=True)
class _User:
    """A task in a place: kind of object -> the stage by which it is done with it."""

    place: str
    until: dict[str, Stage]


class Pressure:
    """Finds out of which rows a run says something, from what its tasks and objects do.

    Attributes:
        pressed: the (object, place) that this run says something about.
    """

    __slots__ = ("_gone", "_users", "pressed")

    def __init__(self) -> None:
        self._gone: set[str] = set()
        self._users: dict[str, _User] = {}
        self.pressed: set[tuple[str, str]] = set()

    def begins(self, task: str, place: str, until: dict[str, Stage]) -> None:
        """A task is in a place; it uses objects, each until a stage."""
        late = self._gone & until.keys()
        self.pressed.update((kind, place) for kind in late)
        self._users[task] = _User(place, {kind: stage for kind, stage in until.items() if kind not in late})

    def reaches(self, task: str, stage: Stage, *, forced: bool) -> None:
        """A task has come so far; `forced`: nobody else could move."""
        user = self._users.get(task)
        if user is None:
            return
        done = [kind for kind, until in user.until.items() if until <= stage]
        self._drop(user, done, pressed=forced)
        if stage is Stage.LEFT:
            del self._users[task]

    def spares(self, task: str, kind: str) -> None:
        """A task has found another object than the one that goes away."""
        user = self._users.get(task)
        if user is not None:
            user.until.pop(kind, None)

    def open_rows(self, task: str) -> set[tuple[str, str]]:
        """The (object, place) of a task, for objects that it may use again."""
        user = self._users.get(task)
        return set() if user is None else {(kind, user.place) for kind in user.until}

    def gone(self, kind: str) -> None:
        """An object is no more: whoever may still use it is a user too late."""
        self._gone.add(kind)
        for user in self._users.values():
            if kind in user.until:
                self._drop(user, (kind,), pressed=True)

    def _drop(self, user: _User, kinds: Iterable[str], *, pressed: bool) -> None:
        for kind in kinds:
            del user.until[kind]
            if pressed:
                self.pressed.add((kind, user.place))
