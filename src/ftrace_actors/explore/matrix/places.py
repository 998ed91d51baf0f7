"""Where a task was when the wait began: what a bad use is put down to, and what a run has covered.

The *moment* is when unregister begins to wait; where nothing is waited for, when it would: what it does next once it
has changed the text of the site.  A call that is in a window then is in that place until it is over; any other call
that uses later what was freed came in afterwards, through an old instruction.

W3 begins when the callback has returned (for a walk of the list: when that is over), which is a step before the
trampoline's own mark says so; a task can be preempted just there.

`Situation` sees events only, like any check, so what it says of a run is the same for its log.  It also says, while
the run goes on, who is to be held (`strategies.holding`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Final

from ...checks import Check
from ...checks.scene import Handlers
from ...events import (
    Alloc,
    Call,
    Callback,
    Fetch,
    Free,
    OpsDefined,
    Patch,
    Reader,
    Register,
    Switch,
    TaskState,
    Wait,
    Window,
)
from .grid import LITERAL, OPS, STALE, TEXT
from .worlds import CALLERS, OPS_NAME, OWNER, TEXT_SUFFIX

__all__ = ["Hold", "Situation", "Where"]

_NOBODY: Final[frozenset[int]] = frozenset()
_BL_MASK, _BL = 0xFC00_0000, 0x9400_0000


@dataclass(frozen=True, slots=True)
class Hold:
    """Whom to hold: `callers` in `place` until the moment, then in the window `then` until the ops is gone.

    Without `then` they go no further than they are made to.
    """

    place: str
    callers: Collection[str] = CALLERS
    then: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """A task at the moment: its place, and of which objects it may be a user there."""

    place: str
    uses: frozenset[str]


class Situation(Check):
    """See the module.

    Attributes:
        at_moment: task -> where it was; absent when in no window, or when that call is over.
        covered: (object, place) that some task of this run was in.
        held: CPUs to be held.  eager: those on the way to where they are held next.
        began: the moment has come.  freed: the ops is gone.
        freed_objects: which kinds of object the run freed.
    """

    __slots__ = (
        "_hold", "_installed", "_ranges", "_reading", "_returning", "_route", "_running", "_updated",
        "at_moment", "began", "covered", "eager", "freed", "freed_objects", "held",
    )  # fmt: skip

    name: ClassVar[str] = "situation"
    about: ClassVar[str] = "where each task was when the wait began"

    def __init__(self, hold: Hold | None = None) -> None:
        self._hold = hold
        self._ranges: dict[str, tuple[int, int]] = {}
        self._reading: set[str] = set()
        self._returning: set[str] = set()
        self._route: dict[str, set[str]] = {}
        self._running: dict[int, str] = {}
        self._updated = False
        self._installed = 0
        """The instruction that unregister put at the site first."""
        self.at_moment: dict[str, Where] = {}
        self.covered: set[tuple[str, str]] = set()
        self.began = False
        self.freed = False
        self.freed_objects: set[str] = set()
        self.held: frozenset[int] = _NOBODY
        self.eager: frozenset[int] = _NOBODY

    def handlers(self) -> Handlers:
        """What moves tasks, text and the teardown."""
        return {
            Alloc: self._on_alloc,
            Free: self._on_free,
            Call: self._on_call,
            Fetch: self._on_fetch,
            Callback: self._on_callback,
            Reader: self._on_reader,
            Window: self._on_window,
            Patch: self._on_patch,
            Wait: self._on_wait,
            Register: self._on_register,
            Switch: self._on_switch,
            TaskState: self._on_task_state,
        }

    def place_of(self, task: str) -> str:
        """Where a task was at the moment that uses later what was freed."""
        where = self.at_moment.get(task)
        return STALE if where is None else where.place

    # -- text and how a task came to it ---------------------------------------------------------------------------

    def _on_alloc(self, event: Alloc) -> None:
        if event.name.endswith(TEXT_SUFFIX):
            self._ranges[event.name] = (event.addr, event.addr + event.size)

    def _on_free(self, event: Free) -> None:
        self.freed_objects.add(TEXT if event.name.endswith(TEXT_SUFFIX) else OPS)
        self._go_on()
        if event.name == OPS_NAME:
            self.freed = True
        self._hold_again()

    def _on_call(self, event: Call) -> None:
        self._route[event.task] = set()

    def _on_fetch(self, event: Fetch) -> None:
        route = self._route.get(event.task)
        if route is None:
            return
        at = event.addr
        if at in self.scene.sites:
            route.clear()
            if event.word & _BL_MASK != _BL:
                return
            at += ((event.word & 0x03FF_FFFF) ^ 0x0200_0000) - 0x0200_0000 << 2
        for name, (start, end) in self._ranges.items():
            if start <= at < end:
                route.add(name)

    # -- windows and the moment -----------------------------------------------------------------------------------

    def _window_of(self, task: str) -> str | None:
        window = self.scene.window_of(task)
        return "W3" if window == "W2" and task in self._returning else window

    def _on_callback(self, event: Callback) -> None:
        self._over(event.task, over=not event.begins and event.task not in self._reading)

    def _on_reader(self, event: Reader) -> None:
        (self._reading.add if event.begins else self._reading.discard)(event.task)
        self._over(event.task, over=not event.begins)

    def _over(self, task: str, *, over: bool) -> None:
        (self._returning.add if over else self._returning.discard)(task)
        self._hold_again()

    def _on_window(self, event: Window) -> None:
        self._returning.discard(event.task)
        if not event.window:
            self.at_moment.pop(event.task, None)
        elif self.began and event.task not in self.at_moment:
            self._came_late(event.task)
        self._hold_again()

    def _came_late(self, task: str) -> None:
        """In by the old instruction."""
        self.covered.update((kind, STALE) for kind in self._uses(task))

    def _uses(self, task: str) -> frozenset[str]:
        """The objects a task in a window may be a user of.

        None when it came by the new instruction, not the text when that is not on its way, and not the ops when it
        has read another one from the literal.
        """
        call = self.scene.call_of(task)
        if call is None or call.fetch is None or call.fetch.word == self._installed:
            return frozenset()
        uses = {LITERAL}
        if self._route.get(task):
            uses.add(TEXT)
        if call.literal is None or call.literal.prov == self._prov():
            uses.add(OPS)
        return frozenset(uses)

    def _prov(self) -> int:
        ops: OpsDefined | None = self.scene.ops.get(OPS_NAME)
        return -1 if ops is None else ops.prov

    def _registered(self) -> bool:
        """Register has returned, and unregister was not called."""
        registration = self.scene.registrations.get(OPS_NAME)
        return (
            registration is not None
            and registration.returned is not None
            and registration.unregister_called is None
        )

    def _on_wait(self, event: Wait) -> None:
        if event.begins and self._unregistering():
            self._begin()

    def _on_patch(self, event: Patch) -> None:
        if self._unregistering():
            self._go_on()
            if not event.begins and not self._updated:
                self._updated = True
                self._installed = event.word

    def _on_register(self, event: Register) -> None:
        if event.unregister and event.returns:
            self._begin()
        self._hold_again()

    def _go_on(self) -> None:
        """Unregister does something more: is that what comes after the wait?"""
        if self._updated:
            self._begin()

    def _unregistering(self) -> bool:
        registration = self.scene.registrations.get(OPS_NAME)
        return registration is not None and registration.unregister_called is not None

    def _begin(self) -> None:
        """The moment."""
        if self.began:
            return
        self.began = True
        for task in self.scene.windows:
            where = Where(self._window_of(task) or "", self._uses(task))
            self.at_moment[task] = where
            self.covered.update((kind, where.place) for kind in where.uses)
        self._hold_again()

    # -- holding --------------------------------------------------------------------------------------------------

    def _on_switch(self, event: Switch) -> None:
        self._running[event.cpu] = event.next
        self._hold_again()

    def _on_task_state(self, event: TaskState) -> None:
        if event.state == "running":
            self._running[event.cpu] = event.who
            self._hold_again()

    def _hold_again(self) -> None:
        hold = self._hold
        if hold is None:
            return
        if self.freed:
            self.held = self.eager = _NOBODY
            return
        wanted = [cpu for cpu, task in self._running.items() if self._to_hold(task, hold)]
        self.held = frozenset(wanted)
        there = hold.then or "elsewhere"
        self.eager = (
            frozenset(cpu for cpu in wanted if self._window_of(self._running[cpu]) != there)
            if self.began
            else _NOBODY
        )

    def _to_hold(self, task: str, hold: Hold) -> bool:
        if task not in hold.callers:
            # Whoever tears down is not to hurry while nobody is in place.
            return (
                task == OWNER
                and self._registered()
                and not any(self._in_place(one, hold) for one in hold.callers)
            )
        return self.place_of(task) == hold.place if self.began else self._in_place(task, hold)

    def _in_place(self, task: str, hold: Hold) -> bool:
        window = self._window_of(task)
        return window is None if hold.place == STALE else window == hold.place
