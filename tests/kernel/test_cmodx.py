"""Whether a fetch can race with a write: each ordering in a minimal world, with it and without it.

`victim` is run by one CPU and overwritten by another, later; what is asked about is all that is between the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from ftrace_actors.actors import Kind
from ftrace_actors.events import Exc, Fetch, GracePeriod, Join, Quiescent, Receive, Send, Store, Switch
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.designs import DESIGNS, CallOps, Changes, Core, RunStep, Step, WaitStep
from ftrace_actors.kernel.ops import Ops
from ftrace_actors.scenario import build, loads

from .steering import Answer, Ran, Rank, Steered, ranked, steered
from .steering import last as never
from .worlds import Table, toml

ROUTINES = {
    "victim": "mov x0, #0\n ret",
    "overwrite": """
        adrp x0, victim
        add  x0, x0, :lo12:victim
        mov  w1, #0x2000
        movk w1, #0xd420, lsl #16
        str  w1, [x0]
        add  x1, x0, #4
        b    caches_clean_inval_pou""",
    "complete": "dsb ish\n ret",
    "complete_stores": "dsb ishst\n ret",
    "complete_reads": "dsb ishld\n ret",
    "fence": "dmb ish\n ret",
}

YIELDS = ["yield"] * 8


class RunsBeforeItWaits(CallOps):
    """The registrant runs `victim` between all that it writes and its wait."""

    name = "runs-before-it-waits"
    summary = "for a test"

    def disable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
        for step in super().disable(ops, changes, core):
            if isinstance(step, WaitStep):
                yield RunStep("victim", ())
            yield step


OWN = {**DESIGNS, RunsBeforeItWaits.name: RunsBeforeItWaits()}


async def go(
    tasks: dict[str, Table],
    drop: Sequence[str] = (),
    *,
    rank: Rank | None = None,
    answers: dict[Kind, Answer] | None = None,
    wait: Sequence[str] = (),
    design: str = "call-ops",
    kernel: Table | None = None,
    cpus: int = 2,
) -> Ran:
    """One run in which nothing but what is asked for happens; idle CPUs poll, so that they take no interrupt."""
    text = toml(
        tasks,
        modifiable=["victim"],
        routines=ROUTINES,
        protocol={"design": design, "drop": ["sync-ipi", *drop], **({"wait": list(wait)} if wait else {})},
        kernel={"idle": "poll", "ticks": 0, **(kernel or {})},
        machine={"cpus": cpus},
    )
    return await steered(build(loads(text, "test.toml", designs=OWN)), Steered(rank, answers))


def races(ran: Ran) -> bool:
    """The run is unpredictable; in any case `victim` was run, and then overwritten.

    A grace period that orders nothing breaks its own contract as well.
    """
    victim = ran.system.image.symbols["victim"]
    fetch, store = ran.all(Fetch, addr=victim)[0], ran.all(Store, addr=victim)[0]
    assert fetch.seq < store.seq
    assert ran.broken <= {"UNPREDICTABLE", "INV-GPSELF"}
    return "UNPREDICTABLE" in ran.broken


# -- wake-up ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("drop", "race"), [([], False), (["wake-up"], True)])
async def test_wake_up(drop: list[str], race: bool) -> None:
    tasks: dict[str, Table] = {
        "user": {"cpu": 1, "do": ["run victim", "wake patcher"]},
        "patcher": {"cpu": 0, "do": ["run overwrite"], "started": False},
    }
    assert races(await go(tasks, drop)) is race


async def test_a_wake_up_says_nothing_of_what_comes_after_it() -> None:
    tasks: dict[str, Table] = {
        "user": {"cpu": 1, "do": ["wake patcher", "run victim"]},
        "patcher": {"cpu": 0, "do": ["run overwrite"], "started": False},
    }
    assert races(await go(tasks, rank=ranked("cpu0")))


async def test_being_scheduled_in_between_orders_nothing() -> None:
    """The patcher is woken by a third task, which the user knows nothing of; the user is done long before."""
    tasks: dict[str, Table] = {
        "user": {"cpu": 1, "do": ["run victim"]},
        "waker": {"cpu": 2, "do": ["wake patcher"]},
        "patcher": {"cpu": 0, "do": ["run overwrite"], "started": False},
    }
    assert races(await go(tasks, rank=ranked("cpu0", "cpu2"), cpus=3))


async def test_a_wake_up_reaches_on_through_another() -> None:
    tasks: dict[str, Table] = {
        "user": {"cpu": 1, "do": ["run victim", "wake waker"]},
        "waker": {"cpu": 2, "do": ["wake patcher"], "started": False},
        "patcher": {"cpu": 0, "do": ["run overwrite"], "started": False},
    }
    assert not races(await go(tasks, cpus=3))


# -- lock -------------------------------------------------------------------------------------------------------------

LOCKED: dict[str, Table] = {
    "user": {"cpu": 1, "do": ["lock m", "run victim", "unlock m"]},
    "patcher": {"cpu": 0, "do": ["lock m", "run overwrite", "unlock m"]},
}


@pytest.mark.parametrize(("drop", "race"), [([], False), (["lock"], True)])
async def test_lock(drop: list[str], race: bool) -> None:
    assert races(await go(LOCKED, drop, rank=ranked("cpu0"))) is race


async def test_another_lock_orders_nothing() -> None:
    other = {**LOCKED, "patcher": {"cpu": 0, "do": ["lock n", "run overwrite", "unlock n"]}}
    assert races(await go(other, rank=ranked("cpu0")))


async def test_a_lock_does_not_order_what_is_fetched_after_it() -> None:
    """The patcher came first; the user synchronizes no context after it."""
    ran = await go(LOCKED, rank=ranked("cpu1"), answers={Kind.FETCH: never})
    assert ran.broken == {"UNPREDICTABLE"}


# -- interrupts -------------------------------------------------------------------------------------------------------


async def interrupted(before: str, drop: Sequence[str]) -> Ran:
    """The user wakes a task on cpu0, which interrupts the patcher before it overwrites; the woken task never runs."""
    tasks: dict[str, Table] = {
        "user": {"cpu": 1, "do": ["run victim", *([f"run {before}"] if before else []), "wake sleeper"]},
        "patcher": {"cpu": 0, "do": ["run complete", "run overwrite"]},
        "sleeper": {"cpu": 0, "do": [], "started": False},
    }

    def rank(system: System, name: str) -> int:
        """The patcher waits before its first instruction until the interrupt is there."""
        return int(
            name == "cpu0"
            and system.cpus[0].current is not None
            and not system.conductor.pending(system.cpus[0].inbox)
        )

    ran = await go(tasks, drop, rank=rank, kernel={"preempt": "none"})
    (entry,) = [event for event in ran.all(Exc, entry=True, cpu=0) if event.task == "patcher"]
    assert entry.seq < ran.all(Store, addr=ran.system.image.symbols["victim"])[0].seq
    return ran


@pytest.mark.parametrize(
    ("before", "drop", "race"),
    [
        ("complete", [], False),
        ("complete", ["ipi"], True),
        ("complete_stores", [], True),
        ("complete_reads", [], True),
        ("fence", [], True),
        ("", [], True),
    ],
)
async def test_ipi(before: str, drop: list[str], race: bool) -> None:
    """It carries what DSBs of its sender completed; a fetch is in that only after a full one."""
    assert races(await interrupted(before, drop)) is race


KICKED: dict[str, Table] = {
    "user": {"cpu": 1, "do": ["run victim"]},
    "patcher": {"cpu": 0, "do": ["kick", "run overwrite"]},
}


@pytest.mark.parametrize(("drop", "race"), [([], False), (["ipi-done"], True), (["ipi"], False)])
async def test_ipi_done(drop: list[str], race: bool) -> None:
    """A kick: who answers it has run what it ran before."""
    assert races(await go(KICKED, drop, rank=ranked("cpu0"), kernel={"idle": "wfi"})) is race


async def test_what_is_run_after_the_answer_to_a_kick_is_not_before_what_follows_the_kick() -> None:
    def rank(system: System, name: str) -> int:
        """The user's CPU takes the interrupt before its first instruction, then runs on while the patcher waits."""
        answered = any(isinstance(event, Exc) and event.cpu == 1 for event in system.log.events or ())
        return int(name == ("cpu0" if answered or system.conductor.pending(system.cpus[1].inbox) else "cpu1"))

    tasks: dict[str, Table] = {**KICKED, "user": {"cpu": 1, "do": ["run complete", "run victim"]}}
    ran = await go(tasks, rank=rank)
    (entry,) = ran.all(Exc, entry=True, cpu=1)
    assert entry.seq < ran.all(Fetch, task="user")[0].seq
    assert races(ran)


