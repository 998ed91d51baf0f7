"""What messages carry: each named ordering holds in a minimal world, and the same world shows it gone when dropped.

Every load reads the oldest write it may, so a value that comes back new is one that some ordering forced.
"""

from __future__ import annotations

import pytest

from ftrace_actors.actors import Kind
from ftrace_actors.events import (
    Exc,
    GracePeriod,
    Join,
    Load,
    Lock,
    Quiescent,
    Receive,
    Send,
    Store,
    Switch,
    Sync,
    TaskState,
)
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.cpu import Cpu
from ftrace_actors.kernel.designs.base import NOP
from ftrace_actors.kernel.locks import Mutex
from ftrace_actors.kernel.published import NOTHING

from .steering import Answer, Ran, Rank, Steered, ranked, steered
from .steering import last as oldest
from .worlds import READ_X, Table, world

READ = {"read_x": READ_X}


async def go(
    tasks: dict[str, Table],
    drop: list[str],
    *,
    rank: Rank | None = None,
    answers: dict[Kind, Answer] | None = None,
    **rest: object,
) -> Ran:
    """One run in which every load is as old as it may be."""
    made = world(tasks, words=["x"], routines=READ, protocol={"drop": drop}, **rest)
    return await steered(made, Steered(rank, {Kind.LOAD: oldest, Kind.FETCH: oldest, **(answers or {})}))


# -- wake-up ----------------------------------------------------------------------------------------------------------

WAKER = {
    "waker": {"cpu": 0, "do": ["store x 1", "wake reader"]},
    "reader": {"cpu": 1, "do": ["run read_x"], "started": False},
}


@pytest.mark.parametrize(("drop", "read"), [([], 1), (["wake-up"], 0)])
async def test_wake_up(drop: list[str], read: int) -> None:
    """The idle CPU polls, so no interrupt comes between."""
    assert (await go(WAKER, drop, kernel={"idle": "poll"})).reads("x", "reader") == [read]


@pytest.mark.parametrize(("drop", "read"), [([], 1), (["wake-up"], 0)])
async def test_a_wake_up_that_comes_before_the_sleep(drop: list[str], read: int) -> None:
    """The sleep ends before it began, because of the wake-up, and is ordered after it all the same."""
    tasks: dict[str, Table] = {
        "waker": {"cpu": 0, "do": ["store x 1", "wake reader"]},
        "reader": {"cpu": 1, "do": ["run read_x", "sleep", "run read_x"]},
    }

    def rank(system: System, name: str) -> int:
        reader = system.cpus[1].current
        return int(name == "cpu1" and reader is not None and not reader.woken and reader.position != 3)

    ran = await go(tasks, drop, rank=rank)
    assert ran.all(TaskState, who="reader", state="blocked") == []
    assert ran.reads("x", "reader") == [0, read]


# -- lock -------------------------------------------------------------------------------------------------------------

LOCKED = {
    "first": {"cpu": 0, "do": ["lock m", "store x 1", "unlock m"]},
    "second": {"cpu": 1, "do": ["lock m", "run read_x", "unlock m"]},
}


@pytest.mark.parametrize(("drop", "read"), [([], 1), (["lock"], 0)])
async def test_lock(drop: list[str], read: int) -> None:
    """Taken when it was free again: nobody had to be woken."""
    ran = await go(LOCKED, drop, rank=ranked("cpu1"))
    assert ran.all(Lock, state="contended") == []
    assert ran.reads("x", "second") == [read]


@pytest.mark.parametrize(
    ("drop", "read"), [([], 1), (["lock"], 1), (["wake-up"], 1), (["lock", "wake-up"], 0)]
)
async def test_a_contended_lock_is_handed_over_with_a_wake_up(drop: list[str], read: int) -> None:
    """cpu1 comes when `first` holds the lock; lock and wake-up carry the same, and either is enough."""

    def rank(system: System, name: str) -> int:
        mutex = system.mutex("m")
        contend = mutex.owner and not mutex.waiters
        return int(name == ("cpu0" if contend else "cpu1"))

    ran = await go(LOCKED, drop, rank=rank, kernel={"idle": "poll"})
    assert len(ran.all(Lock, state="contended", who="second")) == 1
    assert ran.reads("x", "second") == [read]


