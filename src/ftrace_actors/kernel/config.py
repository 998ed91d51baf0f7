"""What kind of kernel, and which protocol, a world runs.

Kernel versions set defaults only (`PROFILES`); every knob can be set by itself.  Sources: kernel/rcu/tasks.h and
kernel/Kconfig.preempt of the versions named.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["PROFILES", "KernelConfig", "Preempt", "ProtocolConfig"]


class Preempt(StrEnum):
    """The preemption model chosen at boot."""

    NONE = "none"
    VOLUNTARY = "voluntary"
    LAZY = "lazy"
    FULL = "full"
    RT = "rt"


PROFILES: dict[str, dict[str, object]] = {
    "v6.3": {"rude": "real", "preempt": "full", "preemption": True},
    "v6.12": {"rude": "real", "preempt": "full", "preemption": True},
    "v6.13+": {"rude": "noop", "preempt": "lazy", "preemption": True},
}
"""Kernel version -> defaults.  6.13 made synchronize_rcu_tasks_rude a no-op where noinstr is honoured, and added lazy
preemption."""


@dataclass(frozen=True, slots=True)
class KernelConfig:
    """Build- and boot-time options.

    `preemption`: CONFIG_PREEMPTION is built in (then there is RCU Tasks and preemptible RCU), whatever was booted.
    `rude`: "real" or "noop".  `tasks_alias`: without PREEMPTION, synchronize_rcu_tasks is synchronize_rcu instead of
    not being called at all.  `bti`: functions start with BTI C.  `idle`: "wfi" (woken by an interrupt) or "poll".
    `ticks_max`: timer ticks a CPU may take in one run.  `switch_sync`: every task switch synchronizes context, as one
    does that changes the mm; __switch_to alone does not.
    """

    profile: str = "v6.12"
    preempt: Preempt = Preempt.FULL
    preemption: bool = True
    rude: str = "real"
    tasks_alias: bool = False
    bti: bool = False
    idle: str = "wfi"
    ticks_max: int = 8
    switch_sync: bool = False

    @property
    def kernel_preemptible(self) -> bool:
        """May an interrupt's exit switch away from kernel code?"""
        return self.preemption and self.preempt in (Preempt.LAZY, Preempt.FULL, Preempt.RT)


@dataclass(frozen=True, slots=True)
class ProtocolConfig:
    """How sites are patched and ops retired.

    `drop`: names of orderings, barriers, cache operations to leave out (`kernel.orderings.ORDERINGS`).
    `order`: "literal-first" or "call-first".  `wait`: what unregister waits for, in order: grace periods ("rcu",
    "rude", "tasks"), or "kick", an interrupt on every other CPU; None takes the design's own.  `wait_at`:
    "after-update" or "before-update".  `default_literal`: what a disabled site's literal holds, "nop" or "list".
    `align_check`: refuse sites whose literal is not aligned.  `literal_load`: "aligned" (as merged) or "fixed" (at a
    fixed distance, as first sketched).  `handover`: as `wait`, for what must pass between the two writes that
    specialise a site, where a design does that in two passes.
    `call_ops_by`: whose flags decide whether a literal may name a single ops: "argument", those of the ops that comes
    or goes (as merged), or "survivor", those of the one that is left.
    """

    design: str = "call-ops"
    drop: frozenset[str] = frozenset()
    order: str = "literal-first"
    wait: tuple[str, ...] | None = None
    wait_at: str = "after-update"
    default_literal: str = "nop"
    align_check: bool = True
    literal_load: str = "aligned"
    handover: tuple[str, ...] = ()
    call_ops_by: str = "argument"
