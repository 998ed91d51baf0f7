"""Calls of traced functions that are on their way from the entry to the body."""

from __future__ import annotations

from ..events import Call, Fetch, Load

__all__ = ["OpenCall"]


class OpenCall:
    """A call of a traced function on its way from the entry to the body.

    `fetch` is the fetch of the patch site, `tau` the fetch view that context synchronization had raised that CPU to;
    `literal` is the load of the record's literal and `window` where the task was then; `callbacks` are the names of
    the ops called.
    """

    __slots__ = ("call", "callbacks", "fetch", "literal", "tau", "window")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.fetch: Fetch | None = None
        self.tau = 0
        self.literal: Load | None = None
        self.window: str | None = None
        self.callbacks: list[str] = []

    def copy(self) -> OpenCall:
        """Independent of this one."""
        other = OpenCall(self.call)
        other.fetch = self.fetch
        other.tau = self.tau
        other.literal = self.literal
        other.window = self.window
        other.callbacks = self.callbacks.copy()
        return other
