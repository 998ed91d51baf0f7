"""What INV-LIFE, INV-QUIET, INV-GUARD and INV-STATE have to remember: see `pasts.py`."""

from __future__ import annotations

from collections.abc import Iterator

from ftrace_actors.events import (
    Alloc,
    Early,
    Fault,
    Fetch,
    Free,
    Load,
    Reader,
    RecordState,
    Store,
    Unpredictable,
)
from tests.checks.pasts import (
    case,
    equal,
    flagged,
    free_text,
    goes_to,
    runs,
    text,
)
from tests.checks.race import Race
from tests.checks.stream import BL, LITERAL, NOP, SITE, Stream
from tests.checks.waits import ADDR, HEAD, PROV, TEXT, TEXT_SIZE, branch


@case("INV-LIFE", 0)
def what_was_freed(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.free("tracer_a", 1)
    s.add(Alloc, "image", ADDR, 64, 9)
    yield
    s.callback("tracer_a")


@case("INV-LIFE", 0)
def the_name_of_what_was_freed(s: Stream, first: bool) -> Iterator[None]:
    s.add(Free, "one" if first else "other", 0x9400, 64, 9, 1)
    yield
    s.add(Load, 0x9400, 8, 0, 0, 9, 0, cpu=1, task="reader")


@case("INV-LIFE", 0)
def which_stores_a_free_came_after(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.free("tracer_a", 1)
    s.add(Early, "store", ADDR, 0, 2, cpu=1)
    if not first:
        s.free("tracer_a", 2)
    yield
    s.add(Store, ADDR, 8, 0, 2, PROV, 0, cpu=1, task="reader")


@case("INV-LIFE", 1)
def that_memory_was_given_to_somebody_else(s: Stream, first: bool) -> Iterator[None]:
    s.add(Free, "trampoline", 0x4000, 64, 7, 3)
    if first:
        s.add(Alloc, "image", 0x4000, 64, 8)
    yield
    s.add(Fetch, 0x4010, 1, 0, 0, 0, 0, cpu=1, task="reader")


@case("INV-LIFE", 2, 0)
def that_there_was_a_text(s: Stream, first: bool) -> Iterator[None]:
    if first:
        text(s, "one", 11)
    free_text(s, "one", 11)
    text(s, "two", 12)
    yield
    goes_to(s, 11, 5)
    s.fetch(branch(TEXT), 5)
    runs(s)


@case("INV-LIFE", 2, 1)
def which_text_is_there(s: Stream, first: bool) -> Iterator[None]:
    for prov in (11, 12) if first else (12, 11):
        text(s, "one", prov)
    free_text(s, "one", 11)
    s.add(Alloc, "image", TEXT, TEXT_SIZE, 13)
    yield
    goes_to(s, 11, 5)
    s.fetch(branch(TEXT), 5)
    runs(s)


@case("INV-LIFE", 2, 2)
def which_text_a_branch_goes_to(s: Stream, first: bool) -> Iterator[None]:
    text(s, "one", 11)
    if first:
        goes_to(s, 11, 5)
    free_text(s, "one", 11)
    text(s, "two", 12)
    yield
    s.fetch(branch(TEXT), 5)
    runs(s)


@case("INV-LIFE", 2, 3)
def which_text_a_task_means(s: Stream, first: bool) -> Iterator[None]:
    text(s, "one", 11)
    goes_to(s, 11, 5)
    if first:
        s.fetch(branch(TEXT), 5)
    free_text(s, "one", 11)
    text(s, "two", 12)
    yield
    runs(s)


@case("INV-LIFE", 3)
def that_a_task_returns_from_its_callback(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.callback("tracer_b")
        s.callback("tracer_b", begins=False)
    s.add(Free, "trampoline", 0x4000, 64, 7, 3)
    yield
    s.add(Fetch, 0x4010, 1, 0, 0, 0, 0, cpu=1, task="reader")


@case("INV-LIFE", 4)
def a_trap_that_nothing_explains(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.add(Fault, "udf", 0x2000, 0, cpu=1, task="reader")
    yield


@case("INV-LIFE", 4)
def a_trap_that_something_explains(s: Stream, first: bool) -> Iterator[None]:
    happens = [(Unpredictable, "half a word", 0x2000, 1), (Fault, "udf", 0x2000, 0)]
    for kind, *fields in happens if first else reversed(happens):
        s.add(kind, *fields, cpu=1, task="reader")
    yield


@case("INV-QUIET", 0)
def that_a_callback_is_running(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a")
    s.callback("tracer_a")
    if first:
        s.callback("tracer_a", begins=False)
    yield
    s.unregister("tracer_a")


@case("INV-QUIET", 1)
def that_no_callback_may_begin(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a")
    s.unregister("tracer_a", returns=first)
    yield
    s.callback("tracer_a")


@case("INV-GUARD")
def the_callbacks_that_a_task_is_in(s: Stream, first: bool) -> Iterator[None]:
    flagged(s)
    s.call()
    s.add(Reader, True, cpu=1, task="reader")
    s.callback("tracer_b")
    if first:
        s.callback("tracer_b", begins=False)
    yield
    s.callback("tracer_b")


def record_state(s: Stream, word: int = NOP, literal: int = 0) -> None:
    s.add(RecordState, "vfs_read", 0, False, word, literal)


@case("INV-STATE")
def what_a_site_holds(s: Stream, first: bool) -> Iterator[None]:
    s.store_site(BL if first else NOP, 1)
    yield
    record_state(s)


@case("INV-STATE")
def whether_a_store_to_come_is_older(s: Stream, first: bool) -> Iterator[None]:
    s.add(Early, "store", SITE, BL, 2)
    s.store_site(NOP, 1 if first else 3)
    yield
    s.store_site(BL, 2)
    record_state(s)


@case("INV-LIFE", 0)
def which_allocation_was_freed(s: Stream, first: bool) -> Iterator[None]:
    s.add(Free, "one", 0x9400, 64, 9 if first else 10, 1)
    yield
    s.add(Load, 0x9400, 8, 0, 0, 9, 0, cpu=1, task="reader")


@case("INV-LIFE", 1)
def which_freed_memory_is_where(s: Stream, first: bool) -> Iterator[None]:
    for name, prov, addr in (("one", 7, 0x4000), ("two", 8, 0x5000)):
        s.add(Free, name, addr if first else 0x9000 - addr, 64, prov, 1)
    yield
    s.add(Fetch, 0x4010, 1, 0, 0, 0, 0, cpu=1, task="reader")


@case("INV-LIFE", 1)
def how_much_was_freed(s: Stream, first: bool) -> Iterator[None]:
    s.add(Free, "one", 0x4000, 64 if first else 16, 7, 1)
    yield
    s.add(Fetch, 0x4010, 1, 0, 0, 0, 0, cpu=1, task="reader")


@case("INV-LIFE", 4)
def in_which_function_and_window_a_task_trapped(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.call()
        s.window("W1")
    s.add(Fault, "udf", 0x2000, 0, cpu=1, task="reader")
    yield


@case("INV-LIFE", 4)
def whether_a_trap_came_after_a_fetch_that_may_race(s: Race, first: bool) -> Iterator[None]:
    if first:
        s.fetched(0)
    s.add(Fault, "udf", 0x2000, 0, cpu=1, task="reader")
    if not first:
        s.fetched(0)
    yield
    s.written(1)


@case("INV-QUIET", 0)
def whose_callback_it_is(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a")
    s.callback("tracer_a" if first else "tracer_b")
    yield
    s.unregister("tracer_a")


@case("INV-QUIET", 0)
def which_task_is_in_the_callback(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a")
    s.window("W1")
    s.window("W2", "other")
    s.callback("tracer_a", task="reader" if first else "other")
    yield
    s.unregister("tracer_a")


@case("INV-GUARD")
def which_task_is_in_a_guarded_callback(s: Stream, first: bool) -> Iterator[None]:
    flagged(s)
    for task in ("reader", "other"):
        s.call(task)
        s.add(Reader, True, cpu=1, task=task)
    s.callback("tracer_b", task="reader" if first else "other")
    yield
    s.callback("tracer_b")


@case("INV-STATE")
def which_word_holds_it(s: Stream, first: bool) -> Iterator[None]:
    s.add(Store, SITE, 4, NOP if first else BL, 1, 0, 0)
    s.add(Store, LITERAL, 4, BL if first else NOP, 2, 0, 0)
    yield
    record_state(s)


@equal("INV-QUIET", 0)
def a_callback_that_is_over(s: Stream, first: bool) -> Iterator[None]:
    s.register("tracer_a")
    if first:
        s.callback("tracer_a")
        s.callback("tracer_a", begins=False)
    yield
    s.unregister("tracer_a")


@equal("INV-GUARD")
def a_guarded_callback_that_is_over(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.callback("tracer_a")
        s.callback("tracer_a", begins=False)
    yield
    s.callback("tracer_a")


@equal("INV-STATE")
def whether_a_store_to_come_elsewhere_is_older(s: Stream, first: bool) -> Iterator[None]:
    s.add(Early, "store", HEAD, BL, 2)
    s.store_site(NOP, 1 if first else 3)
    yield
    record_state(s)


@equal("INV-LIFE", 2, 3)
def that_a_task_means_no_text(s: Stream, first: bool) -> Iterator[None]:
    text(s, "one", 11)
    goes_to(s, 11, 5)
    if first:
        s.fetch(NOP, 0)
    yield
    runs(s)
