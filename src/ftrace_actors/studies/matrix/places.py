"""Where a task was when the wait began: what a bad use is put down to, and what a run has covered.

The *moment* is when unregister begins to wait; where nothing is waited for, when it would: what it does next once it
has changed the text of the site.  A call that is in a window then is in that place until it is over; any other call
that uses later what was freed came in afterwards, through an old instruction.

W3 begins when the callback has returned (for a walk of the list: when that is over), which is a step before the
trampoline's own mark says so; a task can be preempted just there.

W0 begins when the branch at the site has been executed, which is a step before the first mark in the trampoline says
so: who comes to that mark after the moment, and fetched the site before it, was interrupted in between.  (Who is
interrupted between the fetch and the branch fetches again.)

A call comes in *late* when it fetches the site after the moment and finds another instruction than the one unregister
put there.  Whether one could have is a matter of its own: a run in which a caller fetched the site once everything
was gone has `tried`, and it was `exposed` when any fetch since the moment had a choice that was at the site before
unregister wrote there.  Where every CPU synchronizes its context between that write and the moment nobody ever is,
whatever is waited for: the interrupt inside the update does it when the only ops goes.  That global-ops also patches an
instruction inside the trampoline makes no late caller: who fetches that one is in a window already, and has its row by
that.

`Situation` sees events only, like any check, so a run and its log have the same places and bad uses.  During the
run, it also says which CPUs the strategy should hold (`strategies.holding`), and the strategy says which CPU it
moved by choice (`preferred`) and not because only held ones could move.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Final

from ...checks import Check
from ...checks.reach import branch_target
from ...checks.scene import Handlers
from ...events import (
    Alloc,
    Call,
    Callback,
    Event,
    Fetch,
    Free,
    Load,
    OpsDefined,
    Patch,
    Reader,
    Register,
    Store,
    Switch,
    TaskState,
    Wait,
    Window,
)
from .grid import LITERAL, OPS, STALE, TEXT
from .pressure import Pressure, Stage
from .worlds import CALLERS, OPS_NAME, OWNER, TEXT_SUFFIX

__all__ = ["Hold", "Situation", "Where"]

_NOBODY: Final[frozenset[int]] = frozenset()


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
    """Where each task of a run is, and which rows of the table the run covers.

    Attributes:
        at_moment: task -> where it was; absent when in no window, or when that call is over.
        covered: (object, place) that some task of this run was in.  pressed: of which it also says something.
        preempted: (object, place) of which a task was preempted before its last use.
        exposed, tried: see the module.
        preferred: the CPU that moved last, when one that is not held could have; -1 when only held ones could.
        held: CPUs to be held.  eager: those on the way to where they are held next.
        began: the moment has come.  freed: the ops is gone.
        freed_objects: which kinds of object the run freed.
    """

    __slots__ = (
        "_hold", "_installed", "_late", "_moment", "_pressure", "_ranges", "_reading", "_replaced", "_returning",
        "_route", "_running", "_updated",
        "at_moment", "began", "covered", "eager", "exposed", "freed", "freed_objects", "held", "preempted", "preferred",
        "tried",
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
        self._replaced = 0
        """When it did: the position of that write.  What was there before is the old instruction."""
        self.at_moment: dict[str, Where] = {}
        self.covered: set[tuple[str, str]] = set()
        self._moment = 0
        self._late: set[str] = set()
        self._pressure = Pressure()
        self.exposed = self.tried = False
        self.preempted: set[tuple[str, str]] = set()
        self.preferred = -1
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
            Load: self._on_load,
            Store: self._on_store,
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
        if where is None:
            return "W0" if self._branched_before(task) else STALE
        return where.place

    def _branched_before(self, task: str) -> bool:
        """The task's call fetched the site before the moment, and never again."""
        call = self.scene.call_of(task)
        return self.began and call is not None and call.fetch is not None and call.fetch.seq < self._moment

    @property
    def pressed(self) -> set[tuple[str, str]]:
        """The (object, place) of which this run says something, see `pressure`."""
        return self._pressure.pressed

    # -- text and how a task came to it ---------------------------------------------------------------------------

    def _on_alloc(self, event: Alloc) -> None:
        if event.name.endswith(TEXT_SUFFIX):
            self._ranges[event.name] = (event.addr, event.addr + event.size)

    def _on_free(self, event: Free) -> None:
        kind = TEXT if event.name.endswith(TEXT_SUFFIX) else OPS
        self.freed_objects.add(kind)
        self._go_on(event)
        self._pressure.gone(kind)
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
            if self.began:
                self.exposed = self.exposed or event.floor < self._replaced
                self.tried = self.tried or self.freed
            target = branch_target(at, event.word)
            if target is None:
                return
            at = target
        for name, (start, end) in self._ranges.items():
            if start <= at < end:
                route.add(name)

    # -- the word in front of the function ------------------------------------------------------------------------

    def _on_load(self, event: Load) -> None:
        if event.addr not in self.scene.literals:
            return
        self._reaches(event.task, Stage.LOADED, event.cpu)
        if event.prov != self._prov():
            self._pressure.spares(event.task, OPS)

    def _on_store(self, event: Store) -> None:
        if self.began and event.addr in self.scene.literals:
            self._pressure.gone(LITERAL)
        if not self._replaced and event.addr in self.scene.sites and self._unregistering():
            self._replaced = event.order

    # -- windows and the moment -----------------------------------------------------------------------------------

    def _window_of(self, task: str) -> str | None:
        window = self.scene.window_of(task)
        return "W3" if window == "W2" and task in self._returning else window

    def _on_callback(self, event: Callback) -> None:
        self._over(event, over=not event.begins and event.task not in self._reading)

    def _on_reader(self, event: Reader) -> None:
        (self._reading.add if event.begins else self._reading.discard)(event.task)
        self._over(event, over=not event.begins)

    def _over(self, event: Callback | Reader, *, over: bool) -> None:
        (self._returning.add if over else self._returning.discard)(event.task)
        if over:
            self._reaches(event.task, Stage.RETURNED, event.cpu)
        self._hold_again()

    def _on_window(self, event: Window) -> None:
        self._returning.discard(event.task)
        if not event.window:
            self.at_moment.pop(event.task, None)
            self._late.discard(event.task)
            self._reaches(event.task, Stage.LEFT, event.cpu)
        elif self.began and event.task not in self.at_moment and event.task not in self._late:
            self._comes_in(event.task)
        elif event.window == "W3":
            self._reaches(event.task, Stage.RETURNED, event.cpu)
        self._hold_again()

    def _comes_in(self, task: str) -> None:
        """To its first mark after the moment: by the old instruction, or by a branch before."""
        uses = self._uses(task)
        if self._branched_before(task):
            self.at_moment[task] = Where("W0", uses)
            self._enters(task, "W0", uses)
            return
        if uses:
            self.exposed = True
        self._late.add(task)
        self._enters(task, STALE, uses)

    def _enters(self, task: str, place: str, uses: frozenset[str]) -> None:
        self.covered.update((kind, place) for kind in uses)
        self._pressure.begins(task, place, {kind: self._last_use(task, kind) for kind in uses})

    def _last_use(self, task: str, kind: str) -> Stage:
        """By when the task is done with an object of that kind; who is past its last use is to stay."""
        call = self.scene.call_of(task)
        if kind == LITERAL and self.scene.literals and call is not None and call.literal is None:
            return Stage.LOADED
        if kind == OPS and self._window_of(task) != "W3":
            return Stage.RETURNED
        return Stage.LEFT

    def _reaches(self, task: str, stage: Stage, cpu: int) -> None:
        """`preferred` is kept up to date only where somebody is held."""
        self._pressure.reaches(task, stage, forced=self._hold is not None and cpu != self.preferred)

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
        registration = self.scene.registrations.newest.get(OPS_NAME)
        return (
            registration is not None
            and registration.returned is not None
            and registration.unregister_called is None
        )

    def _on_wait(self, event: Wait) -> None:
        if event.begins and self._unregistering():
            self._begin(event)

    def _on_patch(self, event: Patch) -> None:
        if self._unregistering():
            self._go_on(event)
            if not event.begins and not self._updated:
                self._updated = True
                self._installed = event.word

    def _on_register(self, event: Register) -> None:
        if event.unregister and event.returns:
            self._begin(event)
            # A task that still reads a word that names the ops does so too late.
            self._pressure.gone(LITERAL)
        self._hold_again()

    def _go_on(self, event: Event) -> None:
        """Unregister does something more: is that what comes after the wait?"""
        if self._updated:
            self._begin(event)

    def _unregistering(self) -> bool:
        registration = self.scene.registrations.newest.get(OPS_NAME)
        return registration is not None and registration.unregister_called is not None

    def _begin(self, event: Event) -> None:
        """The moment."""
        if self.began:
            return
        self.began = True
        self._moment = event.seq
        for task in self.scene.windows:
            where = Where(self._window_of(task) or "", self._uses(task))
            self.at_moment[task] = where
            self._enters(task, where.place, where.uses)
        self._hold_again()

    # -- holding --------------------------------------------------------------------------------------------------

    def _on_switch(self, event: Switch) -> None:
        self._running[event.cpu] = event.next
        if not event.voluntary:
            self.preempted.update(self._pressure.open_rows(event.prev))
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
            # The teardown must not run ahead while nobody is in place.
            return (
                task == OWNER
                and self._registered()
                and not any(self._in_place(one, hold) for one in hold.callers)
            )
        return self.place_of(task) == hold.place if self.began else self._in_place(task, hold)

    def _in_place(self, task: str, hold: Hold) -> bool:
        window = self._window_of(task)
        return window is None if hold.place == STALE else window == hold.place
