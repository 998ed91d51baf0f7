"""ftrace_ops_assist_func: one ops behind its guard, run on a PE, and in a whole run judged by INV-GUARD."""

from __future__ import annotations

from random import Random

import pytest

from ftrace_actors.actors import DullChooser
from ftrace_actors.events import Callback, Reader, Window
from ftrace_actors.kernel.designs.base import NOP
from ftrace_actors.kernel.layout import (
    FL_RCU,
    FL_RECURSION,
    OPS_FLAGS,
    OPS_FUNC,
    OPS_HITS,
    TASK_PREEMPT_COUNT,
    TASK_TRACE_RECURSION,
    TRACE_LIST_BIT,
    task_base,
)

from .routines import Machine
from .steering import Ran, steered
from .worlds import world

IDLE = {"idler": {"cpu": 0, "do": []}}
CALLEE_SAVED = (*range(19, 30), 31)
AGAIN = "stp x29, x30, [sp, #-16]!\n bl vfs_read\n ldp x29, x30, [sp], #16\n ret"
"""A callback that calls vfs_read."""


def guarded(name: str, *flags: str) -> dict[str, object]:
    return {"name": name, "functions": ["vfs_read"], "flags": flags or ("recursion",), "dynamic": False}


def machine(**rest: object) -> Machine:
    ops = [{"name": "tracer_a", "functions": ["vfs_read"]}, guarded("tracer_b")]
    return Machine(world(IDLE, ops=ops, **rest).image)


def counts(traced: Machine) -> tuple[int, int]:
    """preempt_count and the recursion bits."""
    load = traced.pe.load_private
    return load(task_base(0) + TASK_PREEMPT_COUNT, 4)[0], load(task_base(0) + TASK_TRACE_RECURSION, 4)[0]


def hits(traced: Machine, name: str) -> int:
    return traced.value(traced.image.symbols[name] + OPS_HITS)


def test_it_calls_the_ops_function_with_its_own_arguments_behind_the_guard() -> None:
    traced = machine()
    symbols = traced.image.symbols
    ops = symbols["tracer_b"]
    inside: list[tuple[list[int], tuple[int, int]]] = []

    def at(pc: int) -> None:
        if pc == symbols["tracer_b_func"]:
            inside.append((traced.registers()[:4], counts(traced)))

    draw = Random(5)
    registers = [draw.getrandbits(64) for _ in range(30)]
    registers[2] = ops
    before = [*registers, traced.registers()[31]]
    traced.call("ftrace_ops_assist_func", registers=registers, at=at)
    assert inside == [(registers[:4], (1, 1))]
    assert counts(traced) == (0, 0)
    assert hits(traced, "tracer_b") == 1
    after = traced.registers()
    assert [after[number] for number in CALLEE_SAVED[:-1]] == [before[number] for number in CALLEE_SAVED[:-1]]
    assert after[31] == before[30]


def test_other_counts_and_bits_are_left_as_they_are() -> None:
    traced = machine()
    traced.pe.store_private(task_base(0) + TASK_PREEMPT_COUNT, 4, (2, 0, 0, 0))
    traced.pe.store_private(task_base(0) + TASK_TRACE_RECURSION, 4, (0xF0, 0, 0, 0))
    traced.call("ftrace_ops_assist_func", 0, 0, traced.image.symbols["tracer_b"])
    assert counts(traced) == (2, 0xF0)
    assert hits(traced, "tracer_b") == 1


def test_behind_a_guard_already_it_leaves_at_once() -> None:
    traced = machine()
    traced.pe.store_private(task_base(0) + TASK_TRACE_RECURSION, 4, (1, 0, 0, 0))
    stack = traced.registers()[31]
    traced.call("ftrace_ops_assist_func", 0, 0, traced.image.symbols["tracer_b"])
    assert hits(traced, "tracer_b") == 0
    assert counts(traced) == (0, 1)
    assert traced.registers()[31] == stack


def test_its_guard_and_the_lists_are_one() -> None:
    """Its callback calls vfs_read, whose site leads into the list: the walk is left, and the guard stays up."""
    traced = machine(routines={"again": AGAIN})
    symbols, layout = traced.image.symbols, traced.image.sites[0].layout
    traced.image.cells[symbols["tracer_b"] + OPS_FUNC] = (symbols["again"], 0)
    assert traced.errno("ftrace_ops_list_add", symbols["tracer_a"]) == 0
    word = traced.image.branch(layout.site, "ftrace_caller")
    args = (layout.literal, symbols["ftrace_list_ops"], layout.site, NOP, word)
    assert traced.errno("ftrace_make_call", *args) == 0
    traced.call("ftrace_ops_assist_func", 0, 0, symbols["tracer_b"])
    assert hits(traced, "tracer_a") == 0
    assert counts(traced) == (0, 0)
    traced.call("vfs_read")
    assert hits(traced, "tracer_a") == 1


