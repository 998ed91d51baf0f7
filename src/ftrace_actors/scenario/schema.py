"""The scenario file, as msgspec structs: what may be in it, of which type, and what it means.

Types and ranges are checked here; what names refer to is checked in `convert.py`.  The descriptions are the only text
about keys: `explain`, `schema` and docs/scenarios.md take theirs from here.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..kernel.config import (
    CallOpsBy,
    DefaultLiteral,
    Idle,
    LiteralLoad,
    Order,
    Rude,
    TasksGuard,
    WaitAt,
)
from ..words import Verdict

__all__ = [
    "ExpectTable",
    "FunctionTable",
    "KernelTable",
    "MachineTable",
    "OpsTable",
    "ProtocolTable",
    "RoutineTable",
    "ScenarioFile",
    "TaskTable",
    "WordTable",
]

Name = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*\Z", max_length=64)]
Many = Meta(max_length=1024)
"""Of what an ops traces, and of traced functions."""
Some = Meta(max_length=64)
"""Of everything else."""
Cpu = Annotated[int, Meta(ge=0)]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A TOML table: unknown keys are errors."""


class MachineTable(Table, frozen=True, kw_only=True):
    """The machine: how many CPUs, and which options of the architecture it has."""

    cpus: Annotated[int, Meta(ge=1, le=16, description="How many CPUs there are.")] = 2
    idc: Annotated[bool, Meta(description="CTR_EL0.IDC: stores need no DC CVAU to be fetched.")] = False
    dic: Annotated[bool, Meta(description="CTR_EL0.DIC: fetches need no IC.")] = False
    lse2: Annotated[
        bool, Meta(description="FEAT_LSE2: unaligned accesses inside 16 aligned bytes are atomic.")
    ] = False
    eis: Annotated[
        bool, Meta(description="Exception entry synchronizes context; false only with FEAT_ExS.")
    ] = True
    eos: Annotated[
        bool, Meta(description="Exception return synchronizes context; false only with FEAT_ExS.")
    ] = True
    line: Annotated[Literal[16, 32, 64, 128], Meta(description="Bytes of a cache line.")] = 64
    pac: Annotated[
        bool,
        Meta(description="PAC, and a kernel that uses it: cpu_switch_to has an ISB, so it sets switch_sync."),
    ] = False


class KernelTable(Table, frozen=True, kw_only=True):
    """The kernel; see `kernel.KernelConfig`.  Keys left out take the profile's default."""

    profile: Annotated[
        str,
        Meta(
            description="The version: v6.3, v6.12, v6.13, v6.16 or v7.0. It sets the defaults of this table, and "
            "says which preemption models there are."
        ),
    ]
    preempt: Annotated[
        Literal["none", "voluntary", "lazy", "full", "rt"] | None,
        Meta(description="The preemption model that was booted."),
    ] = None
    preemption: Annotated[
        bool | None, Meta(description="CONFIG_PREEMPTION is built in; lazy, full and rt take it.")
    ] = None
    rude: Annotated[
        Rude | None,
        Meta(
            description="What synchronize_rcu_tasks_rude does: real makes every CPU schedule, noop returns at once."
        ),
    ] = None
    tasks_guard: Annotated[
        TasksGuard | None,
        Meta(
            description="When ftrace_shutdown calls synchronize_rcu_tasks: none is always, preemption only with "
            "CONFIG_PREEMPTION, tasks-rcu only with CONFIG_TASKS_RCU."
        ),
    ] = None
    bti: Annotated[bool, Meta(description="Functions begin with BTI C.")] = False
    idle: Annotated[
        Idle, Meta(description="How an idle CPU waits: wfi leaves idle by an exception, poll takes none.")
    ] = "wfi"
    ticks: Annotated[
        int, Meta(ge=0, le=1000, description="How many timer ticks a CPU may take that nobody asked for.")
    ] = 8
    switch_sync: Annotated[
        bool | None,
        Meta(description="Every task switch synchronizes context. machine.pac sets it."),
    ] = None


class ProtocolTable(Table, frozen=True, kw_only=True):
    """The patching protocol; see `kernel.ProtocolConfig`."""

    design: Annotated[
        str, Meta(description="Which design patches the sites: one of `list --designs`, or one of your own.")
    ] = "call-ops"
    drop: Annotated[
        tuple[str, ...], Some, Meta(description="Orderings to leave out, by the names of docs/orderings.md.")
    ] = ()
    weaken: Annotated[
        tuple[str, ...],
        Some,
        Meta(description="Barriers to weaken: `inval-dsb as nsh`, by the names of docs/orderings.md."),
    ] = ()
    order: Annotated[
        Order, Meta(description="Which of the two writes of make_call comes first: the literal or the BL.")
    ] = "literal-first"
    wait: Annotated[
        Annotated[tuple[str, ...], Some] | None,
        Meta(
            description="What unregister waits for, one after the other: kick, rcu, rude, tasks. Left out it is what "
            "the design waits for; [] is nothing."
        ),
    ] = None
    handover: Annotated[
        tuple[str, ...],
        Some,
        Meta(
            description="What is waited for between data and call, where a design specialises a site in two passes."
        ),
    ] = ()
    wait_at: Annotated[
        WaitAt, Meta(description="Whether unregister waits after the sites are changed, or wrongly before.")
    ] = "after-update"
    default_literal: Annotated[
        DefaultLiteral,
        Meta(description="What the literal of a disabled site names: ftrace_nop_ops or ftrace_list_ops."),
    ] = "nop"
    align_check: Annotated[
        bool, Meta(description="Refuse sites whose literal is not aligned to 8 bytes.")
    ] = True
    literal_load: Annotated[
        LiteralLoad,
        Meta(
            description="How a trampoline finds the literal: aligned down, or at a fixed distance from the return "
            "address."
        ),
    ] = "aligned"
    call_ops_by: Annotated[
        CallOpsBy,
        Meta(
            description="Whose flags decide whether a literal may name one ops: those of the ops that is registered or "
            "leaves, of the one that survives, or of the one looked up."
        ),
    ] = "argument"
    poison: Annotated[
        bool, Meta(description="The text of a trampoline is overwritten with BRK before it is freed.")
    ] = False


