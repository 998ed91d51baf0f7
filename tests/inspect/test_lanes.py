"""The timeline in lanes: golden output, and what it must never do."""

import re

import pytest

from ftrace_actors.checks import Finding
from ftrace_actors.events import (
    Early,
    Exc,
    Fault,
    Fetch,
    GracePeriod,
    Load,
    Maintain,
    Patch,
    RecordDefined,
    RecordState,
    Store,
    Switch,
    Sync,
    Tick,
    Unpredictable,
    Wait,
)
from ftrace_actors.inspect import EventSymbols, render
from ftrace_actors.words import Severity
from tests.checks.stream import BL, NOP, OPS, SITE, Stream

CALLER = SITE + 0x1000


class World:
    """The symbols of the streams' world."""

    def __init__(self, stream: Stream) -> None:
        self.logged = EventSymbols(stream.events)

    def describe(self, addr: int) -> str:
        return "ftrace_caller" if addr == CALLER else self.logged.describe(addr)


def shown(stream: Stream, findings: list[Finding] | None = None, width: int = 80) -> str:
    text = render(stream.events, stream.findings() if findings is None else findings, World(stream), width)
    assert max(len(line) for line in text.splitlines()) <= width
    return text


def expect(text: str) -> str:
    return "\n".join(line.removeprefix(" " * 8) for line in text.lstrip("\n").split("\n"))


def call_first() -> Stream:
    stream = Stream()
    stream.register("tracer_a", returns=False)
    stream.add(Patch, 1, True, "vfs_read", "make_call", OPS["tracer_a"][0], BL, ("tracer_a",), 0)
    stream.add(Early, "write", SITE & ~7, BL << 32, 1)
    stream.call()
    stream.fetch(BL, 1)
    stream.load_literal("ftrace_nop_ops", 0)
    stream.body()
    stream.store_literal("tracer_a", 2)
    stream.store_site(BL, 1)
    stream.add(Patch, 1, False, "vfs_read", "make_call", OPS["tracer_a"][0], BL, ("tracer_a",), 0)
    stream.registered("tracer_a", view=2)
    return stream


def test_a_lost_call_as_a_person_reads_it() -> None:
    assert shown(call_first()) == expect(
        """
          event cpu0 (patcher)                       cpu1 (reader)
             8  -- register(tracer_a) called -------------------------------------------
        *    9  -- make_call(vfs_read) begins (patch 1) --------------------------------
        *   10  str bl ftrace_caller ->
                  vfs_read+0x4  @1 early
        *   12                                       fetch bl ftrace_caller  (new @1)
            13                                       in W0
        *   14                                       ldr literal = &ftrace_nop_ops
                                                       (old @0)
            15                                       in W1
        *   17                                       body of vfs_read
        *   18  str &tracer_a -> literal  @2
                (9 of 14 events; * proves what follows)
          why   INV-COMPL (lost call in W0): reader on cpu1 called vfs_read and tracer_a
                did not see it: the call ran the branch of patch 1 (make_call), and it
                read literal = &ftrace_nop_ops (@0)
        """
    )


def teardown_without_wait() -> Stream:
    stream = Stream()
    stream.enable("tracer_a", 1)
    stream.call()
    stream.fetch(BL, 2)
    stream.load_literal("tracer_a", 1)
    stream.add(Switch, "reader", "", False, cpu=1, task="reader")
    stream.unregister("tracer_a", returns=False)
    stream.store_literal("ftrace_nop_ops", 3)
    stream.store_site(NOP, 4)
    stream.add(Wait, True, "tracer_a", ("rude",), ("W1",), ("tracer_a",))
    stream.add(GracePeriod, "rude", 1, "start", ("cpu1",))
    stream.add(Tick, cpu=1, task="")
    stream.add(Switch, "", "reader", True, cpu=1, task="")
    stream.add(GracePeriod, "rude", 1, "end", (), 4)
    stream.add(Wait, False, "tracer_a", ("rude",), ("W1",), ("tracer_a",))
    stream.unregistered("tracer_a")
    stream.free("tracer_a", 4)
    stream.add(Load, OPS["tracer_a"][0] + 16, 8, 0x4242, 0, OPS["tracer_a"][1], 0, cpu=1, task="reader")
    return stream


