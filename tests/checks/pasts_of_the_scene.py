"""What the scene has to remember: see `pasts.py`."""

from __future__ import annotations

from collections.abc import Iterator

from ftrace_actors.events import (
    Alloc,
    Call,
    Fault,
    Load,
    Reader,
    Unpredictable,
)
from tests.checks.pasts import (
    case,
    equal,
    flagged,
)
from tests.checks.stream import LITERAL, NOP, REGS, Stream
from tests.checks.waits import ADDR, PROV


@case("scene", 0)
def where_an_ops_is(s: Stream, first: bool) -> Iterator[None]:
    s.add(Alloc, "tracer_a", 0x9200, 64, 9)
    if first:
        s.add(Alloc, "tracer_a", ADDR, 64, PROV)
    s.register("tracer_a")
    yield
    s.load_literal("tracer_a", 1)


@case("scene", 1)
def where_an_ops_was(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.add(Alloc, "tracer_a", 0x9300, 64, 10)
    s.add(Alloc, "tracer_a", 0x9200, 64, 9)
    yield
    s.add(Load, LITERAL, 8, 0x9300, 1, 0, 10, cpu=1, task="reader")


@case("scene", 2)
def that_unregister_has_returned(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a")
    s.unregister("tracer_a", returns=first)
    yield
    s.load_literal("tracer_a", 1)


@case("scene", 2)
def that_unregister_was_called(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=2)
    if first:
        s.unregister("tracer_a", returns=False)
    s.sync(5)
    yield
    s.untraced()


@case("scene", 2)
def where_register_returned(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=2 if first else 9)
    s.sync(5)
    yield
    s.untraced()


@case("scene", 2)
def that_it_was_registered_before(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.register("tracer_a")
    s.register("tracer_a", returns=False)
    yield
    s.registered("tracer_a", errno=-16)
    s.load_literal("tracer_a", 1)


@case("scene", 3)
def the_window(s: Stream, first: bool) -> Iterator[None]:
    s.window("W0" if first else "W1")
    yield
    s.add(Load, LITERAL, 8, 0x66, 1, 0, 0, cpu=1, task="reader")


@case("scene", 4)
def the_registers_of_a_call(s: Stream, first: bool) -> Iterator[None]:
    s.add(Call, "vfs_read", REGS if first else (0, *REGS[1:]), cpu=1, task="reader")
    yield
    s.body()


@case("scene", 4)
def the_function_of_a_call(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.call()
    yield
    s.add(Fault, "fetch", 0x66, 0, cpu=1, task="reader")


@case("scene", 4)
def that_the_literal_was_read(s: Stream, first: bool) -> Iterator[None]:
    """A call that has read it does not fetch again."""
    s.register("tracer_a", view=2)
    s.call()
    s.fetch(NOP, 0)
    if first:
        s.load_literal("ftrace_list_ops", 0)
    s.window("")
    s.sync(5)
    yield
    s.fetch(NOP, 0)
    s.body()


@case("scene", 5)
def that_a_guard_is_up(s: Stream, first: bool) -> Iterator[None]:
    flagged(s)
    s.call()
    if first:
        s.add(Reader, True, cpu=1, task="reader")
    yield
    s.callback("tracer_b")


@case("scene", 5)
def whose_guard_it_is(s: Stream, first: bool) -> Iterator[None]:
    flagged(s)
    if first:
        s.call()
    s.add(Reader, True, cpu=1, task="reader")
    if not first:
        s.call()
    yield
    s.callback("tracer_b")


@case("scene", 5)
def that_the_guard_is_of_no_call(s: Stream, first: bool) -> Iterator[None]:
    """And not of one that is over: a task in no call is protected by the one and not by the other."""
    flagged(s)
    if first:
        s.untraced()
        s.add(Reader, True, cpu=1, task="reader")
    else:
        s.call()
        s.add(Reader, True, cpu=1, task="reader")
        s.fetch(NOP, 0)
        s.body()
    yield
    s.callback("tracer_b")


@case("scene", 7)
def how_far_a_cpu_has_synchronized(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=2)
    s.sync(5 if first else 1)
    yield
    s.untraced()


@case("scene", 8)
def for_whom_the_architecture_gives_no_answer(s: Stream, first: bool) -> Iterator[None]:
    s.add(Unpredictable, "half a word", 0x2000, 1, cpu=1, task="reader" if first else "other")
    yield
    s.add(Fault, "udf", 0x2000, 0, cpu=1, task="reader")


@case("scene", 0)
@case("scene", 1)
@case("INV-GP", 7, 0)
@case("INV-GP", 7, 1)
def which_ops_is_where(s: Stream, first: bool) -> Iterator[None]:
    for name, (addr, prov) in zip(
        ("tracer_a", "tracer_b"),
        ((0x9200, 9), (0x9300, 10)) if first else ((0x9300, 10), (0x9200, 9)),
        strict=True,
    ):
        s.add(Alloc, name, addr, 64, prov)
    s.register("tracer_a")
    yield
    s.add(Load, LITERAL, 8, 0x9200, 1, 0, 9, cpu=1, task="reader")


@case("scene", 1)
def at_which_address_an_allocation_is(s: Stream, first: bool) -> Iterator[None]:
    s.add(Alloc, "tracer_a", 0x9200 if first else 0x9300, 64, 9)
    yield
    s.add(Load, LITERAL, 8, 0x9200, 1, 0, 9, cpu=1, task="reader")


@case("scene", 2)
def which_ops_is_registered(s: Stream, first: bool) -> Iterator[None]:
    for name in ("tracer_a", "tracer_b") if first else ("tracer_b", "tracer_a"):
        s.register(name)
    s.unregister("tracer_b" if first else "tracer_a")
    yield
    s.load_literal("tracer_a", 1)


@case("scene", 2)
def that_unregister_was_called_before_register_returned(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", returns=False)
    if first:
        s.unregister("tracer_a", returns=False)
    s.sync(5)
    yield
    s.registered("tracer_a", view=2)
    s.untraced()


@case("scene", 3)
def which_task_is_in_a_window(s: Stream, first: bool) -> Iterator[None]:
    s.window("W0" if first else "W1")
    s.window("W1" if first else "W0", "other")
    yield
    s.add(Load, LITERAL, 8, 0x66, 1, 0, 0, cpu=1, task="reader")


@case("scene", 4)
def which_task_is_in_a_call(s: Stream, first: bool) -> Iterator[None]:
    s.call("reader" if first else "other")
    yield
    s.add(Fault, "fetch", 0x66, 0, cpu=1, task="reader")


@case("scene", 4)
def which_function_was_called(s: Stream, first: bool) -> Iterator[None]:
    s.add(Call, "vfs_read" if first else "vfs_write", REGS, cpu=1, task="reader")
    yield
    s.add(Fault, "fetch", 0x66, 0, cpu=1, task="reader")


@case("scene", 5)
def which_task_has_a_guard(s: Stream, first: bool) -> Iterator[None]:
    flagged(s)
    s.call()
    s.call("other", 2)
    s.add(Reader, True, cpu=1, task="reader" if first else "other")
    yield
    s.callback("tracer_b")


@case("scene", 7)
def which_cpu_has_synchronized(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=2)
    s.sync(5, 1 if first else 2)
    yield
    s.untraced()


@equal("scene", 2)
def where_a_registration_began_that_is_ending(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=2 if first else 9)
    s.unregister("tracer_a", returns=False)
    s.sync(5)
    yield
    s.untraced()


@equal("scene", 4)
def a_call_that_is_over(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.untraced()
    yield
    s.add(Fault, "fetch", 0x66, 0, cpu=1, task="reader")


@equal("scene", 5)
def a_guard_that_is_down(s: Stream, first: bool) -> Iterator[None]:
    flagged(s)
    if first:
        for begins in (True, False):
            s.add(Reader, begins, cpu=1, task="reader")
    s.call()
    yield
    s.callback("tracer_b")
