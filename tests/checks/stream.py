"""Hand-written event streams: a small world and the verbs to make things happen in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ftrace_actors.checks import SUBSTANCE, Checker, Finding, Sometimes, default_checks
from ftrace_actors.events import (
    Alloc,
    Body,
    Call,
    Callback,
    Event,
    Fetch,
    Free,
    Load,
    OpsDefined,
    Patch,
    RecordDefined,
    Register,
    Store,
    Sync,
    Window,
)

NOP = 0xD503201F
BL = 0x94000400
ENTRY, SITE, LITERAL = 0x1008, 0x100C, 0x1000
REGS = tuple(range(100, 112))

# name -> (address, allocation); list and nop are the kernel's own.
OPS = {
    "ftrace_nop_ops": (0x8000, 0),
    "ftrace_list_ops": (0x8100, 0),
    "tracer_a": (0x9000, 3),
    "tracer_b": (0x9100, 4),
}
STATIC_OPS = {"static_ops": (0x8200, 0)}
ALL_OPS = {**OPS, **STATIC_OPS}


class Stream:
    """A stream under construction; it begins with the definitions of its world."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.patches = 0
        self.add(RecordDefined, "vfs_read", ENTRY, SITE, LITERAL)
        for name, role in (("ftrace_nop_ops", "nop"), ("ftrace_list_ops", "list")):
            addr, prov = OPS[name]
            self.add(OpsDefined, name, addr, prov, role, "ftrace_stub", False, ())
        for name in ("tracer_a", "tracer_b"):
            addr, prov = OPS[name]
            self.add(Alloc, name, addr, 64, prov)
            self.add(OpsDefined, name, addr, prov, "tracer", f"{name}_func", True, ("vfs_read",))
        addr, prov = STATIC_OPS["static_ops"]
        self.add(OpsDefined, "static_ops", addr, prov, "tracer", "static_func", False, ("vfs_read",))

    def add(self, kind: type[Event], *fields: object, cpu: int = 0, task: str = "patcher") -> int:
        """One event; returns its `seq`.  Each is of its own step; a callback is of that of the window it begins."""
        seq = step = len(self.events)
        if kind is Callback and isinstance(self.events[-1], Window) and self.events[-1].task == task:
            step = self.events[-1].step
        self.events.append(kind(seq, step, f"cpu{cpu}", cpu, task, -1, *fields))  # type: ignore[call-arg]
        return seq

    # -- the tracing core -----------------------------------------------------------------------------------------

    def register(self, ops: str, *, returns: bool = True, errno: int = 0, view: int = 0) -> int:
        """Calls register and, unless told otherwise, comes back."""
        seq = self.add(Register, ops, False, False, 0, 0, False)
        return self.registered(ops, errno=errno, view=view) if returns else seq

    def registered(self, ops: str, *, errno: int = 0, view: int = 0) -> int:
        """Register returns."""
        return self.add(Register, ops, False, True, errno, view, False)

    def unregister(self, ops: str, *, returns: bool = True, caller_waits: bool = False) -> int:
        """Calls unregister and, unless told otherwise, comes back."""
        seq = self.add(Register, ops, True, False, 0, 0, caller_waits)
        return self.unregistered(ops, caller_waits=caller_waits) if returns else seq

    def unregistered(self, ops: str, *, errno: int = 0, caller_waits: bool = False) -> int:
        """Unregister returns."""
        return self.add(Register, ops, True, True, errno, 0, caller_waits)

    @contextmanager
    def patch(self, action: str, literal: str, word: int, ops: Sequence[str]) -> Iterator[None]:
        """A patch of vfs_read around what the block does."""
        self.patches += 1
        fields = ("vfs_read", action, ALL_OPS[literal][0], word, tuple(ops), 0)
        number = self.patches
        self.add(Patch, number, True, *fields)
        yield
        self.add(Patch, number, False, *fields)

    def store_literal(self, ops: str, order: int) -> int:
        """The literal is written."""
        addr, prov = ALL_OPS[ops]
        return self.add(Store, LITERAL, 8, addr, order, 0, prov)

    def store_site(self, word: int, order: int) -> int:
        """The site is written."""
        return self.add(Store, SITE, 4, word, order, 0, 0)

    def enable(self, ops: str, order: int) -> None:
        """register, literal at `order`, BL at `order` + 1."""
        self.register(ops, returns=False)
        with self.patch("make_call", ops, BL, (ops,)):
            self.store_literal(ops, order)
            self.store_site(BL, order + 1)
        self.registered(ops, view=order + 1)

    def free(self, ops: str, order: int) -> int:
        """kfree."""
        addr, prov = ALL_OPS[ops]
        return self.add(Free, ops, addr, 64, prov, order)

    # -- callers --------------------------------------------------------------------------------------------------

    def call(self, task: str = "reader", cpu: int = 1) -> int:
        """Control is at vfs_read."""
        return self.add(Call, "vfs_read", REGS, cpu=cpu, task=task)

    def fetch(self, word: int, order: int, newest: int = -1, task: str = "reader", cpu: int = 1) -> int:
        """The site is fetched."""
        return self.add(Fetch, SITE, word, order, 0, order if newest < 0 else newest, 0, cpu=cpu, task=task)

    def load_literal(self, ops: str, order: int, task: str = "reader", cpu: int = 1) -> int:
        """The literal is read, then the task is in W1."""
        addr, prov = ALL_OPS[ops]
        self.window("W0", task, cpu)
        seq = self.add(Load, LITERAL, 8, addr, order, 0, prov, cpu=cpu, task=task)
        self.window("W1", task, cpu)
        return seq

    def window(self, window: str, task: str = "reader", cpu: int = 1) -> int:
        """The task enters a window, or leaves them."""
        return self.add(Window, window, cpu=cpu, task=task)

    def callback(
        self, ops: str, *, begins: bool = True, func: str = "", task: str = "reader", cpu: int = 1
    ) -> int:
        """A tracer's function begins or ends."""
        addr, prov = ALL_OPS[ops]
        name = func or ("static_func" if ops == "static_ops" else f"{ops}_func")
        return self.add(Callback, begins, name, addr, prov, SITE, cpu=cpu, task=task)

    def body(self, task: str = "reader", cpu: int = 1, regs: tuple[int, ...] = REGS) -> int:
        """Control is behind the site."""
        self.window("", task, cpu)
        return self.add(Body, "vfs_read", regs, cpu=cpu, task=task)

    def traced(self, word_order: int, literal: str, literal_order: int, callbacks: Sequence[str]) -> int:
        """A whole call through a BL; returns the fetch."""
        self.call()
        seq = self.fetch(BL, word_order)
        self.load_literal(literal, literal_order)
        for ops in callbacks:
            self.callback(ops)
            self.callback(ops, begins=False)
        self.body()
        return seq

    def untraced(self, order: int = 0, newest: int = -1, task: str = "reader", cpu: int = 1) -> int:
        """A whole call through the NOP; returns the fetch."""
        self.call(task, cpu)
        seq = self.fetch(NOP, order, newest, task, cpu)
        self.body(task, cpu)
        return seq

    def sync(self, tau: int, cpu: int = 1) -> int:
        """A context synchronization event."""
        return self.add(Sync, "isb", tau, cpu=cpu, task="reader")

    # -- the end --------------------------------------------------------------------------------------------------

    def findings(
        self, hazards: frozenset[int] = frozenset(), *, idc: bool = True, invariant: str = ""
    ) -> list[Finding]:
        """What all checks together say, or one of them."""
        checker = Checker(default_checks(hazards, idc=idc))
        for event in self.events:
            checker.feed(event)
        return [found for found in checker.finish() if not invariant or found.invariant == invariant]

    def broken(self) -> set[str]:
        """Names of the invariants that broke."""
        return {found.invariant for found in self.findings()}

    def seen(self, *wanted: str) -> set[str]:
        """The properties this stream witnesses; what every campaign must see is left out unless it is wanted."""
        seen = Sometimes(wanted or None)
        checker = Checker([seen])
        for event in self.events:
            checker.feed(event)
        checker.finish()
        return seen.seen if wanted else seen.seen - SUBSTANCE.keys()