def test_a_teardown_that_frees_too_early() -> None:
    assert shown(teardown_without_wait()) == expect(
        """
          event cpu0 (patcher)                       cpu1 (reader)
             8  -- register(tracer_a) called -------------------------------------------
            10  str &tracer_a -> literal  @1
            11  str bl ftrace_caller ->
                  vfs_read+0x4  @2
            13  -- register(tracer_a) returns ------------------------------------------
            15                                       fetch bl ftrace_caller  (new @2)
            16                                       in W0
        *   17                                       ldr literal = &tracer_a  (new @1)
        *   18                                       in W1
            19                                       switch reader -> idle  (preempted)
            20  -- unregister(tracer_a) called -----------------------------------------
        *   21  str &ftrace_nop_ops -> literal  @3
            22  str nop -> vfs_read+0x4  @4
        *   23  -- wait for users of tracer_a begins (rude) ----------------------------
            24  -- grace period rude #1: start (for cpu1) ------------------------------
            26                                       switch idle -> reader
            27  -- grace period rude #1: end -------------------------------------------
        *   28  -- wait for users of tracer_a ends (rude) ------------------------------
            29  -- unregister(tracer_a) returns ----------------------------------------
        *   30  -- kfree(tracer_a) @4 --------------------------------------------------
        *   31                                       ldr tracer_a->flags = 0x4242  (@0)
                (20 of 24 events; * proves what follows)
          why   INV-LIFE (use after free in W1): reader on cpu1 reads tracer_a->flags
                after tracer_a was freed
          why   INV-GP (wait too short in W1): reader on cpu1 reads tracer_a->flags
                after the wait for users of tracer_a (rude) has returned
        """
    )


def test_a_run_without_findings_shows_every_call() -> None:
    stream = Stream()
    stream.untraced()
    assert shown(stream) == expect(
        """
          event cpu1 (reader)
             9  fetch nop  (new @0)
                (1 of 4 events)
        """
    )


def test_long_gaps_are_counted_where_they_are() -> None:
    stream = Stream()
    for count in (7, 8):
        for _ in range(count):
            stream.add(Tick)
        stream.callback("tracer_a")
    assert shown(stream, []) == expect(
        """
          event cpu1 (reader)
            15  enters tracer_a_func  (&tracer_a)
                ... 8 events
            24  enters tracer_a_func  (&tracer_a)
                (2 of 17 events)
        """
    )


def test_with_findings_only_the_victims_call_is_shown_and_nothing_after_the_proof() -> None:
    stream = call_first()
    findings = stream.findings()
    before = shown(stream, findings)
    stream.untraced(task="writer", cpu=0)
    stream.callback("tracer_a", task="writer")
    stream.traced(1, "tracer_a", 2, ["tracer_a"])
    stream.add(Switch, "reader", "writer", False, cpu=1)
    assert re.sub(r"of \d+ events", "of 14 events", shown(stream, findings)) == before
    finding = Finding("X", Severity.HANG, "m", None, "s", (len(stream.events) - 1,))
    later = shown(stream, [finding])
    assert "fetch" not in later
    assert "str &tracer_a -> literal" in later
    assert "switch reader -> writer" in later


def test_calls_between_the_victims_call_and_the_last_proof_are_not_shown() -> None:
    stream = call_first()
    findings = stream.findings()
    stream.traced(1, "tracer_a", 2, ["tracer_a"])
    free = stream.free("tracer_a", 9)
    text = shown(stream, [*findings, Finding("X", Severity.HANG, "m", None, "s", (free,))])
    assert text.count("fetch") == 1
    assert "kfree(tracer_a)" in text


