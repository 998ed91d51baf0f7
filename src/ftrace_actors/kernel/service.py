"""What a CPU does for a service in the name of the task it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from ..arm64.program import RETURN_ADDRESS
from ..events import CrossCall, SynchronizeRcu
from .actor import mail
from .config import Preempt
from .cpu_items import Block, CpuItems, EndKick, EndService
from .flavours import flavour_of
from .messages import (
    Kick,
    KickAcknowledged,
    Kicked,
    KickIn,
    Return,
    RunRoutine,
    Synchronize,
    Synchronized,
    SynchronizeIn,
    SyncIpiIn,
    TaskMessage,
)
from .mode import Turn
from .switching import Switching
from .task import Task
from .task_locks import release

if TYPE_CHECKING:
    from ..actors import Mailbox

__all__ = ["complete", "end_kick", "enter", "kick", "serve"]


def enter(
    cpu: Switching, task: Task, turn: Turn, name: str, entry: int, args: tuple[tuple[int, int, int, int], ...]
) -> None:
    """Have the task execute the code at `entry` with `args` in x0 and up, returning to nobody."""
    regs = cpu.pe.regs
    for index, value in enumerate(args):
        regs[index] = value
    regs[30] = (RETURN_ADDRESS, 0, 0, 0)
    cpu.pe.pc = entry
    cpu.pe.mark_passed = False
    cpu.pe.fetched = None
    task.routine = name
    task.turn(turn)


def serve(cpu: Switching, task: Task, message: TaskMessage) -> CpuItems:
    """Do what a service asks of the task."""
    match message:
        case RunRoutine():
            task.reply = message.reply
            enter(cpu, task, Turn.RUN, message.name, message.entry, message.args)
            if message.resched_point and cpu.config.preempt in (Preempt.NONE, Preempt.VOLUNTARY):
                return cpu.resched_point(task)
            return ()
        case SynchronizeIn():
            return _synchronize(cpu, task, message)
        case KickIn():
            return kick(cpu, task, message.reply)
        case SyncIpiIn():
            return kick(cpu, task, message.reply, "ftrace_sync_ipi")
        case KickAcknowledged():
            return _acknowledged(cpu, task, message)
        case Return(unlocks=mutex):
            let_go = release(cpu, cpu.books.locks.mutex(mutex)) if mutex else ()
            return (*let_go, EndService())
        case _:
            assert_never(message)


def _synchronize(cpu: Switching, task: Task, message: SynchronizeIn) -> CpuItems:
    """synchronize_rcu and its kin: publish what was done, and sleep until the grace period is over."""
    answer = Synchronized(message.flavour)
    flavour = flavour_of(message.flavour, cpu.config)
    if flavour is None:
        return (mail(message.reply, answer),)
    cpu.pe.full_barrier()
    task.waiting_reply = (message.reply, answer, flavour.name)
    number = task.awaits.begin((flavour.actor,))
    cpu.emit(SynchronizeRcu, True, flavour.name)
    before = cpu.published(cpu.pe.dsb)
    request = Synchronize(before, number, task.name)
    return (mail(cpu.mail.flavours[flavour.name].requests, request, before.view), Block(flavour.actor))


def complete(cpu: Switching, task: Task) -> CpuItems:
    """wait_for_completion: the task was woken; continue if the grace period is over, else sleep again."""
    assert task.waiting_reply is not None, "asked for only while the task waits for a grace period"
    if task.awaits.waiting:
        return cpu.block(task, task.awaits.waiting[0])
    cpu.join_wakeup(task)
    task.woken = False
    (reply, message, flavour), task.waiting_reply = task.waiting_reply, None
    cpu.emit(SynchronizeRcu, False, flavour)
    return (mail(reply, message),)


def kick(cpu: Switching, task: Task, reply: Mailbox[Kicked] | None, function: str = "do_nothing") -> CpuItems:
    """kick_all_cpus_sync: smp_mb, then smp_call_function(do_nothing, NULL, 1) on every other CPU; or ftrace_sync_ipi.

    What ftrace_sync_ipi adds, an smp_rmb in the handler, is in what taking an IPI does here.

    `reply`, the service that asked, is notified at the end; None: the task itself did.  The kernel waits with
    preemption disabled; here the task may be switched away while it waits, which nobody can tell.
    """
    cpu.pe.full_barrier()
    others = [number for number in range(len(cpu.books.queues)) if number != cpu.number]
    number = task.kick.begin(others)
    names = tuple(cpu.mail.cpus[other].name for other in others)
    cpu.emit(CrossCall, function, number, "start", names)
    if reply is None:
        task.turn(Turn.ASK)
    task.kicking = (reply, function)
    before = cpu.published(cpu.pe.completed_bound())
    interrupt = Kick(before, number, task.name, function, task.mailbox)
    return (*(mail(cpu.mail.cpus[other], interrupt, before.view) for other in others), EndKick())


def _acknowledged(cpu: Switching, task: Task, message: KickAcknowledged) -> CpuItems:
    """csd_lock_wait: what a CPU's handler did is before what follows the kick."""
    if not task.kick.receive(message):
        return ()
    if "ipi-done" not in cpu.drop:
        cpu.acquire("ipi-done", message.view)
    return end_kick(cpu, task)


def end_kick(cpu: Switching, task: Task) -> CpuItems:
    """Every other CPU has answered: continue."""
    if task.kicking is None or task.kick.waiting:
        return ()
    (reply, function), task.kicking = task.kicking, None
    cpu.emit(CrossCall, function, task.kick.number, "end", ())
    if reply is None:
        task.turn(Turn.DONE)
        return ()
    return (mail(reply, Kicked()),)
