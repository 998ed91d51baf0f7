"""What kind of kernel, and which protocol, a world runs.

A kernel version says which preemption models there are, and sets defaults (`PROFILES`); every other knob can be set by
itself, also to what no released kernel has.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

__all__ = [
    "KICK",
    "PREEMPTING",
    "PROFILES",
    "CallOpsBy",
    "DefaultLiteral",
    "Idle",
    "KernelConfig",
    "LiteralLoad",
    "Order",
    "Preempt",
    "Profile",
    "ProtocolConfig",
    "Rude",
    "TasksGuard",
    "WaitAt",
]

# The closed sets of words that a scenario file may say; `KernelConfig` and `ProtocolConfig` explain them.
Rude: TypeAlias = Literal["real", "noop"]
TasksGuard: TypeAlias = Literal["none", "preemption", "tasks-rcu"]
Idle: TypeAlias = Literal["wfi", "poll"]
Order: TypeAlias = Literal["literal-first", "call-first"]
WaitAt: TypeAlias = Literal["after-update", "before-update"]
DefaultLiteral: TypeAlias = Literal["nop", "list"]
LiteralLoad: TypeAlias = Literal["aligned", "fixed"]
CallOpsBy: TypeAlias = Literal["argument", "survivor", "lookup"]

KICK = "kick"
"""Among grace periods that are waited for: an interrupt on every other CPU, kick_all_cpus_sync."""


class Preempt(StrEnum):
    """The preemption model chosen at boot."""

    NONE = "none"
    VOLUNTARY = "voluntary"
    LAZY = "lazy"
    FULL = "full"
    RT = "rt"


PREEMPTING = (Preempt.LAZY, Preempt.FULL, Preempt.RT)
"""Models under which an interrupt's exit may switch away from kernel code; they take PREEMPTION."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a kernel version decides, on arm64.

    `tasks_guard`: see `KernelConfig`.  `rude`: does synchronize_rcu_tasks_rude wait, or return at once.  `models`: the
    preemption models that can be built; `preempt`: the one a world boots unless it says another.
    `always_preemption`: PREEMPTION cannot be left out.
    """

    tasks_guard: TasksGuard
    rude: Rude
    models: tuple[Preempt, ...]
    preempt: Preempt
    always_preemption: bool = False


_TO_6_3 = (Preempt.NONE, Preempt.VOLUNTARY, Preempt.FULL)

PROFILES: dict[str, Profile] = {
    "v6.3": Profile("preemption", "real", _TO_6_3, Preempt.FULL),
    "v6.12": Profile("none", "real", (*_TO_6_3, Preempt.RT), Preempt.FULL),
    "v6.13": Profile("none", "noop", (*_TO_6_3, Preempt.RT), Preempt.FULL),
    "v6.16": Profile("none", "noop", (*_TO_6_3, Preempt.RT, Preempt.LAZY), Preempt.LAZY),
    "v7.0": Profile("none", "noop", (Preempt.LAZY, Preempt.FULL, Preempt.RT), Preempt.LAZY, True),
}
"""Kernel version -> what it decides; docs/kernel.md says where each was read."""


@dataclass(frozen=True, slots=True)
class KernelConfig:
    """Build- and boot-time options.

    `preemption`: CONFIG_PREEMPTION is built in (then there is RCU Tasks and preemptible RCU), whatever was booted.
    `rude`: "real" or "noop".  `tasks_guard`: under which condition ftrace_shutdown calls synchronize_rcu_tasks for a
    dynamic ops: "none" (always, since 6.10), "preemption" (where PREEMPTION is built in, up to 6.9), or "tasks-rcu"
    (where TASKS_RCU is built, which no released kernel had).  Where it is not built synchronize_rcu_tasks is
    synchronize_rcu.  `bti`: functions start with BTI C.  `idle`: "wfi" (woken by an interrupt) or "poll".
    `ticks_max`: timer ticks a CPU may take in one run.  `switch_sync`: every task switch synchronizes context, as one
    does that changes the mm; __switch_to alone does not.  `pac`: the machine has PAC and the kernel is built to use it
    (PTR_AUTH_KERNEL), so cpu_switch_to installs keys and executes an ISB: then `switch_sync` is set.
    """

    profile: str = "v6.12"
    preempt: Preempt = Preempt.FULL
    preemption: bool = True
    rude: Rude = "real"
    tasks_guard: TasksGuard = "none"
    bti: bool = False
    idle: Idle = "wfi"
    ticks_max: int = 8
    switch_sync: bool = False
    pac: bool = False

    @property
    def kernel_preemptible(self) -> bool:
        """May an interrupt's exit switch away from kernel code?"""
        return self.preemption and self.preempt in PREEMPTING

    @property
    def tasks_rcu(self) -> bool:
        """CONFIG_TASKS_RCU is built: it takes PREEMPTION (kernel/rcu/Kconfig)."""
        return self.preemption


@dataclass(frozen=True, slots=True)
class ProtocolConfig:
    """How sites are patched and ops retired.

    `drop`: names of orderings, barriers, cache operations to leave out (`kernel.orderings.ORDERINGS`).
    `weaken`: barriers to weaken (`kernel.orderings.WEAKENINGS`).
    `order`: "literal-first" or "call-first".  `wait`: what unregister waits for, in order: grace periods, keys
    of `FLAVOURS`, or `KICK`, an interrupt on every other CPU; None takes the design's own.  `wait_at`:
    "after-update" or "before-update".  `default_literal`: what a disabled site's literal holds, "nop" or "list".
    `align_check`: refuse sites whose literal is not aligned.  `literal_load`: "aligned" (as merged) or "fixed" (at a
    fixed distance, as first sketched).  `handover`: as `wait`, for what must pass between the two writes that
    specialise a site, where a design does that in two passes.
    `poison`: the text of a trampoline is overwritten with BRK before it is freed.
    `call_ops_by`: whose flags decide whether a literal may name a single ops: "argument", those of the ops that comes
    or goes (as merged), "survivor", those of the one that is left, or "lookup": as merged, but ftrace_find_unique_ops
    does not find an ops that needs a guard.
    """

    design: str = "call-ops"
    drop: AbstractSet[str] = frozenset()
    order: Order = "literal-first"
    wait: tuple[str, ...] | None = None
    wait_at: WaitAt = "after-update"
    default_literal: DefaultLiteral = "nop"
    align_check: bool = True
    literal_load: LiteralLoad = "aligned"
    handover: tuple[str, ...] = ()
    call_ops_by: CallOpsBy = "argument"
    poison: bool = False
    weaken: frozenset[str] = frozenset()
