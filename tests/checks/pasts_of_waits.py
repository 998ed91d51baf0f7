"""What INV-GP has to remember: see `pasts.py`."""

from __future__ import annotations

from collections.abc import Iterator

from ftrace_actors.events import (
    Alloc,
    Early,
    Load,
    Store,
)
from tests.checks.pasts import (
    case,
    equal,
    goes_to,
    runs,
    text,
)
from tests.checks.stream import BL, LITERAL, NOP, SITE, Stream
from tests.checks.waits import ADDR, HEAD, LINK, PROV, TEXT, TEXT_PROV, TEXT_SIZE, branch, waits


def reads_object(s: Stream, window: str = "W1") -> None:
    s.window(window)
    s.add(Load, ADDR + 24, 8, 0, 0, PROV, 0, cpu=1, task="reader")


def whole_wait(s: Stream, *objects: str) -> None:
    waits(s, True, objects=objects or ("tracer_a",))
    waits(s, False, objects=objects or ("tracer_a",))


@case("INV-GP", 0)
def that_a_wait_began_too_early(s: Stream, first: bool) -> Iterator[None]:
    s.add(Store, HEAD, 8, ADDR, 1, 0, PROV)
    waits(s, True)
    if first:
        waits(s, False)
    s.add(Store, HEAD, 8, 0, 2, 0, 0)
    if first:
        waits(s, True)
    yield
    waits(s, False)
    reads_object(s)


@case("INV-GP", 1)
def that_a_wait_is_over(s: Stream, first: bool) -> Iterator[None]:
    if first:
        whole_wait(s)
    yield
    reads_object(s)


@case("INV-GP", 1)
def whom_a_use_was_blamed_on(s: Stream, first: bool) -> Iterator[None]:
    whole_wait(s)
    reads_object(s)
    s.window("")
    if first:
        whole_wait(s)
    yield
    reads_object(s, "W3")


@case("INV-GP", 1)
def which_stores_a_wait_came_after(s: Stream, first: bool) -> Iterator[None]:
    if first:
        whole_wait(s)
    s.add(Early, "store", ADDR, 0, 2, cpu=1)
    if not first:
        whole_wait(s)
    s.window("W2")
    yield
    s.add(Store, ADDR + 24, 8, 0, 2, PROV, 0, cpu=1, task="reader")


@case("INV-GP", 2)
def that_a_wait_for_a_word_is_over(s: Stream, first: bool) -> Iterator[None]:
    if first:
        waits(s, True, objects=(), words=(LITERAL,))
        waits(s, False, objects=(), words=(LITERAL,))
    yield
    s.load_literal("ftrace_nop_ops", 0)


@case("INV-GP", 3)
def that_a_task_is_in_the_callback(s: Stream, first: bool) -> Iterator[None]:
    s.callback("tracer_a" if first else "tracer_b")
    yield
    whole_wait(s)


@case("INV-GP", 4)
def that_a_walk_has_come_to_the_ops(s: Stream, first: bool) -> Iterator[None]:
    s.window("W2")
    s.add(Load, HEAD, 8, ADDR, 1, 0, PROV, cpu=1, task="reader")
    if first:
        s.add(Load, ADDR + LINK, 8, 0x66, 1, PROV, 0, cpu=1, task="reader")
    yield
    whole_wait(s)


@case("INV-GP", 5)
def that_a_task_is_in_the_text(s: Stream, first: bool) -> Iterator[None]:
    text(s, "tracer_a", TEXT_PROV)
    s.window("W0")
    if first:
        runs(s)
    yield
    whole_wait(s, "tracer_a.tramp")


@case("INV-GP", 6, 3)
def which_text_a_task_comes_to(s: Stream, first: bool) -> Iterator[None]:
    text(s, "tracer_a", 11)
    goes_to(s, 11, 5)
    s.window("W0")
    if first:
        s.fetch(branch(TEXT), 5)
    text(s, "tracer_b", 12)
    yield
    goes_to(s, 12, 6)
    whole_wait(s, "tracer_b.tramp")
    s.add(Store, SITE, 4, NOP, 7, 0, 0)
    whole_wait(s, "tracer_b.tramp")
    runs(s)


