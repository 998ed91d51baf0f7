"""What a CPU does for a service in the name of the task it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from ..arm64.program import RETURN_ADDRESS
from ..events import CrossCall, SynchronizeRcu
from .config import Preempt
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

if TYPE_CHECKING:
    from ..actors import Mailbox
    from .cpu import Cpu
    from .task import Task

__all__ = ["complete", "enter", "kick", "serve"]


def enter(
    cpu: Cpu, task: Task, turn: Turn, name: str, entry: int, args: tuple[tuple[int, int, int, int], ...]
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


async def serve(cpu: Cpu, task: Task, message: TaskMessage) -> None:
    """Do what a service asks of the task."""
    match message:
        case RunRoutine():
            task.reply = message.reply
            enter(cpu, task, Turn.RUN, message.name, message.entry, message.args)
            if message.resched_point and cpu.config.preempt in (Preempt.NONE, Preempt.VOLUNTARY):
                await cpu.resched_point(task)
        case SynchronizeIn():
            await _synchronize(cpu, task, message)
        case KickIn():
            await kick(cpu, task, message.reply)
        case SyncIpiIn():
            await kick(cpu, task, message.reply, "ftrace_sync_ipi")
        case KickAcknowledged():
            await _acknowledged(cpu, task, message)
        case Return():
            await cpu.system.release_locks(cpu, task)
            task.turn(Turn.DONE)
        case _:
            assert_never(message)


async def _synchronize(cpu: Cpu, task: Task, message: SynchronizeIn) -> None:
    """synchronize_rcu and its kin: publish what was done, and sleep until the grace period is over."""
    answer = Synchronized(message.flavour)
    flavour = cpu.system.grace_period_of(message.flavour)
    if flavour is None:
        await cpu.tell(message.reply, answer)
        return
    cpu.pe.full_barrier()
    task.waiting_reply = (message.reply, answer, flavour.flavour)
    number = task.awaits.begin((flavour.name,))
    cpu.emit(SynchronizeRcu, True, flavour.flavour)
    before = cpu.published(cpu.pe.dsb)
    await cpu.tell(flavour.inbox, Synchronize(before, number, task), before.view)
    await cpu.block(task, flavour.name)


async def complete(cpu: Cpu, task: Task) -> None:
    """wait_for_completion: the task was woken; go on if the grace period is over, else sleep on."""
    assert task.waiting_reply is not None
    if task.awaits.waiting:
        await cpu.block(task, task.awaits.waiting[0])
        return
    cpu.join_wakeup(task)
    task.woken = False
    (reply, message, flavour), task.waiting_reply = task.waiting_reply, None
    cpu.emit(SynchronizeRcu, False, flavour)
    await cpu.tell(reply, message)


async def kick(cpu: Cpu, task: Task, reply: Mailbox[Kicked] | None, function: str = "do_nothing") -> None:
    """kick_all_cpus_sync: smp_mb, then smp_call_function(do_nothing, NULL, 1) on every other CPU; or ftrace_sync_ipi.

    What ftrace_sync_ipi adds, an smp_rmb in the handler, is in what taking an IPI does here.

    The end is told to `reply`, the service that asked; None: the task itself did.  The kernel waits with preemption
    disabled; here the task may be switched away while it waits, which nobody can tell.
    """
    cpu.pe.full_barrier()
    others = [other for other in cpu.system.cpus if other is not cpu]
    number = task.kick.begin(other.number for other in others)
    cpu.emit(CrossCall, function, number, "start", tuple(other.name for other in others))
    if reply is None:
        task.turn(Turn.ASK)
    task.kicking = (reply, function)
    before = cpu.published(cpu.pe.completed_bound())
    for other in others:
        interrupt = Kick(before, number, task.name, function, task.mailbox)
        await cpu.tell(other.inbox, interrupt, before.view)
    await _end_kick(cpu, task)


async def _acknowledged(cpu: Cpu, task: Task, message: KickAcknowledged) -> None:
    """csd_lock_wait: what a CPU's handler did is before what follows the kick."""
    if not task.kick.receive(message):
        return
    if not cpu.system.dropped("ipi-done"):
        cpu.acquire("ipi-done", message.view)
    await _end_kick(cpu, task)


async def _end_kick(cpu: Cpu, task: Task) -> None:
    """Every other CPU has answered: go on."""
    if task.kicking is None or task.kick.waiting:
        return
    (reply, function), task.kicking = task.kicking, None
    cpu.emit(CrossCall, function, task.kick.number, "end", ())
    if reply is None:
        task.turn(Turn.DONE)
    else:
        await cpu.tell(reply, Kicked())
