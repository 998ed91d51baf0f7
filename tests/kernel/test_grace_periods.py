"""Grace periods: whom each flavour waits for, what counts as quiescent, and which ones a teardown asks for."""

from __future__ import annotations

import pytest

from ftrace_actors.actors import DullChooser, Kind, Status
from ftrace_actors.events import (
    Body,
    Callback,
    Event,
    Free,
    GracePeriod,
    Patch,
    Quiescent,
    Reader,
    Register,
    Send,
    Switch,
    TaskState,
    Tick,
    Wait,
)
from ftrace_actors.explore import Profile, make_chooser
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.mode import Mode

from .steering import Answer, Ran, Rank, Steered, ranked, steered
from .steering import last as always
from .worlds import TEARDOWN, Table, world

UNBUILT: Table = {"preempt": "none", "preemption": False}
"""Booted without preemption, and built without it."""


async def teardown(
    others: dict[str, Table] | None = None,
    *,
    wait: list[str] | None = None,
    rank: Rank | None = None,
    answers: dict[Kind, Answer] | None = None,
    kernel: Table | None = None,
    cpus: int = 2,
    done: bool = True,
    **protocol: object,
) -> Ran:
    """One ops on vfs_read is registered, unregistered and freed on cpu0 while others do what they do."""
    tasks: dict[str, Table] = {"registrant": {"cpu": 0, "do": TEARDOWN}, **(others or {})}
    table = dict(protocol) if wait is None else {**protocol, "wait": wait}
    made = world(
        tasks, functions=["vfs_read", "vfs_open"], machine={"cpus": cpus}, kernel=kernel, protocol=table
    )
    return await steered(made, Steered(rank, answers), done=done)


def flavours(ran: Ran) -> list[str]:
    """Grace periods a teardown asked for, in order, those inside others left out."""
    ended = [event.flavour for event in ran.all(GracePeriod, phase="end")]
    return [flavour for flavour in ended if flavour != "rcu" or "tasks" not in ended]


# -- which ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "asked", "ended"),
    [
        ({"profile": "v6.3"}, ("rude", "tasks"), ["rude", "tasks"]),
        ({"profile": "v6.12"}, ("rude", "tasks"), ["rude", "tasks"]),
        ({"profile": "v6.13"}, ("rude", "tasks"), ["tasks"]),
        ({"profile": "v6.16"}, ("rude", "tasks"), ["tasks"]),
        ({"profile": "v7.0"}, ("rude", "tasks"), ["tasks"]),
        ({"profile": "v6.13", "rude": "real"}, ("rude", "tasks"), ["rude", "tasks"]),
        ({"profile": "v6.3", "preempt": "none"}, ("rude", "tasks"), ["rude", "tasks"]),
        ({"profile": "v6.12", "preempt": "none"}, ("rude", "tasks"), ["rude", "tasks"]),
        ({"profile": "v6.3", **UNBUILT}, ("rude",), ["rude"]),
        ({"profile": "v6.12", **UNBUILT}, ("rude", "tasks"), ["rude", "rcu"]),
        ({"profile": "v6.13", **UNBUILT}, ("rude", "tasks"), ["rcu"]),
        ({"profile": "v6.16", **UNBUILT}, ("rude", "tasks"), ["rcu"]),
        ({"profile": "v6.3", **UNBUILT, "tasks_guard": "none"}, ("rude", "tasks"), ["rude", "rcu"]),
        ({"profile": "v6.13", **UNBUILT, "tasks_guard": "preemption"}, ("rude",), []),
        ({"profile": "v6.13", **UNBUILT, "tasks_guard": "tasks-rcu"}, ("rude",), []),
        ({"profile": "v6.13", "tasks_guard": "tasks-rcu"}, ("rude", "tasks"), ["tasks"]),
    ],
)
async def test_a_teardown_waits_as_its_kernel_does(
    kernel: Table, asked: tuple[str, ...], ended: list[str]
) -> None:
    """Booted without preemption is not built without it: then there still is Tasks RCU."""
    ran = await teardown(kernel=kernel)
    begin, end = ran.all(Wait)
    assert (begin.begins, begin.flavours, end.flavours) == (True, asked, asked)
    assert flavours(ran) == ended


@pytest.mark.parametrize("guard", ["none", "preemption", "tasks-rcu"])
async def test_asked_for_by_name_tasks_is_rcu_where_there_is_no_tasks_rcu(guard: str) -> None:
    """The guard is ftrace_shutdown's: it says whether that calls, not what the call does."""
    ran = await teardown(kernel={**UNBUILT, "tasks_guard": guard}, wait=["tasks"])
    assert [event.flavour for event in ran.all(GracePeriod, phase="end")] == ["rcu"]
    assert [event.begins for event in ran.all(Wait)] == [True, False]


