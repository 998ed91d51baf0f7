"""The kernel of a world: what its version allows, and what contradicts itself."""

from __future__ import annotations

from collections.abc import Callable

from ..kernel.config import PREEMPTING, PROFILES, KernelConfig, Preempt
from .model import ScenarioError
from .schema import KernelTable, MachineTable

__all__ = ["kernel_of"]

Fail = Callable[[str, str], ScenarioError]
"""(key path, message) -> the error that names the file."""


def kernel_of(table: KernelTable, machine: MachineTable, fail: Fail) -> KernelConfig:
    """Fill in the profile's defaults.  Raises what `fail` makes where the version has no such kernel."""
    profile = PROFILES.get(table.profile)
    if profile is None:
        raise fail("$.kernel.profile", f"unknown profile {table.profile!r}; known: {', '.join(PROFILES)}")
    preempt = Preempt(table.preempt) if table.preempt is not None else profile.preempt
    if preempt not in profile.models:
        models = ", ".join(profile.models)
        raise fail("$.kernel.preempt", f"{table.profile} has no {preempt.value!r} on arm64; it has {models}")
    preemption = True if table.preemption is None else table.preemption
    if not preemption and profile.always_preemption:
        raise fail("$.kernel.preemption", f"{table.profile} always has PREEMPTION on arm64; leave this out")
    if not preemption and preempt in PREEMPTING:
        raise fail(
            "$.kernel.preemption",
            f"{preempt.value!r} takes PREEMPTION; leave this out, or set preempt to none or voluntary",
        )
    if machine.pac and table.switch_sync is False:
        raise fail(
            "$.kernel.switch_sync",
            "contradicts machine.pac: with PAC in the kernel every switch has an ISB; leave one out",
        )
    return KernelConfig(
        table.profile,
        preempt,
        preemption,
        table.rude if table.rude is not None else profile.rude,
        table.tasks_guard if table.tasks_guard is not None else profile.tasks_guard,
        table.bti,
        table.idle,
        table.ticks,
        machine.pac or bool(table.switch_sync),
        machine.pac,
    )
