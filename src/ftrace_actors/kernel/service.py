"""What a CPU does for a service in the name of the task it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never, cast

from ftrace_actors.arm64.program import RETURN_ADDRESS

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
from .task import Mode

if TYPE_CHECKING:
    from ftrace_actors.actors import Mailbox

    from .cpu import Cpu
    from .task import Task

__all__ = ["enter", "kick", "serve"]


def enter(cpu: Cpu, task: Task, name: str, entry: int, args: tuple[tuple[int, int, int, int], ...]) -> None:
    """Have the task execute the code at `entry` with `args` in x0 and up, returning to nobody."""
    regs = cpu.pe.regs
    for index, value in enumerate(args):
        regs[index] = value
    regs[30] = (RETURN_ADDRESS, 0, 0, 0)
    cpu.pe.pc = entry
    cpu.pe.mark_passed = False
    cpu.pe.fetched = None
    task.routine = name
    task.mode = Mode.CODE


async def serve(cpu: Cpu, task: Task, payload: object) -> None:
    """Do what a service asks of the task."""
    message = cast("TaskMessage", payload)
    match message:
        case RunRoutine():
            task.reply = message.reply
            enter(cpu, task, message.name, message.entry, message.args)
            if message.resched_point and cpu.config.preempt in (Preempt.NONE, Preempt.VOLUNTARY):
                await cpu.resched_point(task)
        case SynchronizeIn():
            await _synchronize(cpu, task, message)
        case KickIn() | SyncIpiIn():
            await kick(cpu, task, message.reply)
        case KickAcknowledged():
            await _acknowledged(cpu, task, message)
        case Return():
            await cpu.system.release_locks(cpu, task)
            task.mode = Mode.ACTION
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
    task.waiting_reply = (message.reply, answer)
    before = cpu.published(cpu.pe.dsb)
    await cpu.tell(flavour.inbox, Synchronize(before, task, None), before.view)
    await cpu.block(task, flavour.name)


async def kick(cpu: Cpu, task: Task, reply: Mailbox | None) -> None:
    """kick_all_cpus_sync: smp_mb, then smp_call_function(do_nothing, NULL, 1) on every other CPU; or ftrace_sync_ipi.

    What ftrace_sync_ipi adds, an smp_rmb in the handler, is in what taking an IPI does here.

    The end is told to `reply`, the service that asked; None: the task itself did.  The kernel waits with preemption
    disabled; here the task may be switched away while it waits, which nobody can tell.
    """
    cpu.pe.full_barrier()
    others = [other for other in cpu.system.cpus if other is not cpu]
    task.acks_due = len(others)
    task.mode = Mode.SERVICE
    task.reply = reply
    before = cpu.published(cpu.pe.completed_bound())
    for other in others:
        await cpu.tell(other.inbox, Kick(before, task.mailbox), before.view)
    if not others:
        await _kicked(cpu, task)


async def _acknowledged(cpu: Cpu, task: Task, message: KickAcknowledged) -> None:
    """csd_lock_wait: what a CPU's handler did is before what follows the kick."""
    if not cpu.system.dropped("ipi-done"):
        cpu.acquire("ipi-done", message.view)
    task.acks_due -= 1
    if not task.acks_due:
        await _kicked(cpu, task)


async def _kicked(cpu: Cpu, task: Task) -> None:
    """Every other CPU has answered: go on."""
    reply, task.reply = task.reply, None
    if reply is None:
        task.mode = Mode.ACTION
    else:
        await cpu.tell(reply, Kicked())
