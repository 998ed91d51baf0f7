"""What a task does next: its actions, one by one, on the CPU that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftrace_actors.events import Lock, Quiescent

from .messages import Allocate, Release, SleepFor, TracingRequest, Wake, WorkDone
from .service import enter, kick
from .task import Mode

if TYPE_CHECKING:
    from .actions import Action
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
    match action.verb:
        case "call" | "run" | "store":
            _execute(cpu, task, action)
        case "register" | "unregister":
            await _trace(cpu, task, action)
        case "alloc":
            task.position += 1
            task.mode = Mode.SERVICE
            await cpu.tell(system.allocator.inbox, Allocate(task, system.ops[action.target]))
        case "kfree":
            task.position += 1
            task.mode = Mode.SERVICE
            await cpu.tell(system.allocator.inbox, Release(task, system.ops[action.target]))
        case "wake":
            task.position += 1
            await wake(cpu, system.task(action.target))
        case "sleep":
            task.position += 1
            await cpu.tell(system.timekeeper.inbox, SleepFor(task, 1))
            await cpu.block(task, "a timer")
        case "yield":
            task.position += 1
            await cpu.switch_away(task, voluntary=True, to=cpu)
        case "cond_resched":
            task.position += 1
            await cpu.resched_point(task)
        case "kick":
            task.position += 1
            await kick(cpu, task, None)
        case "lock" | "unlock" | "spin":
            await _lock(cpu, task, action)
        case _:
            raise AssertionError(f"{action} was accepted but nobody does it")


async def _lock(cpu: Cpu, task: Task, action: Action) -> None:
    """lock, unlock and spin."""
    mutex = cpu.system.mutex(action.target)
    if action.verb == "spin":
        task.mode = Mode.SPIN
        task.waits_on = f"the holder of {action.target}"
    elif action.verb == "unlock":
        task.position += 1
        await release(cpu, task, mutex)
    elif await _acquire(cpu, task, mutex):
        task.position += 1


def _execute(cpu: Cpu, task: Task, action: Action) -> None:
    """call, run and store: what the task does is A64."""
    symbols = cpu.system.image.symbols
    if action.verb == "call":
        _call(cpu, task, action)
        return
    task.position += 1
    if action.verb == "run":
        enter(cpu, task, action.target, symbols[action.target], ())
    else:
        args = ((symbols[action.target], 0, 0, 0), (action.number, 0, 0, 0))
        enter(cpu, task, "store_word", symbols["store_word"], args)


def _call(cpu: Cpu, task: Task, action: Action) -> None:
    """Call a traced function, with arguments that a lost register would show in."""
    if not task.calls_left:
        task.calls_left = action.number
    task.calls_left -= 1
    if not task.calls_left:
        task.position += 1
    args = tuple((0x1000 * (task.number + 1) + index, 0, 0, 0) for index in range(ARGUMENTS))
    enter(cpu, task, action.target, cpu.system.image.symbols[action.target], args)


async def _trace(cpu: Cpu, task: Task, action: Action) -> None:
    """register_ftrace_function, unregister_ftrace_function: under ftrace_lock, by the tracing core."""
    system = cpu.system
    if not await _acquire(cpu, task, system.ftrace_lock):
        return
    task.position += 1
    task.mode = Mode.SERVICE
    request = TracingRequest(task, system.ops[action.target], action.verb == "unregister")
    await cpu.tell(system.core.inbox, request)


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