def test_interrupts_are_shown_in_the_victims_call_alone() -> None:
    stream = Stream()
    stream.add(Exc, True, "irq", cpu=1, task="reader")
    stream.call()
    first = stream.fetch(NOP, 0)
    inside = stream.add(Exc, True, "irq", cpu=1, task="reader")
    stream.add(Exc, False, "irq", cpu=1, task="reader")
    stream.add(Exc, True, "irq", cpu=0, task="writer")
    last = stream.body()
    text = shown(stream, [Finding("X", Severity.HANG, "m", None, "s", (first, last))])
    assert re.findall(r"(\d+) +takes an interrupt", text) == [str(inside)]
    assert "interrupt" not in shown(stream, [])


def test_with_three_lanes_words_may_reach_into_the_next_one() -> None:
    """An event has its rows for itself, so it need not be folded to a lane of 22 columns; the last lane has no more."""
    stream = Stream()
    seqs = [stream.add(Fetch, SITE, BL, 0, 0, 7, 0, cpu=cpu, task=f"task{cpu}") for cpu in range(3)]
    stream.add(Store, SITE, 4, BL, 7, 0, 0)
    text = shown(stream, [Finding("X", Severity.HANG, "m", None, "s", tuple(seqs))])
    rows = [line for line in text.splitlines() if "bl ftrace_caller" in line and "fetch" in line]
    assert [row.index("fetch") for row in rows] == [8, 32, 56]
    assert [row.endswith("(old @0)") for row in rows] == [True, True, False]


def test_a_window_is_shown_when_something_happened_in_it() -> None:
    stream = Stream()
    stream.window("W0")
    stream.window("W1")
    stream.window("W2", "writer", 0)
    stream.window("W3")
    text = shown(stream, [])
    assert "in W0" not in text
    assert [window for window in ("W1", "W2", "W3") if f"in {window}" in text] == ["W1", "W2", "W3"]


def test_stores_made_early_elsewhere_are_not_shown() -> None:
    stream = Stream()
    stream.add(Early, "write", 0x7000, 1, 1)
    stream.add(Store, 0x7000, 8, 1, 1, 0, 0)
    stream.add(Early, "write", SITE, BL, 2)
    assert "0x7000" not in shown(stream, [])
    assert "write vfs_read+0x4  @2 early" in shown(stream, [])


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("cpus", [1, 2, 3, 4])
def test_no_line_is_wider_than_asked_for(width: int, cpus: int) -> None:
    stream = Stream()
    stream.add(RecordDefined, "a_function_with_a_really_long_name", 0x3000, 0x3004, 0x2FF8)
    for cpu in range(cpus):
        stream.add(
            Store, 0x2FF8, 8, OPS["tracer_a"][0], cpu + 1, 0, 3, cpu=cpu, task=f"a_long_task_name_{cpu}"
        )
        stream.callback("tracer_a", cpu=cpu)
        stream.add(Switch, "one_long_name", "another_long_name", False, cpu=cpu)
        stream.unregister("tracer_a")
    text = shown(stream, [], width=width)
    assert all(f"cpu{cpu}" in text.splitlines()[0] for cpu in range(cpus))


def test_with_more_than_one_record_a_literal_says_whose_it_is() -> None:
    stream = Stream()
    stream.add(RecordDefined, "vfs_write", 0x3000, 0x3004, 0x2FF8)
    stream.load_literal("ftrace_nop_ops", 0)
    assert "ldr literal of vfs_read = &ftrace_nop_ops" in re.sub(r"\s+", " ", shown(stream))