async def test_only_what_took_ftrace_lock_lets_it_go() -> None:
    """A task that holds it itself allocates an ops: the allocator's answer leaves the lock alone."""
    do = ["lock ftrace_lock", "alloc tracer_b", "store x 1", "unlock ftrace_lock", "register tracer_a"]
    late = {"name": "tracer_b", "functions": ["vfs_read"], "allocated": False}
    ran = await go({"holder": {"cpu": 0, "do": do}}, [], ops=["tracer_a", late])
    assert [event.state for event in ran.all(Lock)][:3] == ["acquired", "released", "acquired"]
    stored, released = ran.all(Store, addr=ran.system.image.symbols["x"]), ran.all(Lock, state="released")
    assert stored[0].seq < released[0].seq


def test_a_mutex_is_let_go_by_its_owner_alone() -> None:
    mutex = Mutex("m")
    mutex.acquire("owner")
    with pytest.raises(AssertionError, match="other lets go of m, which owner holds"):
        mutex.release("other", NOTHING)


async def test_a_lock_goes_to_who_waited_longest() -> None:
    tasks: dict[str, Table] = {
        f"task{cpu}": {"cpu": cpu, "do": ["lock m", "store x 1", "unlock m"]} for cpu in range(4)
    }

    def rank(system: System, name: str) -> int:
        """cpu0 takes the lock, then the others queue up, the last one first."""
        waiting = len(system.mutex("m").waiters)
        return int(name != (f"cpu{3 - waiting}" if system.mutex("m").owner and waiting < 3 else "cpu0"))

    ran = await go(tasks, [], rank=rank, machine={"cpus": 4})
    assert [event.who for event in ran.all(Lock, state="contended")] == ["task3", "task2", "task1"]
    acquired = [event.who for event in ran.all(Lock, state="acquired")]
    assert acquired == ["task0", "task3", "task2", "task1"]


# -- ipi --------------------------------------------------------------------------------------------------------------

INTERRUPTED = {
    "waker": {"cpu": 0, "do": ["store x 1", "wake sleeper"]},
    "busy": {"cpu": 1, "do": ["run read_x", "run read_x"]},
    "sleeper": {"cpu": 1, "do": [], "started": False},
}


async def interrupted(drop: list[str]) -> Ran:
    """cpu1 stands before its first instruction until the interrupt has been sent."""

    def rank(system: System, name: str) -> int:
        return int(
            name == "cpu1"
            and not system.conductor.pending(system.cpus[1].inbox)
            and len(system.tasks[0].actions) > 1
        )

    return await go(INTERRUPTED, drop, rank=rank, kernel={"preempt": "none"})


@pytest.mark.parametrize(("drop", "read"), [([], 1), (["ipi"], 0)])
async def test_ipi(drop: list[str], read: int) -> None:
    ran = await interrupted(drop)
    (entry,) = [event for event in ran.all(Exc, entry=True, cpu=1) if event.task == "busy"]
    after = [load.value for load in ran.all(Load, task="busy") if load.seq > entry.seq]
    assert after
    assert set(after) == {read}


@pytest.mark.parametrize(("drop", "covered"), [([], True), (["ipi"], False)])
async def test_ipi_reaches_the_context_synchronization_of_its_own_entry(
    drop: list[str], covered: bool
) -> None:
    ran = await interrupted(drop)
    store = next(event for event in ran.all(Store, task="waker") if event.value == 1)
    (entry,) = [event for event in ran.all(Exc, entry=True, cpu=1) if event.task == "busy"]
    sync = next(event for event in ran.all(Sync, cpu=1) if event.seq > entry.seq)
    assert sync.reason == "exception entry"
    assert (sync.tau >= store.order) is covered


# -- switch and migration ---------------------------------------------------------------------------------------------

MIGRANT = {
    "migrant": {"cpu": 0, "cpus": [0, 1], "do": ["store x 1", "run read_x"]},
    "other": {"cpu": 0, "do": []},
}


