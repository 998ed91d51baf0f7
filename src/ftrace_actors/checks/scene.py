"""What is known from the events so far: records, ops, registrations, windows, open calls.

Nearly every invariant asks the same few questions ("which record is this the literal of?", "is this ops registered?",
"which window is the task in?").  The scene answers them, so each is worked out once an event and a check holds only
what is its own.  The `Checker` lets the scene see an event before any check does.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeAlias

from ..events import (
    Alloc,
    Body,
    Call,
    Callback,
    Early,
    Event,
    Fetch,
    Load,
    OpsDefined,
    Reader,
    RecordDefined,
    Register,
    Store,
    Sync,
    TaskState,
    Window,
)
from ..ordinals import At
from .open_calls import OpenCall
from .registrations import Registrations

__all__ = ["Handlers", "Scene"]

_WIDEST: Final = 16
"""No store goes beyond an aligned block of this many bytes."""

Handlers: TypeAlias = dict[type[Event], Callable[[Any], None]]
"""Event type -> what sees the events of that type."""


class Scene:
    """The facts that several checks need.

    Attributes:
        records: function -> its record.
        sites: address of a record's patched instruction -> function.
        literals: address of a record's literal -> function.
        ops: name -> its newest definition.
        ops_at: (address, prov) -> the ops there; freed ones stay, a new generation is another key.
        registrations: those of all ops.
        windows: task -> the `Window` event that put it where it is; absent when it is in none.
        calls: task -> its open calls, innermost last.
        ended: the call whose `Body` is being handled.
        guards: task -> the guards (`Reader`) that protect it, innermost last: each the `seq` of the `Call` it is of,
            -1 when of none.
        early: stores that became visible and have not executed: position in the timeline -> the address, ascending.
        synchronized: CPU -> highest fetch view a context synchronization event left there.
        unpredictable: task -> `seq` of the first event since which the architecture gives no answer; complete when
            the run is over (`Unpredictables` sees to it).
    """

    __slots__ = (
        "_before",
        "calls",
        "early",
        "ended",
        "guards",
        "literals",
        "ops",
        "ops_at",
        "records",
        "registrations",
        "sites",
        "synchronized",
        "unpredictable",
        "windows",
    )

    def __init__(self) -> None:
        self.records: dict[str, RecordDefined] = {}
        self.sites: dict[int, str] = {}
        self.literals: dict[int, str] = {}
        self.ops: dict[str, OpsDefined] = {}
        self.ops_at: dict[tuple[int, int], OpsDefined] = {}
        self.registrations = Registrations()
        self.windows: dict[str, Window] = {}
        self._before: dict[str, Window] = {}
        self.calls: dict[str, list[OpenCall]] = {}
        self.ended: OpenCall | None = None
        self.guards: dict[str, list[int]] = {}
        self.early: dict[int, int] = {}
        self.synchronized: dict[int, int] = {}
        self.unpredictable: dict[str, int] = {}

    def handlers(self) -> Handlers:
        """What the scene learns from."""
        return {
            RecordDefined: self._on_record,
            OpsDefined: self._on_ops,
            Alloc: self._on_alloc,
            Register: self.registrations.on_register,
            Window: self._on_window,
            Sync: self._on_sync,
            Call: self._on_call,
            Fetch: self._on_fetch,
            Load: self._on_load,
            Early: self._on_early,
            Store: self._on_store,
            Callback: self._on_callback,
            Reader: self._on_reader,
            TaskState: self._on_task_state,
            Body: self._on_body,
        }

    # -- questions ------------------------------------------------------------------------------------------------

    def window_of(self, task: str) -> str | None:
        """The window the task is in, None when in none."""
        window = self.windows.get(task)
        return None if window is None else window.window

    def called_from(self, begin: Callback) -> str | None:
        """The window out of which a callback is called: it begins one, or is in it already.

        What a function does has not protected the task that calls it.
        """
        window = self.windows.get(begin.task)
        # Both are reported in one step only where the callback itself begins the window; so of a run that is copied
        # between two steps nobody need know which window was before.
        if window is None or window.step != begin.step:
            return None if window is None else window.window
        return self._before.get(begin.task, window).window

    def call_of(self, task: str) -> OpenCall | None:
        """The innermost call of the task that has not reached its body."""
        calls = self.calls.get(task)
        return calls[-1] if calls else None

    def guarded(self, task: str) -> bool:
        """True when the innermost call of the task put up a guard (`Reader`) and it is still up."""
        guards = self.guards.get(task)
        return guards is not None and guards[-1:] == [self._call_number(task)]

    def registered_for(self, ops: OpsDefined, function: str) -> bool:
        """True when register was called for an ops that traces `function` and its unregister has not returned."""
        registration = self.registrations.newest.get(ops.name)
        return (
            registration is not None
            and not registration.over
            and function in ops.functions
            and self.ops.get(ops.name) is ops
        )

    # -- copies and states ----------------------------------------------------------------------------------------

    def copy(self) -> Scene:
        """Independent of this one; events, and what the events of the world's start said, are shared."""
        other = Scene()
        other.records = self.records.copy()
        other.sites = self.sites.copy()
        other.literals = self.literals.copy()
        other.ops = self.ops.copy()
        other.ops_at = self.ops_at.copy()
        other.registrations = self.registrations.copy()
        other.windows = self.windows.copy()
        other._before = self._before.copy()
        other.calls = {task: [call.copy() for call in calls] for task, calls in self.calls.items()}
        other.ended = self.ended  # nobody changes a call that is over
        other.guards = {task: guards.copy() for task, guards in self.guards.items()}
        other.early = self.early.copy()
        other.synchronized = self.synchronized.copy()
        other.unpredictable = self.unpredictable.copy()
        return other

    def state(self) -> tuple[Hashable, ...]:
        """What decides how later events are understood; see `Checker.state`.

        Left out are `records`, `sites`, `literals` and all of an ops but where it is, which are the world's; `ended`,
        which is set before anybody reads it; `_before`, see `called_from`.  What the calls under way owe is in the
        state of `Completeness`, who alone asks.
        """
        return (
            # Where each ops is, and what was there before: a stale pointer is known by the ops it is of.
            tuple(sorted([(name, ops.addr, ops.prov) for name, ops in self.ops.items()])),
            tuple(sorted([(addr, prov, ops.name) for (addr, prov), ops in self.ops_at.items()])),
            self.registrations.state(),
            # Findings say in which window the victim was.
            tuple(sorted([(task, window.window) for task, window in self.windows.items()])),
            # ABI compares registers; what is fetched and read counts until the literal was read.
            tuple(
                sorted(
                    [
                        (task, tuple([(c.call.function, c.call.regs, c.literal is not None) for c in calls]))
                        for task, calls in self.calls.items()
                        if calls
                    ]
                )
            ),
            tuple(sorted([(task, self._guarded(task, up)) for task, up in self.guards.items() if up])),
            # What is visible and did not execute yet: its event is the only one that can bring an old position.
            tuple([(At(order), addr) for order, addr in self.early.items()]),
            tuple(sorted([(cpu, At(view)) for cpu, view in self.synchronized.items()])),
            # Since when is asked of traps (`Life`), which compare when they happen and when the run is over.
            tuple(sorted(self.unpredictable)),
        )

    def _guarded(self, task: str, guards: list[int]) -> tuple[int, ...]:
        """Of which of the task's open calls its guards are, 0 is the outermost; -1 of none, -2 of one that is over."""
        numbers = [-1, *[call.call.seq for call in self.calls.get(task, ())]]
        return tuple([numbers.index(guard) - 1 if guard in numbers else -2 for guard in guards])

    def not_after(self, order: int, addr: int | None = None) -> tuple[At, ...]:
        """Which stores may still execute that are not after `order`; near `addr`, if that is given.

        Every other store to come is later than all there is, so no more than this can a comparison with `order` tell.
        """
        if not self.early:
            return ()
        return tuple(
            [
                At(early)
                for early, place in self.early.items()
                if early <= order and (addr is None or place // _WIDEST == addr // _WIDEST)
            ]
        )

    # -- words ----------------------------------------------------------------------------------------------------

    def pointer(self, value: int, prov: int) -> str:
        """An ops pointer in words."""
        ops = self.ops_at.get((value, prov))
        if ops is not None:
            return f"&{ops.name}"
        return f"{value:#x} (torn)" if prov < 0 else f"{value:#x}"

    def describe(self, addr: int) -> str:
        """An address in words: what it is of, else hexadecimal."""
        if addr in self.literals:
            return f"the literal of {self.literals[addr]}"
        for name, record in self.records.items():
            if record.entry <= addr <= record.site:
                return f"{name}+{addr - record.entry:#x}" if addr != record.entry else name
        for ops in self.ops.values():
            if ops.addr == addr:
                return ops.name
        return f"{addr:#x}"

    # -- what happened --------------------------------------------------------------------------------------------

    def _on_record(self, event: RecordDefined) -> None:
        self.records[event.function] = event
        self.sites[event.site] = event.function
        if event.literal:
            self.literals[event.literal] = event.function

    def _on_ops(self, event: OpsDefined) -> None:
        self.ops[event.name] = event
        self.ops_at[event.addr, event.prov] = event

    def _on_alloc(self, event: Alloc) -> None:
        """An ops that is allocated again is the same tracer's, at another address or of another generation."""
        ops = self.ops.get(event.name)
        if ops is None or (ops.addr, ops.prov) == (event.addr, event.prov):
            return
        self._on_ops(
            OpsDefined(
                event.seq,
                event.step,
                event.actor,
                event.cpu,
                event.task,
                event.cause,
                ops.name,
                event.addr,
                event.prov,
                ops.role,
                ops.func,
                ops.dynamic,
                ops.functions,
                ops.flags,
                ops.size,
                ops.link,
            )
        )

    def _on_window(self, event: Window) -> None:
        before = self.windows.get(event.task)
        if before is None:
            self._before.pop(event.task, None)
        else:
            self._before[event.task] = before
        if event.window:
            self.windows[event.task] = event
        else:
            self.windows.pop(event.task, None)

    def _on_sync(self, event: Sync) -> None:
        if event.tau > self.synchronized.get(event.cpu, 0):
            self.synchronized[event.cpu] = event.tau

    def _on_call(self, event: Call) -> None:
        calls = self.calls.get(event.task)
        if calls is None:
            self.calls[event.task] = [OpenCall(event)]
        else:
            calls.append(OpenCall(event))

    def _on_fetch(self, event: Fetch) -> None:
        function = self.sites.get(event.addr)
        if function is None:
            return
        call = self.call_of(event.task)
        # Interrupted between fetch and execution, a call fetches again: the last fetch is what ran.
        if call is not None and call.literal is None and call.call.function == function:
            call.fetch = event
            call.tau = self.synchronized.get(event.cpu, 0)

    def _on_load(self, event: Load) -> None:
        function = self.literals.get(event.addr)
        if function is None:
            return
        call = self.call_of(event.task)
        if call is not None and call.literal is None and call.call.function == function:
            call.literal = event
            call.window = self.window_of(event.task)

    def _on_early(self, event: Early) -> None:
        if event.what == "store":
            self.early[event.order] = event.addr

    def _on_store(self, event: Store) -> None:
        if self.early:
            self.early.pop(event.order, None)

    def _on_callback(self, event: Callback) -> None:
        if not event.begins:
            return
        call = self.call_of(event.task)
        ops = self.ops_at.get((event.ops, event.prov))
        if call is not None and ops is not None:
            call.callbacks.append(ops.name)

    def _on_reader(self, event: Reader) -> None:
        guards = self.guards.setdefault(event.task, [])
        if event.begins:
            guards.append(self._call_number(event.task))
        elif guards:
            guards.pop()

    def _call_number(self, task: str) -> int:
        call = self.call_of(task)
        return -1 if call is None else call.call.seq

    def _on_task_state(self, event: TaskState) -> None:
        if event.state == "dead":  # a task that oopsed with a guard up never takes it down
            self.guards.pop(event.who, None)

    def _on_body(self, event: Body) -> None:
        self.ended = None
        calls = self.calls.get(event.task)
        # Calls above the one that arrives never will: they faulted and were abandoned.
        while calls:
            call = calls.pop()
            if call.call.function == event.function:
                self.ended = call
                return
