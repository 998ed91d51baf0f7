"""`ftrace_trace_function`: what every traced call would go to if all sites shared one function.

It is chosen over all registered ops, whatever functions they trace (kernel/trace/ftrace.c: update_ftrace_function,
ftrace_ops_get_list_func, ftrace_ops_get_func).  Under `global-ops` it is what the trampoline calls.  With
DYNAMIC_FTRACE_WITH_CALL_OPS no site goes through it, and its changes still decide whether an update ends with an
interrupt on every CPU.
"""

from __future__ import annotations

from collections.abc import Sequence

from .ops import Ops

__all__ = ["ASSIST", "LIST", "STUB", "trace_function"]

ASSIST = "ftrace_ops_assist_func"
LIST = "ftrace_ops_list_func"
STUB = "ftrace_stub"


def trace_function(registered: Sequence[Ops]) -> str:
    """The symbol: the stub for no ops, the function of a single one that may be called directly, else the list's."""
    if not registered:
        return STUB
    only = registered[0]
    if len(registered) > 1 or only.dynamic or "rcu" in only.flags:
        return LIST
    return ASSIST if only.needs_assist else only.func
