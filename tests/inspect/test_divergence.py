"""Two logs side by side: the first difference, and what only one of them has after it."""

from pathlib import Path

import msgspec
import pytest

from ftrace_actors.errors import InputError
from ftrace_actors.events import Alloc, Event, Join, Load, Receive, Send, Store, Tick, Window
from ftrace_actors.inspect import Divergence, EventSymbols, LogFile, diverge, write_log
from tests.inspect.recorded import SCENARIOS, dull, search
from tests.inspect.test_log import header


def written(path: Path, events: list[Event], symbols: EventSymbols | None = None) -> LogFile:
    write_log(path, header(events), events, symbols or EventSymbols(events))
    return LogFile(path)


def seqs(lines: tuple[bytes, ...]) -> list[int]:
    return [msgspec.json.decode(line)["seq"] for line in lines]


def load(seq: int, value: int, order: int) -> Event:
    return Load(seq, seq, "cpu1", 1, "reader", -1, 0x1000, 8, value, order, 0, 0)


def no_step(event: Event) -> Event:
    return msgspec.structs.replace(event, step=0)


def start() -> list[Event]:
    return [
        Tick(0, 0, "cpu0", 0, "writer", -1),
        Tick(1, 1, "cpu1", 1, "reader", -1),
        Store(2, 2, "cpu0", 0, "writer", -1, 0x1000, 8, 7, 1, 0, 0),
    ]


def fresh() -> list[Event]:
    return [
        *start(),
        load(3, 7, 1),
        Tick(4, 4, "cpu0", 0, "writer", -1),
        Window(5, 5, "cpu1", 1, "reader", -1, "W0"),
        Window(6, 6, "cpu1", 1, "reader", -1, "W1"),
        Send(7, 7, "cpu1", 1, "reader", -1, "cpu0", "Seen", 7, 0),
        Receive(8, 8, "cpu0", 0, "writer", 7, "Seen", 7),
    ]


def stale() -> list[Event]:
    return [
        *start(),
        load(3, 0, 0),
        Window(4, 4, "cpu1", 1, "reader", -1, "W0"),
        Send(5, 5, "cpu1", 1, "reader", -1, "cpu0", "Seen", 5, 0),
        Tick(6, 6, "cpu2", 2, "other", -1),
        Receive(7, 7, "cpu0", 0, "writer", 5, "Seen", 5),
    ]


def later(events: list[Event], at: int) -> list[Event]:
    """The same, everything from an event on one step later."""
    return [*events[:at], *(msgspec.structs.replace(event, step=event.step + 1) for event in events[at:])]


def test_runs_do_not_part_where_only_steps_differ(tmp_path: Path) -> None:
    found = diverge(written(tmp_path / "a", later(fresh(), 1)), written(tmp_path / "b", stale()), context=2)
    assert found is not None
    assert (found.at, found.fields) == (3, ("step", "value", "order"))
    assert seqs(found.common) == [1, 2]


def test_unless_nothing_else_does(tmp_path: Path) -> None:
    found = diverge(written(tmp_path / "a", later(fresh(), 2)), written(tmp_path / "b", fresh()), context=2)
    assert found is not None
    assert (found.at, found.fields) == (2, ("step",))
    assert seqs(found.common) == [0, 1]


def test_the_first_difference_and_what_it_led_to(tmp_path: Path) -> None:
    found = diverge(written(tmp_path / "a", fresh()), written(tmp_path / "b", stale()), context=2)
    assert found is not None
    assert found.at == 3
    assert seqs(found.common) == [1, 2]
    assert found.fields == ("value", "order")
    # W1 is entered in A only; W0, the message and its receipt are in both, numbers aside; the tick at 4 did not
    # follow from the load, and neither did the one on cpu2.
    assert (seqs(found.a.followed), found.a.count, found.a.led_to) == ([6], 1, 4)
    assert (seqs(found.b.followed), found.b.count, found.b.led_to) == ([], 0, 3)


