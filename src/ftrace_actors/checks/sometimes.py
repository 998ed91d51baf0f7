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
* ``ran-reused``: an instruction was fetched from text that was allocated where something had been freed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import ClassVar, Final

from ..events import (
    Alloc,
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
    Switch,
    TaskState,
    Window,
)
from .checker import Check
from .scene import Handlers

__all__ = ["FLAVOURS", "PROPERTIES", "WINDOWS", "Sometimes", "is_known"]

WINDOWS: Final = ("W0", "W1", "W2", "W3", "W4")
FLAVOURS: Final = ("rcu", "tasks", "rude")

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
)
"""The forms of names, for help and messages; W is one of `WINDOWS`."""


def is_known(name: str, functions: Collection[str] | None = None, ops: Collection[str] | None = None) -> bool:
    """True when `name` is a property that some run could witness.

    `functions` and `ops` are the names of a scenario; without them any name is taken there.
    """
    kind, colon, argument = name.partition(":")
    if not colon:
        return kind in {"stale-fetch", "early", "migrated", "reused", "ran-reused"}
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
        case _:
            return False


class Sometimes(Check):
    """Collects the properties one run witnesses, in `seen`.  It never reports a finding.

    With `wanted`, only what those names need is looked at, so that a run pays for what its campaign still lacks.
    """

    __slots__ = ("_again", "_cpus", "_freed", "_kinds", "_teardowns", "seen")

    name: ClassVar[str] = "sometimes"
    about: ClassVar[str] = "what must be seen in a campaign, was"

    def __init__(self, wanted: Collection[str] | None = None) -> None:
        self.seen: set[str] = set()
        self._kinds = None if wanted is None else {name.partition(":")[0] for name in wanted}
        self._teardowns = 0
        self._freed: set[int] = set()
        self._again: list[Alloc] = []
        self._cpus: dict[str, int] = {}

    def handlers(self) -> Handlers:
        """Event types -> handlers, of the wanted kinds."""
        table: tuple[tuple[type[Event], tuple[str, ...], Callable[..., None]], ...] = (
            (Window, ("window",), self._on_window),
            (Register, ("window",), self._on_register),
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
        )
        wanted = self._kinds
        return {
            event: handler
            for event, kinds, handler in table
            if wanted is None or not wanted.isdisjoint(kinds)
        }

    def _on_register(self, event: Register) -> None:
        if not event.unregister:
            return
        if event.returns:
            self._teardowns -= 1
            return
        self._teardowns += 1
        for window in self.scene.windows.values():
            self.seen.add(f"window:{window.window}")

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


def _literal_name(ops: OpsDefined) -> str:
    return ops.name if ops.role == "tracer" else ops.role
