"""A task takes and releases mutexes, and wakes other tasks."""

from __future__ import annotations

from ..events import Lock
from .actor import mail
from .cpu_items import CpuItems
from .locks import Mutex
from .messages import Wake
from .switching import Switching
from .task import Task

__all__ = ["acquire", "release", "wake"]


def acquire(cpu: Switching, task: Task, mutex: Mutex) -> bool:
    """mutex_lock: True when held; False when the task must sleep for it and look again."""
    if mutex.acquire(task.name):
        if "lock" not in cpu.drop:
            cpu.acquire("lock", mutex.view)
        cpu.emit(Lock, mutex.name, task.name, "acquired")
        return True
    cpu.emit(Lock, mutex.name, task.name, "contended")
    return False


def release(cpu: Switching, mutex: Mutex) -> CpuItems:
    """mutex_unlock, by the task that runs: hand over to the one that waited longest, and wake it."""
    heir = mutex.release(cpu.task.name, cpu.published(cpu.pe.release_bound()))
    cpu.emit(Lock, mutex.name, cpu.task.name, "released")
    cpu.conductor.note_progress()
    return wake(cpu, heir) if heir else ()


def wake(cpu: Switching, other: str) -> CpuItems:
    """wake_up_process: what was before it here is before what the other does then."""
    before = cpu.published(cpu.pe.release_bound())
    interrupt = cpu.published(cpu.pe.completed_bound())
    message = Wake(other, before, interrupt=interrupt, cpu=cpu.number)
    return (mail(cpu.mail.scheduler, message, before.view),)