def test_a_tracer_that_calls_keeps_what_a_function_keeps() -> None:
    traced = Machine(world(IDLE, ops=[{**guarded("tracer_b"), "calls": "vfs_read"}]).image)
    symbols = traced.image.symbols
    bodies: list[int] = []
    registers = list(range(100, 130))
    registers[2] = symbols["tracer_b"]
    body = traced.image.sites[0].layout.body
    traced.call(
        "ftrace_ops_assist_func", registers=registers, at=lambda pc: bodies.append(pc) if pc == body else None
    )
    assert bodies == [body]
    assert hits(traced, "tracer_b") == 1
    assert traced.registers()[19:30] == registers[19:30]


def test_preemption_is_looked_at_again_where_it_is_enabled_again() -> None:
    """The marks of the assist function are those of the list walker."""

    def marks(name: str) -> list[str]:
        image = machine().image
        start = image.symbols[name]
        piece = image.symbols.piece_at(start)
        assert piece is not None
        inside = sorted(at for at in image.marks if start <= at < piece.end)
        return [str(image.marks[at]) for at in inside]

    assert marks("ftrace_ops_assist_func") == marks("ftrace_ops_list_func")
    assert marks("ftrace_ops_assist_func")[-1] == "preempt-check"


@pytest.mark.parametrize("name", ["ftrace_ops_list_func", "ftrace_ops_assist_func"])
def test_preemption_is_enabled_before_the_recursion_bit_goes(name: str) -> None:
    """trace_clear_recursion: a task that is preempted there has the bit still."""
    traced = machine()
    image = traced.image
    start = image.symbols[name]
    piece = image.symbols.piece_at(start)
    assert piece is not None
    marks = [at for at, mark in image.marks.items() if str(mark) == "preempt-check"]
    (check,) = (at for at in marks if start <= at < piece.end)
    registers = list(range(100, 130))
    registers[2] = image.symbols["tracer_b"]
    seen: list[tuple[int, int]] = []
    traced.call(name, registers=registers, at=lambda pc: seen.append(counts(traced)) if pc == check else None)
    assert seen == [(0, 1 << TRACE_LIST_BIT)]
    assert counts(traced) == (0, 0)


@pytest.mark.parametrize(
    ("flags", "bits"),
    [(("recursion",), FL_RECURSION), (("rcu",), FL_RCU), (("rcu", "recursion"), FL_RECURSION | FL_RCU)],
)
async def test_flags_are_in_memory_from_the_start_and_after_an_allocation(
    flags: tuple[str, ...], bits: int
) -> None:
    static = world(IDLE, ops=[guarded("tracer_b", *flags)]).image
    assert static.cells[static.symbols["tracer_b"] + OPS_FLAGS] == (bits, 0)
    heap = {"name": "tracer_b", "functions": ["vfs_read"], "flags": flags, "allocated": False}
    ran = await steered(world({"owner": {"cpu": 0, "do": ["alloc tracer_b"]}}, ops=[heap]), DullChooser())
    assert ran.system.timeline.newest_value(ran.system.ops["tracer_b"].addr + OPS_FLAGS) == bits


# -- a whole run ------------------------------------------------------------------------------------------------------

CALLER = """
    stp  x29, x30, [sp, #-16]!
    adrp x2, tracer_b
    add  x2, x2, :lo12:tracer_b
    bl   {callee}
    ldp  x29, x30, [sp], #16
    ret
"""
"""Code that names one ops only, as a trampoline of its own would."""


async def called_by(callee: str) -> Ran:
    tasks = {"caller": {"cpu": 0, "do": ["run trampoline"]}}
    routines = {"trampoline": CALLER.format(callee=callee)}
    return await steered(world(tasks, ops=[guarded("tracer_b")], routines=routines), DullChooser())


async def test_a_trampoline_that_calls_it_keeps_the_guard() -> None:
    ran = await called_by("ftrace_ops_assist_func")
    kinds = (Window, Reader, Callback)
    story = [event for event in ran.events if isinstance(event, kinds) and event.task == "caller"]
    assert [type(event) for event in story] == [Window, Reader, Callback, Callback, Reader, Window]
    assert [event.window for event in story if isinstance(event, Window)] == ["W2", ""]
    assert ran.broken == set()


async def test_one_that_calls_the_function_itself_loses_it() -> None:
    ran = await called_by("tracer_b_func")
    assert ran.broken == {"INV-GUARD"}
    assert not ran.all(Reader)