@pytest.mark.parametrize(
    ("drop", "read"), [([], 1), (["migration"], 0), (["switch"], 0), (["switch", "migration"], 0)]
)
async def test_a_task_that_migrates_sees_its_own_writes(drop: list[str], read: int) -> None:
    """A tick preempts it before it reads; the DSB of the switch completes the write, the migration carries it.

    The interrupt that tells the other CPU comes late: it would carry the write as well.
    """

    def tick(system: System, count: int) -> int:
        task = system.cpus[0].current
        return int(task is not None and task.routine == "read_x")

    ran = await go(
        MIGRANT,
        drop,
        answers={Kind.TIMER: tick, Kind.DATA: oldest, Kind.INTERRUPT: oldest},
        kernel={"idle": "poll", "ticks": 1},
    )
    (switch,) = ran.all(Switch, voluntary=False)
    assert (switch.prev, switch.cpu) == ("migrant", 0)
    (load,) = ran.all(Load, task="migrant", addr=ran.system.image.symbols["x"])
    assert (load.cpu, load.value) == (1, read)


# -- grace periods ----------------------------------------------------------------------------------------------------

YIELDS = ["yield"] * 8


@pytest.mark.parametrize("wait", ["rcu", "tasks", "rude"])
@pytest.mark.parametrize(("drop", "read"), [([], 1), (["gp-start"], 0)])
async def test_gp_start(wait: str, drop: list[str], read: int) -> None:
    """The reader yields until the grace period is over; what was stored before it started is then forced on it."""
    made = world(
        {
            "registrant": {"cpu": 0, "do": ["register tracer_a", "store x 1", "unregister tracer_a"]},
            "reader": {"cpu": 1, "do": [*YIELDS, "run read_x"]},
        },
        words=["x"],
        routines=READ,
        protocol={"drop": [*drop, "sync-ipi"], "wait": [wait]},
        kernel={"idle": "poll"},
    )
    ran = await steered(made, Steered(ranked("cpu1"), {Kind.LOAD: oldest, Kind.INTERRUPT: oldest}))
    (load,) = ran.all(Load, task="reader")
    assert load.seq > max(event.seq for event in ran.all(Receive, message="Synchronized"))
    assert load.value == read


@pytest.mark.parametrize("wait", ["rcu", "tasks", "rude"])
@pytest.mark.parametrize(("drop", "read"), [([], 1), (["gp-end"], 0)])
async def test_gp_end(wait: str, drop: list[str], read: int) -> None:
    """What the other CPU stored before its quiescent state is forced on the one that waited."""
    made = world(
        {
            "registrant": {
                "cpu": 0,
                "do": ["register tracer_a", "unregister tracer_a", "run read_x"],
            },
            "writer": {"cpu": 1, "do": ["store x 1", *YIELDS]},
        },
        words=["x"],
        routines=READ,
        protocol={"drop": [*drop, "sync-ipi"], "wait": [wait]},
        kernel={"idle": "poll"},
    )
    ran = await steered(made, Steered(ranked("cpu1"), {Kind.LOAD: oldest, Kind.INTERRUPT: oldest}))
    store = next(event for event in ran.all(Store, task="writer"))
    sent = next(event for event in ran.all(Send, message="Synchronize"))
    (load,) = ran.all(Load, task="registrant", addr=ran.system.image.symbols["x"])
    assert sent.seq < store.seq < load.seq
    assert load.value == read
    assert wait == "rude" or ran.all(Quiescent, who="cpu1")


