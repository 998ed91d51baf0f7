"""What a task does next: its actions, one by one, on the CPU that runs it."""

from __future__ import annotations

from typing import assert_never

from ..events import Quiescent
from ..events.flavours import RUDE
from .actions import (
    Action,
    Ask,
    Call,
    CondResched,
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
from .actor import mail
from .asking import ASKS
from .cpu_items import Act, Block, CpuItems, SwitchAway
from .locks import Mutex
from .messages import SleepFor, TracingRequest, WorkDone
from .mode import Turn
from .service import enter, kick
from .switching import Switching
from .task import Task
from .task_locks import acquire, release, wake

__all__ = ["act", "proceed"]

ARGUMENTS = 9
"""Registers x0 to x8 carry arguments."""


def proceed(cpu: Switching, task: Task) -> CpuItems:
    """The task is between two actions: the next one, or its end."""
    if task.kthread:
        return _kworker(cpu, task)
    if task.position >= len(task.actions):
        return cpu.exit(task)
    return (Act(),)


def _kworker(cpu: Switching, task: Task) -> CpuItems:
    """A kworker: when it runs, its CPU has switched context; say so, once a work item, and sleep again.

    Woken while it still runs, it continues with the next work item without a switch (worker_thread): whatever else
    its CPU had been doing, it has left.
    """
    if not task.work:
        return cpu.block(task, "work")
    number, task.work = task.work, 0
    cpu.pe.full_barrier()
    done = cpu.published(cpu.pe.dsb)
    cpu.emit(Quiescent, RUDE.name, cpu.name, "kworker ran", number, done.view)
    report = WorkDone(number, cpu.name, done)
    return (mail(cpu.mail.flavours[RUDE.name].reports, report, done.view), Block("work"))


def act(cpu: Switching, task: Task, action: Action) -> CpuItems:
    """Do an action."""
    match action:
        case Call() | Run() | Store():
            _execute(cpu, task, action)
            return ()
        case LockMutex() | UnlockMutex() | Spin():
            return _lock(cpu, task, action)
        case Trace(operation, ops):
            return _trace(cpu, task, operation, ops)
        case _:
            task.position += 1
            return _simple(cpu, task, action)


Simple = Ask | WakeTask | KickAll | Sleep | Yield | CondResched


def _simple(cpu: Switching, task: Task, action: Simple) -> CpuItems:
    """Actions that are done whatever comes of them."""
    match action:
        case Ask(verb, name):
            task.turn(Turn.ASK)
            asking = ASKS[verb]
            return (mail(asking.service(cpu.mail), asking.request(task.name, name)),)
        case WakeTask(other):
            return wake(cpu, other)
        case KickAll():
            return kick(cpu, task, None)
        case Sleep():
            return (mail(cpu.mail.timekeeper, SleepFor(task.name, 1)), Block("a timer"))
        case Yield():
            return (SwitchAway(voluntary=True, to=cpu.number),)
        case CondResched():
            return cpu.resched_point(task)
        case _:
            assert_never(action)


def _lock(cpu: Switching, task: Task, action: LockMutex | UnlockMutex | Spin) -> CpuItems:
    """lock, unlock and spin."""
    match action:
        case Spin(name):
            task.turn(Turn.SPIN)
            task.spins_on = name
            task.waits_on = f"the holder of {name}"
            return ()
        case UnlockMutex(name):
            task.position += 1
            return release(cpu, _mutex(cpu, name))
        case LockMutex(name):
            if not acquire(cpu, task, _mutex(cpu, name)):
                return cpu.block(task, name)
            task.position += 1
            return ()
        case _:
            assert_never(action)


def _mutex(cpu: Switching, name: str) -> Mutex:
    return cpu.books.locks.mutex(name)


def _execute(cpu: Switching, task: Task, action: Call | Run | Store) -> None:
    """call, run and store: what the task does is A64."""
    symbols = cpu.image.symbols
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


def _call(cpu: Switching, task: Task, action: Call) -> None:
    """Call a traced function, with arguments that a lost register would show in."""
    if not task.calls_left:
        task.calls_left = action.count
    task.calls_left -= 1
    if not task.calls_left:
        task.position += 1
    args = tuple((0x1000 * (task.number + 1) + index, 0, 0, 0) for index in range(ARGUMENTS))
    enter(cpu, task, Turn.CALL, action.function, cpu.image.symbols[action.function], args)


def _trace(cpu: Switching, task: Task, operation: str, ops: str) -> CpuItems:
    """register_ftrace_function, unregister_ftrace_function: under ftrace_lock, by the tracing core."""
    mutex = _mutex(cpu, cpu.books.locks.FTRACE_LOCK)
    if not acquire(cpu, task, mutex):
        return cpu.block(task, mutex.name)
    task.position += 1
    task.turn(Turn.ASK)
    return (mail(cpu.mail.core, TracingRequest(task.name, ops, operation)),)
