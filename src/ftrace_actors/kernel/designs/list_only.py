"""The plain scheme: every enabled site calls one trampoline, which always walks the list of ops.

There is no literal, so enabling and disabling are one instruction write each, and a second ops changes no text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..records import RecordUpdate
from .base import Books, PatchPlan, SiteLayout, kernel_waits

if TYPE_CHECKING:
    from ..config import KernelConfig, ProtocolConfig
    from ..records import Record

__all__ = ["ListOnly"]


class ListOnly:
    """One trampoline, one list."""

    name = "list-only"
    summary = "every enabled site calls one trampoline that walks the list of ops"
    asm: tuple[str, ...] = ("ftrace_caller_list.S",)
    windows: tuple[str, ...] = ("W2",)
    pre_nops = 0

    def layout(self, entry: int, bti: bool, protocol: ProtocolConfig) -> SiteLayout:
        """MOV X9, LR and the BL slot behind the optional BTI."""
        site = entry + (8 if bti else 4)
        return SiteLayout(entry, 0, site, site + 4)

    def refuses(self, layout: SiteLayout, protocol: ProtocolConfig) -> str:
        """Nothing needs alignment here."""
        return ""

    def trampoline(self, protocol: ProtocolConfig) -> str:
        """The list trampoline."""
        return "ftrace_caller_list"

    def plan(
        self,
        update: RecordUpdate,
        record: Record,
        books: Books,
        protocol: ProtocolConfig,
    ) -> PatchPlan:
        """One instruction write."""
        return PatchPlan("ftrace_patch_call", None, call=update is not RecordUpdate.MAKE_NOP)

    def default_literal(self, protocol: ProtocolConfig) -> str:
        """There is none."""
        return ""

    def retire(self, kernel: KernelConfig) -> tuple[str, ...]:
        """ftrace_shutdown's own waits: walkers of the list hold ops."""
        return kernel_waits(kernel)