async def test_every_cpu_has_to_answer() -> None:
    """cpu2 is the last to, and that is where the user runs."""
    tasks: dict[str, Table] = {**KICKED, "user": {"cpu": 2, "do": ["run victim"]}}
    ran = await go(tasks, rank=ranked("cpu0"), cpus=3, kernel={"idle": "wfi"})
    assert not races(ran)
    assert {join.publisher for join in ran.all(Join, ordering="ipi-done")} == {1, 2}


# -- switch and migration ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drop", "race"),
    [([], False), (["migration"], True), (["switch"], True), (["switch", "migration"], True)],
)
async def test_switch_and_migration(drop: list[str], race: bool) -> None:
    """A task overwrites on another CPU what it ran itself; the interrupt that would say so as well comes too late."""
    tasks: dict[str, Table] = {
        "migrant": {"cpu": 0, "cpus": [0, 1], "do": ["run victim", "run overwrite"]},
        "other": {"cpu": 0, "do": []},
    }

    def tick(system: System, count: int) -> int:
        task = system.cpus[0].current
        return int(task is not None and task.routine == "overwrite")

    ran = await go(
        tasks,
        drop,
        answers={Kind.TIMER: tick, Kind.DATA: never, Kind.INTERRUPT: never},
        kernel={"ticks": 1},
    )
    (switch,) = ran.all(Switch, voluntary=False)
    assert (switch.prev, switch.cpu) == ("migrant", 0)
    assert ran.all(Store, addr=ran.system.image.symbols["victim"])[0].cpu == 1
    assert races(ran) is race


