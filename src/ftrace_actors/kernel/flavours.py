"""The flavours of RCU: what each is called, and who runs its grace periods in a given kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .config import KernelConfig

__all__ = ["FLAVOURS", "Flavour", "flavour_of"]


@dataclass(frozen=True, slots=True)
class Flavour:
    """One flavour.

    Attributes:
        name: as steps of designs and events say it.
        actor: the kthread that runs its grace periods.
        built_as: the flavour that a kernel runs when this one is asked for; "" when waiting for it is a no-op.
    """

    name: str
    actor: str
    built_as: Callable[[KernelConfig], str]


FLAVOURS: Final[dict[str, Flavour]] = {
    flavour.name: flavour
    for flavour in (
        Flavour("rcu", "rcu", lambda kernel: "rcu"),
        Flavour("tasks", "rcu_tasks", lambda kernel: "tasks" if kernel.tasks_rcu else "rcu"),
        Flavour("rude", "rcu_tasks_rude", lambda kernel: "rude" if kernel.rude == "real" else ""),
    )
}
"""By name."""


def flavour_of(asked: str, kernel: KernelConfig) -> Flavour | None:
    """Who runs grace periods of the flavour asked for in this kernel; None when waiting for one is a no-op."""
    return FLAVOURS.get(FLAVOURS[asked].built_as(kernel))