@pytest.mark.parametrize(
    ("wait", "ended"),
    [(["rcu"], ["rcu"]), (["rude"], ["rude"]), (["tasks"], ["rcu", "rcu", "tasks"]), ([], [])],
)
async def test_a_scenario_chooses_its_own_waits(wait: list[str], ended: list[str]) -> None:
    ran = await teardown(wait=wait)
    assert [event.flavour for event in ran.all(GracePeriod, phase="end")] == ended
    assert [event.begins for event in ran.all(Wait)] == [True, False]


@pytest.mark.parametrize(("wait_at", "first"), [("after-update", Patch), ("before-update", Wait)])
async def test_the_wait_stands_before_or_behind_the_text_update(wait_at: str, first: type[Event]) -> None:
    ran = await teardown(wait_at=wait_at)
    called = ran.all(Register, unregister=True, returns=False)[0]
    after = [event for event in ran.events if event.seq > called.seq and isinstance(event, Patch | Wait)]
    assert isinstance(after[0], first)
    assert len(after) == 4


@pytest.mark.parametrize(
    ("ops", "waits"),
    [
        ({"dynamic": True}, True),
        ({"dynamic": False}, False),
        ({"dynamic": False, "caller_waits": True}, True),
    ],
)
async def test_only_dynamic_ops_are_waited_for(ops: Table, waits: bool) -> None:
    made = world(
        {"registrant": {"cpu": 0, "do": ["register tracer_a", "unregister tracer_a"]}},
        ops=[{"name": "tracer_a", "functions": ["vfs_read"], **ops}],
    )
    assert bool((await steered(made, DullChooser())).all(Wait)) is waits


# -- Tasks ------------------------------------------------------------------------------------------------------------


def settled(system: System, actions: int) -> bool:
    """The registrant is done with its first so many actions."""
    task = system.task("registrant")
    return task.position > actions or (task.position == actions and task.mode == Mode.ACTION)


def on_cpu1(system: System) -> bool:
    """cpu1 is asking."""
    return system.conductor.current is system.cpus[1]


PREEMPTED: dict[str, Table] = {
    "reader": {"cpu": 1, "do": ["call vfs_read", "yield"]},
    "hog": {"cpu": 1, "do": ["call vfs_open"]},
}


def preempt_in(where: str) -> dict[Kind, Answer]:
    """A tick comes when the reader stands in that window."""
    return {Kind.TIMER: lambda system, _: on_cpu1(system) and reads_in(system, where)}


def reads_in(system: System, where: str) -> bool:
    """The reader runs on cpu1, in that window."""
    task = system.cpus[1].current
    return task is not None and task.name == "reader" and task.window == where


def parked(system: System, name: str) -> int:
    """cpu0 registers first; then the reader is preempted; from then on cpu1 moves last."""
    ahead = settled(system, 1) and not system.task("reader").nivcsw
    return int(name == ("cpu0" if ahead else "cpu1"))


@pytest.mark.parametrize("where", ["W1", "W2"])
async def test_tasks_waits_for_a_task_preempted_in_a_window(where: str) -> None:
    ran = await teardown(
        PREEMPTED, rank=parked, answers=preempt_in(where), wait=["tasks"], kernel={"ticks": 1}
    )
    preempted = next(event for event in ran.all(Switch, prev="reader") if not event.voluntary)
    start, scan, end = ran.all(GracePeriod, flavour="tasks")
    assert "reader" in scan.waiting
    yielded = next(event for event in ran.all(Switch, prev="reader") if event.voluntary)
    assert preempted.seq < start.seq < scan.seq < yielded.seq < end.seq
    assert end.seq < ran.all(Free)[0].seq
    assert ran.findings == ()


@pytest.mark.parametrize("where", ["W1", "W2"])
async def test_rude_does_not_and_is_right_by_its_own_contract(where: str) -> None:
    """The kworker itself preempts the reader: its CPU has switched, and the reader has not left."""

    def rank(system: System, name: str) -> int:
        ahead = (
            settled(system, 1)
            and system.task("reader").window != where
            and not system.services["rcu_tasks_rude"].collector.number
        )
        return int(name == ("cpu0" if ahead else "cpu1"))

    reader: dict[str, Table] = {"reader": {"cpu": 1, "do": ["call vfs_read"]}}
    ran = await teardown(reader, rank=rank, wait=["rude"])
    assert {(finding.invariant, finding.window) for finding in ran.findings} >= {
        ("INV-GP", where),
        ("INV-LIFE", where),
    }
    assert "INV-GPSELF" not in ran.broken


