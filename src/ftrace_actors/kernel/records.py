"""dyn_ftrace records: what is wanted at a patch site, and what was last installed there.

A flag and its `_EN` twin are "wanted" and "installed".  `update` is ftrace_check_record with `update` set
(kernel/trace/ftrace.c): it says what has to be done and moves wanted to installed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .ops import Ops

__all__ = ["Record", "RecordUpdate", "count_ops", "unique_ops"]


class RecordUpdate(StrEnum):
    """What a record needs: ftrace_update_record's answer."""

    IGNORE = "ignore"
    MAKE_CALL = "make_call"
    MODIFY_CALL = "modify_call"
    MAKE_NOP = "make_nop"


@dataclass(slots=True, eq=False)
class Record:
    """One patch site.

    `entry` is the function's address, `site` the slot of the BL (rec->ip), `literal` the word in front of the function
    (0 when the design has none), `body` the first instruction after the site.
    `word` is the instruction that the books say is at `site`.  `specialises`: a single ops may be named at the site.
    `target` is the symbol that `site` calls, "" for a NOP.  `veneer`: the word that holds where the site's PLT entry
    goes, 0 when the site reaches everything itself.
    """

    function: str
    entry: int
    site: int
    literal: int
    body: int
    word: int
    specialises: bool = False
    count: int = 0
    enabled: bool = False
    call_ops: bool = False
    call_ops_enabled: bool = False
    literal_value: int = 0
    target: str = ""
    veneer: int = 0

    def update(self) -> RecordUpdate:
        """Compare wanted with installed, take over what is wanted, and say what must be patched."""
        wanted = self.count > 0
        if not wanted:
            if not self.enabled:
                return RecordUpdate.IGNORE
            self.enabled = False
            self.call_ops_enabled = False
            return RecordUpdate.MAKE_NOP
        call_ops = self.count == 1 and self.call_ops
        changed = call_ops != self.call_ops_enabled
        self.call_ops_enabled = call_ops
        if not self.enabled:
            self.enabled = True
            return RecordUpdate.MAKE_CALL
        return RecordUpdate.MODIFY_CALL if changed else RecordUpdate.IGNORE


def count_ops(record: Record, ops: Ops, delta: int, registered: Iterable[Ops] | None = None) -> None:
    """__ftrace_hash_rec_update for one record: count users, and decide whether the literal may name one ops.

    The kernel decides by the ops it was *given*, also when that one is being removed; so do we.  With `registered`
    the one that is left decides.
    Where the design calls every ops through the list (no DYNAMIC_FTRACE_WITH_CALL_OPS) none may.
    """
    record.count += delta
    assert record.count >= 0, f"{record.function} has a negative count"
    decides = ops if registered is None else unique_ops(record, registered) or ops
    record.call_ops = record.specialises and record.count == 1 and _callable_directly(decides)


def _callable_directly(ops: Ops) -> bool:
    """ftrace_ops_get_func(op) == op->func: no assist function needed."""
    return ops.role == "tracer" and not ops.needs_assist


def unique_ops(record: Record, registered: Iterable[Ops]) -> Ops | None:
    """ftrace_find_unique_ops: the one registered ops whose filter has this function."""
    matching = [ops for ops in registered if record.function in ops.functions]
    return matching[0] if len(matching) == 1 else None