@pytest.mark.parametrize(("drop", "read"), [([], 1), (["gp-start"], 0)])
async def test_gp_start_reaches_a_cpu_that_only_ticks(drop: list[str], read: int) -> None:
    """Its quiescent state is a tick outside any reader; it switches to nobody before it reads."""
    made = world(
        {
            "registrant": {"cpu": 0, "do": ["register tracer_a", "store x 1", "unregister tracer_a"]},
            "reader": {"cpu": 1, "do": ["call vfs_open", "run read_x"]},
        },
        functions=["vfs_read", "vfs_open"],
        words=["x"],
        routines=READ,
        protocol={"drop": [*drop, "sync-ipi"], "wait": ["rcu"]},
        kernel={"preempt": "none", "idle": "poll"},
    )

    def rank(system: System, name: str) -> int:
        """The reader first gets into its call, then moves last."""
        reader = system.cpus[1].current
        return int(name == ("cpu0" if reader is None or reader.position == 0 else "cpu1"))

    def tick(system: System, count: int) -> int:
        return int(
            system.conductor.current is system.cpus[1] and system.services["rcu"].collector.owes("cpu1")
        )

    ran = await steered(made, Steered(rank, {Kind.LOAD: oldest, Kind.TIMER: tick}))
    (quiet,) = ran.all(Quiescent, who="cpu1")
    (load,) = ran.all(Load, task="reader")
    assert quiet.reason == "tick outside any reader"
    assert [event for event in ran.all(Switch, cpu=1) if quiet.seq < event.seq < load.seq] == []
    assert quiet.seq < load.seq
    assert load.value == read


async def woken_after_a_grace_period(drop: list[str], idle: str) -> Ran:
    """A grace period finds the reader's CPU idle; a third CPU wakes the reader when it is over."""
    made = world(
        {
            "registrant": {"cpu": 0, "do": ["register tracer_a", "store x 1", "unregister tracer_a"]},
            "reader": {"cpu": 1, "do": ["run read_x"], "started": False},
            "waker": {"cpu": 2, "do": ["wake reader"]},
        },
        machine={"cpus": 3},
        words=["x"],
        routines=READ,
        protocol={"drop": drop, "wait": ["rcu"]},
        kernel={"idle": idle},
    )
    return await steered(made, Steered(ranked("cpu2"), {Kind.LOAD: oldest}))


@pytest.mark.parametrize(("drop", "read"), [([], 1), (["gp-start"], 0)])
async def test_gp_start_reaches_a_cpu_that_was_idle_when_it_leaves_idle(drop: list[str], read: int) -> None:
    """Nobody waited for it; whoever wakes the reader there knows nothing, and nothing else is carried."""
    ran = await woken_after_a_grace_period([*drop, "wake-up", "ipi", "sync-ipi"], "poll")
    start = ran.all(GracePeriod, flavour="rcu")[0]
    (load,) = ran.all(Load, task="reader")
    assert "cpu1" not in start.waiting
    assert start.seq < load.seq
    assert load.value == read


@pytest.mark.parametrize(("idle", "synchronizes"), [("wfi", True), ("poll", False)])
async def test_a_cpu_leaves_idle_before_it_takes_the_interrupt_that_wakes_it(
    idle: str, synchronizes: bool
) -> None:
    """So the exception synchronizes its context after it has joined the grace period that found it idle."""
    ran = await woken_after_a_grace_period(["sync-ipi"], idle)
    (joined, *_) = ran.all(Join, cpu=1, ordering="gp-start")
    (load,) = ran.all(Load, task="reader")
    assert "cpu1" not in ran.all(GracePeriod, flavour="rcu")[0].waiting
    assert joined.seq < load.seq
    assert any(joined.seq < event.seq < load.seq for event in ran.all(Sync, cpu=1)) is synchronizes


async def test_a_cpu_that_has_not_come_to_its_idle_loop_leaves_idle_as_well() -> None:
    """At the start of a run: found idle by the grace period, and its first task is there before it has moved."""
    made = world(
        {
            "registrant": {
                "cpu": 0,
                "do": ["register tracer_a", "store x 1", "unregister tracer_a", "wake reader"],
            },
            "reader": {"cpu": 1, "do": ["run read_x"], "started": False},
        },
        words=["x"],
        routines=READ,
        protocol={"drop": ["sync-ipi", "wake-up", "ipi"], "wait": ["rcu"]},
    )
    ran = await steered(made, Steered(ranked("cpu1"), {Kind.LOAD: oldest}))
    (joined,) = ran.all(Join, cpu=1, ordering="gp-start")
    entry = ran.all(Exc, cpu=1, entry=True)[0]
    (load,) = ran.all(Load, task="reader")
    assert joined.seq < entry.seq < load.seq
    assert load.value == 1


