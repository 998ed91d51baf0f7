"""What of the checks' memory an event touches: for searches that leave out orders nobody can tell apart.

Checks are observers, and two steps that commute for the machine may not commute for them: a load through a pointer and
the end of its allocation, a callback and the return of unregister.  What checks remember is of two kinds.  Some of it
belongs to one task or one CPU, and only events of that one write it.  The rest is about ops, waits, patches and
allocations: *topics*.  Events of tasks and CPUs are judged by a topic (they read it); events about it write it.

So events of different tasks commute unless one of them writes a topic that the other is judged by.
tests/checks/test_footprints.py swaps neighbours in recorded runs and compares the checks' states.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from ..events import (
    Alloc,
    Body,
    Call,
    Callback,
    Claim,
    CrossCall,
    CrossCalled,
    Early,
    Event,
    Exc,
    Fault,
    Fetch,
    Free,
    GracePeriod,
    Load,
    Maintain,
    OpsDefined,
    Patch,
    Quiescent,
    Reader,
    RecordDefined,
    RecordState,
    Register,
    Returned,
    Store,
    Switch,
    SynchronizeRcu,
    TaskState,
    Unpredictable,
    Wait,
    Warn,
    Window,
    WordDefined,
)

__all__ = ["EVENTS", "READ", "WRITTEN"]

_USE: Final = ("checks", "use")
"""What may be used by whom: registrations, allocations, waits, patches."""

_PERIODS: Final = ("checks", "grace periods")
"""Which grace periods are under way, and what each found when it began."""

_ASKED: Final = ("checks", "grace periods asked for")

_CALLS: Final = ("checks", "cross-calls")

_WARNED: Final = ("checks", "findings")
"""What was reported once is not reported again."""

READ: Final[dict[type[Event], tuple[Hashable, ...]]] = {
    Body: (_USE,),
    Call: (_USE,),
    Callback: (_USE,),
    CrossCalled: (_CALLS,),
    Early: (_USE,),
    Exc: (_CALLS,),
    Fault: (_USE,),
    Fetch: (_USE,),
    Load: (_USE,),
    Maintain: (_USE,),
    Quiescent: (_USE, _PERIODS),
    Reader: (_USE, _PERIODS),
    RecordState: (_USE,),
    Returned: (_USE,),
    Store: (_USE, _PERIODS, _CALLS),
    Switch: (_PERIODS,),
    SynchronizeRcu: (_ASKED,),
    TaskState: (_USE, _PERIODS),
    Unpredictable: (_USE,),
    Window: (_USE,),
}
"""Kind of event -> the topics that it is judged by."""

WRITTEN: Final[dict[type[Event], tuple[Hashable, ...]]] = {
    Alloc: (_USE,),
    Claim: (_USE,),
    CrossCall: (_CALLS,),
    Free: (_USE,),
    GracePeriod: (_PERIODS, _ASKED),
    OpsDefined: (_USE,),
    Patch: (_USE,),
    RecordDefined: (_USE,),
    Register: (_USE,),
    Wait: (_USE,),
    Warn: (_WARNED,),
    WordDefined: (_USE,),
}
"""Kind of event -> the topics that it changes."""

EVENTS: Final = frozenset({*READ, *WRITTEN})
"""All kinds that touch anything."""
