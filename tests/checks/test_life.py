"""INV-LIFE."""

import pytest

from ftrace_actors.checks import Finding
from ftrace_actors.events import (
    Alloc,
    Callback,
    Early,
    Fault,
    Fetch,
    Free,
    Load,
    Returned,
    Store,
    Unpredictable,
)
from tests.checks.stream import ALL_OPS, BL, NOP, SITE, Stream

ADDR, PROV = ALL_OPS["tracer_a"]


def life(stream: Stream) -> list[Finding]:
    return stream.findings(invariant="INV-LIFE")


def freed(order: int = 5) -> Stream:
    stream = Stream()
    stream.free("tracer_a", order)
    return stream


def test_using_what_lives_is_fine() -> None:
    stream = Stream()
    stream.add(Load, ADDR + 16, 8, 0, 0, PROV, 0, task="reader", cpu=1)
    stream.add(Store, ADDR + 8, 8, 1, 2, PROV, 0, task="reader", cpu=1)
    stream.callback("tracer_a")
    stream.free("tracer_a", 5)
    assert life(stream) == []


def test_a_load_after_the_free_is_a_use_after_free_even_of_an_old_value() -> None:
    stream = freed()
    stream.window("W1")
    load = stream.add(Load, ADDR + 16, 8, 0, 0, PROV, 0, task="reader", cpu=1)
    (found,) = life(stream)
    assert (found.severity, found.subject, found.window) == ("use after free", "tracer_a", "W1")
    assert load in found.events
    assert "tracer_a was freed" in found.message


def test_the_proof_names_the_load_the_pointer_came_from() -> None:
    stream = Stream()
    literal = stream.load_literal("tracer_a", 1)
    free = stream.free("tracer_a", 5)
    load = stream.add(Load, ADDR, 8, 0, 0, PROV, 0, task="reader", cpu=1)
    (found,) = life(stream)
    assert found.events == (literal, free, load)


def test_the_same_address_allocated_again_is_somebody_elses() -> None:
    stream = freed()
    stream.add(Alloc, "tracer_c", ADDR, 64, 9)
    stream.add(Load, ADDR, 8, 0, 0, 9, 0)
    assert life(stream) == []
    stream.add(Load, ADDR, 8, 0, 0, PROV, 0)
    assert len(life(stream)) == 1


def test_a_store_is_judged_at_its_place_in_the_timeline() -> None:
    stream = freed(order=5)
    stream.add(Store, ADDR, 8, 1, 5, PROV, 0)
    assert life(stream) == []
    stream.add(Store, ADDR, 8, 1, 6, PROV, 0)
    assert [found.subject for found in life(stream)] == ["tracer_a"]


def test_a_callback_handed_a_freed_ops() -> None:
    stream = freed()
    stream.callback("tracer_a", begins=False)
    assert life(stream) == []
    stream.callback("tracer_a")
    assert "enters tracer_a_func" in life(stream)[0].message


def test_freed_text_is_not_fetched_unless_it_is_text_again() -> None:
    stream = Stream()
    stream.add(Alloc, "trampoline", 0x4000, 64, 7)
    stream.add(Fetch, 0x4010, 1, 0, 0, 0, 0)
    stream.add(Free, "trampoline", 0x4000, 64, 7, 3)
    stream.add(Fetch, 0x4040, 1, 0, 0, 0, 0)
    assert life(stream) == []
    stream.add(Fetch, 0x4010, 1, 0, 0, 0, 0)
    assert [found.subject for found in life(stream)] == ["trampoline"]
    reused = Stream()
    reused.add(Free, "trampoline", 0x4000, 64, 7, 3)
    reused.add(Alloc, "image", 0x4000, 64, 8)
    reused.add(Fetch, 0x4010, 1, 0, 0, 0, 0)
    assert life(reused) == []


TEXT = 0x4000


