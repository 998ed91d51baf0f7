"""What is known from the events so far: records, ops, registrations, windows, open calls.

Nearly every invariant asks the same few questions ("which record is this the literal of?", "is this ops registered?",
"which window is the task in?").  The scene answers them, so each is worked out once an event and a check holds only
what is its own.  The `Checker` lets the scene see an event before any check does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from ..events import (
    Alloc,
    Body,
    Call,
    Callback,
    Event,
    Fetch,
    Load,
    OpsDefined,
    Reader,
    RecordDefined,
    Register,
    Sync,
    TaskState,
    Window,
)

__all__ = ["Handlers", "OpenCall", "Registration", "Scene"]

Handlers: TypeAlias = dict[type[Event], Callable[[Any], None]]
"""Event type -> what sees the events of that type."""


class Registration:
    """One registration of an ops, from the call of register to the return of unregister.

    The attributes are the `Register` events of its four moments, None until they come.  A register that fails is
    over when it returns; `before` is the registration that was in force meanwhile, if any.
    """

    __slots__ = ("before", "called", "ops", "returned", "unregister_called", "unregister_returned")

    def __init__(self, ops: str, called: Register, before: Registration | None = None) -> None:
        self.ops = ops
        self.before = before
        self.called = called
        self.returned: Register | None = None
        self.unregister_called: Register | None = None
        self.unregister_returned: Register | None = None

    @property
    def over(self) -> bool:
        """Unregister has returned, or register has failed."""
        return self.unregister_returned is not None

    @property
    def failed(self) -> bool:
        """It never came to be: register returned an error."""
        return self.unregister_returned is not None and not self.unregister_returned.unregister

    def wanted_at(self, seq: int) -> bool:
        """True while nobody had asked, before event `seq`, for the end of this registration."""
        return self.unregister_called is None or self.unregister_called.seq > seq


class OpenCall:
    """A call of a traced function on its way from the entry to the body.

    `fetch` is the fetch of the patch site, `tau` the fetch view that context synchronization had raised that CPU to;
    `literal` is the load of the record's literal and `window` where the task was then; `callbacks` are the names of
    the ops called.
    """

    __slots__ = ("call", "callbacks", "fetch", "literal", "tau", "window")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.fetch: Fetch | None = None
        self.tau = 0
        self.literal: Load | None = None
        self.window: str | None = None
        self.callbacks: list[str] = []


class Scene:
    """The facts that several checks need.

    Attributes:
        records: function -> its record.
        sites: address of a record's patched instruction -> function.
        literals: address of a record's literal -> function.
        ops: name -> its newest definition.
        ops_at: (address, prov) -> the ops there; freed ones stay, a new generation is another key.
        registrations: ops name -> its newest registration.
        windows: task -> the `Window` event that put it where it is; absent when it is in none.
        calls: task -> its open calls, innermost last.
        ended: the call whose `Body` is being handled.
        guards: task -> the guards (`Reader`) that protect it, innermost last: each the `seq` of the `Call` it is of,
        -1
            when of none.
        synchronized: CPU -> highest fetch view a context synchronization event left there.
        unpredictable: task -> `seq` of the first event since which the architecture gives no answer; complete when
            the run is over (`Unpredictables` sees to it).
    """

    __slots__ = (
        "_before",
        "calls",
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
        self.registrations: dict[str, Registration] = {}
        self.windows: dict[str, Window] = {}
        self._before: dict[str, Window] = {}
        self.calls: dict[str, list[OpenCall]] = {}
        self.ended: OpenCall | None = None
        self.guards: dict[str, list[int]] = {}
        self.synchronized: dict[int, int] = {}
        self.unpredictable: dict[str, int] = {}

    def handlers(self) -> Handlers:
        """What the scene learns from."""
        return {
            RecordDefined: self._on_record,
            OpsDefined: self._on_ops,
            Alloc: self._on_alloc,
            Register: self._on_register,
            Window: self._on_window,
            Sync: self._on_sync,
            Call: self._on_call,
            Fetch: self._on_fetch,
            Load: self._on_load,
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
        if window is None or window.seq != begin.seq - 1:
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
        registration = self.registrations.get(ops.name)
        return (
            registration is not None
            and not registration.over
            and function in ops.functions
            and self.ops.get(ops.name) is ops
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

    def _on_register(self, event: Register) -> None:
        registration = self.registrations.get(event.ops)
        if not event.unregister and not event.returns:
            before = None if registration is None or registration.over else registration
            self.registrations[event.ops] = Registration(event.ops, event, before)
            return
        if registration is None:
            return
        if not event.unregister:
            if event.errno == 0:
                registration.returned = event
            elif registration.before is not None:  # it was registered already, and still is
                self.registrations[event.ops] = registration.before
            else:
                registration.unregister_called = registration.unregister_returned = event
        elif not event.returns:
            if not registration.over:
                registration.unregister_called = event
        elif event.errno == 0:
            registration.unregister_returned = event

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