@pytest.mark.parametrize(
    ("do", "waited"), [(["sleep", "call vfs_open"], False), (["call vfs_open x2"], True)]
)
async def test_tasks_waits_for_runnable_tasks_and_not_for_blocked_ones(do: list[str], waited: bool) -> None:
    """A blocked task has switched voluntarily; one that merely waits for the CPU has not."""

    def rank(system: System, name: str) -> int:
        """`other` first gets to its sleep, or into its call, then waits."""
        other = system.task("other")
        arrived = not other.on_rq or other.mode == Mode.CODE
        return int(name == ("cpu1" if arrived else "cpu0"))

    def tick(system: System, count: int) -> int:
        """What lets classic RCU go on without a switch."""
        return int(system.services["rcu"].collector.owes("cpu1") and on_cpu1(system))

    ran = await teardown(
        {"other": {"cpu": 1, "do": do}}, rank=rank, wait=["tasks"], answers={Kind.TIMER: tick}
    )
    (scan,) = ran.all(GracePeriod, phase="scan")
    assert ("other" in scan.waiting) is waited
    assert "registrant" not in scan.waiting


async def test_a_task_that_sleeps_for_ever_holds_up_no_grace_period() -> None:
    """It waits for a lock that a task took to its grave: the run ends without it, and the ops is freed."""
    others: dict[str, Table] = {
        "owner": {"cpu": 1, "do": ["lock m"]},
        "sleeper": {"cpu": 1, "do": ["lock m", "call vfs_read"]},
    }
    ran = await teardown(others, wait=["tasks"], done=False)
    assert ran.all(Free)
    assert ran.outcome.status is Status.DEADLOCK


async def test_being_preempted_again_and_again_is_no_quiescent_state_of_tasks() -> None:
    others: dict[str, Table] = {
        "reader": {"cpu": 1, "do": ["call vfs_read x4"]},
        "hog": {"cpu": 1, "do": ["call vfs_open x4"]},
    }

    ran = await teardown(
        others,
        rank=ranked("cpu1"),
        wait=["tasks"],
        answers={Kind.TIMER: lambda system, _: on_cpu1(system)},
        kernel={"ticks": 40},
    )
    start, _, end = ran.all(GracePeriod, flavour="tasks")
    during = [event for event in ran.all(Switch, prev="reader") if start.seq < event.seq < end.seq]
    assert [event.voluntary for event in during].count(False) > 1
    assert during[-1].voluntary


# -- Rude -------------------------------------------------------------------------------------------------------------


async def test_rude_makes_every_cpu_switch() -> None:
    others: dict[str, Table] = {
        "busy": {"cpu": 1, "do": ["call vfs_open x3"]},
        "busy2": {"cpu": 2, "do": ["call vfs_open x3"]},
    }
    for run in range(10):
        made = world(
            {"registrant": {"cpu": 0, "do": TEARDOWN}, **others},
            functions=["vfs_read", "vfs_open"],
            machine={"cpus": 4},
            protocol={"wait": ["rude"]},
        )
        ran = await steered(made, make_chooser("random", 0, run, Profile(100)))
        start, end = ran.all(GracePeriod, flavour="rude")
        assert start.waiting == ("cpu0", "cpu1", "cpu2", "cpu3")
        inside = [event for event in ran.events if start.seq < event.seq < end.seq]
        ran_on = {
            event.cpu for event in inside if isinstance(event, TaskState) and event.who.startswith("kworker")
        }
        assert ran_on >= {0, 1, 2, 3}
        quiet = [event.who for event in inside if isinstance(event, Quiescent) and event.flavour == "rude"]
        assert sorted(quiet) == ["cpu0", "cpu1", "cpu2", "cpu3"]


async def test_a_rude_that_is_a_noop_waits_for_nothing() -> None:
    ran = await teardown(wait=["rude"], kernel={"rude": "noop"})
    assert [event.begins for event in ran.all(Wait)] == [True, False]
    assert ran.all(GracePeriod) == []
    assert ran.all(Send, message="Synchronize") == []
    assert not [event for event in ran.all(TaskState) if event.who.startswith("kworker")]


# -- classic RCU ------------------------------------------------------------------------------------------------------

WALKER: dict[str, Table] = {
    "registrant": {
        "cpu": 0,
        "do": ["register tracer_a", "register tracer_b", "unregister tracer_b", "kfree tracer_b"],
    },
    "reader": {"cpu": 1, "do": ["call vfs_read", "call vfs_open x2"]},
}


