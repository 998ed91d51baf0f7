"""DYNAMIC_FTRACE_WITH_CALL_OPS, as merged in Linux 6.3 (arch/arm64/kernel/ftrace.c).

Two NOPs in front of every function become one naturally aligned 8-byte word, the literal: a pointer to the ops that
the common trampoline hands the call to.  The literal is always written before the instruction, in both directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..records import RecordUpdate
from .base import Changes, Core, Design, PatchStep, SiteLayout, Step

if TYPE_CHECKING:
    from ..config import ProtocolConfig
    from ..ops import Ops
    from ..records import Record

__all__ = ["CallOps"]


class CallOps(Design):
    """The ops pointer in front of the function, one common trampoline."""

    name = "call-ops"
    summary = "a pointer to the ops in front of each function, read by one common trampoline (Linux 6.3)"
    asm = ("ftrace_caller_fixed.S",)
    pre_nops = 2
    specialises = True

    def resting(self, protocol: ProtocolConfig) -> str:
        """nop_ops as merged; list_ops on the first day."""
        return protocol.default_literal

    def layout(self, entry: int, bti: bool, protocol: ProtocolConfig) -> SiteLayout:
        """The literal as the C side computes it."""
        site = entry + (8 if bti else 4)
        literal = entry - 8 if protocol.literal_load == "fixed" else (site - 12) & ~7
        return SiteLayout(entry, literal, site, site + 4)

    def refuses(self, layout: SiteLayout, protocol: ProtocolConfig) -> str:
        """ftrace_call_adjust: the first of the two NOPs must be aligned to 8."""
        if protocol.align_check and layout.entry % 8:
            return f"misaligned patch site at {layout.site:#x}"
        return ""

    def trampolines(self, protocol: ProtocolConfig) -> tuple[str, ...]:
        """The common trampoline."""
        return ("ftrace_caller_fixed" if protocol.literal_load == "fixed" else "ftrace_caller",)

    def enable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
        """Each site on its own: literal, then BL."""
        return (self._patch(record, update, core) for record, update in changes)

    def disable(self, ops: Ops, changes: Changes, core: Core) -> Iterable[Step]:
        """The same, then the waits."""
        return self.update_then_wait(ops, self.enable(ops, changes, core), core)

    def _patch(self, record: Record, update: RecordUpdate, core: Core) -> PatchStep:
        """ftrace_make_call, ftrace_modify_call, ftrace_make_nop."""
        protocol = core.protocol
        routine = f"ftrace_{update.value}" + ("_call_first" if protocol.order == "call-first" else "")
        if update is RecordUpdate.MAKE_NOP:
            default = core.list_ops if protocol.default_literal == "list" else core.nop_ops
            return PatchStep(record, routine, default.pointer, "")
        ops = core.unique(record) or core.list_ops
        return PatchStep(record, routine, ops.pointer, self.trampolines(protocol)[0])
