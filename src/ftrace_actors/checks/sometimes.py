"""`sometimes` properties: what a campaign must have seen, so that nothing passes vacuously.

A scenario that "holds" although no task was ever preempted in W1 says nothing about W1.  Each property is a name that
events witness:

* ``window:W0`` .. ``window:W4``: some task was in that window between the call and the return of an unregister;
* ``stale-fetch``, ``stale-fetch:FUNCTION``: a fetch took an older word than the newest, there;
* ``literal:nop``, ``literal:list``, ``literal:OPS``: a call read that value from a literal;
* ``callback:OPS``: that ops was called;
* ``early``: something became visible before its turn;
* ``preempted:W0`` .. ``preempted:W4``: a task was switched out against its will in that window;
* ``grace-period:FLAVOUR``: a grace period of that flavour ended;
* ``blocked-on:LOCK``: a task waited for that;
* ``migrated``: a task went on on another CPU;
* ``reused``: something was allocated where something had been freed;
* ``ran-reused``: an instruction was fetched from text that was allocated where something had been freed;
* ``quiescent:WAY``: a grace period ended a wait for a CPU or a task that way, see `quiescence`; ``quiescent:WAY:sync``
  and ``quiescent:WAY:nosync``: with a context synchronization event there since the grace period started, and without.

Four more are what a campaign must have seen in any case, or it showed nothing (`substance`): ``registered``,
``called``, ``traced`` (what was called is traced by an ops that was registered) and ``routine``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final, Self

from ..events import (
    Alloc,
    Call,
    Callback,
    Early,
    Event,
    Fetch,
    Free,
    GracePeriod,
    Load,
    Lock,
    OpsDefined,
    Register,
    Returned,
    Switch,
    TaskState,
    Window,
)
from ..events.flavours import FLAVOURS
from .checker import Check, Findings
from .quiescence import WAYS, Quiescence
from .scene import Handlers, Scene

__all__ = ["PROPERTIES", "SUBSTANCE", "WINDOWS", "Sometimes", "is_known", "substance"]

WINDOWS: Final = ("W0", "W1", "W2", "W3", "W4")

PROPERTIES: Final = (
    "window:W",
    "stale-fetch",
    "stale-fetch:FUNCTION",
    "literal:nop",
    "literal:list",
    "literal:OPS",
    "callback:OPS",
    "early",
    "preempted:W",
    "grace-period:FLAVOUR",
    "blocked-on:LOCK",
    "migrated",
    "reused",
    "ran-reused",
    "quiescent:WAY",
    "quiescent:WAY:sync",
    "quiescent:WAY:nosync",
    "registered",
    "called",
    "traced",
    "routine",
)
"""The forms of names, for help and messages; W is one of `WINDOWS`, WAY one of `quiescence.WAYS`."""

SUBSTANCE: Final = {
    "registered": "no ops is registered",
    "called": "no traced function is called",
    "traced": "no function is called once an ops that traces it is being registered",
    "routine": "there is no ops, and no routine runs to its end",
}
"""What no run at all may lack -> what is said where it does."""


def substance(*, ops: bool) -> tuple[str, ...]:
    """What every campaign must have seen, of a scenario with or without ops."""
    return ("registered", "called", "traced") if ops else ("routine",)


def is_known(name: str, functions: Collection[str] | None = None, ops: Collection[str] | None = None) -> bool:
    """True when `name` is a property that some run could witness.

    `functions` and `ops` are the names of a scenario; without them any name is taken there.
    """
    kind, colon, argument = name.partition(":")
    if not colon:
        return kind in {"stale-fetch", "early", "migrated", "reused", "ran-reused", *SUBSTANCE}
    if not argument:
        return False
    match kind:
        case "window" | "preempted":
            return argument in WINDOWS
        case "grace-period":
            return argument in FLAVOURS
        case "stale-fetch":
            return functions is None or argument in functions
        case "literal":
            return argument in {"nop", "list"} or ops is None or argument in ops
        case "callback":
            return ops is None or argument in ops
        case "blocked-on":
            return True
        case "quiescent":
            way, _, sync = argument.partition(":")
            return way in WAYS and sync in {"", "sync", "nosync"}
        case _:
            return False


class Sometimes(Check):
    """Collects the properties one run witnesses, in `seen`.  It never reports a finding.

    With `wanted`, only what those names need is looked at, so that a run pays for what its campaign still lacks.
    `cpus`, `routines` and `filters` (ops -> the functions that it asks for, also those that are refused) are the
    world's.
    """

    __slots__ = (
        "_again",
        "_cpus",
        "_filters",
        "_freed",
        "_kinds",
        "_met",
        "_quiescence",
        "_registering",
        "_routines",
        "_teardowns",
        "_traced",
        "seen",
    )

    name: ClassVar[str] = "sometimes"
    about: ClassVar[str] = "what must be seen in a campaign, was"

    def __init__(
        self,
        wanted: Collection[str] | None = None,
        *,
        cpus: int = 0,
        routines: Collection[str] = (),
        filters: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> None:
        self.seen: set[str] = set()
        self._quiescence = Quiescence(cpus, self.seen)
        self._routines = routines
        self._filters = filters
        self._registering: dict[str, Collection[str]] = {}
        self._met: set[str] = set()
        self._traced: set[str] = set()
        self._kinds = None if wanted is None else {name.partition(":")[0] for name in wanted}
        self._teardowns = 0
        self._freed: set[int] = set()
        self._again: list[Alloc] = []
        self._cpus: dict[str, int] = {}

    def copy(self, scene: Scene, findings: Findings) -> Self:
        """See `Check.copy`; what was seen so far counts for both."""
        other = super().copy(scene, findings)
        other.seen = self.seen.copy()
        other._quiescence = self._quiescence.copy(other.seen)
        other._routines = self._routines
        other._filters = self._filters
        other._registering = self._registering.copy()
        other._met = self._met.copy()
        other._traced = self._traced.copy()
        other._kinds = self._kinds
        other._teardowns = self._teardowns
        other._freed = self._freed.copy()
        other._again = self._again.copy()
        other._cpus = self._cpus.copy()
        return other

    def state(self) -> Hashable:
        """Nothing: what a run has seen is reported, but no finding depends on it.

        So a search that stops where it has been before may miss a property that only another way there shows.
        """
        return ()

    def handlers(self) -> Handlers:
        """Event types -> handlers, of the wanted kinds."""
        table: tuple[tuple[type[Event], tuple[str, ...], Callable[..., None]], ...] = (
            (Window, ("window",), self._on_window),
            (Register, ("window", "registered", "traced"), self._on_register),
            (Fetch, ("stale-fetch", "ran-reused"), self._on_fetch),
            (Load, ("literal",), self._on_load),
            (Callback, ("callback",), self._on_callback),
            (Early, ("early",), self._on_early),
            (Switch, ("preempted",), self._on_switch),
            (Free, ("reused", "ran-reused"), self._on_free),
            (Alloc, ("reused", "ran-reused"), self._on_alloc),
            (GracePeriod, ("grace-period",), self._on_grace_period),
            (Lock, ("blocked-on",), self._on_lock),
            (TaskState, ("blocked-on", "migrated"), self._on_task_state),
            (Call, ("called", "traced"), self._on_call),
            (Returned, ("routine",), self._on_returned),
            *((event, ("quiescent",), handler) for event, handler in self._quiescence.handlers()),
        )
        wanted = self._kinds
        handlers: dict[type[Event], Callable[..., None]] = {}
        for event, kinds, handler in table:
            if wanted is None or not wanted.isdisjoint(kinds):
                handlers[event] = _both(handlers[event], handler) if event in handlers else handler
        return handlers

    def _on_register(self, event: Register) -> None:
        if not event.unregister:
            self._on_registering(event)
            return
        if event.returns:
            self._teardowns -= 1
            return
        self._teardowns += 1
        for window in self.scene.windows.values():
            self.seen.add(f"window:{window.window}")

    def _on_registering(self, event: Register) -> None:
        """A call that was over before cannot meet the ops; one that comes meanwhile counts if register succeeds."""
        if not event.returns:
            self._registering[event.ops] = self._filters.get(event.ops, self.scene.ops[event.ops].functions)
            return
        functions = self._registering.pop(event.ops, ())
        met = event.ops in self._met
        self._met.discard(event.ops)
        if not event.errno:
            self.seen.add("registered")
            self._traced.update(functions)
            if met:
                self.seen.add("traced")

    def _on_call(self, event: Call) -> None:
        self.seen.add("called")
        if event.function in self._traced:
            self.seen.add("traced")
        self._met.update(ops for ops, functions in self._registering.items() if event.function in functions)

    def _on_returned(self, event: Returned) -> None:
        if event.function in self._routines:
            self.seen.add("routine")

    def _on_window(self, event: Window) -> None:
        if self._teardowns > 0 and event.window:
            self.seen.add(f"window:{event.window}")

    def _on_fetch(self, event: Fetch) -> None:
        if event.order < event.newest:
            self.seen.add("stale-fetch")
            function = self.scene.sites.get(event.addr)
            if function is not None:
                self.seen.add(f"stale-fetch:{function}")
        if any(again.addr <= event.addr < again.addr + again.size for again in self._again):
            self.seen.add("ran-reused")

    def _on_load(self, event: Load) -> None:
        scene = self.scene
        if event.addr not in scene.literals:
            return
        call = scene.call_of(event.task)
        if call is None or call.literal is not event:
            return
        ops = scene.ops_at.get((event.value, event.prov))
        if ops is not None:
            self.seen.add(f"literal:{_literal_name(ops)}")

    def _on_callback(self, event: Callback) -> None:
        ops = self.scene.ops_at.get((event.ops, event.prov))
        if event.begins and ops is not None:
            self.seen.add(f"callback:{ops.name}")

    def _on_early(self, _: Early) -> None:
        self.seen.add("early")

    def _on_switch(self, event: Switch) -> None:
        if event.prev and not event.voluntary:
            window = self.scene.window_of(event.prev)
            if window is not None:
                self.seen.add(f"preempted:{window}")

    def _on_free(self, event: Free) -> None:
        self._freed.add(event.addr)

    def _on_alloc(self, event: Alloc) -> None:
        if event.addr in self._freed:
            self.seen.add("reused")
            self._again.append(event)

    def _on_grace_period(self, event: GracePeriod) -> None:
        if event.phase == "end":
            self.seen.add(f"grace-period:{event.flavour}")

    def _on_lock(self, event: Lock) -> None:
        if event.state == "contended":
            self.seen.add(f"blocked-on:{event.name}")

    def _on_task_state(self, event: TaskState) -> None:
        if event.state == "blocked" and event.on:
            self.seen.add(f"blocked-on:{event.on}")
        elif event.state == "running":
            if self._cpus.setdefault(event.who, event.cpu) != event.cpu:
                self.seen.add("migrated")
            self._cpus[event.who] = event.cpu


def _both(first: Callable[..., None], second: Callable[..., None]) -> Callable[..., None]:
    def handler(event: Event) -> None:
        first(event)
        second(event)

    return handler


def _literal_name(ops: OpsDefined) -> str:
    return ops.name if ops.role == "tracer" else ops.role
