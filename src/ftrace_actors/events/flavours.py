"""The flavours of RCU, one row each: what a flavour is called, and what its grace periods wait for.

This table is the only place that lists them.  Whatever there is once a flavour (addresses, books, kthreads, what
scenarios may wait for, contracts that checks hold a grace period to, columns of tables) is made from it.  It is down
here because checks read it, and they know events only.  The kthreads are listed in `kernel.boot.KTHREADS`.

Read in kernel/rcu/tree.c and kernel/rcu/tasks.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["FLAVOURS", "RCU", "RUDE", "TASKS", "Flavour"]


@dataclass(frozen=True, slots=True)
class Flavour:
    """One flavour.

    Attributes:
        name: as scenarios, designs and events call it.
        title: as tables for people call it.
        actor: the kthread that runs its grace periods.
        lacks: what is said of somebody that a grace period ended without; "{who}" is its name.
        tasks: it waits for tasks that were on a run queue, until each has switched voluntarily or left the queue.
            Otherwise it waits for CPUs, until each has switched or noted a quiescent state for this grace period.
        idle_is_quiescent: it does not wait for a CPU that is idle when the grace period starts.
        readers: it waits for readers as well: regions with preemption off.
        contains: flavours whose whole grace periods are part of each of its own.
    """

    name: str
    title: str
    actor: str
    lacks: str
    tasks: bool = False
    idle_is_quiescent: bool = False
    readers: bool = False
    contains: tuple[str, ...] = ()


RCU: Final = Flavour(
    "rcu",
    "RCU",
    "rcu",
    "{who} has passed no quiescent state since it started",
    idle_is_quiescent=True,
    readers=True,
)
TASKS: Final = Flavour(
    "tasks",
    "Tasks RCU",
    "rcu_tasks",
    "{who}, on the run queue when it started, has not switched voluntarily",
    tasks=True,
    contains=(RCU.name,),
)
RUDE: Final = Flavour("rude", "Rude", "rcu_tasks_rude", "{who} has not switched context")

FLAVOURS: Final[dict[str, Flavour]] = {flavour.name: flavour for flavour in (RCU, TASKS, RUDE)}
"""By name.  Their kthreads are made in this order, so recorded runs rely on it: a new one comes last."""