def reused(branch: int) -> Stream:
    """tracer_b's trampoline is where tracer_a's was; the BL that is fetched was written for allocation `branch`."""
    stream = Stream()
    stream.add(Alloc, "tracer_a.tramp", TEXT, 64, 7)
    stream.add(Store, SITE, 4, BL, 3, 0, 7)
    stream.add(Free, "tracer_a.tramp", TEXT, 64, 7, 4)
    stream.add(Alloc, "tracer_b.tramp", TEXT, 64, 8)
    stream.add(Store, SITE, 4, BL, 6, 0, 8)
    stream.add(Fetch, SITE, BL, {7: 3, 8: 6}[branch], 0, 6, 0, task="reader", cpu=1)
    return stream


def test_text_is_meant_for_whom_the_branch_was_written() -> None:
    stream = reused(8)
    stream.add(Fetch, TEXT, 1, 5, 0, 5, 0, task="reader", cpu=1)
    assert life(stream) == []


def test_an_old_branch_to_new_text_is_a_use_of_the_old() -> None:
    stream = reused(7)
    assert life(stream) == []
    stream.add(Fetch, TEXT + 8, 1, 5, 0, 5, 0, task="other", cpu=0)
    assert life(stream) == []
    stream.add(Fetch, TEXT + 8, 1, 5, 0, 5, 0, task="reader", cpu=1)
    (found,) = life(stream)
    assert found.subject == "tracer_a.tramp"
    assert "runs tracer_b.tramp+0x8, on its way to tracer_a.tramp," in found.message


def test_a_pointer_read_from_a_plt_entry_means_its_text_too() -> None:
    stream = reused(8)
    stream.add(Load, 0x7008, 8, TEXT, 2, 0, 7, task="reader", cpu=1)
    stream.add(Fetch, TEXT, 1, 5, 0, 5, 0, task="reader", cpu=1)
    (found,) = life(stream)
    assert found.subject == "tracer_a.tramp"


def test_a_torn_pointer_is_corruption_whatever_it_is_used_for() -> None:
    for kind, fields in (
        (Load, (0x1234, 8, 0, 0, -1, 0)),
        (Store, (0x1234, 8, 0, 0, -1, 0)),
        (Fault, ("unmapped", 0x1234, -1)),
        (Callback, (True, "tracer_a_func", 0x1234, -1, 0)),
    ):
        stream = Stream()
        stream.call()
        stream.add(kind, *fields, task="reader", cpu=1)
        (found,) = life(stream)
        assert (found.severity, found.subject) == ("corruption", "vfs_read"), kind


def test_every_fault_counts() -> None:
    stream = Stream()
    stream.add(Fault, "fetch", 0x66, 0, task="reader", cpu=1)
    (found,) = life(stream)
    assert found.severity == "corruption"
    stream = freed()
    stream.add(Fault, "unmapped", ADDR, PROV, task="reader", cpu=1)
    (found,) = life(stream)
    assert (found.severity, found.subject) == ("use after free", "tracer_a")


def test_the_same_thing_in_the_same_window_is_said_once() -> None:
    stream = freed()
    for window in ("W1", "W1", "W2"):
        stream.window(window)
        stream.add(Load, ADDR, 8, 0, 0, PROV, 0, task="reader", cpu=1)
    assert [found.window for found in life(stream)] == ["W1", "W2"]


def test_who_enters_a_callback_with_a_freed_ops_was_in_the_window_before() -> None:
    stream = freed()
    stream.window("W1")
    stream.window("W2")
    stream.callback("tracer_a")
    (found,) = life(stream)
    assert found.window == "W1"


def test_who_calls_one_out_of_a_walk_of_the_list_was_in_the_walk() -> None:
    stream = freed()
    stream.window("W0")
    stream.window("W2")
    stream.add(Load, 0x66, 8, 0, 0, 0, 0, task="reader", cpu=1)
    stream.callback("tracer_a")
    (found,) = life(stream)
    assert found.window == "W2"


