"""Logs: exact round trips, and one clear line when a file is none."""

import json
import typing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.errors import InputError
from ftrace_actors.events import AnyEvent, Call, Event, Load, Tick
from ftrace_actors.events.encoding import HEX_NAMES, KINDS, from_plain, to_plain
from ftrace_actors.events.fields import fields_of
from ftrace_actors.inspect import EventSymbols, LogHeader, digest, encode_events, read_log, write_log
from tests.checks.stream import SITE, Stream

U64 = st.integers(0, 2**64 - 1)
BY_TYPE: dict[object, st.SearchStrategy[object]] = {
    int: U64 | st.integers(-1, 8),
    str: st.text(max_size=6),
    bool: st.booleans(),
    tuple[int, ...]: st.lists(U64, max_size=12).map(tuple),
    tuple[str, ...]: st.lists(st.text(max_size=4), max_size=3).map(tuple),
}


def values_of(name: str, kind: object) -> st.SearchStrategy[object]:
    """What a field may hold; one that is written in hexadecimal holds no negative number, and a word has 32 bits."""
    if kind is int and name in HEX_NAMES:
        return st.integers(0, 2**32 - 1) if name == "word" else U64
    return BY_TYPE[kind]


def events_of(kind: type[Event]) -> st.SearchStrategy[Event]:
    fields = {field.name: values_of(field.name, field.held) for field in fields_of(kind)}
    return st.fixed_dictionaries(fields).map(lambda values: kind(**values))


EVENTS = st.one_of([events_of(kind) for kind in KINDS.values()])


def header(events: list[Event]) -> LogHeader:
    return LogHeader(scenario="call-first", seed=7, run=36, strategy="pct", digest=digest(events))


@given(st.lists(EVENTS, max_size=8))
def test_events_come_back_exactly(events: list[Event]) -> None:
    lines = [json.loads(json.dumps(to_plain(event))) for event in events]
    back = [from_plain(line) for line in lines]
    assert back == events
    assert [type(event) for event in back] == [type(event) for event in events]
    assert digest(back) == digest(events)


@given(EVENTS, EVENTS)
def test_digests_tell_streams_apart(one: Event, two: Event) -> None:
    assert (digest([one]) == digest([two])) == (one == two and type(one) is type(two))
    assert digest([one, two]) != digest([one])


def test_every_event_of_the_schema_has_a_kind() -> None:
    assert set(KINDS.values()) == set(typing.get_args(AnyEvent))


def test_a_log_comes_back_exactly(tmp_path: Path) -> None:
    stream = Stream()
    stream.enable("tracer_a", 1)
    stream.traced(2, "tracer_a", 1, ["tracer_a"])
    path = tmp_path / "run.jsonl"
    write_log(path, header(stream.events), stream.events, EventSymbols(stream.events))
    assert read_log(path) == (header(stream.events).sealed(), stream.events)
    assert [one.name for one in tmp_path.iterdir()] == ["run.jsonl"]


def test_addresses_and_words_are_hex_and_named() -> None:
    stream = Stream()
    seq = stream.fetch(0x94000400, 1)
    line = json.loads(list(encode_events(stream.events, EventSymbols(stream.events)))[seq])
    assert line["kind"] == "fetch"
    assert line["addr"] == hex(SITE)
    assert line["word"] == "0x94000400"
    assert line["symbol"] == "vfs_read+0x4"
    assert line["order"] == 1


def test_an_address_without_a_name_has_no_symbol() -> None:
    event = Load(0, 0, "cpu0", 0, "t", -1, 0x1234, 8, 0, 0, 0, 0)
    assert "symbol" not in json.loads(next(encode_events([event], EventSymbols([]))))


def write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return path


GOOD = {"scenario": "s", "seed": 0, "run": 0, "strategy": "dull", "digest": digest([])}
TICK = to_plain(Tick(0, 0, "cpu0", 0, "", -1))


@pytest.mark.parametrize(
    ("lines", "key_path", "words"),
    [
        (["hello"], "line 1", "not the header of a log"),
        ([{"seed": 3}], "line 1", "not the header of a log"),
        ([{**GOOD, "format": "other"}], "format", "'other' is not"),
        ([{**GOOD, "schema": 99}], "schema", "written with event schema 99"),
        ([GOOD, "{"], "line 2", ""),
        ([GOOD, "3"], "line 2", "expected an event"),
        ([GOOD, {"kind": "tock"}], "line 2", "no event is called 'tock'"),
        ([GOOD, {**TICK, "extra": 1}], "line 2", "extra: tick has no such field"),
        ([GOOD, {**TICK, "cpu": "x"}], "line 2", "int"),
        ([GOOD, {"kind": "tick"}], "line 2", "missing"),
        ([GOOD, TICK], "digest", "cut or edited"),
    ],
)
def test_what_is_no_log_is_refused_by_line(
    tmp_path: Path, lines: list[object], key_path: str, words: str
) -> None:
    path = write(tmp_path / "bad.jsonl", *lines)
    with pytest.raises(InputError) as caught:
        read_log(path)
    assert caught.value.key_path == key_path
    assert words in caught.value.message
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [3, "0xzz", ["0x1"], None])
def test_a_value_that_is_no_hex_string_is_refused(value: object) -> None:
    plain = to_plain(Load(0, 0, "cpu0", 0, "t", -1, 1, 8, 2, 0, 0, 0)) | {"value": value}
    with pytest.raises(ValueError, match=r"value|int"):
        from_plain(plain)


@pytest.mark.parametrize("regs", ["0x1", [["0x1"]], ["0x1", []], [1]])
def test_a_value_that_is_no_list_of_hex_strings_is_refused(regs: object) -> None:
    plain = to_plain(Call(0, 0, "cpu0", 0, "t", -1, "f", (1, 2))) | {"regs": regs}
    with pytest.raises(ValueError, match=r"regs|array"):
        from_plain(plain)


def test_an_empty_file_is_no_log(tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.touch()
    with pytest.raises(InputError, match="line 1"):
        read_log(path)
