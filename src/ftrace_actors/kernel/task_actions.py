"""What a task does next: its actions, one by one, on the CPU that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from ..events import Lock, Quiescent
from .actions import (
    Action,
    Alloc,
    Call,
    CondResched,
    Kfree,
    KickAll,
    LockMutex,
    Run,
    Sleep,
    Spin,
    Store,
    Trace,
    UnlockMutex,
    WakeTask,
    Yield,
)
from .messages import Allocate, Release, SleepFor, TracingRequest, Wake, WorkDone
from .mode import Turn
from .service import enter, kick

if TYPE_CHECKING:
    from .cpu import Cpu
    from .locks import Mutex
    from .task import Task

__all__ = ["perform"]

ARGUMENTS = 9
"""Registers x0 to x8 carry arguments."""


async def perform(cpu: Cpu, task: Task) -> None:
    """Do the task's next action; exit when there is none."""
    if task.kthread:
        await _kworker(cpu, task)
        return
    if task.position >= len(task.actions):
        await cpu.exit(task)
        return
    await cpu.step("action", str(task.actions[task.position]))
    await _do(cpu, task, task.actions[task.position])


async def _kworker(cpu: Cpu, task: Task) -> None:
    """A kworker: when it runs, its CPU has switched context; say so, once a work item, and sleep again.

    Woken while it still runs, it goes on with the next work item without a switch (worker_thread): whatever else its
    CPU had been doing, it has left.
    """
    if task.work:
        number, task.work = task.work, 0
        cpu.pe.full_barrier()
        done = cpu.published(cpu.pe.dsb)
        cpu.emit(Quiescent, "rude", cpu.name, "kworker ran", number, done.view)
        await cpu.tell(cpu.system.rude.reports, WorkDone(number, cpu.number, done), done.view)
    await cpu.block(task, "work")


async def _do(cpu: Cpu, task: Task, action: Action) -> None:
    system = cpu.system
    match action:
        case Call() | Run() | Store():
            _execute(cpu, task, action)
        case Trace():
            await _trace(cpu, task, action)
        case Alloc(name):
            task.position += 1
            task.turn(Turn.ASK)
            await cpu.tell(system.allocator.inbox, Allocate(task, system.ops[name]))
        case Kfree(name):
            task.position += 1
            task.turn(Turn.ASK)
            await cpu.tell(system.allocator.inbox, Release(task, system.ops[name]))
        case WakeTask(name):
            task.position += 1
            await wake(cpu, system.task(name))
        case Sleep():
            task.position += 1
            await cpu.tell(system.timekeeper.inbox, SleepFor(task, 1))
            await cpu.block(task, "a timer")
        case Yield():
            task.position += 1
            await cpu.switch_away(task, voluntary=True, to=cpu)
        case CondResched():
            task.position += 1
            await cpu.resched_point(task)
        case KickAll():
            task.position += 1
            await kick(cpu, task, None)
        case LockMutex() | UnlockMutex() | Spin():
            await _lock(cpu, task, action)
        case _:
            assert_never(action)


async def _lock(cpu: Cpu, task: Task, action: LockMutex | UnlockMutex | Spin) -> None:
    """lock, unlock and spin."""
    match action:
        case Spin(name):
            task.turn(Turn.SPIN)
            task.spins_on = name
            task.waits_on = f"the holder of {name}"
        case UnlockMutex(name):
            task.position += 1
            await release(cpu, task, cpu.system.mutex(name))
        case LockMutex(name):
            if await _acquire(cpu, task, cpu.system.mutex(name)):
                task.position += 1
        case _:
            assert_never(action)


def _execute(cpu: Cpu, task: Task, action: Call | Run | Store) -> None:
    """call, run and store: what the task does is A64."""
    symbols = cpu.system.image.symbols
    match action:
        case Call():
            _call(cpu, task, action)
        case Run(name):
            task.position += 1
            enter(cpu, task, Turn.CALL, name, symbols[name], ())
        case Store(word, value):
            task.position += 1
            args = ((symbols[word], 0, 0, 0), (value, 0, 0, 0))
            enter(cpu, task, Turn.CALL, "store_word", symbols["store_word"], args)
        case _:
            assert_never(action)


def _call(cpu: Cpu, task: Task, action: Call) -> None:
    """Call a traced function, with arguments that a lost register would show in."""
    if not task.calls_left:
        task.calls_left = action.count
    task.calls_left -= 1
    if not task.calls_left:
        task.position += 1
    args = tuple((0x1000 * (task.number + 1) + index, 0, 0, 0) for index in range(ARGUMENTS))
    enter(cpu, task, Turn.CALL, action.function, cpu.system.image.symbols[action.function], args)


async def _trace(cpu: Cpu, task: Task, action: Trace) -> None:
    """register_ftrace_function, unregister_ftrace_function: under ftrace_lock, by the tracing core."""
    system = cpu.system
    if not await _acquire(cpu, task, system.ftrace_lock):
        return
    task.position += 1
    task.turn(Turn.ASK)
    await cpu.tell(system.core.inbox, TracingRequest(task, system.ops[action.ops], action.operation))


async def _acquire(cpu: Cpu, task: Task, mutex: Mutex) -> bool:
    """mutex_lock: True when held; False when the task slept for it and has to look again."""
    if mutex.acquire(task):
        if not cpu.system.dropped("lock"):
            cpu.acquire("lock", mutex.view)
        cpu.emit(Lock, mutex.name, task.name, "acquired")
        return True
    cpu.emit(Lock, mutex.name, task.name, "contended")
    await cpu.block(task, mutex.name)
    return False


async def release(cpu: Cpu, task: Task, mutex: Mutex) -> None:
    """mutex_unlock: hand over to who waited longest, and wake it."""
    heir = mutex.release(cpu.published(cpu.pe.release_bound()))
    cpu.emit(Lock, mutex.name, task.name, "released")
    cpu.system.conductor.note_progress()
    if heir is not None:
        await wake(cpu, heir)


async def wake(cpu: Cpu, other: Task) -> None:
    """wake_up_process: what was before it here is before what the other does then."""
    before = cpu.published(cpu.pe.release_bound())
    interrupt = cpu.published(cpu.pe.completed_bound())
    message = Wake(other, before, interrupt=interrupt, cpu=cpu.number)
    await cpu.tell(cpu.system.scheduler.inbox, message, before.view)