async def walker(kernel: Table, ticks_outside: bool = False) -> Ran:
    """The reader stands in the callback of tracer_b until nobody else can move; ticks come there, or only later."""
    made = world(
        WALKER,
        functions=["vfs_read", "vfs_open"],
        ops=["tracer_a", "tracer_b"],
        kernel=kernel,
        protocol={"wait": ["rcu"]},
    )

    def rank(system: System, name: str) -> int:
        ahead = (
            settled(system, 2)
            and not system.task("reader").callbacks
            and not system.services["rcu"].collector.number
        )
        return int(name == ("cpu0" if ahead else "cpu1"))

    def tick(system: System, count: int) -> int:
        return int(
            on_cpu1(system)
            and system.services["rcu"].collector.number > 0
            and in_reader(system) is not ticks_outside
        )

    return await steered(made, Steered(rank, {Kind.TIMER: tick}))


def in_reader(system: System) -> bool:
    """The task on cpu1 has preemption off."""
    task = system.cpus[1].current
    return task is not None and task.preempt_count > 0


@pytest.mark.parametrize(
    "kernel", [{"preempt": "full"}, {"preempt": "none"}, {"preemption": False, "preempt": "none"}]
)
async def test_rcu_waits_for_a_walk_of_the_list(kernel: Table) -> None:
    """Ticks inside the reader are no quiescent state, in any kernel."""
    ran = await walker(kernel)
    assert ran.all(Tick, cpu=1)
    start, end = ran.all(GracePeriod, flavour="rcu")
    begins = next(event for event in ran.all(Reader, task="reader") if event.begins)
    ends = next(event for event in ran.all(Reader, task="reader") if not event.begins)
    assert begins.seq < start.seq < ends.seq < end.seq
    assert start.waiting == ("cpu1",)
    assert len(ran.all(Callback, begins=True, task="reader")) == 2
    assert ran.findings == ()


@pytest.mark.parametrize(
    ("kernel", "reason"),
    [
        ({"preempt": "full"}, "tick outside any reader"),
        ({"preempt": "none"}, "tick outside any reader"),
        ({"preempt": "none", "preemption": False}, "context switch"),
    ],
)
async def test_a_tick_outside_any_reader_is_quiescent_where_preemption_is_built_in(
    kernel: Table, reason: str
) -> None:
    ran = await walker({**kernel, "ticks": 40}, ticks_outside=True)
    start = ran.all(GracePeriod, flavour="rcu")[0]
    ends = next(event for event in ran.all(Reader, task="reader") if not event.begins)
    assert start.seq < ends.seq
    (report,) = ran.all(Quiescent, flavour="rcu", who="cpu1")
    assert report.reason == reason
    assert report.seq > ends.seq
    finished = ran.all(Body, task="reader", function="vfs_open")[-1]
    assert (report.seq > finished.seq) is (reason == "context switch")


async def test_an_idle_cpu_is_not_waited_for() -> None:
    ran = await teardown(wait=["rcu"], cpus=3)
    (start,) = ran.all(GracePeriod, phase="start")
    assert set(start.waiting) <= {"cpu0"}


async def test_requests_are_served_one_grace_period_each() -> None:
    """Who asks during a grace period gets a later one: it may not have begun after the request."""
    ran = await teardown(wait=["rcu", "rcu", "rude", "rude"])
    numbers = [(event.flavour, event.number) for event in ran.all(GracePeriod, phase="end")]
    assert numbers == [("rcu", 1), ("rcu", 2), ("rude", 1), ("rude", 2)]


@pytest.mark.parametrize("flavour", ["rcu", "rude", "tasks"])
async def test_no_flavour_breaks_its_own_contract(flavour: str) -> None:
    """Sampled, with everything that may go on: preemption, sleeping, other CPUs."""
    others: dict[str, Table] = {
        "reader": {"cpu": 1, "do": ["call vfs_read", "sleep", "call vfs_read"]},
        "hog": {"cpu": 1, "do": ["call vfs_open x2", "yield", "call vfs_read"]},
    }
    for run in range(25):
        made = world(
            {"registrant": {"cpu": 0, "do": TEARDOWN}, **others},
            functions=["vfs_read", "vfs_open"],
            protocol={"wait": [flavour]},
        )
        ran = await steered(made, make_chooser("mix", 1, run, Profile(120)))
        assert "INV-GPSELF" not in ran.broken
        assert ran.all(GracePeriod, flavour=flavour, phase="end")


async def test_waiting_needs_no_other_cpu() -> None:
    ran = await teardown(rank=ranked("cpu1"), answers={Kind.INTERRUPT: always})
    assert flavours(ran) == ["rude", "tasks"]
