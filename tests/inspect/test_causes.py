"""The causal past: shortest chains over the relations, against an oracle that looks at every pair of events."""

from pathlib import Path

import pytest

from ftrace_actors.errors import InputError
from ftrace_actors.events import Early, Event, Fetch, Load, Receive, Send, Store, Tick
from ftrace_actors.inspect import EventSymbols, LogFile, Past, write_log
from tests.inspect.recorded import SCENARIOS, Recorded, dull, search
from tests.inspect.test_log import header


def written(path: Path, events: list[Event]) -> LogFile:
    write_log(path, header(events), events, EventSymbols(events))
    return LogFile(path)


def follows(events: tuple[Event, ...], late: int, early: int) -> bool:
    """Event `late` follows from event `early` directly, by any relation."""
    event, earlier, between = events[late], events[early], events[early + 1 : late]
    if event.cause == earlier.seq:
        return True
    if event.task and event.task == earlier.task and all(other.task != event.task for other in between):
        return True
    place = (event.cpu, "" if event.cpu >= 0 else event.actor)
    beside = [
        other for other in (earlier, *between) if (other.cpu, "" if other.cpu >= 0 else other.actor) == place
    ]
    if beside == [earlier]:
        return True
    writes = [other for other in events[:late] if isinstance(other, Store | Early)]
    if isinstance(event, Load | Fetch | Store) and earlier in writes:
        # It became visible once: the first time its place in the timeline is named.
        return earlier is next((write for write in writes if write.order == event.order), None)
    return False


def oracle(events: tuple[Event, ...], seq: int) -> dict[int, int]:
    """Event of the past -> hops, by relaxing until nothing changes."""
    hops = {seq: 0}
    direct = [
        (late, early) for late in range(seq + 1) for early in range(late) if follows(events, late, early)
    ]
    for _ in events:
        for late, early in direct:
            if late in hops and hops[late] + 1 < hops.get(early, len(events)):
                hops[early] = hops[late] + 1
    return hops


EARLY_RUN = search(
    next(path for path in SCENARIOS if path.stem == "enable-call-first"), holds=False, runs_max=500
)
assert EARLY_RUN is not None


@pytest.mark.parametrize("made", [dull("teardown-tasks"), EARLY_RUN], ids=["dull", "with early stores"])
def test_the_past_is_the_oracles_with_shortest_chains(tmp_path: Path, made: Recorded) -> None:
    log = LogFile(made.write(tmp_path / "log"))
    events = made.result.events[:110]
    for seq in (0, 40, len(events) - 1):
        past = Past(log, seq)
        assert {one: past.link(one).hops for one in past} == oracle(events, seq)
        for one in past:
            link = past.link(one)
            if one != seq:
                assert follows(events, link.towards, one)
                assert past.link(link.towards).hops == link.hops - 1


def test_shorter_chains_come_first_and_of_one_length_the_later_event(tmp_path: Path) -> None:
    past = Past(LogFile(dull("teardown-tasks").write(tmp_path / "log")), 100)
    order = [(past.link(one).hops, -one) for one in past]
    assert order == sorted(order)
    assert order[0] == (0, -100)


def little() -> list[Event]:
    """cpu0 makes a store visible early and sends a message; cpu1 receives it and reads the store."""
    return [
        Tick(0, 0, "cpu0", 0, "writer", -1),
        Early(1, 1, "cpu0", 0, "writer", -1, "store", 0x1000, 5, 1),
        Send(2, 2, "cpu0", 0, "writer", -1, "cpu1", "Go", 2, 0),
        Tick(3, 3, "core", -1, "", -1),
        Receive(4, 4, "cpu1", 1, "reader", 2, "Go", 2),
        Load(5, 5, "cpu1", 1, "reader", 4, 0x1000, 8, 5, 1, 0, 0),
        Store(6, 6, "cpu0", 0, "writer", -1, 0x1000, 8, 5, 1, 0, 0),
        Tick(7, 7, "core", -1, "", -1),
        Tick(8, 8, "cpu1", 1, "other", -1),
    ]


@pytest.mark.parametrize(
    ("seq", "chains"),
    [
        (5, ["5", "4 -causes-> 5", "1 -read by-> 5", "2 -sent-> 4 -causes-> 5", "0 -then-> 1 -read by-> 5"]),
        (6, ["6", "2 -then-> 6", "1 -early for-> 6", "0 -then-> 1 -early for-> 6"]),
        (7, ["7", "3 -then-> 7"]),
        (8, ["8", "5 -then-> 8", "4 -then-> 5 -then-> 8", "1 -read by-> 5 -then-> 8"]),
    ],
)
def test_relations_by_name(tmp_path: Path, seq: int, chains: list[str]) -> None:
    past = Past(written(tmp_path / "log", little()), seq)
    said = [past.chain(one) for one in past]
    assert said[: len(chains)] == [
        text.replace("4 -then-> 5 -then-> 8", "4 -causes-> 5 -then-> 8") for text in chains
    ]


def test_runs_of_program_order_are_counted(tmp_path: Path) -> None:
    ticks: list[Event] = [Tick(seq, seq, "cpu0", 0, "t", -1) for seq in range(5)]
    past = Past(written(tmp_path / "log", ticks), 4)
    assert past.chain(0) == "0 -then x4-> 4"
    assert past.link(0).relation == "task"


def test_a_very_long_way_is_cut_and_its_hops_told(tmp_path: Path) -> None:
    """Causes alternate with program order."""
    events: list[Event] = [
        Tick(seq, seq, f"a{seq}", -1, f"t{seq // 2}", seq - 1 if seq % 2 == 0 else -1) for seq in range(60)
    ]
    past = Past(written(tmp_path / "log", events), 59)
    said = past.chain(0)
    assert said.startswith("0 -then-> 1 -causes-> 2 -then-> 3 -causes-> 4")
    assert said.endswith("-causes-> 8 ... 51 more hops to 59")


def test_an_event_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--causes 99: no such event; this log has events 0 to 8"):
        Past(written(tmp_path / "log", little()), 99)


def test_a_cause_that_lies_ahead_is_no_log_of_ours(tmp_path: Path) -> None:
    events: list[Event] = [Tick(0, 0, "cpu0", 0, "t", 1), Tick(1, 1, "cpu0", 0, "t", -1)]
    with pytest.raises(InputError, match="line 2: cause is 1"):
        Past(written(tmp_path / "log", events), 1)


def test_events_that_are_not_numbered_in_order_are_refused(tmp_path: Path) -> None:
    events: list[Event] = [Tick(0, 0, "cpu0", 0, "t", -1), Tick(3, 1, "cpu0", 0, "t", -1)]
    with pytest.raises(InputError, match="line 3: seq is 3 where 1 was expected"):
        Past(written(tmp_path / "log", events), 3)
