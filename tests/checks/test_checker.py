"""The checker itself: dispatch, duplicates, the catalogue, liveness."""

import pytest

from ftrace_actors.checks import CHECKS, INV_LIVE, Check, Checker, default_checks, liveness
from ftrace_actors.checks.scene import Handlers
from ftrace_actors.events import Early, Event, Load, Send, Tick
from ftrace_actors.words import SEVERITIES, hang_of
from tests.checks.stream import Stream


class Ticks(Check):
    """Complains of every tick."""

    name = "TICKS"
    about = "no tick"

    def __init__(self) -> None:
        self.saw: list[int] = []

    def handlers(self) -> Handlers:
        return {Tick: self.on_tick}

    def on_tick(self, event: Event) -> None:
        self.saw.append(event.seq)
        self.report("hang", "a tick", f"cpu{event.cpu}", None, (event, None, event))

    def finish(self) -> None:
        self.report("hang", "the end", "end", None, ())


def test_a_check_sees_what_it_asked_for_and_a_finding_is_kept_once() -> None:
    stream = Stream()
    ticks = Ticks()
    checker = Checker([ticks])
    first = stream.add(Tick, cpu=0)
    stream.add(Early, "write", 1, 2, 3)
    again = stream.add(Tick, cpu=0)
    other = stream.add(Tick, cpu=1)
    for event in stream.events:
        checker.feed(event)
    assert ticks.saw == [first, again, other]
    assert [(found.subject, found.events) for found in checker.findings] == [
        ("cpu0", (first,)),
        ("cpu1", (other,)),
    ]
    assert [found.subject for found in checker.finish()] == ["cpu0", "cpu1", "end"]
    assert checker.finish() == checker.findings


def test_it_says_which_events_need_not_be_made() -> None:
    checker = Checker(default_checks())
    assert checker.wants(Load)
    assert not checker.wants(Send)


def test_the_catalogue_names_every_check_once() -> None:
    names = [check.name for check in default_checks()]
    assert sorted([*names, INV_LIVE]) == sorted(CHECKS)
    assert set(CHECKS) >= {
        *("INV-LIFE", "INV-PAIR", "INV-LIT", "INV-QUIET", "INV-COMPL", "INV-GP", "INV-GPSELF", "INV-LIVE"),
        *("INV-STATE", "ABI", "UNPREDICTABLE"),
    }
    assert all(CHECKS.values())


def test_runs_do_not_share_state() -> None:
    stream = Stream()
    stream.free("tracer_a", 1)
    stream.callback("tracer_a")
    assert stream.broken() == {"INV-LIFE"}
    assert Stream().broken() == set()


@pytest.mark.parametrize("outcome", ["deadlock", "livelock"])
def test_a_hang_is_a_finding(outcome: str) -> None:
    found = liveness(hang_of(outcome), "reader waits for patcher", ("reader", "patcher"))
    assert found is not None
    assert (found.invariant, found.subject) == (INV_LIVE, "patcher reader")
    assert found.severity in SEVERITIES
    assert found.message.startswith(f"{outcome}: ")
    assert found.message.endswith(": reader waits for patcher")


@pytest.mark.parametrize("outcome", ["done", "stopped", "holds"])
def test_other_outcomes_are_not(outcome: str) -> None:
    assert hang_of(outcome) is None
    assert liveness(None, "") is None


def test_the_main_job_done_right_breaks_nothing() -> None:
    """register, call, unregister, free: as the kernel does it."""
    stream = Stream()
    stream.enable("tracer_a", 1)
    stream.sync(2)
    stream.traced(2, "tracer_a", 1, ["tracer_a"])
    stream.unregister("tracer_a", returns=False)
    with stream.patch("make_nop", "ftrace_nop_ops", 0xD503201F, []):
        stream.store_literal("ftrace_nop_ops", 3)
        stream.store_site(0xD503201F, 4)
    stream.traced(2, "ftrace_nop_ops", 3, [])
    stream.unregistered("tracer_a")
    stream.free("tracer_a", 4)
    stream.untraced(4)
    assert stream.findings() == []
