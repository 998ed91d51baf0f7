"""When a task may be switched away: preemption models, interrupt exit, resched points, interrupts that wait."""

from __future__ import annotations

import pytest

from ftrace_actors.actors import DullChooser, Kind
from ftrace_actors.events import (
    Barrier,
    Body,
    Callback,
    Event,
    Exc,
    Reader,
    Receive,
    Switch,
    Sync,
    TaskState,
    Tick,
)
from ftrace_actors.explore import Profile, make_chooser
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.config import Preempt
from ftrace_actors.scenario import ScenarioError

from .steering import Ran, Steered, steered
from .steering import last as always
from .worlds import Table, world

PREEMPTS = [str(model) for model in Preempt]
KERNEL_PREEMPTIBLE = ["lazy", "full", "rt"]
EVERY_MODEL = "v6.16"
"""The version that can boot any of them."""

TWO: dict[str, Table] = {
    "first": {"cpu": 0, "do": ["call vfs_read x2"]},
    "second": {"cpu": 0, "do": ["call vfs_read x2"]},
}


async def ticking(preempt: str, tasks: dict[str, Table] = TWO, **kernel: object) -> Ran:
    """A tick before every step, as long as there are any."""
    made = world(tasks, machine={"cpus": 1}, kernel={"profile": EVERY_MODEL, "preempt": preempt, **kernel})
    return await steered(made, Steered(answers={Kind.TIMER: always}))


def involuntary(ran: Ran) -> list[Switch]:
    return ran.all(Switch, voluntary=False)


@pytest.mark.parametrize(
    ("preempt", "ticks"), [("none", None), ("voluntary", None), ("lazy", 2), ("full", 1), ("rt", 1)]
)
async def test_ticks_until_a_task_is_preempted(preempt: str, ticks: int | None) -> None:
    """Lazy: the first asks, a later one that still sees it insists."""
    ran = await ticking(preempt)
    switches = involuntary(ran)
    assert len(ran.all(Tick)) == 8
    if ticks is None:
        assert switches == []
    else:
        assert (switches[0].prev, switches[0].next) == ("first", "second")
        assert len([tick for tick in ran.all(Tick) if tick.seq < switches[0].seq]) == ticks


@pytest.mark.parametrize("preempt", PREEMPTS)
async def test_nobody_is_preempted_without_preemption_built_in(preempt: str) -> None:
    """Models that preempt take PREEMPTION: there is no such kernel."""
    if preempt in KERNEL_PREEMPTIBLE:
        with pytest.raises(ScenarioError, match=f"'{preempt}' takes PREEMPTION"):
            await ticking(preempt, preemption=False)
        return
    ran = await ticking(preempt, preemption=False)
    assert len(ran.all(Tick)) == 8
    assert involuntary(ran) == []


async def test_nobody_is_preempted_for_nobody() -> None:
    ran = await ticking("full", {"only": {"cpu": 0, "do": ["call vfs_read x4"]}})
    assert len(ran.all(Tick)) == 8
    assert involuntary(ran) == []


POINT: dict[str, Table] = {
    "first": {"cpu": 0, "do": ["call vfs_read", "cond_resched", "call vfs_read"]},
    "second": {"cpu": 0, "do": ["call vfs_read"]},
}


@pytest.mark.parametrize("preempt", ["none", "voluntary"])
async def test_without_kernel_preemption_a_due_task_gives_way_at_a_resched_point(preempt: str) -> None:
    ran = await ticking(preempt, POINT, ticks=1)
    (switch,) = involuntary(ran)
    (body,) = [event for event in ran.all(Body, task="first") if event.seq < switch.seq]
    between = [event for event in ran.events if body.seq < event.seq < switch.seq and event.task == "first"]
    assert [event for event in between if isinstance(event, Exc) and event.entry] == []
    assert switch.next == "second"


async def test_a_resched_point_without_need_is_passed() -> None:
    assert involuntary(await ticking("none", POINT, ticks=0)) == []


@pytest.mark.parametrize("preempt", PREEMPTS)
async def test_only_preemptible_kernels_preempt_whatever_is_chosen(preempt: str) -> None:
    """Sampled: reschedule interrupts and ticks anywhere, tasks that wake each other."""
    tasks: dict[str, Table] = {
        "a": {"cpu": 0, "do": ["call vfs_read", "wake c", "call vfs_read x2"]},
        "b": {"cpu": 1, "do": ["call vfs_read x2", "sleep", "call vfs_read"]},
        "c": {"cpu": 1, "do": ["call vfs_read"], "started": False},
    }
    made = world(tasks, kernel={"profile": EVERY_MODEL, "preempt": preempt})
    preempted = 0
    for run in range(25):
        ran = await steered(made, make_chooser("random", 5, run, Profile(100)))
        preempted += len(involuntary(ran))
        for switch in involuntary(ran):
            assert switch.prev
    assert bool(preempted) is (preempt in KERNEL_PREEMPTIBLE)