@case("INV-GP", 7, 0)
def which_object_is_meant_by_a_name(s: Stream, first: bool) -> Iterator[None]:
    s.add(Alloc, "tracer_a", 0x9200, 64, 9)
    if first:
        s.add(Alloc, "tracer_a", ADDR, 64, PROV)
    yield
    whole_wait(s)
    reads_object(s)


@case("INV-GP", 7, 1)
def that_an_allocation_is_an_object(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.add(Alloc, "tracer_a", 0x9200, 64, 9)
        s.add(Alloc, "tracer_a", ADDR, 64, PROV)
    yield
    s.add(Store, 0x9200 + LINK, 8, ADDR, 1, 9, PROV)
    waits(s, True)


@case("INV-GP", 7, 2)
def which_text_is_at_an_address(s: Stream, first: bool) -> Iterator[None]:
    for prov in (11, 12) if first else (12, 11):
        s.add(Alloc, f"text{prov}", TEXT, TEXT_SIZE, prov)
    s.add(Store, TEXT + 32, 8, ADDR, 1, 0, PROV)
    yield
    goes_to(s, 11, 5)
    waits(s, True)


@case("INV-GP", 7, 3)
def what_a_word_holds(s: Stream, first: bool) -> Iterator[None]:
    s.add(Store, HEAD, 8, ADDR, 1, 0, PROV)
    if first:
        s.add(Store, HEAD, 8, 0, 2, 0, 0)
    yield
    waits(s, True)


@case("INV-GP", 7, 3)
def whether_a_pointer_to_come_is_older(s: Stream, first: bool) -> Iterator[None]:
    s.add(Early, "store", HEAD, ADDR, 2)
    s.add(Store, HEAD, 8, 0, 1 if first else 3, 0, 0)
    yield
    s.add(Store, HEAD, 8, ADDR, 2, 0, PROV)
    waits(s, True)


@case("INV-GP", 7, 3)
def where_a_site_leads(s: Stream, first: bool) -> Iterator[None]:
    s.add(Store, LITERAL, 8, ADDR, 1, 0, PROV)
    s.store_site(BL if first else NOP, 2)
    yield
    waits(s, True)


@case("INV-GP", 1)
def which_generation_a_wait_was_for(s: Stream, first: bool) -> Iterator[None]:
    if first:
        whole_wait(s)
    s.add(Alloc, "tracer_a", 0x9200, 64, 9)
    if not first:
        whole_wait(s)
    yield
    reads_object(s)


@case("INV-GP", 2)
def whom_a_use_of_a_word_was_blamed_on(s: Stream, first: bool) -> Iterator[None]:
    for again in (False, True):
        if not again or first:
            waits(s, True, objects=(), words=(LITERAL,))
            waits(s, False, objects=(), words=(LITERAL,))
        if not again:
            s.load_literal("ftrace_nop_ops", 0)
    yield
    s.window("W3")
    s.add(Load, LITERAL, 8, 0x8000, 0, 0, 0, cpu=1, task="reader")


@case("INV-GP", 3)
def which_task_is_in_the_callback(s: Stream, first: bool) -> Iterator[None]:
    s.window("W1")
    s.window("W2", "other")
    s.callback("tracer_a", task="reader" if first else "other")
    yield
    whole_wait(s)


@case("INV-GP", 6, 0)
def where_a_text_was(s: Stream, first: bool) -> Iterator[None]:
    s.add(Alloc, "one.tramp", TEXT if first else TEXT + 256, TEXT_SIZE, 11)
    goes_to(s, 11, 5)
    s.window("W0")
    s.fetch(branch(TEXT), 5)
    text(s, "two", 12)
    yield
    whole_wait(s, "two.tramp")
    runs(s)


@equal("INV-GP", 3)
def a_callback_that_is_over(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.callback("tracer_a")
        s.callback("tracer_a", begins=False)
    yield
    whole_wait(s)


@equal("INV-GP", 7, 3)
def a_word_that_holds_no_pointer(s: Stream, first: bool) -> Iterator[None]:
    s.add(Store, HEAD, 8, 0x66 if first else 0x67, 1, 0, 0)
    yield
    waits(s, True)
