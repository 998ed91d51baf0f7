"""What INV-COMPL has to remember: see `pasts.py`."""

from __future__ import annotations

from collections.abc import Iterator

from ftrace_actors.events import (
    Body,
    Call,
    Claim,
    Early,
    Fetch,
    Load,
    Patch,
    Reader,
    RecordDefined,
)
from tests.checks.pasts import (
    case,
    equal,
)
from tests.checks.stream import BL, LITERAL, NOP, REGS, SITE, Stream
from tests.checks.waits import ADDR, PROV


def patch(s: Stream, begins: bool, *ops: str) -> None:
    s.add(Patch, 1, begins, "vfs_read", "make_call", ADDR, BL, ops, 0)


@case("INV-COMPL", 0)
def whom_a_patch_serves(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", returns=False)
    patch(s, True, *(["tracer_a"] if first else []))
    yield
    s.store_literal("tracer_a", 5)
    s.store_site(BL, 6)
    s.traced(6, "ftrace_nop_ops", 0, [])
    patch(s, False)


@case("INV-COMPL", 0)
def where_a_patch_has_written_its_literal(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", returns=False)
    s.store_literal("tracer_a", 4)
    patch(s, True, "tracer_a")
    s.add(Early, "store", LITERAL, 0, 5, task="other")
    s.store_literal("tracer_a", 3 if first else 6)
    yield
    s.store_site(BL, 7)
    s.traced(7, "tracer_a", 5, ["tracer_a"])
    patch(s, False)


@case("INV-COMPL", 1)
def what_a_branch_owes(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", returns=False)
    patch(s, True, *(["tracer_a"] if first else []))
    s.store_literal("tracer_a", 5)
    s.store_site(BL, 6)
    patch(s, False)
    yield
    s.traced(6, "ftrace_nop_ops", 0, [])


@case("INV-COMPL", 1)
def which_literal_a_branch_owes(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", returns=False)
    s.store_literal("tracer_a", 4)
    patch(s, True, "tracer_a")
    s.add(Early, "store", LITERAL, 0, 5, task="other")
    s.store_literal("tracer_a", 3 if first else 6)
    s.store_site(BL, 7)
    patch(s, False)
    yield
    s.traced(7, "tracer_a", 5, ["tracer_a"])


@case("INV-COMPL", 2)
def that_a_call_went_through_a_branch_to_come(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", returns=False)
    patch(s, True, "tracer_a")
    s.add(Early, "store", SITE, BL, 1)
    if first:
        s.traced(1, "ftrace_nop_ops", 0, [])
    yield
    s.store_literal("tracer_a", 2)
    s.store_site(BL, 1)
    patch(s, False)


@case("INV-COMPL", 2)
def that_a_call_was_over_before_unregister(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=9)
    patch(s, True, "tracer_a")
    s.store_site(BL, 1)
    if first:
        s.unregister("tracer_a", returns=False)
    s.traced(1, "ftrace_nop_ops", 0, [])
    if not first:
        s.unregister("tracer_a", returns=False)
    yield
    patch(s, False)


@case("INV-COMPL", 2)
def that_a_call_was_over_before_unregister_through_a_branch_to_come(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=9)
    patch(s, True, "tracer_a")
    s.add(Early, "store", SITE, BL, 1)
    if first:
        s.unregister("tracer_a", returns=False)
    s.traced(1, "ftrace_nop_ops", 0, [])
    if not first:
        s.unregister("tracer_a", returns=False)
    yield
    s.store_site(BL, 1)
    patch(s, False)


@case("INV-COMPL", 2)
def what_such_a_call_has_seen(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", returns=False)
    patch(s, True, "tracer_a")
    s.store_literal("tracer_a", 1)
    s.store_site(BL, 2)
    s.traced(2, "tracer_a", 1, ["tracer_a"] if first else [])
    yield
    patch(s, False)


@case("INV-COMPL", 2)
def which_literal_such_a_call_has_read(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", returns=False)
    patch(s, True, "tracer_a")
    s.store_literal("tracer_a", 1)
    s.store_site(BL, 2)
    s.traced(2, "tracer_a", 1 if first else 0, ["tracer_a"])
    yield
    patch(s, False)


@case("INV-COMPL", 3)
def that_a_task_may_claim(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=9)
    if first:
        s.add(Claim, "vfs_read", cpu=1, task="reader")
    yield
    s.untraced()


@case("INV-COMPL", 4)
def that_a_call_began_after_the_claim(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=9)
    if first:
        s.add(Claim, "vfs_read", cpu=1, task="reader")
    s.call()
    if not first:
        s.add(Claim, "vfs_read", cpu=1, task="reader")
    yield
    s.fetch(NOP, 0)
    s.body()


@case("INV-COMPL", 4)
def that_a_call_fetched_after_register(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", returns=False)
    s.sync(5)
    s.call()
    if not first:
        s.fetch(NOP, 0)
    s.registered("tracer_a", view=2)
    if first:
        s.fetch(NOP, 0)
    yield
    s.body()


@case("INV-COMPL", 4)
def that_a_call_fetched_after_synchronizing(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=2)
    s.call()
    if first:
        s.sync(5)
    s.fetch(NOP, 0)
    if not first:
        s.sync(5)
    yield
    s.body()


@case("INV-COMPL", 4)
def which_branch_a_call_fetched(s: Stream, first: bool) -> Iterator[None]:
    s.enable("tracer_a", 1)
    s.call()
    s.fetch(*((BL, 2) if first else (NOP, 0)))
    yield
    s.body()


@case("INV-COMPL", 4)
def what_a_call_has_seen_so_far(s: Stream, first: bool) -> Iterator[None]:
    s.enable("tracer_a", 1)
    s.call()
    s.fetch(BL, 2)
    s.load_literal("tracer_a", 1)
    if first:
        s.callback("tracer_a")
        s.callback("tracer_a", begins=False)
    yield
    s.body()


@case("INV-COMPL", 4)
def which_literal_a_call_has_read(s: Stream, first: bool) -> Iterator[None]:
    s.enable("tracer_a", 1)
    s.call()
    s.fetch(BL, 2)
    s.load_literal("tracer_a", 1 if first else 0)
    s.callback("tracer_a")
    s.callback("tracer_a", begins=False)
    yield
    s.body()


@case("INV-COMPL", 4)
def where_a_call_read_its_literal(s: Stream, first: bool) -> Iterator[None]:
    s.enable("tracer_a", 1)
    s.call()
    s.fetch(BL, 2)
    if not first:
        s.window("W3")
        s.add(Load, LITERAL, 8, ADDR, 1, 0, PROV, cpu=1, task="reader")
        s.window("W1")
    else:
        s.load_literal("tracer_a", 1)
    yield
    s.body()


@case("INV-COMPL", 4)
def that_a_call_came_by_a_branch_to_the_list(s: Stream, first: bool) -> Iterator[None]:
    """With a guard up it is left out there; nobody comes to the list by a NOP."""
    s.register("tracer_a", view=2)
    s.sync(5)
    s.add(Reader, True, cpu=1, task="reader")
    s.call()
    s.fetch(BL if first else NOP, 0)
    s.load_literal("ftrace_list_ops", 0)
    yield
    s.body()


@case("INV-COMPL", 3)
def which_task_may_claim(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=9)
    s.add(Claim, "vfs_read", cpu=1, task="reader" if first else "other")
    yield
    s.untraced()


@equal("INV-COMPL", 3)
def a_claim_to_what_is_ending(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=9)
    if first:
        s.add(Claim, "vfs_read", cpu=1, task="reader")
    s.unregister("tracer_a", returns=False)
    yield
    s.untraced()


@equal("INV-COMPL", 1)
def a_branch_that_owes_nobody_any_more(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.enable("tracer_a", 1)
    else:
        s.register("tracer_a", view=2)
    s.unregister("tracer_a", returns=False)
    yield
    s.traced(2, "ftrace_nop_ops", 0, [])


@equal("INV-COMPL", 2)
def a_call_through_a_branch_that_nobody_wrote(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.traced(1, "ftrace_nop_ops", 0, [])
    yield
    s.untraced()


@equal("INV-COMPL", 2)
def a_call_that_a_patch_owes_nothing(s: Stream, first: bool) -> Iterator[None]:
    patch(s, True)
    s.store_site(BL, 1)
    if first:
        s.traced(1, "ftrace_nop_ops", 0, [])
    yield
    patch(s, False)


@equal("INV-COMPL", 4)
def the_branch_of_a_call_that_owes_nobody(s: Stream, first: bool) -> Iterator[None]:
    s.enable("tracer_a", 1)
    s.unregister("tracer_a", returns=False)
    s.call()
    s.fetch(BL, 2 if first else 0)
    yield
    s.body()


@equal("INV-COMPL", 4)
def a_call_whose_callbacks_were_called(s: Stream, first: bool) -> Iterator[None]:
    """It is owed nothing more, whether it was owed that by its synchronization or not."""
    s.register("tracer_a", view=2)
    if first:
        s.sync(5)
    s.call()
    s.fetch(NOP, 0)
    s.callback("tracer_a")
    yield
    s.body()


@equal("INV-COMPL", 4)
def a_function_that_nobody_traces(s: Stream, first: bool) -> Iterator[None]:
    s.add(RecordDefined, "vfs_write", 0x3008, 0x300C, 0x3000)
    s.register("tracer_a", view=2)
    if first:
        s.sync(5)
    s.add(Call, "vfs_write", REGS, cpu=1, task="reader")
    s.add(Fetch, 0x300C, NOP, 0, 0, 0, 0, cpu=1, task="reader")
    yield
    s.add(Body, "vfs_write", REGS, cpu=1, task="reader")


@case("INV-COMPL", 0)
def where_a_patch_that_only_calls_before_ask_for_wrote_its_literal(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=9)
    s.store_literal("tracer_a", 4)
    patch(s, True, "tracer_a")
    s.add(Early, "store", LITERAL, 0, 5, task="other")
    s.store_literal("tracer_a", 3 if first else 6)
    s.store_site(BL, 7)
    s.traced(7, "tracer_a", 5, ["tracer_a"])
    s.unregister("tracer_a", returns=False)
    yield
    patch(s, False)


@case("INV-COMPL", 4)
def that_a_call_fetched_a_branch_to_come(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", returns=False)
    s.add(Early, "store", SITE, BL, 1)
    s.call()
    s.fetch(*((BL, 1) if first else (NOP, 0)))
    yield
    patch(s, True, "tracer_a")
    s.store_site(BL, 1)
    s.body()
    patch(s, False)


@equal("INV-COMPL", 4)
def what_counted_for_a_call_until_unregister(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a", view=2)
    if first:
        s.add(Claim, "vfs_read", cpu=1, task="reader")
        s.sync(5)
    s.call()
    s.fetch(NOP, 0)
    s.unregister("tracer_a", returns=False)
    yield
    s.body()
