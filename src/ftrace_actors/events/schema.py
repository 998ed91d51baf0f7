"""The event schema: what happens in a run, as values.

One stream of these is the log, the timeline and all that a check ever sees, so whatever a check needs is in an
event: window, generation, timeline position, the bounds of a fetch.  The union is closed (`AnyEvent`).

Common fields: `seq` is the position in the stream, `step` the conductor's step, `actor` who did it, `cpu` and `task`
where it ran (-1 and "" when nowhere), `cause` the `seq` of the event that caused it (-1 when none).  `order` is always
a position of the memory timeline (0 is the initial state).  `prov` numbers name allocations: 0 is static storage, -1 a
torn or made-up pointer; the same address allocated twice has two numbers.
"""

from __future__ import annotations

from typing import get_args

from .base import Event
from .calls import Body, Call, Callback, Claim, Reader, Returned, Window
from .definitions import OpsDefined, RecordDefined, WordDefined
from .kernel import (
    Alloc,
    CrossCall,
    CrossCalled,
    Free,
    GracePeriod,
    Join,
    Lock,
    Patch,
    Quiescent,
    Receive,
    RecordState,
    Register,
    Send,
    Switch,
    SynchronizeRcu,
    TaskState,
    Tick,
    Wait,
    Warn,
)
from .machine import Barrier, Early, Exc, Fault, Fetch, Load, Maintain, Store, Sync, Unpredictable
from .own import ActorStep, Note

__all__ = [
    "EVENT_KINDS",
    "SCHEMA_VERSION",
    "ActorStep",
    "Alloc",
    "AnyEvent",
    "Barrier",
    "Body",
    "Call",
    "Callback",
    "Claim",
    "CrossCall",
    "CrossCalled",
    "Early",
    "Event",
    "Exc",
    "Fault",
    "Fetch",
    "Free",
    "GracePeriod",
    "Join",
    "Load",
    "Lock",
    "Maintain",
    "Note",
    "OpsDefined",
    "Patch",
    "Quiescent",
    "Reader",
    "Receive",
    "RecordDefined",
    "RecordState",
    "Register",
    "Returned",
    "Send",
    "Store",
    "Switch",
    "Sync",
    "SynchronizeRcu",
    "TaskState",
    "Tick",
    "Unpredictable",
    "Wait",
    "Warn",
    "Window",
    "WordDefined",
]

SCHEMA_VERSION = 3
"""Of logs. 2 brought synchronize-rcu, cross-call and cross-called; 3 the names of events (`symbol`, `occurrence`)."""

AnyEvent = (
    Load
    | Store
    | Early
    | Fetch
    | Barrier
    | Maintain
    | Sync
    | Exc
    | Unpredictable
    | Fault
    | Call
    | Body
    | Returned
    | Window
    | Callback
    | Reader
    | Claim
    | RecordDefined
    | WordDefined
    | OpsDefined
    | Register
    | Patch
    | RecordState
    | Warn
    | Alloc
    | Free
    | Wait
    | GracePeriod
    | Quiescent
    | SynchronizeRcu
    | CrossCall
    | CrossCalled
    | Switch
    | TaskState
    | Tick
    | Lock
    | Send
    | Receive
    | Join
    | ActorStep
    | Note
)

EVENT_KINDS: tuple[type[Event], ...] = get_args(AnyEvent)
"""All kinds of events."""
