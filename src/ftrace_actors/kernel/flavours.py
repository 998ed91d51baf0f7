"""Which grace period a kernel runs when one is asked for.  The flavours themselves are listed in `events.flavours`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..events.flavours import FLAVOURS, RCU, RUDE, TASKS, Flavour
from .config import KernelConfig

__all__ = ["flavour_of"]

_BUILT_AS: Final[dict[str, Callable[[KernelConfig], Flavour | None]]] = {
    TASKS.name: lambda kernel: TASKS if kernel.tasks_rcu else RCU,
    RUDE.name: lambda kernel: RUDE if kernel.rude == "real" else None,
}
"""Flavours that some kernels lack -> what waiting for one is there, None when it returns at once."""


def flavour_of(asked: str, kernel: KernelConfig) -> Flavour | None:
    """The flavour whose grace periods this kernel runs when it waits for `asked`; None when that is a no-op."""
    built = _BUILT_AS.get(asked)
    return FLAVOURS[asked] if built is None else built(kernel)
