"""The plain scheme: every enabled site calls one trampoline, which always walks the list of ops.

There is no literal, so enabling and disabling are one instruction write each, and a second ops changes no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..records import RecordUpdate
from .base import Changes, Core, Design, PatchStep, Step

if TYPE_CHECKING:
    from ..config import ProtocolConfig
    from ..ops import Ops

__all__ = ["ListOnly"]


class ListOnly(Design):
    """One trampoline, one list."""

    name = "list-only"
    summary = "every enabled site calls one trampoline that walks the list of ops"
    asm = ("ftrace_caller_list.S",)
    windows = ("W2",)

    def trampolines(self, protocol: ProtocolConfig) -> tuple[str, ...]:
        """The list trampoline."""
        return ("ftrace_caller_list",)

    def enable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
        """One instruction write a site."""
        target = self.trampolines(core.protocol)[0]
        for record, update in changes:
            called = "" if update is RecordUpdate.MAKE_NOP else target
            yield PatchStep(record, "ftrace_patch_call", None, called)

    def disable(self, ops: Ops, changes: Changes, core: Core) -> Iterable[Step]:
        """The same, then the waits: walkers of the list hold ops."""
        return self.update_then_wait(ops, self.enable(ops, changes, core), core)