async def test_a_grace_period_that_begins_while_an_idle_cpu_is_interrupted_is_joined_before_the_return() -> (
    None
):
    """It counts the CPU as idle; what it published is there before the ERET synchronizes."""
    made = world(
        {
            "registrant": {"cpu": 0, "do": ["register tracer_a", "store x 1", "unregister tracer_a"]},
            "kicker": {"cpu": 2, "do": ["store x 2"]},
        },
        machine={"cpus": 3},
        words=["x"],
        routines=READ,
        protocol={"drop": ["sync-ipi"], "wait": ["kick", "rcu"]},
    )

    def rank(system: System, name: str) -> int:
        """CPU 1 stands before its ERET until the grace period has begun."""
        begun = any(isinstance(event, GracePeriod) for event in system.log.events)
        return int(name == "cpu1" and system.cpus[1].op == "eret" and not begun)

    ran = await steered(made, Steered(rank))
    start = ran.all(GracePeriod, flavour="rcu")[0]
    (joined,) = ran.all(Join, cpu=1, ordering="gp-start")
    back = [event for event in ran.all(Exc, cpu=1) if not event.entry]
    assert "cpu1" not in start.waiting
    assert start.seq < joined.seq < back[-1].seq


@pytest.mark.parametrize(("drop", "read"), [([], 1), (["gp-start"], 0)])
async def test_gp_start_completes_what_was_stored_last(drop: list[str], read: int) -> None:
    """A third ops goes without a change of text, so no barrier of the patcher comes between store and wait."""
    three = ["tracer_a", "tracer_b", "tracer_c"]
    register = [f"register {name}" for name in three]
    made = world(
        {
            "registrant": {"cpu": 0, "do": [*register, "store x 1", "unregister tracer_c"]},
            "reader": {"cpu": 1, "do": [*YIELDS, "run read_x"]},
        },
        ops=three,
        words=["x"],
        routines=READ,
        protocol={"drop": [*drop, "list-publish", "sync-ipi"], "wait": ["rcu"]},
        kernel={"idle": "poll"},
    )
    ran = await steered(made, Steered(ranked("cpu1"), {Kind.LOAD: stale(made.image.symbols["x"])}))
    (load,) = ran.all(Load, task="reader")
    assert load.seq > ran.all(GracePeriod, phase="end")[-1].seq
    assert load.value == read


def stale(word: int) -> Answer:
    """Loads of one word are old; a walk of the list must find its end."""

    def answer(system: System, count: int) -> int:
        cpu = system.conductor.current
        return count - 1 if isinstance(cpu, Cpu) and cpu.pe.regs[9][0] == word else 0

    return answer


@pytest.mark.parametrize(("drop", "read"), [([], 1), (["gp-end"], 0)])
async def test_gp_end_joins_a_cpu_that_was_idle_already(drop: list[str], read: int) -> None:
    """It stored, went idle, and nobody had to wait for it."""
    made = world(
        {
            "registrant": {"cpu": 0, "do": ["register tracer_a", "unregister tracer_a", "run read_x"]},
            "writer": {"cpu": 1, "do": ["store x 1"]},
        },
        words=["x"],
        routines=READ,
        protocol={"drop": [*drop, "sync-ipi"], "wait": ["rcu"]},
        kernel={"idle": "poll"},
    )

    def rank(system: System, name: str) -> int:
        """The writer comes between the last patch and the wait, later than all the registrant has written."""
        core = system.services["tracing_core"]
        patched = core.patches == 2 and system.books.ops.records[0].word == NOP
        return int(name == "cpu1") if not patched else int(name != "cpu1")

    ran = await steered(made, Steered(rank, {Kind.LOAD: oldest}))
    start = ran.all(GracePeriod, phase="start")[0]
    (load,) = ran.all(Load, task="registrant", addr=ran.system.image.symbols["x"])
    assert "cpu1" not in start.waiting
    assert load.value == read