def test_every_kind_of_proof_has_words() -> None:
    stream = Stream()
    for kind, fields in (
        (Sync, ("isb", 4)),
        (Maintain, ("ic ivau", SITE, 3)),
        (Unpredictable, ("half a literal fetched", SITE, 3)),
        (Fault, ("unmapped", 0x66, 0)),
        (RecordState, ("vfs_read", 1, True, BL, OPS["tracer_a"][0])),
        (Tick, ()),
        (Fetch, (SITE, 0xAA1E03E9, 0, 0, 0, 0)),
        (Store, (SITE, 4, 0x17FFFFFF, 1, 0, 0)),
        (Store, (0x7000, 8, 5, 2, 0, 0)),
        (Early, ("ic", SITE, 0, 9)),
    ):
        stream.add(kind, *fields, cpu=0)
    stream.call(cpu=0)
    last = len(stream.events)
    finding = Finding("X", Severity.HANG, "m", None, "s", tuple(range(last)))
    text = re.sub(r"\s+", " ", shown(stream, [finding], width=100))
    for words in (
        "synchronized (isb) (tau @4)",
        "ic ivau vfs_read+0x4 @3",
        "UNPREDICTABLE at vfs_read+0x4 (half a literal fetched)",
        "fault at 0x66 (unmapped)",
        "ftrace_lock released: vfs_read enabled, count 1",
        "tick",
        "fetch mov x9, x30 (new @0)",
        "str b vfs_read -> vfs_read+0x4 @1",
        "str 0x5 -> 0x7000 @2",
        "ic vfs_read+0x4 @9 early",
        "call vfs_read",
    ):
        assert words in text, words


@pytest.mark.parametrize(
    ("unregister", "objects", "words"),
    [
        (True, ("tracer_a",), "wait for users of tracer_a begins (rude)"),
        (True, (), "wait inside unregister(tracer_a) begins (rude)"),
        (False, (), "wait inside register(tracer_a) begins (rude)"),
    ],
)
def test_a_wait_is_for_users_only_where_there_are_some(
    unregister: bool, objects: tuple[str, ...], words: str
) -> None:
    stream = Stream()
    stream.register("tracer_a", returns=unregister)
    if unregister:
        stream.unregister("tracer_a", returns=False)
    stream.add(Wait, True, "tracer_a", ("rude",), ("W1",), objects)
    assert words in shown(stream)


WORD, CALL = 0x7000, 0x7100


def crossing() -> Stream:
    """A word and a call of a design's own, as of global-ops."""
    stream = Stream()
    addr, prov = OPS["tracer_a"]
    stream.add(Store, WORD, 8, addr, 3, 0, prov, cpu=0, task="writer")
    stream.add(Store, CALL, 4, NOP, 4, 0, 0, cpu=0, task="writer")
    stream.call()
    stream.fetch(BL, 1)
    stream.window("W0")
    stream.add(Load, WORD, 8, addr, 3, 0, prov, task="reader", cpu=1)
    stream.window("W1")
    stream.add(Fetch, CALL, BL, 2, 0, 2, 0, task="reader", cpu=1)
    stream.callback("tracer_a", func="tracer_b_func")
    return stream


def test_a_designs_own_words_and_calls_are_shown_as_literals_and_sites_are() -> None:
    stream = crossing()
    assert not re.search(r"str|0x7100", shown(stream))
    watched = render(stream.events, stream.findings(), World(stream), 120, {WORD, CALL})
    for words in ("str &tracer_a -> 0x7000", "str nop -> 0x7100", "ldr 0x7000 = &tracer_a", "at 0x7100"):
        assert words in watched, words


def test_a_stale_fetch_in_the_victims_call_is_shown_wherever_it_is() -> None:
    stream = Stream()
    stream.call()
    stream.fetch(BL, 1)
    stream.add(Fetch, CALL, BL, 2, 0, 2, 0, task="reader", cpu=1)
    stream.add(Fetch, CALL + 4, BL, 2, 0, 9, 0, task="reader", cpu=1)
    stream.callback("tracer_a", func="tracer_b_func")
    text = shown(stream)
    assert "at 0x7104" in " ".join(text.split())
    assert "0x7100" not in text
