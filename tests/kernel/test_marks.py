"""Marks in assembly: what is written is what is meant, or it is refused."""

import pytest

from ftrace_actors.kernel.marks import (
    BodyMark,
    CallbackMark,
    ClaimMark,
    EntryMark,
    PreemptCheck,
    ReaderMark,
    WindowMark,
    parse_mark,
)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("window W3", WindowMark("W3")),
        ("callback begin f", CallbackMark("f", begins=True)),
        ("callback end f", CallbackMark("f", begins=False)),
        ("reader begin", ReaderMark(begins=True)),
        ("reader end", ReaderMark(begins=False)),
        ("preempt-check", PreemptCheck()),
        ("claims f", ClaimMark("f")),
        ("entry f", EntryMark("f")),
        ("body f", BodyMark("f")),
    ],
)
def test_each_kind_is_read(text: str, mark: object) -> None:
    assert parse_mark(text) == mark


@pytest.mark.parametrize(
    "text", ["reader strat", "reader", "callback start f", "callback begin", "entry", ""]
)
def test_a_misspelt_mark_is_refused_rather_than_taken_for_its_opposite(text: str) -> None:
    with pytest.raises(ValueError, match=r"unknown mark .*; right are .*reader begin\|end"):
        parse_mark(text)
