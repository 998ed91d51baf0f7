"""INV-GP: was a wait good for its *use*?

The tracing core declares which windows its wait is to close; when it ends, no task may be left that was in one of them
when it began.  Whether each grace period kept its own *contract* is another question, INV-GPSELF of
`grace_contract.py`, and often taken for this one: Rude ending while a task sits preempted in W1 is right by Rude's
contract, which asks for one context switch a CPU, and wrong for closing W1.
"""

from __future__ import annotations

from typing import ClassVar

from ..events import Quiescent, Wait, Window
from .checker import Check
from .finding import USE_AFTER_FREE
from .scene import Handlers

__all__ = ["GraceUse"]


class GraceUse(Check):
    """INV-GP, see the module."""

    __slots__ = ("_released", "_waits")

    name: ClassVar[str] = "INV-GP"
    about: ClassVar[str] = (
        "a wait ends only when every task that was in a window it is to close has left that window"
    )

    def __init__(self) -> None:
        self._waits: dict[str, tuple[Wait, dict[str, Window]]] = {}
        """Ops -> (begin of the wait, task still inside -> the event that put it there)."""
        self._released: list[Quiescent] = []
        """What grace periods were told while some wait was under way."""

    def handlers(self) -> Handlers:
        """Waits, windows, and what made grace periods end."""
        return {Wait: self._on_wait, Window: self._on_window, Quiescent: self._on_quiescent}

    def _on_quiescent(self, event: Quiescent) -> None:
        if self._waits:
            self._released.append(event)

    def _on_wait(self, event: Wait) -> None:
        if event.begins:
            inside = {
                task: window for task, window in self.scene.windows.items() if window.window in event.windows
            }
            self._waits[event.ops] = (event, inside)
            return
        begin, inside = self._waits.pop(event.ops, (event, {}))
        flavours = " and ".join(begin.flavours) or "nothing"
        for task, entered in inside.items():
            now = self.scene.window_of(task)
            self.report(
                USE_AFTER_FREE,
                f"the wait {self._purpose(event.ops)} ({flavours}) ends while {task}, in {entered.window} when it "
                f"began, is in {now}",
                event.ops,
                now,
                (entered, begin, *self._releases(task, begin), event),
            )

    def _purpose(self, ops: str) -> str:
        """Register may wait as well, for whoever holds what is replaced: nobody uses its ops yet."""
        registration = self.scene.registrations.get(ops)
        registering = registration is not None and registration.returned is None
        return f"inside register({ops})" if registering else f"for users of {ops}"

    def _releases(self, task: str, begin: Wait) -> list[Quiescent]:
        """The quiescent states reported where the task ran: its grace periods took them for its own."""
        return [event for event in self._released if event.task == task and event.seq > begin.seq]

    def _on_window(self, event: Window) -> None:
        for begin, inside in self._waits.values():
            if event.task in inside and event.window not in begin.windows:
                del inside[event.task]
