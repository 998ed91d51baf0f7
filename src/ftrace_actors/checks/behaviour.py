"""What a run came to, up to the order of steps that nobody can tell apart.

Two runs are one *behaviour* when

* each actor did the same, in the same order (program order);
* each load and each fetch took the same write, and the writes to each aligned eight bytes came in the same order;
* whatever else actors share changed in the same order, and those who looked at it saw it in the same state: the state
  of a task, the patches of a function, the grace periods of a flavour, the life of an allocation.

These are the happens-before relation of a run (Lamport, CACM 1978; for memory: program order, reads-from and coherence
order), so runs that differ only in the order of independent steps count once.  Barriers and context synchronization
leave no trace of their own: what they are for shows in which writes are taken.  Messages count by what they cause: a
switch, an interrupt, a grace period.  Numbers that any earlier step moves (events, positions of the timeline) are left
out, or replaced by how many writes to the same place came before.
"""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Hashable
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final, Self

from ..events import (
    Alloc,
    Call,
    Callback,
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
    Patch,
    Quiescent,
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
)
from .checker import Check, Findings
from .scene import Handlers, Scene

__all__ = ["Behaviour"]


_ALONE: Final = 0
"""Nothing of the event is shared."""
_CHANGES: Final = 1
"""Its first field is the name of something shared, which it changes."""
_LOOKS: Final = 2
"""Its first field is the name of something shared, which it looks at."""
_TWO: Final = 3
"""The same of the first two fields."""
_TAKES: Final = 4
"""Its first field is a position of the timeline."""
_ACCESSES: Final = 5
"""As before, and the second names an allocation, which it looks at."""


def _kind(kind: type[Event], role: int, *fields: str) -> tuple[type[Event], int, Any]:
    """What counts of a kind of event: two fields or more, so that reading them makes a tuple."""
    assert len(fields) > 1
    return kind, role, attrgetter(*fields)


_COUNTED: Final = (
    _kind(Call, _ALONE, "function", "regs"),
    _kind(Callback, _ALONE, "begins", "func", "ops", "ip"),
    _kind(Exc, _ALONE, "entry", "reason"),
    _kind(Fault, _ALONE, "reason", "addr"),
    _kind(Maintain, _ALONE, "name", "addr"),
    _kind(Returned, _ALONE, "function", "value"),
    _kind(SynchronizeRcu, _ALONE, "begins", "flavour"),
    _kind(Unpredictable, _ALONE, "reason", "addr"),
    _kind(Wait, _ALONE, "begins", "ops", "flavours"),
    _kind(Warn, _ALONE, "function", "condition", "subject"),
    _kind(Window, _ALONE, "window", "task"),
    _kind(Alloc, _CHANGES, "prov", "name", "addr", "size"),
    _kind(Free, _CHANGES, "prov", "name"),
    _kind(CrossCall, _CHANGES, "function", "phase", "waiting"),
    _kind(GracePeriod, _CHANGES, "flavour", "phase", "waiting"),
    _kind(Patch, _CHANGES, "function", "begins", "action", "literal", "word", "errno"),
    _kind(RecordState, _CHANGES, "function", "count", "enabled", "word", "literal"),
    _kind(Register, _CHANGES, "ops", "unregister", "returns", "errno"),
    _kind(TaskState, _CHANGES, "who", "state", "on"),
    _kind(CrossCalled, _LOOKS, "function", "caller"),
    _kind(Quiescent, _LOOKS, "flavour", "who", "reason"),
    _kind(Switch, _TWO, "prev", "next", "voluntary"),
    _kind(Fetch, _TAKES, "order", "addr", "word"),
    _kind(Load, _ACCESSES, "order", "pointer", "addr", "size", "value"),
    _kind(Early, _TAKES, "order", "what", "addr", "value"),
    _kind(Store, _ACCESSES, "order", "pointer", "addr", "size", "value"),
)
_KINDS: Final = {kind: (number, role, read) for number, (kind, role, read) in enumerate(_COUNTED)}
_CELL: Final = ~7
_STORE: Final = "store"
"""What `Early` calls a write; it also announces cache operations, which write nothing."""


class Behaviour(Check):
    """Keeps the events of a run that `digest` is about; it reports nothing.

    A check like the others, so that an event costs no detour, and hardly an event is made for it alone.
    """

    __slots__ = ("_seen",)

    name = "behaviour"
    about = "nothing: it says which runs are the same"

    def __init__(self) -> None:
        self._seen: list[Any] = []

    def copy(self, scene: Scene, findings: Findings) -> Self:
        """As of any check."""
        other = super().copy(scene, findings)
        other._seen = self._seen.copy()
        return other

    def handlers(self) -> Handlers:
        """All that counts is looked at when the run is over."""
        return dict.fromkeys(_KINDS, self._see)

    def _see(self, event: Event) -> None:
        self._seen.append(event)

    def digest(self) -> int:
        """64 bits, equal for runs of one world that are one behaviour, on every machine; after the run."""
        nth = _numbered(self._seen)
        versions: defaultdict[Hashable, int] = defaultdict(int)
        done: defaultdict[str, list[Any]] = defaultdict(list)
        kinds = _KINDS
        for event in self._seen:
            kind, role, read = kinds[event.__class__]
            what = read(event)
            mine = done[event.actor]
            # Plain numbers, compared in the order of how often they are met: this loop is a percent of a campaign.
            if role == _ALONE:
                mine += (kind, what)
            elif role <= _LOOKS:
                shared = what[0]
                version = versions[shared]
                mine += (kind, what, version)
                if role == _CHANGES:
                    versions[shared] = version + 1
            elif role == _TWO:
                mine += (kind, what, versions[what[0]], versions[what[1]])
            elif role == _TAKES:
                mine += (kind, nth.get(what[0], 0), what[1:])
            else:
                mine += (kind, nth.get(what[0], 0), versions[what[1]], what[2:])
        # Version 2: later ones also write down which parts are one object; that must not count.
        written = marshal.dumps(sorted(done.items()), 2)
        return int.from_bytes(blake2b(written, digest_size=8).digest(), "big")


def _numbered(events: list[Any]) -> dict[int, int]:
    """Position of a write -> how many writes to the same cell are on the timeline up to it."""
    written: defaultdict[int, list[int]] = defaultdict(list)
    for event in events:
        if event.__class__ is Store or (event.__class__ is Early and event.what == _STORE):
            written[event.addr & _CELL].append(event.order)
    return {
        position: number
        for positions in written.values()
        for number, position in enumerate(sorted(set(positions)), 1)
    }
