"""INV-QUIET: when unregister has returned, the tracer is not called any more and is not running.

For FL_DYNAMIC ops, whose owner may free them on return; for static ops only when the caller of unregister says that it
relies on it (`caller_waits`).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Self

from ..events import Callback, Register, TaskState
from ..words import Severity
from .checker import Check, Findings
from .scene import Handlers, Scene

__all__ = ["Quiet"]


class Quiet(Check):
    """See the module."""

    __slots__ = ("_over", "_running")

    name: ClassVar[str] = "INV-QUIET"
    about: ClassVar[str] = "after unregister returns, no callback of a dynamic ops begins or is still running"

    def __init__(self) -> None:
        self._running: dict[str, list[tuple[str, Callback]]] = {}
        """Task -> (ops, begin) of the callbacks it is in, innermost last."""
        self._over: dict[str, Register] = {}
        """Ops whose unregister returned -> that event."""

    def handlers(self) -> Handlers:
        """Callbacks, and what is registered."""
        return {Callback: self._on_callback, Register: self._on_register, TaskState: self._on_task_state}

    def copy(self, scene: Scene, findings: Findings) -> Self:
        """See `Check.copy`."""
        other = super().copy(scene, findings)
        other._running = {task: begins.copy() for task, begins in self._running.items()}
        other._over = self._over.copy()
        return other

    def state(self) -> Hashable:
        """The ops whose callbacks each task is in, and those that may not be called any more.

        By name, not by where they are: an ops that is allocated again has been registered since, or is late as well.
        """
        return (
            tuple(
                sorted(
                    [
                        (task, tuple([name for name, _ in begins]))
                        for task, begins in self._running.items()
                        if begins
                    ]
                )
            ),
            tuple(sorted(self._over)),
        )

    def _on_task_state(self, event: TaskState) -> None:
        # A task that oopsed inside a callback is in it no more.
        if event.state == "dead":
            self._running.pop(event.who, None)

    def _on_register(self, event: Register) -> None:
        if not event.unregister:
            if not event.returns:
                self._over.pop(event.ops, None)
            return
        if not event.returns or event.errno:
            return
        ops = self.scene.ops.get(event.ops)
        if ops is None or not (ops.dynamic or event.caller_waits):
            return
        self._over[event.ops] = event
        for task, callbacks in self._running.items():
            for name, begin in callbacks:
                if name == event.ops:
                    window = self.scene.window_of(task)
                    self._broken(event.ops, task, "is still inside", event, begin, window)

    def _on_callback(self, event: Callback) -> None:
        ops = self.scene.ops_at.get((event.ops, event.prov))
        if ops is None:
            return
        if event.begins:
            self._running.setdefault(event.task, []).append((ops.name, event))
            over = self._over.get(ops.name)
            if over is not None:
                self._broken(ops.name, event.task, "enters", over, event, self.scene.called_from(event))
            return
        callbacks = self._running.get(event.task, [])
        for at in range(len(callbacks) - 1, -1, -1):
            if callbacks[at][0] == ops.name:
                del callbacks[at:]
                return

    def _broken(
        self, name: str, task: str, deed: str, over: Register, begin: Callback, window: str | None
    ) -> None:
        who = f"{task} on cpu{begin.cpu}"
        call = self.scene.call_of(task)
        self.report(
            Severity.LATE_CALL,
            f"{who} {deed} {begin.func}, the callback of {name}, after unregister of {name} returned",
            name,
            window,
            (call.literal if call is not None else None, begin, over),
        )