# -- grace periods ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wait", ["rcu", "tasks", "rude"])
@pytest.mark.parametrize(("drop", "race"), [([], False), (["gp-end"], True)])
async def test_gp_end(wait: str, drop: list[str], race: bool) -> None:
    """What ran on the other CPU before its quiescent state is overwritten after the grace period."""
    tasks: dict[str, Table] = {
        "registrant": {"cpu": 0, "do": ["register tracer_a", "unregister tracer_a", "run overwrite"]},
        "user": {"cpu": 1, "do": ["run victim", *YIELDS]},
    }
    ran = await go(tasks, drop, wait=[wait], rank=ranked("cpu1"))
    assert ran.all(Send, message="Synchronize")[0].seq < ran.all(Fetch, task="user")[0].seq
    assert races(ran) is race


@pytest.mark.parametrize(("drop", "race"), [([], False), (["gp-end"], True), (["switch"], False)])
async def test_gp_end_of_a_cpu_that_was_idle_already(drop: list[str], race: bool) -> None:
    """Nobody waited for it; going idle completed what its task had run, with the DSB of the task switch or without."""
    tasks: dict[str, Table] = {
        "registrant": {"cpu": 0, "do": ["register tracer_a", "unregister tracer_a", "run overwrite"]},
        "user": {"cpu": 1, "do": ["run victim"]},
    }
    ran = await go(tasks, drop, wait=["rcu"], rank=ranked("cpu0"))
    assert "cpu1" not in ran.all(GracePeriod, phase="start")[0].waiting
    assert races(ran) is race