class FunctionTable(Table, frozen=True, kw_only=True):
    """A traced function."""

    name: Annotated[Name, Meta(description="Its symbol.")]
    address: Annotated[
        int | str | None, Meta(description="Where its entry is; placed for you when left out.")
    ] = None
    offset: Annotated[
        Literal[0, 4], Meta(description="How far its entry is off the alignment, in bytes.")
    ] = 0
    extra_words: Annotated[
        int, Meta(ge=0, le=64, description="NOPs in its body, so that it takes more room.")
    ] = 0


class OpsTable(Table, frozen=True, kw_only=True):
    """An ftrace_ops: a tracer."""

    name: Annotated[Name, Meta(description="Its symbol; its callback is NAME_func.")]
    functions: Annotated[tuple[str, ...], Many, Meta(description="Its filter: the functions it traces.")]
    dynamic: Annotated[
        bool, Meta(description="FL_DYNAMIC: it is on the heap, and may be freed after unregister.")
    ] = True
    caller_waits: Annotated[
        bool,
        Meta(description="A static ops whose caller still relies on unregister waiting for its callbacks."),
    ] = False
    allocated: Annotated[
        bool, Meta(description="It is there from the beginning; false leaves that to an `alloc` action.")
    ] = True
    flags: Annotated[
        tuple[Literal["recursion", "rcu"], ...],
        Some,
        Meta(description="Which guard its callback wants: FL_RECURSION, FL_RCU."),
    ] = ()
    calls: Annotated[str, Meta(description="A traced function that its callback calls.")] = ""


class TaskTable(Table, frozen=True, kw_only=True):
    """A kernel thread and what it does."""

    name: Annotated[Name, Meta(description="What it is called in lanes and logs.")]
    cpu: Annotated[int, Meta(ge=0, description="The CPU on which it starts.")]
    cpus: Annotated[
        tuple[Cpu, ...],
        Some,
        Meta(description="The CPUs it may migrate to, `cpu` among them; left out: none."),
    ] = ()
    do: Annotated[tuple[str, ...], Many, Meta(description="Its actions, one after the other (see Actions).")]
    started: Annotated[
        bool, Meta(description="It runs from the beginning; false: another task wakes it.")
    ] = True


class RoutineTable(Table, frozen=True, kw_only=True):
    """A64 code of the scenario's own."""

    name: Annotated[Name, Meta(description="Its symbol; `run NAME` executes it.")]
    asm: Annotated[
        str, Meta(description="Its A64 assembly; `//@ claims FUNCTION` may follow an instruction.")
    ]


class WordTable(Table, frozen=True, kw_only=True):
    """A named 8-byte word of shared memory."""

    name: Annotated[Name, Meta(description="Its symbol, for routines and `store`.")]
    value: Annotated[int, Meta(description="What it holds at the start.")] = 0


class ExpectTable(Table, frozen=True, kw_only=True):
    """What must come out."""

    verdict: Annotated[
        Verdict | Annotated[tuple[Verdict, ...], Some],
        Meta(description="The verdict a campaign must come to; a list means any of them."),
    ]
    invariants: Annotated[
        tuple[str, ...], Some, Meta(description="For violated: at least one of these must have broken.")
    ] = ()
    window: Annotated[
        Literal["W0", "W1", "W2", "W3", "W4"] | None,
        Meta(description="For violated: the window in which a finding of those invariants is."),
    ] = None


class ScenarioFile(Table, frozen=True, kw_only=True):
    """A whole file."""

    format: Annotated[Literal[1], Meta(description="The version of this format.")]
    summary: Annotated[
        str, Meta(min_length=1, max_length=120, description="What it is about, in one line for `list`.")
    ]
    kernel: KernelTable
    expect: ExpectTable
    machine: MachineTable = MachineTable()
    protocol: ProtocolTable = ProtocolTable()
    function: Annotated[tuple[FunctionTable, ...], Many]
    ops: Annotated[tuple[OpsTable, ...], Some] = ()
    task: Annotated[tuple[TaskTable, ...], Some]
    routine: Annotated[tuple[RoutineTable, ...], Some] = ()
    word: Annotated[tuple[WordTable, ...], Some] = ()
    modifiable: Annotated[
        tuple[str, ...],
        Some,
        Meta(description="Words that may be overwritten although nobody should, as vfs_open.last."),
    ] = ()
    sometimes: Annotated[
        Annotated[tuple[str, ...], Some] | None,
        Meta(
            description="What a campaign must have seen, or it passes vacuously (see below). Left out it follows from "
            "the actions."
        ),
    ] = None
    steps: Annotated[
        int,
        Meta(
            ge=100,
            le=1_000_000,
            description="After this many steps actors just take turns; a livelock if it does not end so.",
        ),
    ] = 6_000
