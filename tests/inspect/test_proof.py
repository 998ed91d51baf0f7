"""Both sides of a race are shown, and what a place in an ops is called."""

import pytest

from ftrace_actors.checks import Finding
from ftrace_actors.events import Callback, Fault, Fetch, Load, Store
from ftrace_actors.events.ftrace_ops import field_words, flag_words, with_fields
from ftrace_actors.inspect import evidence_of, proof_of, race_of, render
from ftrace_actors.inspect.race import Evidence
from ftrace_actors.words import Severity
from tests.checks.stream import BL, NOP, OPS, SITE, Stream
from tests.inspect.test_lanes import World

NAMES = {"tracer_a", "ftrace_nop_ops"}


def finding(*events: int) -> Finding:
    return Finding("INV-COMPL", Severity.LOST_CALL, "x", None, "x", events)


def stale() -> tuple[Stream, int, int]:
    """A store to a site, and a fetch that is old all the same; their numbers."""
    stream = Stream()
    store = len(stream.events)
    stream.add(Store, SITE, 4, BL, 7, 0, 0)
    fetch = len(stream.events)
    stream.add(Fetch, SITE, NOP, 0, 0, 7, 0, cpu=1, task="reader")
    return stream, store, fetch


def test_a_stale_fetch_is_proved_by_the_store_it_raced_with_too() -> None:
    stream, store, fetch = stale()
    store, fetch = stream.events[store].seq, stream.events[fetch].seq
    assert proof_of(stream.events, finding(fetch)) == (store, fetch)
    text = render(stream.events, [finding(fetch)], World(stream))
    assert [line.split()[1] for line in text.splitlines() if line.startswith("*")] == [str(store), str(fetch)]


def test_a_fetch_of_the_newest_word_raced_with_nothing() -> None:
    stream = Stream()
    stream.add(Store, SITE, 4, BL, 7, 0, 0)
    stream.add(Fetch, SITE, BL, 7, 0, 7, 0, cpu=1, task="reader")
    last = stream.events[-1].seq
    assert proof_of(stream.events, finding(last)) == (last,)


def test_a_callback_alone_is_proved_by_the_load_that_handed_it_its_ops() -> None:
    stream = Stream()
    ops = OPS["tracer_a"][0]
    stream.add(Load, 0x1000, 8, ops, 3, 0, 1, cpu=1, task="reader")
    load = stream.events[-1].seq
    stream.add(Callback, True, "tracer_a_func", ops, 1, SITE, cpu=1, task="reader")
    call = stream.events[-1].seq
    assert proof_of(stream.events, finding(call)) == (load, call)


def test_a_fault_alone_is_proved_by_the_words_that_led_to_it_and_who_wrote_them() -> None:
    """A BRK in text that nobody changes: the task came there by what it read."""
    stream = Stream()
    data, flag, own = 0x1000, 0x1008, 0x1010
    seqs = []
    for event in (
        (Store, data, 4, 1, 7, 0, 0),
        (Store, flag, 4, 1, 8, 0, 0),
    ):
        stream.add(*event)
        seqs.append(stream.events[-1].seq)
    stream.add(Store, own, 4, 1, 9, 0, 0, cpu=1, task="reader")
    for event in ((Load, own, 4, 1, 9, 0, 0), (Load, flag, 4, 1, 8, 0, 0), (Load, data, 4, 0, 0, 0, 0)):
        stream.add(*event, cpu=1, task="reader")
        seqs.append(stream.events[-1].seq)
    stream.add(Fault, "brk", 0x2000, 0, cpu=1, task="reader")
    written, flagged, _, of_flag, of_data = seqs
    fault = stream.events[-1].seq
    assert proof_of(stream.events, finding(fault)) == (written, flagged, of_flag, of_data, fault)
    found = race_of(stream.events, evidence_of(stream.events, finding(fault)))
    assert found is not None
    # Of `data` it took the old value: those two are of one place.
    assert (found.late.seq, found.other.seq) == (of_data, written)


def test_the_conflict_is_between_two_actors() -> None:
    stream, store, fetch = stale()
    found = race_of(stream.events, evidence_of(stream.events, finding(stream.events[fetch].seq)))
    assert found is not None
    assert (found.other, found.late) == (stream.events[store], stream.events[fetch])
    assert race_of(stream.events, Evidence(frozenset({stream.events[fetch].seq}), "reader")) is None


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("tracer_a", "tracer_a->func"),
        ("tracer_a+0x8", "tracer_a->next"),
        ("tracer_a+0x10", "tracer_a->flags"),
        ("tracer_a+0x18", "tracer_a->hits"),
        ("tracer_a+0x38", "tracer_a+0x38"),
        ("vfs_read+0x8", "vfs_read+0x8"),
        ("0x1000", "0x1000"),
    ],
)
def test_a_place_in_an_ops_is_a_field(place: str, words: str) -> None:
    assert field_words(place, NAMES) == words


def test_in_a_sentence_only_places_with_an_offset_are_fields() -> None:
    said = "reader on cpu1 reads tracer_a+0x18 after tracer_a was freed; tracer_ab+0x8 is another"
    assert with_fields(said, NAMES) == said.replace("tracer_a+0x18", "tracer_a->hits")


def test_flags_have_names() -> None:
    assert [flag_words(bits) for bits in (0, 2, 6, 0x80)] == [
        "0",
        "FL_RECURSION",
        "FL_RECURSION|FL_RCU",
        "0x80",
    ]


def test_findings_that_differ_in_numbers_alone_are_counted() -> None:
    stream, _, fetch = stale()
    seq = stream.events[fetch].seq
    several = [
        Finding("UNPREDICTABLE", Severity.UNPREDICTABLE, f"runs {n:#x} (@{n})", None, "x", (seq,))
        for n in (5, 6, 7)
    ]
    text = render(stream.events, several, World(stream))
    assert text.count("  why   ") == 1
    assert "runs 0x5 (@5) (and 2 more like it)" in text