@pytest.mark.parametrize("wait", ["rcu", "tasks", "rude"])
@pytest.mark.parametrize(("drop", "race"), [([], False), (["gp-start"], True)])
async def test_gp_start(wait: str, drop: list[str], race: bool) -> None:
    """The one that waits ran it before; the other CPU overwrites it after its quiescent state."""
    tasks: dict[str, Table] = {
        "registrant": {"cpu": 0, "do": ["register tracer_a", "unregister tracer_a"]},
        "patcher": {"cpu": 1, "do": [*YIELDS, "run overwrite"]},
    }
    ran = await go(tasks, drop, wait=[wait], design=RunsBeforeItWaits.name, rank=ranked("cpu1"))
    written = ran.all(Store, addr=ran.system.image.symbols["victim"])[0]
    assert written.seq > max(event.seq for event in ran.all(Receive, message="Synchronized"))
    assert bool(ran.all(Join, ordering="gp-start", cpu=1)) is not race
    assert races(ran) is race


@pytest.mark.parametrize(("drop", "race"), [([], False), (["gp-start"], True)])
async def test_gp_start_reaches_a_cpu_at_its_quiescent_state(drop: list[str], race: bool) -> None:
    """It is never idle: two tasks give way to each other."""
    tasks: dict[str, Table] = {
        "registrant": {"cpu": 0, "do": ["register tracer_a", "unregister tracer_a"]},
        "patcher": {"cpu": 1, "do": [*YIELDS, "run overwrite"]},
        "companion": {"cpu": 1, "do": [*YIELDS, *YIELDS]},
    }

    def rank(system: System, name: str) -> int:
        """cpu1 begins first: leaving idle afterwards, it would join the grace period there already."""
        return int(name == ("cpu0" if system.books.queues[1].current is None else "cpu1"))

    ran = await go(tasks, drop, wait=["rcu"], design=RunsBeforeItWaits.name, rank=rank)
    (quiet,) = ran.all(Quiescent, flavour="rcu", who="cpu1")
    assert quiet.seq < ran.all(Store, addr=ran.system.image.symbols["victim"])[0].seq
    assert races(ran) is race


@pytest.mark.parametrize(("drop", "race"), [([], False), (["gp-start"], True)])
async def test_gp_start_reaches_a_cpu_that_was_idle_when_it_leaves_idle(drop: list[str], race: bool) -> None:
    """Nobody waited for it, and who wakes the patcher there knows nothing of the registrant."""
    tasks: dict[str, Table] = {
        "registrant": {"cpu": 0, "do": ["register tracer_a", "unregister tracer_a"]},
        "patcher": {"cpu": 1, "do": ["run overwrite"], "started": False},
        "waker": {"cpu": 2, "do": ["wake patcher"]},
    }
    ran = await go(
        tasks,
        [*drop, "wake-up"],
        wait=["rcu"],
        design=RunsBeforeItWaits.name,
        rank=ranked("cpu2"),
        cpus=3,
    )
    assert "cpu1" not in ran.all(GracePeriod, phase="start")[0].waiting
    assert races(ran) is race


async def test_a_grace_period_that_ended_before_says_nothing() -> None:
    """Its end woke the registrant, who wakes the user: that orders the user, not the registrant."""
    tasks: dict[str, Table] = {
        "registrant": {
            "cpu": 0,
            "do": ["register tracer_a", "unregister tracer_a", "wake user", "run overwrite"],
        },
        "user": {"cpu": 1, "do": ["run victim"], "started": False},
    }
    assert races(await go(tasks, wait=["rcu"], rank=ranked("cpu0")))