def followed(tmp_path: Path, one: Event, other: Event) -> list[list[int]]:
    """What only one of two logs has after the first difference, when it goes on with `one`, the other with `other`."""
    logs = [
        written(tmp_path / str(value), [*start(), load(3, value, 1), event])
        for value, event in enumerate((one, other))
    ]
    found = diverge(*logs, context=3)
    assert found is not None
    assert found.at == 3
    return [seqs(side.followed) for side in (found.a, found.b)]


def join(publisher: int, until: int) -> Event:
    return Join(4, 4, "cpu1", 1, "reader", 3, "wake-up", publisher, until)


def test_what_a_join_reaches_is_a_place_in_the_stream_and_no_difference(tmp_path: Path) -> None:
    assert followed(tmp_path, join(0, 2), join(0, 3)) == [[], []]
    assert followed(tmp_path, join(0, 2), join(2, 2)) == [[4], [4]]


def store(pointer: int, prov: int) -> Event:
    return Store(4, 4, "cpu1", 1, "reader", 3, 0x2000, 8, 0x3000, 5, pointer, prov)


def test_which_number_an_allocation_has_is_no_difference_but_whether_it_is_one(tmp_path: Path) -> None:
    assert followed(tmp_path, store(1, 2), store(2, 1)) == [[], []]
    assert followed(tmp_path, store(0, -1), store(0, 1)) == [[4], [4]]
    assert followed(tmp_path, store(0, 1), store(1, 1)) == [[4], [4]]


def test_only_as_many_lines_as_asked_for_and_all_counted(tmp_path: Path) -> None:
    more = [*fresh(), *[Window(9 + n, 9, "cpu1", 1, "reader", -1, f"W{n % 5}") for n in range(30)]]
    found = diverge(written(tmp_path / "a", more), written(tmp_path / "b", stale()), context=4)
    assert found is not None
    assert len(found.a.followed) == 4
    assert found.a.count == 31  # of 32 windows; the first W0 has a counterpart in B
    assert len(found.common) == 3


def test_equal_logs_do_not_differ_whatever_names_they_use(tmp_path: Path) -> None:
    plain = written(tmp_path / "a", fresh(), EventSymbols([]))
    named = written(tmp_path / "b", fresh(), EventSymbols([Alloc(0, 0, "", 0, "", -1, "word", 0x1000, 8, 1)]))
    assert (tmp_path / "a").read_text() != (tmp_path / "b").read_text()
    assert diverge(plain, named, context=3) is None


def test_a_log_that_ends_first(tmp_path: Path) -> None:
    found = diverge(written(tmp_path / "a", fresh()), written(tmp_path / "b", fresh()[:5]), context=1)
    assert found is not None
    assert (found.at, found.b.event, found.fields) == (5, None, ())
    assert found.b.followed == ()


@pytest.mark.parametrize("flip", [False, True])
def test_sides_are_treated_alike(tmp_path: Path, flip: bool) -> None:
    a, b = written(tmp_path / "a", fresh()), written(tmp_path / "b", stale())
    one, other = diverge(a, b, context=9), diverge(b, a, context=9)
    assert one is not None
    assert other is not None
    assert (one.a, one.b) == (other.b, other.a)


def test_what_a_failing_run_did_otherwise_than_the_dull_one(tmp_path: Path) -> None:
    path = next(path for path in SCENARIOS if path.stem == "teardown-no-wait-w2")
    failing = search(path, holds=False, runs_max=500)
    assert failing is not None
    a, b = LogFile(failing.write(tmp_path / "a")), LogFile(dull(path.stem).write(tmp_path / "b"))
    found = diverge(a, b, context=1000)
    assert isinstance(found, Divergence)
    events_a, events_b = failing.result.events, dull(path.stem).result.events
    assert [no_step(event) for event in events_a[: found.at]] == [
        no_step(event) for event in events_b[: found.at]
    ]
    assert events_a[found.at] != events_b[found.at]
    assert found.a.count == len(found.a.followed) <= found.a.led_to


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    good, bad = written(tmp_path / "a", fresh()), tmp_path / "b"
    lines = (tmp_path / "a").read_bytes().splitlines(keepends=True)
    bad.write_bytes(b"".join([*lines[:3], b"nonsense\n"]))
    with pytest.raises(InputError, match="line 4: expected an event"):
        diverge(good, LogFile(bad), context=1)
