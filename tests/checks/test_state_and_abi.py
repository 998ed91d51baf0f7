"""INV-STATE and ABI."""

from ftrace_actors.events import RecordState
from tests.checks.stream import BL, NOP, OPS, REGS, Stream


def state(stream: Stream, word: int, literal: str = "ftrace_nop_ops") -> int:
    return stream.add(RecordState, "vfs_read", int(word != NOP), word != NOP, word, OPS[literal][0])


def messages(stream: Stream, invariant: str) -> list[str]:
    return [found.message for found in stream.findings(invariant=invariant)]


def test_an_untouched_site_is_a_nop_and_its_literal_anything() -> None:
    stream = Stream()
    state(stream, NOP, "tracer_a")
    assert messages(stream, "INV-STATE") == []
    state(stream, BL)
    assert len(messages(stream, "INV-STATE")) == 1


def test_site_and_literal_are_what_the_record_says() -> None:
    stream = Stream()
    stream.enable("tracer_a", 1)
    state(stream, BL, "tracer_a")
    assert messages(stream, "INV-STATE") == []
    state(stream, NOP, "tracer_a")
    (message,) = messages(stream, "INV-STATE")
    assert "the site holds 0x94000400, the record says 0xd503201f" in message


def test_a_wrong_literal() -> None:
    stream = Stream()
    stream.enable("tracer_a", 1)
    state(stream, BL, "tracer_b")
    (message,) = messages(stream, "INV-STATE")
    assert "the literal holds &tracer_a, the record says tracer_b" in message


def test_a_design_without_literal_says_nothing_about_one() -> None:
    stream = Stream()
    stream.enable("tracer_a", 1)
    stream.add(RecordState, "vfs_read", 1, True, BL, 0)
    assert messages(stream, "INV-STATE") == []


def test_newest_means_newest_in_the_timeline_not_last_to_execute() -> None:
    stream = Stream()
    stream.store_site(BL, 5)
    stream.store_site(NOP, 3)
    state(stream, BL)
    assert messages(stream, "INV-STATE") == []


def test_registers_survive_a_call() -> None:
    stream = Stream()
    stream.call()
    stream.call()
    stream.body()
    stream.body()
    assert messages(stream, "ABI") == []


def test_changed_registers_are_named() -> None:
    stream = Stream()
    stream.call()
    stream.body(regs=(1, *REGS[1:10], 2, REGS[11]))
    (message,) = messages(stream, "ABI")
    assert message.endswith("x0 0x64 -> 0x1, lr 0x6e -> 0x2")
    assert stream.findings(invariant="ABI")[0].subject == "vfs_read: x0 lr"
