"""Sleeping locks: books of who holds one, with what their hand-over carries."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Final

from .published import NOTHING, Published
from .values import give, state_of

__all__ = ["HELD", "SPINNING", "Mutex"]

HELD: Final = "held"
"""In a wait-for graph, the point at which a lock waits for its holder."""
SPINNING: Final = "spinning"
"""The point at which a CPU waits for the task that spins on it."""


class Mutex:
    """A mutex (kernel/locking/mutex.c): `view` is what the last holder released, the ordering named "lock".

    `owner` and `waiters` are names of tasks; `owner` is "" when nobody holds it.  A mutex let go is handed to the
    first that waits, so a task that was woken for it owns it when it looks again.  That no task locks what it holds
    already is seen to by `lock_use`.
    """

    __slots__ = ("name", "owner", "view", "waiters")

    STATE: ClassVar[tuple[str, ...]] = ("owner", "waiters", "view")

    def __init__(self, name: str) -> None:
        self.name = name
        self.owner = ""
        self.waiters: list[str] = []
        self.view = NOTHING

    def acquire(self, task: str) -> bool:
        """True when `task` holds it now; otherwise it is queued and must block."""
        assert self.owner not in self.waiters, f"the owner of {self.name} waits for it"
        if not self.owner:
            self.owner = task
        if self.owner != task and task not in self.waiters:
            self.waiters.append(task)
        return self.owner == task

    def release(self, task: str, view: Published) -> str:
        """Its owner lets go; returns the task it was handed to, which must be woken, "" for nobody."""
        assert self.owner == task, f"{task} lets go of {self.name}, which {self.owner or 'nobody'} holds"
        self.view |= view
        self.owner = self.waiters.pop(0) if self.waiters else ""
        return self.owner

    def copy(self) -> Mutex:
        """Independent."""
        other = Mutex(self.name)
        give(self, other, self.STATE)
        return other

    def state(self) -> tuple[Hashable, ...]:
        """As a value."""
        return (self.name, *state_of(self, self.STATE))