def test_who_returns_into_freed_text_was_in_the_callback() -> None:
    stream = Stream()
    stream.window("W2")
    stream.callback("tracer_a")
    stream.add(Free, "trampoline", 0x4000, 64, 7, 3)
    stream.callback("tracer_a", begins=False)
    stream.window("W3")
    stream.add(Fetch, 0x4010, 1, 0, 0, 0, 0, task="reader", cpu=1)
    stream.add(Fetch, 0x4014, 1, 0, 0, 0, 0, task="reader", cpu=1)
    returned, went_on = life(stream)
    assert (returned.window, went_on.window) == ("W2", "W3")
    assert "returns from its callback to trampoline+0x10" in returned.message


def test_who_comes_by_a_site_does_not_return() -> None:
    """The callback before was called out of another trampoline."""
    stream = Stream()
    stream.add(Free, "trampoline", 0x4000, 64, 7, 3)
    stream.callback("tracer_b")
    stream.callback("tracer_b", begins=False)
    stream.fetch(BL, 1)
    stream.window("W0")
    stream.add(Fetch, 0x4000, 1, 0, 0, 0, 0, task="reader", cpu=1)
    (found,) = life(stream)
    assert found.window == "W0"


@pytest.mark.parametrize(("addr", "count"), [(0x3FFC, 0), (0x4000, 1), (0x403C, 1), (0x4040, 0)])
def test_freed_text_ends_where_it_ends(addr: int, count: int) -> None:
    stream = Stream()
    stream.add(Free, "trampoline", 0x4000, 64, 7, 3)
    stream.add(Fetch, addr, 1, 0, 0, 0, 0)
    assert len(life(stream)) == count


@pytest.mark.parametrize(
    ("addr", "size", "count"), [(0x3FC0, 64, 1), (0x3FC0, 65, 0), (0x4040, 64, 1), (0x403F, 8, 0)]
)
def test_only_memory_that_overlaps_takes_the_place_of_freed_text(addr: int, size: int, count: int) -> None:
    stream = Stream()
    stream.add(Free, "trampoline", 0x4000, 64, 7, 3)
    stream.add(Alloc, "image", addr, size, 8)
    stream.add(Fetch, 0x4010, 1, 0, 0, 0, 0)
    assert len(life(stream)) == count


def test_a_message_says_where_in_the_allocation() -> None:
    for offset, words in ((0, "tracer_a+0x0"), (40, "tracer_a+0x28"), (64, "0x9040")):
        stream = freed()
        stream.add(Load, ADDR + offset, 8, 0, 0, PROV, 0, task="reader", cpu=1)
        assert f"reader on cpu1 reads {words} after" in life(stream)[0].message


TRAPPED = (Fault, "udf", 0x2000, 0)


def test_a_trap_of_its_own_is_corruption_and_says_what_was_executed() -> None:
    stream = Stream()
    stream.add(*TRAPPED, task="reader", cpu=1)
    (found,) = life(stream)
    assert found.message == "reader on cpu1 executes UDF at 0x2000"


@pytest.mark.parametrize(
    ("task", "reason", "findings"), [("reader", "udf", 0), ("reader", "fetch", 1), ("other", "udf", 1)]
)
def test_a_trap_after_something_unpredictable_is_a_consequence(task: str, reason: str, findings: int) -> None:
    stream = Stream()
    stream.add(Unpredictable, "half of a data write", 0x2000, 3, task="reader", cpu=1)
    stream.add(Fault, reason, 0x2000, 0, task=task, cpu=1)
    assert len(life(stream)) == findings


def test_a_trap_before_something_unpredictable_is_no_consequence() -> None:
    stream = Stream()
    stream.add(*TRAPPED, task="reader", cpu=1)
    stream.add(Unpredictable, "half of a data write", 0x2000, 3, task="reader", cpu=1)
    assert len(life(stream)) == 1


def test_a_trap_after_a_racing_fetch_is_a_consequence_although_the_race_is_found_last() -> None:
    for hazards, invariants in ((frozenset({0x2000}), {"UNPREDICTABLE"}), (frozenset(), {"INV-LIFE"})):
        stream = Stream()
        stream.add(Fetch, 0x2000, 0xAA1E03E9, 0, 0, 0, 0, task="reader", cpu=1)
        stream.add(*TRAPPED, task="reader", cpu=1)
        stream.add(Store, 0x2000, 4, 0x91000400, 1, 0, 0)
        assert {found.invariant for found in stream.findings(hazards)} == invariants


