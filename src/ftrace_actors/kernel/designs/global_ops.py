"""Without CALL_OPS: one global operation, and one call in the common trampoline that is patched to its function.

The operation is a word that the trampoline loads, the function an instruction that it executes next.  Nothing makes
the two one, so a task that is preempted in between can hand one tracer's ops to another one's function: reported by
Mark Rutland on 2024-03-07.  Source: ftrace_modify_all_code and update_ftrace_function in kernel/trace/ftrace.c, and
arch/arm64/kernel/entry-ftrace.S.  Every arm64 kernel before 6.3 does it, and each one since that is built with CFI:
the two exclude each other (arch/arm64/Kconfig, read in 6.12.117 and 7.3.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..config import ProtocolConfig
from ..ops import Ops
from ..records import RecordUpdate
from ..trace_function import LIST, trace_function
from .base import Changes, Core, Design, PatchStep, RunStep, Step, SyncIpiStep, WaitStep

__all__ = ["GlobalOps"]

CALLER = "ftrace_caller_global"
UPDATE = "ftrace_update_ftrace_func"


class GlobalOps(Design):
    """A static ops that is the only one is called directly; any others through the list."""

    name = "global-ops"
    summary = "one global ops, and a call in the common trampoline patched to its function (no CALL_OPS)"
    asm = ("ftrace_caller_global.S",)
    windows = ("W2",)
    words = (("function_trace_op", "ftrace_list_end"),)
    modifiable = ("ftrace_call",)

    def trampolines(self, protocol: ProtocolConfig) -> tuple[str, ...]:
        """The common trampoline."""
        return (CALLER,)

    def enable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
        """ftrace_startup; `ops` is on the list already."""
        others = [other for other in core.registered if other is not ops]
        return self._modify_all_code(ops, others, changes, core)

    def disable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
        """ftrace_shutdown: walkers of the list hold dynamic ops."""
        updates = self._modify_all_code(ops, [ops, *core.registered], changes, core)
        return self.update_then_wait(ops, updates, core)

    def _modify_all_code(
        self, ops: Ops, before: Sequence[Ops], changes: Changes, core: Core
    ) -> Iterator[Step]:
        """ftrace_modify_all_code: the list function suits every operation, so it is called while anything changes.

        ftrace_sync_ipi makes every CPU see the new operation, and waits for no task that has loaded the old one.
        `handover` waits for more, before the operation is written and before its function is.
        """
        function = trace_function(core.registered)
        changed = function != trace_function(before)
        if changed:
            yield RunStep(UPDATE, (core.address(LIST),))
        for record, update in changes:
            called = "" if update is RecordUpdate.MAKE_NOP else CALLER
            yield PatchStep(record, "ftrace_patch_call", None, called)
        if changed and function != LIST:
            yield from self._handover(ops, (), core)
            only = core.registered[0].pointer if core.registered else core.address("ftrace_list_end")
            yield RunStep("ftrace_set_trace_op", (only,))
            yield SyncIpiStep()
            yield from self._handover(ops, ("W1",), core)
            yield RunStep(UPDATE, (core.address(function),))

    def _handover(self, ops: Ops, windows: tuple[str, ...], core: Core) -> Iterator[Step]:
        if core.protocol.handover:
            yield WaitStep(ops, core.protocol.handover, windows, handover=True)
