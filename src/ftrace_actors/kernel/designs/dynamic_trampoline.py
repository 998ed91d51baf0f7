"""A trampoline per ops, allocated and written when it is registered: the RFC that the thread began with.

The text of a trampoline names its ops and calls its function, so a site with one ops branches straight to it; a site
with several calls the list trampoline.  Nothing is looked up in front of the function.  The price is that text comes
and goes: a task may be anywhere in it, a CPU may still fetch the old BL, and what was fetched from an address before
may be executed there again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..config import KICK
from ..records import RecordUpdate
from .base import Changes, Core, Design, FreeTextStep, KickStep, PatchStep, RunStep, Step, WriteTextStep

if TYPE_CHECKING:
    from ..config import KernelConfig, ProtocolConfig
    from ..ops import Ops
    from ..records import Record

__all__ = ["DynamicTrampoline"]

LIST = "ftrace_caller_list"


class DynamicTrampoline(Design):
    """One trampoline an ops; one more for sites with several."""

    name = "dynamic-trampoline"
    summary = "a trampoline allocated and written for each ops, called directly (the RFC)"
    asm = ("ftrace_caller_list.S", "ftrace_tramp_write.S", "ftrace_tramp_poison.S")
    template = "ftrace_tramp.S"
    windows = ("W0", "W1", "W2", "W3")
    specialises = True

    def trampolines(self, protocol: ProtocolConfig) -> tuple[str, ...]:
        """What is there from the start: the list trampoline."""
        return (LIST,)

    def enable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
        """The text first, fetched by nobody as anything else; then who calls it."""
        yield WriteTextStep(ops)
        kick = "reuse-kick" if core.reuses_text(ops) else "text-kick"
        if kick not in core.protocol.drop:
            yield KickStep()
        yield from self._patch(changes, core)

    def disable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
        """Nobody branches there any more, nobody is in there any more, and then it may go."""
        yield from self.update_then_wait(ops, self._patch(changes, core), core, needed=True)
        if core.protocol.poison:
            text = core.address(core.text_of(ops))
            yield RunStep("ftrace_tramp_poison", (text, (text[0] + core.text_size, *text[1:])))
        yield FreeTextStep(ops)

    def _patch(self, changes: Changes, core: Core) -> Iterator[Step]:
        """BL to the only ops' trampoline, to the list trampoline, or a NOP.

        Out of range it is the site's PLT entry that goes there; a call that stays needs no new BL then.
        """
        for record, update in changes:
            target = self._target(record, core)
            enabled = update is not RecordUpdate.MAKE_NOP
            if record.veneer:
                modify = update is RecordUpdate.MODIFY_CALL
                routine = "ftrace_rec_set_ops" if modify else f"ftrace_{update.value}"
                branch = f"{record.function}.plt" if enabled else ""
                yield PatchStep(record, routine, core.address(target), branch)
            else:
                yield PatchStep(record, "ftrace_patch_call", None, target if enabled else "")

    def _target(self, record: Record, core: Core) -> str:
        ops = core.unique(record)
        return LIST if ops is None else core.text_of(ops)

    def retire(self, kernel: KernelConfig) -> tuple[str, ...]:
        """A CPU that has not synchronized its context may still fetch the old BL after any grace period."""
        return (KICK, *super().retire(kernel))
