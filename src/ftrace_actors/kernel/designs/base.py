"""The interface every design answers to: build sites, enable, modify, disable, retire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..config import KernelConfig, ProtocolConfig
    from ..ops import Ops
    from ..records import Record, RecordUpdate

__all__ = ["NOP", "Design", "PatchPlan", "SiteLayout", "kernel_waits"]

NOP = 0xD503_201F


@dataclass(frozen=True, slots=True)
class SiteLayout:
    """Where the parts of one traced function are; addresses, `literal` 0 when there is none.

    `pre_nops`: words in front of the symbol.  `overlay`: words behind the symbol before the body, as (offset, text).
    """

    entry: int
    literal: int
    site: int
    body: int


@dataclass(frozen=True, slots=True)
class PatchPlan:
    """What to do at one site: the routine, the ops whose address goes into the literal (None: no literal), the word.

    `call`: the site calls the trampoline afterwards.
    """

    routine: str
    literal: Ops | None
    call: bool


class Books(Protocol):
    """What a design may ask the tracing core."""

    @property
    def nop_ops(self) -> Ops: ...

    @property
    def list_ops(self) -> Ops: ...

    def unique(self, record: Record) -> Ops | None: ...


class Design(Protocol):
    """One way to trace.

    `windows`: those in which a task may still use an ops, so a teardown has to wait for them.
    `asm`: assembly files it needs beside the common ones.
    """

    name: str
    summary: str
    asm: tuple[str, ...]
    windows: tuple[str, ...]
    pre_nops: int

    def layout(self, entry: int, bti: bool, protocol: ProtocolConfig) -> SiteLayout:
        """Where things are, for a function whose symbol is at `entry`."""

    def refuses(self, layout: SiteLayout, protocol: ProtocolConfig) -> str:
        """Why a site cannot be used ("" when it can): ftrace_call_adjust."""

    def trampoline(self, protocol: ProtocolConfig) -> str:
        """The symbol that enabled sites call."""

    def plan(self, update: RecordUpdate, record: Record, books: Books, protocol: ProtocolConfig) -> PatchPlan:
        """How to make a call, modify one, or make it a NOP again."""

    def default_literal(self, protocol: ProtocolConfig) -> str:
        """What a disabled site's literal names: "nop", "list", or "" without literals."""

    def retire(self, kernel: KernelConfig) -> tuple[str, ...]:
        """The grace periods that must pass between the text update and freeing an ops."""


def kernel_waits(kernel: KernelConfig) -> tuple[str, ...]:
    """ftrace_shutdown: synchronize_rcu_tasks_rude, and synchronize_rcu_tasks where it exists."""
    if kernel.preemption or kernel.tasks_alias:
        return ("rude", "tasks")
    return ("rude",)
