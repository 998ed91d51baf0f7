"""Sleeping locks: books of who holds one, with what their hand-over carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .published import NOTHING, Published

if TYPE_CHECKING:
    from .task import Task

__all__ = ["Mutex"]


class Mutex:
    """A mutex (kernel/locking/mutex.c): `view` is what the last holder released, the ordering named "lock"."""

    __slots__ = ("name", "owner", "view", "waiters")

    def __init__(self, name: str) -> None:
        self.name = name
        self.owner: Task | None = None
        self.waiters: list[Task] = []
        self.view = NOTHING

    def acquire(self, task: Task) -> bool:
        """True when `task` holds it now; otherwise it is queued and must block."""
        if self.owner is None:
            self.owner = task
        if self.owner is not task and task not in self.waiters:
            self.waiters.append(task)
        return self.owner is task

    def release(self, view: Published) -> Task | None:
        """Let go; returns the task it was handed to, which must be woken."""
        self.view |= view
        self.owner = self.waiters.pop(0) if self.waiters else None
        return self.owner
