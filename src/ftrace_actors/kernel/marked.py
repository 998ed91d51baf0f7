"""What a task does at a marked place in the code: report, enter or leave a window, give way."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from ..events import Body, Call, Callback, Claim, Reader
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

if TYPE_CHECKING:
    from .cpu import Cpu
    from .task import Task

__all__ = ["pass_mark"]


async def pass_mark(cpu: Cpu, task: Task, mark: Mark) -> bool:
    """Report that the task passes a mark; True when it was switched away there."""
    pe = cpu.pe
    match mark:
        case WindowMark(window):
            if not (window == "W2" and task.window == "W2"):
                task.window = window
                cpu.system.window_event(cpu, window)
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
            if task.callbacks:  # a callback called this function, and goes on when it is done
                _enter_callback(cpu, task)
            cpu.emit(Body, function, _registers(cpu))
        case PreemptCheck():
            if cpu.need_resched and cpu.config.kernel_preemptible and await cpu.resched_point(task):
                return True
        case _:
            assert_never(mark)
    pe.mark_passed = True
    return False


def _callback(cpu: Cpu, task: Task, function: str, begins: bool) -> None:
    regs = cpu.pe.regs
    if begins:
        if task.window != "W2":
            _enter_callback(cpu, task)
        ops, ip = regs[2], regs[0]
        task.callbacks.append((ops[0], ops[3], ip[0]))
        cpu.emit(Callback, True, function, ops[0], ops[3], ip[0])
    else:
        addr, prov, at = task.callbacks.pop()
        cpu.emit(Callback, False, function, addr, prov, at)


def _enter_callback(cpu: Cpu, task: Task) -> None:
    task.window = "W2"
    cpu.system.window_event(cpu, "W2")


def _registers(cpu: Cpu) -> tuple[int, ...]:
    """x0-x8, fp, lr, sp."""
    regs = cpu.pe.regs
    return tuple(regs[index][0] for index in (0, 1, 2, 3, 4, 5, 6, 7, 8, 29, 30, 31))
