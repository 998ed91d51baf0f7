"""Stores made visible early: they happen where nothing forbids it, and a CPU with one open does nothing else."""

from __future__ import annotations

import pytest

from ftrace_actors.actors import DullChooser, Kind
from ftrace_actors.actors.drivers.stepping import run_in_steps
from ftrace_actors.actors.stepping import SteppedConductor
from ftrace_actors.events import Early, Event, Exc, Maintain, Patch, Receive, Store, Switch, Tick
from ftrace_actors.explore import Profile, make_chooser
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.layout import OPS_NEXT
from ftrace_actors.scenario import World
from ftrace_actors.scenario.run import Run

from .steering import Ran, Steered, steered
from .worlds import Table, world

BETWEEN = ["fixmap-unmap", "patch-lock", "fixmap-map"]
LOADED: dict[str, Table] = {
    "registrant": {"cpu": 0, "do": ["register tracer_a", "unregister tracer_a", "kfree tracer_a"]},
    "reader": {"cpu": 1, "do": ["call vfs_read x2", "yield", "call vfs_read"]},
    "other": {"cpu": 0, "do": ["call vfs_read x2"]},
}


def loaded(drop: list[str]) -> World:
    return world(LOADED, protocol={"drop": drop})


STORE_LITERAL = 0xF9000001
"""str x1, [x0], in ftrace_rec_set_ops."""
STORE_NEXT = 0xF900040A
"""str x10, [x0, #OPS_NEXT], in ftrace_ops_list_add."""


async def eager(drop: list[str], pick: int, before: int = STORE_LITERAL) -> Ran:
    """Before its first store to the literal, the registrant makes visible early what `pick` says."""
    asked: list[int] = []

    def early(system: System, count: int) -> int:
        """First "now?", then "which?", both at the same step."""
        pe = system.cpus[0].pe
        if asked:
            return pick if asked[0] == system.conductor.steps else 0
        if system.image.program.words.get(pe.pc) == before:
            asked.append(system.conductor.steps)
        return len(asked)

    made = world({"registrant": {"cpu": 0, "do": ["register tracer_a"]}}, protocol={"drop": drop})
    return await steered(made, Steered(answers={Kind.EARLY: early}))


def written(ran: Ran) -> tuple[Store, Store]:
    """The first writes of literal and site in program order."""
    record = ran.system.books.ops.records[0]
    return ran.all(Store, addr=record.literal)[0], ran.all(Store, addr=record.site)[0]


PICKS = range(6)


async def test_without_any_ordering_the_call_may_be_visible_before_the_literal() -> None:
    inverted = 0
    for pick in PICKS:
        ran = await eager(BETWEEN, pick)
        literal, site = written(ran)
        assert literal.seq < site.seq
        if site.order < literal.order:
            inverted += 1
            (early,) = [event for event in ran.all(Early) if event.addr == site.addr]
            assert (early.what, early.value, early.order) == ("store", site.value, site.order)
            assert early.seq < literal.seq
    assert inverted


@pytest.mark.parametrize("kept", BETWEEN)
async def test_any_one_of_the_three_orderings_is_enough(kept: str) -> None:
    early = 0
    for pick in PICKS:
        ran = await eager([name for name in BETWEEN if name != kept], pick)
        early += len(ran.all(Early))
        literal, site = written(ran)
        assert literal.order < site.order
    assert early


@pytest.mark.parametrize(("drop", "inverted"), [([], False), (["list-publish"], True)])
async def test_an_ops_is_on_the_list_before_it_leads_anywhere_only_without_release(
    drop: list[str], inverted: bool
) -> None:
    found = set()
    for pick in PICKS:
        ran = await eager(drop, pick, before=STORE_NEXT)
        head = ran.all(Store, addr=ran.system.image.symbols["ftrace_ops_list"])[0]
        (onward,) = ran.all(Store, addr=ran.system.ops["tracer_a"].addr + OPS_NEXT)
        found.add(head.order < onward.order)
    assert (True in found) is inverted


async def test_nothing_is_promised_unless_asked() -> None:
    ran = await steered(loaded(BETWEEN), Steered())
    assert ran.all(Early) == []


FULFILS = (Store, Maintain)
MEANWHILE = (Exc, Tick, Switch, Receive)


@pytest.mark.parametrize("drop", [[], BETWEEN, [*BETWEEN, "clean-dsb", "inval-dsb", "list-publish"]])
async def test_a_cpu_with_an_open_promise_takes_nothing_and_keeps_it(drop: list[str]) -> None:
    made = loaded(drop)
    promised = 0
    for run in range(40):
        ran = await steered(made, make_chooser("random", 3, run, Profile(150)))
        assert all(cpu.pe.promises == [] for cpu in ran.system.cpus)
        for early in ran.all(Early):
            promised += 1
            kept = fulfilment(ran, early)
            assert early.what == what(kept)
            between = ran.events[early.seq : kept.seq]
            assert [
                event for event in between if event.cpu == early.cpu and isinstance(event, MEANWHILE)
            ] == []
            assert {event.task for event in between if event.cpu == early.cpu} == {early.task}
    assert promised > 20


def what(event: Event) -> str:
    """How an early message of this kind is called."""
    return event.name.partition(" ")[0] if isinstance(event, Maintain) else "store"


def fulfilment(ran: Ran, early: Early) -> Event:
    """The store or cache operation, in program order, that an early message is."""
    return next(
        event
        for event in ran.events[early.seq :]
        if isinstance(event, FULFILS) and event.cpu == early.cpu and event.order == early.order
    )


async def test_early_stores_stay_inside_their_routine() -> None:
    """What is promised in a patch routine is fulfilled before the patch is over: no promise crosses Python."""
    made = loaded(BETWEEN)
    inside = 0
    for run in range(40):
        ran = await steered(made, make_chooser("random", 9, run, Profile(150)))
        ends = [patch.seq for patch in ran.all(Patch, begins=False)]
        for early in ran.all(Early, task="registrant"):
            after = [seq for seq in ends if seq > early.seq]
            patching = [patch for patch in ran.all(Patch, begins=True) if patch.seq < early.seq]
            if after and len(patching) > len(ends) - len(after):
                inside += 1
                assert fulfilment(ran, early).seq < after[0]
    assert inside


def test_after_an_oops_nobody_waits_for_what_its_promises_relied_on() -> None:
    """A fault ends what the CPU had promised, so nobody else may be kept from the cells that it relied on."""
    system = Run(world(LOADED).image, DullChooser(), conducting=SteppedConductor).system
    run = run_in_steps(system.conductor)
    cpu = system.cpus[0]
    while cpu.current is None:
        next(run)
    cpu.pe.reserved = system.machine.reserved[cpu.number] = frozenset({0x1000})
    cpu.pe.trap = ("oops", 0)
    cpu._oops(cpu.task)
    assert not system.machine.reserved
    assert not cpu.pe.reserved
    run.close()