# -- faults that an overwritten instruction led to --------------------------------------------------------------------

SITE_OF_KEY = 0x3000
B = 0x14000002


def overtaken(
    fault: tuple[object, ...], *, order: int = 0, task: str = "reader", between: tuple[object, ...] = ()
) -> tuple[tuple[int, ...], str]:
    """A word is overwritten twice, at 2 and 3, fetched as it was at `order`, and its task faults; proof and message."""
    stream = freed()
    stream.add(Store, SITE_OF_KEY + 4, 4, NOP, 1, 0, 0)
    first = stream.add(Store, SITE_OF_KEY, 4, B, 2, 0, 0)
    stream.add(Store, SITE_OF_KEY, 4, B + 1, 3, 0, 0)
    fetch = stream.add(Fetch, SITE_OF_KEY, NOP, order, 0, 3, 0, task="reader", cpu=1)
    if between:
        stream.add(*between, task="reader", cpu=1)  # type: ignore[arg-type]
    end = stream.add(*fault, task=task, cpu=1)  # type: ignore[arg-type]
    stream.add(Store, SITE_OF_KEY, 4, B + 2, 4, 0, 0)  # too late to be missed
    (found,) = [one for one in life(stream) if end in one.events]
    known = {fetch: 1, first: 2, end: 3}
    return tuple(known[seq] for seq in found.events if seq in known), found.message


@pytest.mark.parametrize(
    "fault",
    [
        (Fault, "brk", 0x2000, 0),
        (Fault, "udf", 0x2000, 0),
        (Fault, "unmapped", 0x2000, 0),
        (Fault, "unmapped", ADDR, PROV),
        (Fault, "unmapped", ADDR, -1),
    ],
)
def test_a_fault_is_proven_by_the_stale_fetch_that_led_to_it_and_the_write_it_missed(
    fault: tuple[object, ...],
) -> None:
    proof, message = overtaken(fault)
    assert set(proof) == {1, 2, 3}
    if not fault[3]:
        assert message.endswith(
            ", having fetched 0xd503201f (@0) at 0x3000, where patcher on cpu0 had written 0x14000002 (@2)"
        )


@pytest.mark.parametrize(
    ("order", "task", "between"),
    [
        (3, "reader", ()),
        (0, "other", ()),
        (0, "reader", (Returned, "hot_path", 0)),
    ],
)
def test_a_fetch_that_was_not_stale_or_led_elsewhere_proves_nothing(
    order: int, task: str, between: tuple[object, ...]
) -> None:
    proof, message = overtaken((Fault, "brk", 0x2000, 0), order=order, task=task, between=between)
    assert proof == (3,)
    assert "having fetched" not in message


def test_a_trap_that_was_written_is_proven_by_its_write() -> None:
    stream = Stream()
    write = stream.add(Store, 0x2000, 4, 0xD4210000, 5, 0, 0)
    fetch = stream.add(Fetch, 0x2000, 0xD4210000, 5, 0, 5, 0, task="reader", cpu=1)
    end = stream.add(Fault, "brk", 0x2000, 0, task="reader", cpu=1)
    (found,) = life(stream)
    assert found.events == (write, fetch, end)


def test_a_write_that_was_early_proves_where_it_became_visible() -> None:
    stream = Stream()
    early = stream.add(Early, "store", SITE_OF_KEY, B, 1)
    stream.add(Early, "dc", SITE_OF_KEY, 0, 2)
    fetch = stream.add(Fetch, SITE_OF_KEY, NOP, 0, 0, 1, 0, task="reader", cpu=1)
    end = stream.add(Fault, "unmapped", 0x2000, 0, task="reader", cpu=1)
    (found,) = life(stream)
    assert found.events == (early, fetch, end)
