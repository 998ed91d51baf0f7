"""What a task does at a marked place in the code: report, enter or leave a window, give way."""

from __future__ import annotations

from typing import assert_never

from ..events import Body, Call, Callback, Claim, Reader
from .cpu_items import CpuItems
from .marks import (
    BodyMark,
    CallbackMark,
    ClaimMark,
    EntryMark,
    Mark,
    PreemptCheck,
    ReaderMark,
    WindowMark,
)
from .switching import Switching
from .task import Task

__all__ = ["pass_mark"]


def pass_mark(cpu: Switching, task: Task, mark: Mark) -> CpuItems:
    """Report that the task passes a mark; it has not when items follow: the task gives way there."""
    match mark:
        case WindowMark(window):
            if not (window == "W2" and task.window == "W2"):
                cpu.enter_window(task, window)
        case CallbackMark(function, begins):
            _callback(cpu, task, function, begins)
        case ReaderMark(begins):
            cpu.emit(Reader, begins)
        case ClaimMark(function):
            cpu.emit(Claim, function)
        case EntryMark(function):
            cpu.emit(Call, function, _registers(cpu))
        case BodyMark(function):
            cpu.leave_window(task)
            if task.callbacks:  # a callback called this function, and continues when it is done
                cpu.enter_window(task, "W2")
            cpu.emit(Body, function, _registers(cpu))
        case PreemptCheck():
            if cpu.rq.need_resched and cpu.config.kernel_preemptible:
                following = cpu.resched_point(task)
                if following:
                    return following
        case _:
            assert_never(mark)
    cpu.pe.mark_passed = True
    return ()


def _callback(cpu: Switching, task: Task, function: str, begins: bool) -> None:
    regs = cpu.pe.regs
    if begins:
        if task.window != "W2":
            cpu.enter_window(task, "W2")
        ops, ip = regs[2], regs[0]
        task.callbacks.append((ops[0], ops[3], ip[0]))
        cpu.emit(Callback, True, function, ops[0], ops[3], ip[0])
    else:
        addr, prov, at = task.callbacks.pop()
        cpu.emit(Callback, False, function, addr, prov, at)


def _registers(cpu: Switching) -> tuple[int, ...]:
    """x0-x8, fp, lr, sp."""
    regs = cpu.pe.regs
    return tuple(regs[index][0] for index in (0, 1, 2, 3, 4, 5, 6, 7, 8, 29, 30, 31))
