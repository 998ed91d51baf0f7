"""Marked places in the code: `//@ TEXT` in the assembly becomes a `Mark` the CPU stops at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ftrace_actors.events import Body, Call, Callback, Claim, Reader

if TYPE_CHECKING:
    from .cpu import Cpu
    from .task import Task

__all__ = ["Mark", "parse_mark", "pass_mark"]

_KINDS = {"window": 1, "callback": 2, "reader": 1, "preempt-check": 0, "claims": 1, "entry": 1, "body": 1}
_WINDOWS = ("W0", "W1", "W2", "W3", "W4")


@dataclass(frozen=True, slots=True)
class Mark:
    """One marked place.

    `kind`: "window" (`what` is the window), "callback" (`begins`, `what` the function), "reader" (`begins`),
    "preempt-check", "claims" (`what` the function), "entry" and "body" (`what` the function).
    `visible`: the conductor is asked before it is passed, so a task can be preempted exactly here.
    """

    kind: str
    what: str = ""
    begins: bool = True

    @property
    def visible(self) -> bool:
        """Edges of windows are visible steps; the rest only reports."""
        return self.kind == "window" or (self.kind == "callback" and self.begins)


def parse_mark(text: str) -> Mark:
    """Read the text behind `//@`.  Raises ValueError."""
    kind, *words = text.split()
    if kind not in _KINDS or len(words) != _KINDS[kind]:
        raise ValueError(f"unknown mark {text!r}; known are {', '.join(sorted(_KINDS))}")
    if kind == "window" and words[0] not in _WINDOWS:
        raise ValueError(f"unknown window {words[0]!r}; known are {', '.join(_WINDOWS)}")
    if kind == "reader":
        return Mark(kind, begins=words[0] == "begin")
    if kind == "callback":
        return Mark(kind, words[1], words[0] == "begin")
    return Mark(kind, words[0] if words else "")


async def pass_mark(cpu: Cpu, task: Task, mark: Mark) -> bool:
    """Report that the task passes a mark; True when it was switched away there."""
    pe = cpu.pe
    system = cpu.system
    match mark.kind:
        case "window":
            if not (mark.what == "W2" and task.window == "W2"):
                task.window = mark.what
                system.window_event(cpu, mark.what)
        case "callback":
            _callback(cpu, task, mark)
        case "reader":
            cpu.emit(Reader, mark.begins)
        case "claims":
            cpu.emit(Claim, mark.what)
        case "entry":
            cpu.emit(Call, mark.what, _registers(cpu))
        case "body":
            cpu.leave_window(task)
            if task.callbacks:  # a callback called this function, and goes on when it is done
                _enter_callback(cpu, task)
            cpu.emit(Body, mark.what, _registers(cpu))
        case "preempt-check":
            if cpu.need_resched and cpu.config.kernel_preemptible and await cpu.resched_point(task):
                return True
    pe.mark_passed = True
    return False


def _callback(cpu: Cpu, task: Task, mark: Mark) -> None:
    regs = cpu.pe.regs
    if mark.begins:
        if task.window != "W2":
            _enter_callback(cpu, task)
        ops, ip = regs[2], regs[0]
        task.callbacks.append((ops[0], ops[3], ip[0]))
        cpu.emit(Callback, True, mark.what, ops[0], ops[3], ip[0])
    else:
        addr, prov, at = task.callbacks.pop()
        cpu.emit(Callback, False, mark.what, addr, prov, at)


def _enter_callback(cpu: Cpu, task: Task) -> None:
    task.window = "W2"
    cpu.system.window_event(cpu, "W2")


def _registers(cpu: Cpu) -> tuple[int, ...]:
    """x0-x8, fp, lr, sp."""
    regs = cpu.pe.regs
    return tuple(regs[index][0] for index in (0, 1, 2, 3, 4, 5, 6, 7, 8, 29, 30, 31))
