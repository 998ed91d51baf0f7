"""Two trampolines, as Steven Rostedt proposed on the list in April 2022.

The list trampoline may be called at any time.  The specific one reads the word in front of the function and trusts it:
that word has no safe default, a disabled site has two NOPs there.  So a site is specialised in two passes: call the
list trampoline, publish the data, switch the call to the specific trampoline; and the way back is the mirror: call the
list trampoline, wait until nobody is left who might read the data, reset it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..config import KICK
from ..records import RecordUpdate
from .base import NOP, Changes, Core, PatchStep, SiteLayout, Step, WaitStep
from .call_ops import CallOps

if TYPE_CHECKING:
    from ..config import KernelConfig, ProtocolConfig
    from ..ops import Ops
    from ..records import Record

__all__ = ["TwoTrampolines"]

LIST = "ftrace_caller_list"
SPECIFIC = "ftrace_caller"
TWO_NOPS = (NOP << 32 | NOP, 0, 0, 0)


class TwoTrampolines(CallOps):
    """The layout is that of call-ops; what may be called when is not."""

    name = "two-trampolines"
    summary = "a list trampoline that is always safe, and one that reads the data in front of the function"
    asm = ("ftrace_caller_list.S",)
    windows = ("W0", "W1", "W2")

    def resting(self, protocol: ProtocolConfig) -> str:
        """The two NOPs: whoever reads them as a pointer is lost."""
        return "text"

    def layout(self, entry: int, bti: bool, protocol: ProtocolConfig) -> SiteLayout:
        """The data where ftrace_caller looks for it."""
        site = entry + (8 if bti else 4)
        return SiteLayout(entry, (site - 12) & ~7, site, site + 4)

    def trampolines(self, protocol: ProtocolConfig) -> tuple[str, ...]:
        """Both."""
        return (LIST, SPECIFIC)

    def enable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
        """Every changed site calls the list first; those with one ops are specialised then."""
        records = [record for record, _ in changes]
        yield from self._call_list(records)
        yield from self._specialise(records, core)

    def disable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
        """Away from the specific trampoline, a wait, and only then may the data go."""
        leaving = [record for record, update in changes if update is RecordUpdate.MAKE_NOP]
        staying = [record for record, update in changes if update is not RecordUpdate.MAKE_NOP]
        data = tuple(record.literal for record in leaving)
        wait = list(self.wait(ops, core, needed=bool(leaving), words=data))
        first = core.protocol.wait_at == "before-update"
        if first:
            yield from wait
        yield from self._call_list(record for record in leaving if record.target != LIST)
        yield from self._specialise(staying, core)
        if not first:
            yield from wait
        for record in leaving:
            yield PatchStep(record, "ftrace_make_nop", TWO_NOPS, "")

    def _call_list(self, records: Iterable[Record]) -> Iterator[Step]:
        """Nobody who fetches this BL reads the data."""
        for record in records:
            yield PatchStep(record, "ftrace_patch_call", None, LIST)

    def _specialise(self, records: Iterable[Record], core: Core) -> Iterator[Step]:
        """Publish the data and switch the call, in one routine unless a wait has to pass in between."""
        single = [(record, ops) for record in records if (ops := core.unique(record)) is not None]
        handover, call_first = core.protocol.handover, core.protocol.order == "call-first"
        if not handover:
            routine = "ftrace_modify_call" + ("_call_first" if call_first else "")
            for record, ops in single:
                yield PatchStep(record, routine, ops.pointer, SPECIFIC)
            return
        data = (PatchStep(record, "ftrace_rec_set_ops", ops.pointer, record.target) for record, ops in single)
        calls = (PatchStep(record, "ftrace_patch_call", None, SPECIFIC) for record, _ in single)
        yield from calls if call_first else data
        for _, ops in single[:1]:
            yield WaitStep(ops, handover, (), handover=True)
        yield from data if call_first else calls

    def retire(self, kernel: KernelConfig) -> tuple[str, ...]:
        """A CPU that has not synchronized its context may still fetch the old BL after any grace period."""
        return (KICK, *super().retire(kernel))
