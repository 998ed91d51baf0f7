"""What a report says of a run: the words of `log` and `replay`, marks, messages, windows and lives."""

from pathlib import Path

import pytest

from ftrace_actors.actors import ReplayChooser
from ftrace_actors.events import Fetch, Receive, Send, Window
from ftrace_actors.inspect import EventName
from ftrace_actors.inspect.naming import Plain
from ftrace_actors.report import RunReport
from tests.report.made import made, report_of

LIFE, STALE, TEXT = "teardown-no-wait-w2", "patch-without-inval", "dynamic-teardown-no-wait-w3"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunReport]:
    directory = tmp_path_factory.mktemp("reports")
    return {name: report_of(name, directory) for name in (LIFE, STALE, TEXT)}


def test_the_head_says_what_was_run_and_how_to_see_it_again(reports: dict[str, RunReport]) -> None:
    facts = {fact.name: fact.text for fact in reports[LIFE].facts}
    assert facts["verdict"] == "VIOLATED INV-LIFE (use after free)"
    assert facts["kernel"].endswith("design call-ops, waits none")
    assert facts["replay"].startswith("ftrace-actors replay ")
    assert facts["token"].startswith("ftrace-actors replay teardown-no-wait-w2 ")
    assert reports[LIFE].findings[0].title == "INV-LIFE (use after free in W2)"


def test_the_race_is_that_of_log_causes_failure(reports: dict[str, RunReport]) -> None:
    race = reports[LIFE].race
    assert race is not None
    by_seq = {event.seq: event for event in reports[LIFE].events}
    assert by_seq[race.other].text == "kfree(tracer_a)"
    assert by_seq[race.late].text.startswith("ldr tracer_a->hits")
    assert set(by_seq[race.late].marks) == {"proof", "race"}
    assert sum(text.startswith("Missing: an order") for text in race.words) == 1


def test_every_event_has_its_number_and_its_name(reports: dict[str, RunReport]) -> None:
    for name, report in reports.items():
        world, result, narrator = made(name)
        plain = Plain(world.image.symbols)
        lines = {event.seq: plain(event) for event in result.events}
        assert len(report.events) > 100
        assert len({event.name for event in report.events}) == len(report.events)
        for event in report.events:
            line = lines[event.seq]
            place = str(line.get("symbol") or line.get("addr") or "")
            wanted = EventName(event.actor, event.kind, "" if place == "0x0" else place, line["occurrence"])
            assert event.name == str(wanted)
            assert EventName.parse(event.name) == wanted
            assert (event.text, event.remark) == narrator.phrase(result.events[event.seq])


def test_stale_fetches_are_marked_with_what_memory_held(reports: dict[str, RunReport]) -> None:
    _, result, _ = made(STALE)
    stale = [event.seq for event in result.events if isinstance(event, Fetch) and event.order < event.newest]
    marked = [event for event in reports[STALE].events if "stale" in event.marks]
    assert [event.seq for event in marked] == stale
    assert marked[0].note == "memory holds bl ftrace_caller @7"


def test_each_message_is_an_arrow(reports: dict[str, RunReport]) -> None:
    _, result, _ = made(LIFE)
    sends = {event.number: event for event in result.events if isinstance(event, Send)}
    received = [event for event in result.events if isinstance(event, Receive) and event.cause >= 0]
    assert [(sends[event.number].seq, event.seq, event.message) for event in received] == [
        (arrow.sent, arrow.received, arrow.message) for arrow in reports[LIFE].arrows
    ]


def test_windows_are_bands_that_end_where_the_task_leaves_them(reports: dict[str, RunReport]) -> None:
    _, result, _ = made(TEXT)
    entered = [(event.task, event.window, event.seq) for event in result.events if isinstance(event, Window)]
    bands = [band for band in reports[TEXT].bands if band.what.startswith("W")]
    assert {(band.task, band.what, band.begin) for band in bands} == {one for one in entered if one[1]}
    for band in bands:
        following = [seq for task, _, seq in entered if task == band.task and seq > band.begin]
        assert band.end == (following[0] if following else -1)


def test_a_life_goes_from_allocation_through_the_wait_to_the_free(reports: dict[str, RunReport]) -> None:
    bars = {bar.name: bar for bar in reports[TEXT].bars}
    assert [phase.what for phase in bars["tracer_a"].phases] == [
        "allocated",
        "linking",
        "linked",
        "unlinking",
        "unlinked",
        "waiting",
        "waited",
    ]
    text = bars["tracer_a.tramp"]
    assert text.kind == "text"
    assert [phase.what for phase in text.phases] == ["allocated", "waiting", "waited"]
    freed = next(event.seq for event in reports[TEXT].events if event.text == "free(tracer_a.tramp)")
    assert text.freed == freed == text.phases[-1].end
    for bar in bars.values():
        assert [phase.end for phase in bar.phases[:-1]] == [phase.begin for phase in bar.phases[1:]]


def test_its_states_are_of_this_run(reports: dict[str, RunReport]) -> None:
    _, result, _ = made(LIFE)
    states = reports[LIFE].states
    assert states.source == "run"
    uptos = [change[0] for change in states.changes]
    assert uptos == sorted(set(uptos))
    assert uptos[-1] == len(result.events) - 1


def test_a_run_that_holds_has_a_report_too(tmp_path: Path) -> None:
    from ftrace_actors.cli.report_sources import report_of_log
    from ftrace_actors.inspect import make_header, write_log
    from tests.scenario.runs import chooser, world_of

    world = world_of("teardown-tasks")
    result = world.run(chooser("teardown-tasks", 0), driver="bare", record=True)
    header = make_header(world, result, seed=0, run=0, strategy="mix")
    write_log(tmp_path / "it.log", header, result.events, world.image.symbols)
    report = report_of_log(tmp_path / "it.log")
    assert (report.verdict, report.findings, report.race) == ("holds", (), None)
    assert {"tasks", "memory", "grace periods"} <= {group for group, _ in report.states.fields}
    again = world.run(ReplayChooser(result.picks), driver="bare")
    assert again.verdict == report.verdict
