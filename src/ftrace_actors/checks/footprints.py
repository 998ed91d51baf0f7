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
from ..events.flavours import FLAVOURS

__all__ = ["EVENTS", "WRITERS", "Topics", "read_by", "written_by"]

Topics = tuple[Hashable, ...]

_USE: Final = ("checks", "use")
"""What may be used by whom: registrations, allocations, waits, patches."""

_PERIODS: Final = {name: ("checks", "grace periods", name) for name in FLAVOURS}
"""Which grace periods of a flavour are under way, and what each found when it began."""

_ASKED: Final = {name: ("checks", "grace periods asked for", name) for name in FLAVOURS}

_CALLS: Final = ("checks", "cross-calls")

_WARNED: Final = ("checks", "findings")
"""What was reported once is not reported again."""

_OF_TASKS: Final = tuple([_PERIODS[name] for name, flavour in FLAVOURS.items() if flavour.tasks])
_OF_CPUS: Final = tuple([_PERIODS[name] for name, flavour in FLAVOURS.items() if not flavour.tasks])
_OF_READERS: Final = tuple([_PERIODS[name] for name, flavour in FLAVOURS.items() if flavour.readers])
_OF_ALL: Final = tuple(_PERIODS.values())

_READ: Final[dict[type[Event], Topics]] = {
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
    Reader: (_USE, *_OF_READERS),
    RecordState: (_USE,),
    Returned: (_USE,),
    Store: (_USE, _CALLS, *_OF_ALL),
    Unpredictable: (_USE,),
    Window: (_USE, *_OF_ALL),  # a finding about the end of a grace period says in which window a task is
}
"""Kind of event -> the topics that it is judged by, where that is the same for all of the kind."""

_WRITTEN: Final[dict[type[Event], Topics]] = {
    Alloc: (_USE,),
    Claim: (_USE,),
    CrossCall: (_CALLS,),
    Free: (_USE,),
    OpsDefined: (_USE,),
    Patch: (_USE,),
    RecordDefined: (_USE,),
    Register: (_USE,),
    Wait: (_USE,),
    Warn: (_WARNED,),
    WordDefined: (_USE,),
}
"""Kind of event -> the topics that it changes, where that is the same for all of the kind."""

WRITERS: Final[frozenset[type[Event]]] = frozenset({*_WRITTEN, GracePeriod})
"""All kinds that change a topic."""

EVENTS: Final[frozenset[type[Event]]] = frozenset(
    {*_READ, *WRITERS, Quiescent, Switch, SynchronizeRcu, TaskState}
)
"""All kinds that touch anything."""


def read_by(event: Event) -> Topics:
    """The topics by which an event is judged."""
    match event:
        case Quiescent():
            contained = [
                _PERIODS[name] for name, flavour in FLAVOURS.items() if event.flavour in flavour.contains
            ]
            return (_USE, _PERIODS[event.flavour], *contained)
        case Switch():
            return _OF_ALL if event.voluntary else _OF_CPUS
        case SynchronizeRcu():
            return (_ASKED[event.flavour],)
        case TaskState():
            return _read_by_state(event)
        case _:
            return _READ.get(type(event), ())


def _read_by_state(event: TaskState) -> Topics:
    """Flavours that wait for tasks ask for those on a run queue, flavours that wait for CPUs for those that run."""
    match event.state:
        case "running":
            return (_USE, *_OF_ALL)
        case "dead":
            return (_USE, *_OF_TASKS, *_OF_READERS)
        case _:
            return (_USE, *_OF_TASKS)


def written_by(event: Event) -> Topics:
    """The topics that an event changes."""
    if type(event) is GracePeriod:
        return (_PERIODS[event.flavour], _ASKED[event.flavour])
    return _WRITTEN.get(type(event), ())
