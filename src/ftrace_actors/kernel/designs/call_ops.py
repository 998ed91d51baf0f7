"""DYNAMIC_FTRACE_WITH_CALL_OPS, as merged in Linux 6.3 (arch/arm64/kernel/ftrace.c).

Two NOPs in front of every function become one naturally aligned 8-byte word, the literal: a pointer to the ops that
the common trampoline hands the call to.  The literal is always written before the instruction, in both directions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..records import RecordUpdate
from .base import Books, PatchPlan, SiteLayout, kernel_waits

if TYPE_CHECKING:
    from ..config import KernelConfig, ProtocolConfig
    from ..ops import Ops
    from ..records import Record

__all__ = ["CallOps"]


class CallOps:
    """The ops pointer in front of the function, one common trampoline."""

    name = "call-ops"
    summary = "a pointer to the ops in front of each function, read by one common trampoline (Linux 6.3)"
    asm: tuple[str, ...] = ("ftrace_caller_fixed.S",)
    windows: tuple[str, ...] = ("W1", "W2")
    pre_nops = 2

    def layout(self, entry: int, bti: bool, protocol: ProtocolConfig) -> SiteLayout:
        """MOV X9, LR and the BL slot behind the optional BTI; the literal as the C side computes it."""
        site = entry + (8 if bti else 4)
        literal = entry - 8 if protocol.literal_load == "fixed" else (site - 12) & ~7
        return SiteLayout(entry, literal, site, site + 4)

    def refuses(self, layout: SiteLayout, protocol: ProtocolConfig) -> str:
        """ftrace_call_adjust: the first of the two NOPs must be aligned to 8."""
        if protocol.align_check and layout.entry % 8:
            return f"misaligned patch site at {layout.site:#x}"
        return ""

    def trampoline(self, protocol: ProtocolConfig) -> str:
        """The common trampoline."""
        return "ftrace_caller_fixed" if protocol.literal_load == "fixed" else "ftrace_caller"

    def plan(self, update: RecordUpdate, record: Record, books: Books, protocol: ProtocolConfig) -> PatchPlan:
        """ftrace_make_call, ftrace_modify_call, ftrace_make_nop."""
        suffix = "_call_first" if protocol.order == "call-first" else ""
        if update is RecordUpdate.MAKE_NOP:
            default = books.list_ops if protocol.default_literal == "list" else books.nop_ops
            return PatchPlan(f"ftrace_make_nop{suffix}", default, call=False)
        return PatchPlan(f"ftrace_{update.value}{suffix}", self._ops_of(record, books), call=True)

    @staticmethod
    def _ops_of(record: Record, books: Books) -> Ops:
        """ftrace_rec_get_ops: the only ops of the record, or the list."""
        unique = books.unique(record) if record.call_ops_enabled else None
        return unique if unique is not None else books.list_ops

    def default_literal(self, protocol: ProtocolConfig) -> str:
        """nop_ops as merged; list_ops on the first day."""
        return protocol.default_literal

    def retire(self, kernel: KernelConfig) -> tuple[str, ...]:
        """ftrace_shutdown's own waits."""
        return kernel_waits(kernel)
