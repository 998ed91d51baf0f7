"""Addresses and structure offsets: our own layout, in the shape of an arm64 kernel's address space.

Static data and heap differ in both halves of an address, so a torn pointer shows.
"""

from __future__ import annotations

from ..arm64.access import PRIVATE_LO
from ..events.ftrace_ops import FIELDS, FLAG_NAMES

__all__ = [
    "CONSTANTS",
    "DATA_BASE",
    "EINVAL",
    "ENOENT",
    "FL_RCU",
    "FL_RECURSION",
    "FL_STUB",
    "FUNCTIONS_BASE",
    "HEAP_BASE",
    "OPS_DIRECT_CALL",
    "OPS_FILTER",
    "OPS_FLAGS",
    "OPS_FUNC",
    "OPS_HITS",
    "OPS_NEXT",
    "OPS_SIZE",
    "TASK_PREEMPT_COUNT",
    "TEMPLATE_BASE",
    "TEXT_BASE",
    "TRAMPOLINES_BASE",
    "task_base",
    "task_stack",
]

TEXT_BASE = 0xFFFF_8000_8001_0000
"""Trampolines, patch routines and tracers' functions."""
FUNCTIONS_BASE = 0xFFFF_8000_8002_0000
"""Traced functions."""
TRAMPOLINES_BASE = 0xFFFF_8000_8003_0000
"""Text that is allocated for trampolines."""
DATA_BASE = 0xFFFF_8000_8100_0000
"""Static data."""
TEMPLATE_BASE = 0xFFFF_8000_8110_0000
"""The template of such a trampoline, as data."""
HEAP_BASE = 0xFFFF_0008_C0DE_0000
"""What the ops allocator hands out."""

# Where these are is part of what reads a log back: events/ftrace_ops.py.
OPS_FUNC, OPS_NEXT, OPS_FLAGS, OPS_HITS, OPS_FILTER, OPS_DIRECT_CALL = FIELDS
OPS_SIZE = 64

FL_STUB_BIT = 0
FL_STUB, FL_RECURSION, FL_RCU = FLAG_NAMES

TASK_PREEMPT_COUNT = 16
TASK_TRACE_RECURSION = 24
TASK_STACK_LIMIT = 0xEC00
"""A stack has 1 KiB here, where arm64 gives 16: a recursion that never ends still differs from one that does."""
TRACE_LIST_BIT = 0

FREGS_SIZE = 112

EINVAL = 22
ENOENT = 2

CONSTANTS: dict[str, int] = {
    "OPS_FUNC": OPS_FUNC,
    "OPS_NEXT": OPS_NEXT,
    "OPS_FLAGS": OPS_FLAGS,
    "OPS_HITS": OPS_HITS,
    "OPS_FILTER": OPS_FILTER,
    "OPS_DIRECT_CALL": OPS_DIRECT_CALL,
    "FTRACE_OPS_FL_STUB_BIT": FL_STUB_BIT,
    "TASK_PREEMPT_COUNT": TASK_PREEMPT_COUNT,
    "TASK_STACK_LIMIT": TASK_STACK_LIMIT,
    "TASK_TRACE_RECURSION": TASK_TRACE_RECURSION,
    "TRACE_LIST_BIT": TRACE_LIST_BIT,
    "TRACE_LIST": 1 << TRACE_LIST_BIT,
    "FREGS_X0": 0,
    "FREGS_DIRECT_TRAMP": 72,
    "FREGS_FP": 80,
    "FREGS_LR": 88,
    "FREGS_SP": 96,
    "FREGS_PC": 104,
    "FREGS_SIZE": FREGS_SIZE,
    "CTR_IDC_BIT": 28,
    "CTR_DIC_BIT": 29,
    "CTR_DMINLINE_SHIFT": 16,
    "EINVAL": EINVAL,
    "ENOENT": ENOENT,
}
"""What the assembly may name."""


def task_base(number: int) -> int:
    """Thread-private memory of a task: its thread_info, with the stack above it."""
    return PRIVATE_LO + number * 0x1_0000


def task_stack(number: int) -> int:
    """Where a task's stack begins, growing down."""
    return task_base(number) + 0xF000
