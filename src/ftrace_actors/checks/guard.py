"""INV-GUARD: an ops that wants a guard round its callback has one.

An ops with FL_RECURSION does not expect to be entered from inside itself, one with FL_RCU not where RCU is not
watching; ftrace_ops_get_func gives ftrace_ops_assist_func for them, and the list walker guards everybody.  Both report
a `Reader` for as long as the guard is up.  The guard has to belong to the call that ends in the callback: one that an
outer call put up, whose callback made this call, does not guard against recursion, it is where the recursion starts.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Self

from ..events import Callback, OpsDefined, TaskState
from ..words import Severity
from .checker import Check, Findings
from .scene import Handlers, Scene

__all__ = ["Guard"]


class Guard(Check):
    """See the module."""

    __slots__ = ("_running",)

    name: ClassVar[str] = "INV-GUARD"
    about: ClassVar[str] = (
        "an ops with FL_RECURSION or FL_RCU is entered only from the list or the assist function"
    )

    def __init__(self) -> None:
        self._running: dict[str, list[Callback]] = {}
        """Task -> the callbacks it is in, innermost last."""

    def handlers(self) -> Handlers:
        """Callbacks, and the end of tasks."""
        return {Callback: self._on_callback, TaskState: self._on_task_state}

    def copy(self, scene: Scene, findings: Findings) -> Self:
        """See `Check.copy`."""
        other = super().copy(scene, findings)
        other._running = {task: begins.copy() for task, begins in self._running.items()}
        return other

    def state(self) -> Hashable:
        """The ops of the callbacks that each task is in."""
        return tuple(
            sorted(
                [
                    (task, tuple([(begin.ops, begin.prov) for begin in begins]))
                    for task, begins in self._running.items()
                    if begins
                ]
            )
        )

    def _on_callback(self, event: Callback) -> None:
        running = self._running.setdefault(event.task, [])
        if not event.begins:
            if running:
                running.pop()
            return
        ops = self.scene.ops_at.get((event.ops, event.prov))
        if ops is not None and ops.flags:
            if not self.scene.guarded(event.task):
                self._unguarded(event, ops)
            if "recursion" in ops.flags:
                self._nested(event, ops, running)
        running.append(event)

    def _on_task_state(self, event: TaskState) -> None:
        if event.state == "dead":
            self._running.pop(event.who, None)

    def _unguarded(self, event: Callback, ops: OpsDefined) -> None:
        call = self.scene.call_of(event.task)
        literal = None if call is None else call.literal
        wanted = " and ".join(f"FL_{flag.upper()}" for flag in ops.flags)
        through = f", through literal = {self.scene.pointer(literal.value, literal.prov)}" if literal else ""
        self.report(
            Severity.UNGUARDED,
            f"{event.task} on cpu{event.cpu} enters {event.func} without the guard that {ops.name} wants ({wanted})"
            f"{through}",
            ops.name,
            self.scene.window_of(event.task),
            (literal, event),
        )

    def _nested(self, event: Callback, ops: OpsDefined, running: list[Callback]) -> None:
        outer = [begin for begin in running if (begin.ops, begin.prov) == (event.ops, event.prov)]
        if outer:
            self.report(
                Severity.UNGUARDED,
                f"{event.task} on cpu{event.cpu} enters {event.func} from inside itself; {ops.name} has FL_RECURSION",
                f"{ops.name} in itself",
                self.scene.window_of(event.task),
                (outer[-1], event),
            )