@pytest.mark.parametrize(("preempt", "gives_way"), [("none", True), ("voluntary", True), ("full", False)])
async def test_patching_gives_way_between_records(preempt: str, gives_way: bool) -> None:
    """cond_resched in ftrace_replace_code: where the kernel is preemptible it needs none."""
    tasks: dict[str, Table] = {
        "registrant": {"cpu": 0, "do": ["register tracer_a"]},
        "other": {"cpu": 0, "do": []},
    }

    def tick(system: System, count: int) -> int:
        task = system.cpus[0].current
        return int(preempt != "full" and task is not None and task.name == "registrant")

    made = world(tasks, machine={"cpus": 1}, kernel={"preempt": preempt, "ticks": 1})
    ran = await steered(made, Steered(answers={Kind.TIMER: tick}))
    switched = [event for event in involuntary(ran) if event.prev == "registrant"]
    assert bool(switched) is gives_way
    if gives_way:
        *_, before, barrier = (event for event in ran.events[: switched[0].seq] if event.cpu == 0)
        assert isinstance(before, Receive)
        assert before.message == "RunRoutine"
        assert isinstance(barrier, Barrier)  # of the switch itself
        assert barrier.name == "dsb ish"


# -- readers ----------------------------------------------------------------------------------------------------------

WALK: dict[str, Table] = {
    "registrant": {"cpu": 0, "do": ["register tracer_a", "register tracer_b", "call vfs_read"]},
    "other": {"cpu": 0, "do": ["call vfs_open"]},
}


async def test_a_walk_of_the_list_is_not_preempted_but_its_end_is() -> None:
    """preempt_enable looks whether a reschedule came meanwhile."""

    def in_reader(system: System, count: int) -> int:
        task = system.cpus[0].current
        return int(task is not None and task.name == "registrant" and bool(task.preempt_count))

    made = world(
        WALK,
        functions=["vfs_read", "vfs_open"],
        ops=["tracer_a", "tracer_b"],
        machine={"cpus": 1},
        kernel={"preempt": "full", "ticks": 1},
    )
    ran = await steered(made, Steered(answers={Kind.TIMER: in_reader}))
    (tick,) = ran.all(Tick)
    (switch,) = involuntary(ran)
    begin, end = ran.all(Reader)
    assert begin.seq < tick.seq < end.seq < switch.seq
    assert ran.all(Body, task="registrant", function="vfs_read")[0].seq > switch.seq
    kinds: list[type[Event]] = [type(event) for event in ran.events if tick.seq < event.seq < end.seq]
    assert Switch not in kinds
    assert len(ran.all(Callback, begins=True)) == 2


# -- what interrupts do -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("eis", "eos", "reasons"),
    [
        (True, True, ["exception entry", "exception return"]),
        (False, True, ["exception return"]),
        (True, False, ["exception entry"]),
        (False, False, []),
    ],
)
async def test_an_interrupt_synchronizes_as_feat_exs_says(eis: bool, eos: bool, reasons: list[str]) -> None:
    made = world(
        {"only": {"cpu": 0, "do": ["call vfs_read"]}},
        machine={"cpus": 1, "eis": eis, "eos": eos},
        kernel={"ticks": 1},
    )
    ran = await steered(made, Steered(answers={Kind.TIMER: always}))
    assert [exc.entry for exc in ran.all(Exc)] == [True, False]
    assert [sync.reason for sync in ran.all(Sync)] == reasons


async def test_a_switch_synchronizes_no_context() -> None:
    made = world({"first": {"cpu": 0, "do": ["yield"]}, "second": {"cpu": 0, "do": []}}, machine={"cpus": 1})
    ran = await steered(made, DullChooser())
    assert len(ran.all(Switch, prev="first")) == 2
    assert ran.all(Sync) == []


async def test_a_preempted_task_comes_back_through_an_exception_return() -> None:
    ran = await ticking("full", ticks=1)
    (switch,) = involuntary(ran)
    back = next(event for event in ran.all(TaskState, who="first", state="running") if event.seq > switch.seq)
    following = next(event for event in ran.events if event.seq > back.seq)
    assert isinstance(following, Exc)
    assert not following.entry


async def test_no_interrupt_comes_while_interrupts_are_masked() -> None:
    """Between the two ends of patch_lock the I bit is set: ticks wait, whatever is chosen."""
    made = world(
        {"registrant": {"cpu": 0, "do": ["register tracer_a"]}}, machine={"cpus": 1}, kernel={"ticks": 900}
    )
    masked: list[bool] = []

    def tick(system: System, count: int) -> int:
        masked.append(system.cpus[0].pe.interrupts_masked)
        return 1

    ran = await steered(made, Steered(answers={Kind.TIMER: tick}))
    assert ran.all(Tick)
    assert not any(masked)


@pytest.mark.parametrize(("idle", "synced"), [("wfi", True), ("poll", False)])
async def test_an_idle_cpu_that_polls_takes_no_interrupt(idle: str, synced: bool) -> None:
    tasks: dict[str, Table] = {
        "waker": {"cpu": 0, "do": ["wake sleeper"]},
        "sleeper": {"cpu": 1, "do": [], "started": False},
    }
    ran = await steered(world(tasks, kernel={"idle": idle}), DullChooser())
    assert bool(ran.all(Exc, cpu=1)) is synced
    assert bool(ran.all(Sync, cpu=1)) is synced
    assert ran.all(TaskState, who="sleeper", state="dead")


@pytest.mark.parametrize("limit", [0, 1, 3])
async def test_ticks_of_their_own_are_limited(limit: int) -> None:
    assert len((await ticking("full", ticks=limit)).all(Tick)) == limit
