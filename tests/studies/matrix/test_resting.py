"""What the word in front of a function names when a run is over."""

from ftrace_actors.checks import Checker
from ftrace_actors.events import Free, RecordDefined
from ftrace_actors.studies.matrix.resting import Resting
from tests.checks.stream import ENTRY, OPS, SITE, Stream


def names(stream: Stream) -> str | None:
    resting = Resting()
    checker = Checker([resting])
    for event in stream.events:
        checker.feed(event)
    return resting.names()


def test_an_ops_that_nothing_frees() -> None:
    stream = Stream()
    stream.enable("tracer_a", 2)
    stream.store_literal("ftrace_nop_ops", 9)
    assert names(stream) == "ftrace_nop_ops"


def test_the_newest_write_counts_not_the_last() -> None:
    stream = Stream()
    stream.store_literal("ftrace_list_ops", 9)
    stream.store_literal("tracer_a", 2)
    assert names(stream) == "ftrace_list_ops"


def test_a_tracer_is_none_of_them_freed_or_not() -> None:
    for name in ("tracer_a", "static_ops"):
        stream = Stream()
        stream.enable(name, 2)
        assert names(stream) == ""


def test_nor_is_what_was_freed() -> None:
    stream = Stream()
    stream.store_literal("ftrace_nop_ops", 9)
    addr, prov = OPS["ftrace_nop_ops"]
    stream.add(Free, "ftrace_nop_ops", addr, 64, prov, 12)
    assert names(stream) == ""


def test_words_without_a_meaning() -> None:
    assert names(Stream()) == ""


def test_no_word_at_all() -> None:
    stream = Stream()
    stream.events = []
    stream.add(RecordDefined, "vfs_read", ENTRY, SITE, 0)
    assert names(stream) is None


def test_one_word_of_two_is_not_enough() -> None:
    stream = Stream()
    stream.add(RecordDefined, "vfs_write", ENTRY + 64, SITE + 64, 0x1040)
    stream.store_literal("ftrace_nop_ops", 9)
    assert names(stream) == ""
