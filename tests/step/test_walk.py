"""Going through a run: to which event each way leads, and what is shown there."""

import pytest

from ftrace_actors.events import Fetch, Store
from ftrace_actors.inspect import EventName, LogFile, LogHeader, seq_of, write_log
from ftrace_actors.step.walk import Walk
from tests.step.made import LATE, STALE, both, stepped


def test_the_run_is_the_recorded_one() -> None:
    run, source = both()
    assert run.result is not None
    assert source.recording is not None
    assert source.recording.matches(run.result)
    assert run.result.digest == source.recording.digest
    assert run.reason.startswith("INV-LIFE (use after free in W1)")


def test_forward_and_backward_end_at_the_ends() -> None:
    walk = Walk(stepped(), 0)
    assert not walk.by(-1)
    assert walk.by(10)
    assert walk.at == 10
    assert walk.by(10**6)
    assert walk.at == len(stepped().events) - 1
    assert not walk.by(1)


def test_to_an_event_by_number_or_by_the_name_that_log_takes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    run, path = stepped(), tmp_path_factory.mktemp("walk") / "log"
    write_log(path, LogHeader("it", 0, 0, "mix"), run.events, run.symbols)
    log = LogFile(path)
    walk = Walk(stepped())
    for seq in (5, 120, max(stepped().proof)):
        assert walk.to_name(str(seq))
        assert walk.at == seq
        name = walk.name
        parsed = EventName.parse(name)
        assert parsed is not None
        assert seq_of(log, parsed, "--at") == seq
        walk.to(0)
        assert walk.to_name(name)
        assert walk.at == seq
    for nothing in ("", "99999", "-1", "cpu1/fetch/nowhere#0", "x" * 10_000, "²"):
        assert not walk.to_name(nothing)


def test_next_of_a_kind_and_next_that_is_marked() -> None:
    events = stepped().events
    fetches = [event.seq for event in events if isinstance(event, Fetch)]
    walk = Walk(stepped(), fetches[0])
    found = [fetches[0]]
    while walk.same_kind():
        found.append(walk.at)
    assert found == fetches
    assert walk.same_kind(-1)
    assert walk.at == fetches[-2]
    walk.to(0)
    marked = set()
    while walk.marked():
        marked.add(walk.at)
    stale = {event.seq for event in events if isinstance(event, Fetch) and event.order < event.newest}
    assert marked == stale | stepped().proof


def test_a_symbol_is_followed() -> None:
    walk = Walk(stepped(), 0)
    assert not walk.touching()
    walk.watched = "vfs_read.literal"
    assert walk.watched in walk.symbols
    found = []
    while walk.touching():
        found.append(walk.at)
    stores = [e.seq for e in stepped().events if isinstance(e, Store) and walk.touches(e, "vfs_read.literal")]
    assert stores
    assert set(stores) < set(found)
    assert not walk.touches(stepped().events[stores[0]], "vfs_read")


def test_words_are_searched_both_ways() -> None:
    walk = Walk(stepped(), 0)
    assert walk.with_text("KFREE(tracer_a)")
    at = walk.at
    assert not walk.with_text("kfree(tracer_a)")
    walk.to(len(stepped().events) - 1)
    assert walk.with_text("kfree(tracer_a)", -1)
    assert walk.at == at


@pytest.mark.parametrize("name", [STALE, LATE])
def test_decisions_are_all_choices_and_say_what_was_taken(name: str) -> None:
    run = stepped(name)
    assert run.result is not None
    assert [decision.position for decision in run.decisions] == list(range(run.result.positions))
    taken = {decision.position: decision.picked for decision in run.decisions if decision.picked}
    assert taken == {pick.position: pick.picked for pick in run.result.picks}
    # Where an option says which write would be read, the event that follows has read that one.
    said = 0
    for decision in run.decisions:
        words = decision.options[decision.picked]
        if decision.kind in {"fetch", "load"} and "@" in words:
            said += 1
            places = [int(option.rpartition("@")[2]) for option in decision.options]
            assert places == sorted(places, reverse=True)
            assert getattr(run.events[decision.seq], "order", None) == int(words.rpartition("@")[2])
    assert said or name != STALE


def test_decisions_are_found_before_the_event_they_lead_to() -> None:
    run = stepped()
    walk = Walk(run, 0)
    found = []
    while walk.to_decision(taken=True):
        found += [decision.position for decision in walk.decisions() if decision.picked]
    assert run.result is not None
    assert found == [pick.position for pick in run.result.picks]
    while walk.to_decision(-1, taken=True):
        assert any(decision.picked for decision in walk.decisions())
    assert any(decision.position == found[0] for decision in walk.decisions())


def test_the_machine_is_that_of_the_last_whole_step() -> None:
    run = stepped()
    states = run.states
    for change in states.changes[:: max(1, len(states.changes) // 7)]:
        upto = int(change[0])
        now = {(one.group, one.name): one for one in Walk(run, upto).fields()}
        for at, value in zip(change[1::2], change[2::2], strict=True):
            one = now[states.fields[int(at)]]
            assert (one.value, one.changed) == (value, True)
    # Right after the literal was written, memory holds it.
    store = next(
        e for e in run.events if isinstance(e, Store) and run.symbols.describe(e.addr) == "vfs_read.literal"
    )
    after = next(int(change[0]) for change in states.changes if int(change[0]) >= store.seq)
    values = {one.name: one.value for one in Walk(run, after).fields() if one.group == "memory"}
    assert values["vfs_read.literal"] == f"&tracer_a @{store.order}"


@pytest.mark.parametrize("height", [3, 10, 40])
def test_lanes_keep_to_the_room_and_have_the_star(height: int) -> None:
    for at in (0, 4, 200, len(stepped().events) - 1):
        lines = Walk(stepped(), at).lanes(80, height)
        assert len(lines) <= height
        assert max(map(len, lines)) <= 80
        assert next(line for line in lines if line.startswith("*")).split()[1] == str(at)
