"""Who is waited for: a report belongs to the request that asked for it, and counts when it is received."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftrace_actors.explore import Profile, make_chooser
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.collector import Collector, Report
from ftrace_actors.kernel.published import NOTHING, Published
from ftrace_actors.scenario import World

from .steering import Ran, steered
from .worlds import Table, world

# -- the mechanism ----------------------------------------------------------------------------------------------------


def test_a_party_is_waited_for_until_its_report_is_received() -> None:
    collector = Collector[int]()
    number = collector.begin((1, 2))
    assert collector.report(1) == number
    assert collector.waiting == [1, 2]
    assert collector.receive(Report(number, 1, NOTHING))
    assert collector.waiting == [2]


def test_a_party_owes_one_report_a_request() -> None:
    collector = Collector[int]()
    for _ in range(2):
        collector.begin((1, 2))
        assert collector.owes(1)
        collector.report(1)
        assert not collector.owes(1)
        assert collector.owes(2)
        assert not collector.owes(3)


def test_a_late_report_does_not_count() -> None:
    collector = Collector[int]()
    late = collector.begin((1,))
    collector.begin((1,))
    assert not collector.receive(Report(late, 1, NOTHING))
    assert collector.waiting == [1]


def test_nor_does_one_received_for_the_request_before() -> None:
    collector = Collector[int]()
    collector.receive(Report(collector.begin((1,)), 1, NOTHING))
    assert collector.waiting == []
    collector.begin((1,))
    assert collector.waiting == [1]


def test_nor_does_a_foreign_one_or_a_second_one() -> None:
    collector = Collector[int]()
    number = collector.begin((1, 2))
    assert not collector.receive(Report(number, 3, Published(9)))
    assert collector.receive(Report(number, 1, Published(4, ((1, 4),))))
    assert not collector.receive(Report(number, 1, Published(7, ((1, 7),))))
    assert collector.waiting == [2]
    assert collector.view.view == 4


def test_parties_may_be_asked_one_by_one() -> None:
    collector = Collector[str]()
    number = collector.begin()
    assert collector.waiting == []
    collector.ask("reader")
    assert collector.waiting == ["reader"]
    assert collector.receive(Report(number, "reader", NOTHING))
    assert collector.waiting == []


def test_each_request_joins_views_anew() -> None:
    collector = Collector[int]()
    number = collector.begin((1,), view=Published(3, ((0, 3),)))
    collector.receive(Report(number, 1, Published(5, ((1, 5),))))
    assert collector.view == Published(5, ((0, 3), (1, 5)))
    collector.begin((1,))
    assert collector.view == NOTHING


# -- in a kernel ------------------------------------------------------------------------------------------------------

KERNELS: tuple[Table, ...] = (
    {"profile": "v6.12", "preempt": "none"},
    {"profile": "v6.12", "preempt": "none", "preemption": False},
    {"profile": "v6.12", "preempt": "voluntary"},
    {"profile": "v6.12", "preempt": "full"},
    {"profile": "v6.12", "preempt": "rt"},
    {"profile": "v6.16", "preempt": "lazy", "rude": "real"},
)
READERS = ("call vfs_read", "yield", "sleep", "cond_resched", "store x 1", "wake registrant")


def waits(
    kernel: Table, cpus: int, flavours: Sequence[str], readers: Sequence[Sequence[str]], kicker: bool = False
) -> World:
    """Two ops on one function; one goes, and waits for `flavours` in turn.  The readers share the other CPUs.

    With a `kicker`, a task on the last CPU kicks all the others twice meanwhile.
    """
    tasks: dict[str, Table] = {
        "registrant": {
            "cpu": 0,
            "do": ["register tracer_a", "register tracer_b", "unregister tracer_a"],
        }
    }
    for number, do in enumerate(readers):
        cpu = 1 + number % (cpus - 1)
        tasks[f"reader{number}"] = {"cpu": cpu, "cpus": [cpu, 0], "do": list(do)}
    if kicker:
        tasks["kicker"] = {"cpu": cpus - 1, "do": ["kick", "kick"]}
    return world(
        tasks,
        ops=["tracer_a", "tracer_b"],
        words=["x"],
        machine={"cpus": cpus},
        kernel=kernel,
        protocol={"design": "list-only", "wait": list(flavours)},
    )


async def ran(made: World, run: int, prepare: Callable[[System], None] | None = None) -> Ran:
    return await steered(
        made, make_chooser("mix", 0, run, Profile(300)), prepare=prepare, done=prepare is None
    )


@settings(max_examples=50)
@given(
    kernel=st.sampled_from(KERNELS),
    cpus=st.integers(2, 4),
    flavours=st.lists(st.sampled_from(["rcu", "tasks", "rude", "kick"]), min_size=1, max_size=5),
    readers=st.lists(st.lists(st.sampled_from(READERS), min_size=1, max_size=8), min_size=1, max_size=4),
    kicker=st.booleans(),
    run=st.integers(0, 1_000_000),
)
async def test_no_wait_ever_breaks_its_own_contract(
    kernel: Table,
    cpus: int,
    flavours: list[str],
    readers: list[list[str]],
    kicker: bool,
    run: int,
) -> None:
    """Any kernel, up to five waits in a row, whatever the readers do meanwhile."""
    made = waits(kernel, cpus, flavours, readers, kicker)
    for number in range(run, run + 3):
        assert "INV-GPSELF" not in (await ran(made, number)).broken


class Forgetful(Collector[Any]):
    """Takes every report for one of the request under way."""

    __slots__ = ()

    def belongs(self, number: int) -> bool:
        return number > 0


class Hasty(Collector[Any]):
    """Waits for nobody whose report has been made, received or not."""

    __slots__ = ()

    def report(self, party: object) -> int:
        number = super().report(party)
        self._received[party] = number
        return number


def set_rcu(system: System, collector: Collector[Any]) -> None:
    system.books.grace["rcu"].collector = collector


def set_rude(system: System, collector: Collector[Any]) -> None:
    system.books.grace["rude"].collector = collector


def set_tasks(system: System, collector: Collector[Any]) -> None:
    system.books.grace["tasks"].collector = collector


def set_inner(system: System, collector: Collector[Any]) -> None:
    system.services["rcu_tasks"].inner = collector


def set_waiter(system: System, collector: Collector[Any]) -> None:
    system.task("registrant").awaits = collector


def set_kick(system: System, collector: Collector[Any]) -> None:
    system.task("registrant").kick = collector


BUSY = [
    "call vfs_read",
    "yield",
    "call vfs_read",
    "store x 1",
    "yield",
    "wake registrant",
    "call vfs_read",
    "yield",
]


@pytest.mark.parametrize(
    ("replace", "careless", "flavour"),
    [
        (set_rcu, Forgetful, "rcu"),
        (set_rcu, Hasty, "rcu"),
        (set_rude, Forgetful, "rude"),
        (set_tasks, Forgetful, "tasks"),
        (set_inner, Forgetful, "tasks"),
        (set_waiter, Forgetful, "rcu"),
        (set_kick, Forgetful, "kick"),
    ],
)
async def test_a_careless_collector_is_found(
    replace: Callable[[System, Collector[Any]], None], careless: type[Collector[Any]], flavour: str
) -> None:
    """Within 200 runs of three waits in a row."""
    made = waits({"profile": "v6.12", "preempt": "full"}, 3, [flavour] * 3, [BUSY, BUSY])

    def prepare(system: System) -> None:
        replace(system, careless())

    for run in range(200):
        if "INV-GPSELF" in (await ran(made, run, prepare)).broken:
            return
    pytest.fail("no run broke it")


@pytest.mark.parametrize("flavour", ["rcu", "rude", "tasks", "kick"])
async def test_whoever_wakes_a_waiting_task_does_not_end_its_wait(flavour: str) -> None:
    """wait_for_completion looks again: a wake-up alone says nothing."""
    made = waits(
        {"profile": "v6.12", "preempt": "full"}, 3, [flavour] * 2, [["wake registrant", "yield"] * 4]
    )
    for run in range(20):
        assert "INV-GPSELF" not in (await ran(made, run)).broken
