"""The scenario file, as msgspec structs: what may be in it, of which type.

Types and ranges are checked here; what names refer to is checked in `convert.py`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

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

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*\Z", max_length=64)]
Many = msgspec.Meta(max_length=1024)
"""Of what an ops traces, and of traced functions."""
Some = msgspec.Meta(max_length=64)
"""Of everything else."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A TOML table: unknown keys are errors."""


class MachineTable(Table, frozen=True, kw_only=True):
    """[machine]: how many CPUs, the options of `arm64.Options`, and `KernelConfig.pac`."""

    cpus: Annotated[int, msgspec.Meta(ge=1, le=16)] = 2
    idc: bool = False
    dic: bool = False
    lse2: bool = False
    eis: bool = True
    eos: bool = True
    line: Literal[16, 32, 64, 128] = 64
    pac: bool = False


class KernelTable(Table, frozen=True, kw_only=True):
    """[kernel]: see `kernel.KernelConfig`.  Keys left out take the profile's default."""

    profile: str
    preempt: Literal["none", "voluntary", "lazy", "full", "rt"] | None = None
    preemption: bool | None = None
    rude: Rude | None = None
    tasks_guard: TasksGuard | None = None
    bti: bool = False
    idle: Idle = "wfi"
    ticks: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 8
    switch_sync: bool | None = None


class ProtocolTable(Table, frozen=True, kw_only=True):
    """[protocol]: see `kernel.ProtocolConfig`."""

    design: str = "call-ops"
    drop: Annotated[tuple[str, ...], Some] = ()
    order: Order = "literal-first"
    wait: Annotated[tuple[str, ...], Some] | None = None
    handover: Annotated[tuple[str, ...], Some] = ()
    wait_at: WaitAt = "after-update"
    default_literal: DefaultLiteral = "nop"
    align_check: bool = True
    literal_load: LiteralLoad = "aligned"
    call_ops_by: CallOpsBy = "argument"
    poison: bool = False


class FunctionTable(Table, frozen=True, kw_only=True):
    """[[function]]: a traced function."""

    name: Name
    address: int | str | None = None
    offset: Literal[0, 4] = 0
    extra_words: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0


class OpsTable(Table, frozen=True, kw_only=True):
    """[[ops]]: an ftrace_ops."""

    name: Name
    functions: Annotated[tuple[str, ...], Many]
    dynamic: bool = True
    caller_waits: bool = False
    allocated: bool = True
    flags: Annotated[tuple[Literal["recursion", "rcu"], ...], Some] = ()
    calls: str = ""


class TaskTable(Table, frozen=True, kw_only=True):
    """[[task]]: a kernel thread and what it does."""

    name: Name
    cpu: Annotated[int, msgspec.Meta(ge=0)]
    cpus: Annotated[tuple[Annotated[int, msgspec.Meta(ge=0)], ...], Some] = ()
    do: Annotated[tuple[str, ...], Many]
    started: bool = True


class RoutineTable(Table, frozen=True, kw_only=True):
    """[[routine]]: A64 code of the scenario's own."""

    name: Name
    asm: str


class WordTable(Table, frozen=True, kw_only=True):
    """[[word]]: a named 8-byte word of shared memory."""

    name: Name
    value: int = 0


class ExpectTable(Table, frozen=True, kw_only=True):
    """[expect]: what must come out."""

    verdict: Verdict | Annotated[tuple[Verdict, ...], Some]
    invariants: Annotated[tuple[str, ...], Some] = ()
    window: Literal["W0", "W1", "W2", "W3", "W4"] | None = None


class ScenarioFile(Table, frozen=True, kw_only=True):
    """A whole file."""

    format: Literal[1]
    summary: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    kernel: KernelTable
    expect: ExpectTable
    machine: MachineTable = MachineTable()
    protocol: ProtocolTable = ProtocolTable()
    function: Annotated[tuple[FunctionTable, ...], Many]
    ops: Annotated[tuple[OpsTable, ...], Some] = ()
    task: Annotated[tuple[TaskTable, ...], Some]
    routine: Annotated[tuple[RoutineTable, ...], Some] = ()
    word: Annotated[tuple[WordTable, ...], Some] = ()
    modifiable: Annotated[tuple[str, ...], Some] = ()
    sometimes: Annotated[tuple[str, ...], Some] | None = None
    steps: Annotated[int, msgspec.Meta(ge=100, le=1_000_000)] = 6_000
