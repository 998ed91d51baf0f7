"""kmalloc and kfree of ops: quarantine, reuse by choice, and generations that tell two users of an address apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ftrace_actors.actors import Chooser, DullChooser, Kind
from ftrace_actors.events import Alloc, Callback, Fault, Free, Load, Register
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.build import BuildError, build_image
from ftrace_actors.kernel.layout import HEAP_BASE, OPS_HITS, OPS_SIZE
from ftrace_actors.kernel.mode import Mode
from ftrace_actors.kernel.spec import FunctionSpec
from ftrace_actors.scenario.run import Run

from .steering import Ran, Steered, steered
from .steering import last as reuse
from .worlds import Table, world

OPS: list[str | Table] = [
    "tracer_a",
    {"name": "tracer_b", "functions": ["vfs_read"], "allocated": False},
]


async def run(do: list[str], chooser: Chooser | None = None, **rest: object) -> Ran:
    made = world({"registrant": {"cpu": 0, "do": do}}, ops=OPS, **rest)
    return await steered(made, chooser or DullChooser())


REUSING = {Kind.ALLOC: reuse}


async def test_freed_memory_is_quarantined() -> None:
    ran = await run(["kfree tracer_a", "alloc tracer_b", "kfree tracer_b", "alloc tracer_a"])
    addresses = [event.addr for event in ran.all(Free)[:1]] + [event.addr for event in ran.all(Alloc)]
    assert addresses == [HEAP_BASE, HEAP_BASE + OPS_SIZE, HEAP_BASE + 2 * OPS_SIZE]


async def test_freed_memory_is_handed_out_again_by_choice_with_a_new_generation() -> None:
    ran = await run(
        ["kfree tracer_a", "alloc tracer_b", "kfree tracer_b", "alloc tracer_a"], Steered(answers=REUSING)
    )
    assert [event.addr for event in ran.all(Alloc)] == [HEAP_BASE] * 2
    assert [event.prov for event in ran.all(Free)] == [1, 2]
    assert [event.prov for event in ran.all(Alloc)] == [2, 3]
    assert ran.findings == ()


async def test_which_freed_address_is_a_choice() -> None:
    do = ["alloc tracer_b", "kfree tracer_a", "kfree tracer_b", "alloc tracer_a"]
    found = set()
    for pick in range(3):
        ran = await run(do, Steered(answers={Kind.ALLOC: lambda _, count, pick=pick: pick}))
        found.add(ran.all(Alloc)[-1].addr)
    assert found == {HEAP_BASE, HEAP_BASE + OPS_SIZE, HEAP_BASE + 2 * OPS_SIZE}


async def test_a_reused_ops_starts_afresh() -> None:
    do = [
        "register tracer_a",
        "call vfs_read x3",
        "unregister tracer_a",
        "kfree tracer_a",
        "alloc tracer_b",
        "register tracer_b",
        "call vfs_read",
    ]
    ran = await run(do, Steered(answers=REUSING))
    assert ran.system.ops["tracer_b"].addr == HEAP_BASE
    assert ran.system.timeline.newest_value(HEAP_BASE + OPS_HITS) == 1
    assert [event.prov for event in ran.all(Callback, begins=True)] == [1, 1, 1, 2]
    assert ran.findings == ()


def stand_in_w1(system: System, name: str) -> int:
    """The reader gets into W1 once the registration is over, and stays there as long as others can move."""
    registrant, reader = system.task("registrant"), system.task("reader")
    settled = registrant.position > 1 or (registrant.position == 1 and registrant.mode == Mode.ACTION)
    ahead = settled and reader.window != "W1" and reader.position != 2
    return int(name == ("cpu0" if ahead else "cpu1"))


@pytest.mark.parametrize("reused", [False, True])
async def test_an_old_pointer_is_a_use_after_free_also_when_its_address_is_live_again(reused: bool) -> None:
    """Nobody waits; the reader loaded the literal before.  By address alone all would be well."""
    tasks: dict[str, Table] = {
        "registrant": {
            "cpu": 0,
            "do": [
                "register tracer_a",
                "unregister tracer_a",
                "kfree tracer_a",
                "alloc tracer_b",
                "register tracer_b",
            ],
        },
        "reader": {"cpu": 1, "do": ["call vfs_read", "call vfs_read"]},
    }
    made = world(tasks, ops=OPS, protocol={"wait": []})
    ran = await steered(made, Steered(stand_in_w1, {Kind.ALLOC: reuse} if reused else {}))
    (free,) = ran.all(Free)
    (alloc,) = ran.all(Alloc)
    assert (alloc.addr == free.addr) is reused
    late = [load for load in ran.all(Load, task="reader", pointer=free.prov) if load.seq > free.seq]
    assert late
    assert "INV-LIFE" in ran.broken
    life = next(finding for finding in ran.findings if finding.invariant == "INV-LIFE")
    assert life.window == "W1"
    assert free.seq in life.events


async def test_as_many_as_a_scenario_allocates() -> None:
    """The heap has room for every allocation of a run, also when nothing is ever handed out again."""
    ran = await run(["kfree tracer_a", "alloc tracer_a"] * 20)
    assert len({event.addr for event in ran.all(Alloc)}) == 20
    many: list[Table] = [{"name": f"t{number}", "functions": ["vfs_read"]} for number in range(20)]
    made = world({"idler": {"cpu": 0, "do": []}}, ops=many)
    assert len({ops.addr for ops in made.image.ops}) == 22


async def test_freeing_twice_is_a_fault_and_not_a_second_end() -> None:
    ran = await run(["kfree tracer_a", "kfree tracer_a", "kfree tracer_b"])
    assert len(ran.all(Free)) == 1
    assert [event.reason for event in ran.all(Fault)] == ["double free", "free of nothing"]
    assert "INV-LIFE" in ran.broken


async def test_an_ops_that_was_never_allocated_cannot_be_registered() -> None:
    (returned,) = (await run(["register tracer_b"])).all(Register, returns=True)
    assert returned.errno == -22


@pytest.mark.parametrize("pick", [0, 1])
def test_when_all_text_was_used_before_each_freed_slot_is_one_choice(pick: int) -> None:
    """No option is there twice, and option 0 is the slot that was freed first."""
    made = world(
        {"t": {"cpu": 0, "do": ["register tracer_a", "register tracer_b"]}},
        ops=OPS,
        protocol={"design": "dynamic-trampoline"},
    )
    asked: list[int] = []

    class Picking(DullChooser):
        __slots__ = ()

        def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
            asked.append(count)
            return pick

    allocator = Run(made.image, Picking()).system.services["text_allocator"]
    allocator.fresh, allocator.freed = [], [1, 0]
    text = allocator._allocate("tracer_a")
    assert (asked, text.symbol, text.reused) == ([2], f"ftrace_tramp.{1 - pick}", True)
    assert (allocator.fresh, allocator.freed) == ([], [pick])


def test_an_entry_where_no_compiler_puts_one_is_refused() -> None:
    """A world made in Python has no schema that would say so; it used to be looked for without end."""
    spec = world({"t": {"cpu": 0, "do": ["yield"]}}).scenario.spec
    odd = replace(spec, functions=(FunctionSpec("vfs_read", offset=2),))
    with pytest.raises(BuildError, match="vfs_read has offset 2; right is 0 or 4") as caught:
        build_image(odd)
    assert caught.value.where == "$.function[0].offset"
