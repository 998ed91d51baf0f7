"""A run may be copied with every kind of item on an agenda, and every kind is seen there."""

from __future__ import annotations

import random
import typing
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from ftrace_actors.actors import Conductor, Kind, run_bare
from ftrace_actors.actors.drivers.stepping import run_in_steps
from ftrace_actors.actors.stepping import SteppedConductor
from ftrace_actors.kernel import core_items, cpu_items, rcu_tasks
from ftrace_actors.kernel.actor import KernelActor, Tell
from ftrace_actors.kernel.allocator import Initialise
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.patcher import EndPatch, HaveDone, HavePatched
from ftrace_actors.kernel.rcu import Collect
from ftrace_actors.kernel.rcu_tasks import CollectWork
from ftrace_actors.kernel.scheduler import Snooze
from ftrace_actors.scenario import World
from ftrace_actors.scenario.run import Run

from .test_copies import Drawn, nobody, same
from .test_copies import world as shipped
from .worlds import world

UNIONS = (cpu_items.CpuItem, core_items.Item, rcu_tasks.TasksItem)
KINDS: frozenset[type[Any]] = frozenset(
    {Tell, HavePatched, Initialise, Collect, CollectWork, Snooze, *(
        kind for union in UNIONS for kind in typing.get_args(union)
    )}
)  # fmt: skip
"""Everything that may be on an agenda."""
NEVER_PARKED = {EndPatch, HaveDone}
"""What is on one, and done before anybody parks: only a second patching service has more to do (additions)."""


class Eager(Drawn):
    """Goes another way often: stores early, moves tasks, preempts."""

    OFTEN: ClassVar[dict[Kind, float]] = {
        Kind.SCHEDULE: 0.4,
        Kind.EARLY: 0.6,
        Kind.TIMER: 0.05,
        Kind.DATA: 0.7,
    }

    def copy(self) -> Eager:
        return Eager(self.seed, self.asked)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        self.asked += 1
        draw = random.Random(f"{self.seed} {self.asked}")
        return draw.randrange(1, count) if draw.random() < self.OFTEN.get(kind, 0.1) else 0


class Late(Drawn):
    """Moves tasks.  cpu1 is the first to move, twice; then it is the last, after cpu2 and cpu3."""

    def copy(self) -> Late:
        return Late(self.seed, self.asked)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        if kind is not Kind.SCHEDULE:
            return int(kind is Kind.DATA)
        self.asked += 1
        ranks = {0: 1, 3: 2, 2: 3, 1: 4 if self.asked > 2 else -1}
        return min(range(count), key=lambda at: (ranks.get(actors[at], 0), actors[at]))


RACE = """
    adrp x0, x
    add x0, x0, :lo12:x
    adrp x4, y
    add x4, x4, :lo12:y
    mov x1, #1
    ldadd x1, x2, [x0]
    str x1, [x4]
    ldadd x1, x2, [x0]
    str x1, [x4]
    ret
"""


def racing() -> World:
    """Atomics of two CPUs on one word: while a store that was made early relies on one, the other CPU waits."""
    tasks = {f"task{cpu}": {"cpu": cpu, "do": ["run race"] * 3} for cpu in range(2)}
    return world(tasks, words=("x", "y"), routines={"race": RACE})


def contended() -> World:
    """Two tasks want ftrace_lock, so that its release wakes one."""
    tasks = {
        f"task{cpu}": {"cpu": cpu, "do": [f"register tracer_{cpu}", f"unregister tracer_{cpu}"]}
        for cpu in range(2)
    }
    return world(tasks, ops=("tracer_0", "tracer_1"))


def moving() -> World:
    """A grace period waits for cpu1 when its task is preempted there and goes to another CPU, which is idle."""
    tasks = {
        "waiter": {"cpu": 0, "do": ["register tracer_a", "unregister tracer_a"]},
        "mover": {"cpu": 1, "cpus": [1, 2], "do": ["call vfs_read"]},
        "rival": {"cpu": 1, "do": ["yield"], "started": False},
        "waker": {"cpu": 3, "do": ["wake rival"]},
    }
    return world(tasks, machine={"cpus": 4}, protocol={"wait": ["rcu"], "drop": ["sync-ipi"]})


RUNS: dict[str, tuple[Any, Drawn]] = {
    "teardown-tasks": (shipped, Drawn(0)),
    "dynamic-reuse": (shipped, Drawn(0)),
    "deadlock-spin": (shipped, Drawn(0)),
    "pair-call-ops": (shipped, Drawn(0)),
    "teardown-no-wait-reuse": (shipped, Drawn(0)),
    "grace-period-orders-nothing": (shipped, Drawn(0)),
    "racing": (lambda name: racing(), Eager(3)),
    "contended": (lambda name: contended(), Drawn(0)),
    "moving": (lambda name: moving(), Late(0)),
}


def items(system: System) -> set[type[Any]]:
    """What is on the agendas."""
    return {type(item) for actor in system.actors for item in actor.agenda}


@pytest.fixture(scope="module")
def seen() -> set[type[Any]]:
    """Every run, each copied at the first park that has a kind of item on an agenda which none had before."""
    found: set[type[Any]] = set()
    for name, (make, drawn) in RUNS.items():
        chooser = drawn.copy()
        made = make(name)
        system = Run(made.image, chooser, record=True, conducting=SteppedConductor).system
        steps, twins = run_in_steps(system.conductor), []
        while True:
            try:
                next(steps)
            except StopIteration as end:
                outcome = end.value
                break
            new = items(system) - found
            if new:
                found |= new
                twins.append((new, system.copy(chooser.copy(), nobody, Conductor)))
        assert twins, f"{name} adds nothing"
        for new, twin in twins:
            assert new <= items(twin)
            same(system, twin, outcome, run_bare(twin.conductor))
    return found


def test_every_kind_of_item_was_on_an_agenda_when_a_run_was_copied(seen: set[type[Any]]) -> None:
    assert seen == KINDS


def test_every_actor_has_its_items_here() -> None:
    """What an actor performs is in `KINDS`: its agenda is of the kinds that its class names."""
    named = {
        item
        for kind in actors(KernelActor)
        for base in getattr(kind, "__orig_bases__", ())
        for argument in typing.get_args(base)
        for item in (typing.get_args(argument) or (argument,))
        if isinstance(item, type)
    }
    assert named, "no class names its items"
    assert named <= KINDS | NEVER_PARKED


def actors(kind: type[Any]) -> list[type[Any]]:
    return [
        each
        for below in kind.__subclasses__()
        if below.__module__.startswith("ftrace_actors.")
        for each in (below, *actors(below))
    ]
