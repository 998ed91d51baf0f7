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

_GRACE: Final = ("checks", "grace periods")
"""What each flavour of RCU has promised."""

_WARNED: Final = ("checks", "findings")
"""What was reported once is not reported again."""

READ: Final[dict[type[Event], tuple[Hashable, ...]]] = {
    Body: (_USE, _GRACE),
    Call: (_USE, _GRACE),
    Callback: (_USE, _GRACE),
    CrossCalled: (_GRACE,),
    Early: (_USE,),
    Exc: (_GRACE,),
    Fault: (_USE, _GRACE),
    Fetch: (_USE,),
    Load: (_USE,),
    Maintain: (_USE,),
    Quiescent: (_USE, _GRACE),
    Reader: (_USE, _GRACE),
    RecordState: (_USE,),
    Returned: (_USE,),
    Store: (_USE, _GRACE),
    Switch: (_GRACE,),
    TaskState: (_USE, _GRACE),
    Unpredictable: (_USE,),
    Window: (_USE, _GRACE),
}
"""Kind of event -> the topics that it is judged by."""

WRITTEN: Final[dict[type[Event], tuple[Hashable, ...]]] = {
    Alloc: (_USE,),
    Claim: (_USE,),
    CrossCall: (_GRACE,),
    Free: (_USE,),
    GracePeriod: (_GRACE,),
    OpsDefined: (_USE,),
    Patch: (_USE,),
    RecordDefined: (_USE,),
    Register: (_USE,),
    SynchronizeRcu: (_GRACE,),
    Wait: (_USE,),
    Warn: (_WARNED,),
    WordDefined: (_USE,),
}
"""Kind of event -> the topics that it changes."""

EVENTS: Final = frozenset({*READ, *WRITTEN})
"""All kinds that touch anything."""
