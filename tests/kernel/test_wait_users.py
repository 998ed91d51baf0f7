"""INV-GP on real runs: a task is parked just where it matters, a wait that does nothing returns, the task goes on.

Each way to be a user once the wait has returned, under every design that has it; and who only seems to be one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from ftrace_actors.actors import Kind
from ftrace_actors.events import Wait
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.task import DEAD

from .steering import Ran, Steered, current, last, steered
from .worlds import Table, world

Park = Callable[[System], bool]

DESIGNS = ("call-ops", "list-only", "two-trampolines", "dynamic-trampoline", "global-ops")
BYSTANDER: Table = {"name": "bystander", "functions": ["vfs_write"], "dynamic": True}
"""A dynamic ops on another function: with it, no update ends with an interrupt."""


def ops(name: str, *, dynamic: bool = True, function: str = "vfs_read") -> Table:
    return {"name": name, "functions": [function], "dynamic": dynamic, "caller_waits": not dynamic}


async def run(
    design: str,
    park: Park,
    do: Sequence[str],
    tracers: Sequence[Table],
    *,
    stale: Kind | None = None,
    calls: str = "vfs_read",
    bystander: bool = True,
    drop: Sequence[str] = (),
) -> Ran:
    """The reader runs until it is parked, the registrant to its end, then the reader to its own.

    `stale`: from then on the reader gets the oldest message that it may have, in loads or in fetches.
    """

    def rank(system: System, name: str) -> int:
        over = system.task("registrant").state == DEAD
        return int(name == ("cpu1" if not over and park(system) else "cpu0"))

    def oldest(system: System, count: int) -> int:
        cpu = current(system)
        reading = cpu is not None and cpu.current is not None and cpu.current.name == "reader"
        return last(system, count) if reading and system.task("registrant").state == DEAD else 0

    first = ["register bystander"] if bystander else []
    made = world(
        {
            "registrant": {"cpu": 0, "do": [*first, *do]},
            "reader": {"cpu": 1, "do": [f"call {calls}"], "started": False},
        },
        functions=["vfs_read", "vfs_write"],
        ops=[*tracers, *([BYSTANDER] if bystander else [])],
        kernel={"rude": "noop"},
        protocol={"design": design, "wait": ["rude"], "drop": list(drop)},
    )
    return await steered(made, Steered(rank, {} if stale is None else {stale: oldest}))


def at(window: str, *, inside: bool = False) -> Park:
    """In a window; with `inside`, in a tracer's function."""

    def parked(system: System) -> bool:
        task = system.task("reader")
        return task.window == window and (bool(task.callbacks) or not inside)

    return parked


def standing_on(name: str) -> Park:
    """In a walk of the list, on the entry of that ops: x22."""

    def parked(system: System) -> bool:
        in_walk = system.task("reader").window == "W2" and not system.task("reader").callbacks
        return in_walk and system.cpus[1].pe.regs[22][0] == system.ops[name].addr

    return parked


def users(ran: Ran) -> list[str]:
    """What INV-GP says, first the deed."""
    assert [wait.begins for wait in ran.all(Wait, ops="tracer_b")] == [True, False]
    return [
        found.message.partition(" after the wait for ")[0].removeprefix("reader on cpu1 ")
        for found in ran.findings
        if found.invariant == "INV-GP"
    ]


ONE = [ops("tracer_b")]
ONCE = ["register tracer_b", "wake reader", "unregister tracer_b"]
STATIC = [ops("tracer_b", dynamic=False)]


@pytest.mark.parametrize(
    ("design", "deed"),
    [
        ("call-ops", "reads tracer_b+0x28"),
        ("two-trampolines", "reads tracer_b+0x28"),
        ("dynamic-trampoline", "enters tracer_b_func with tracer_b"),
    ],
)
async def test_a_pointer_that_is_used_after_the_wait(design: str, deed: str) -> None:
    """(a): in W1 it holds the ops."""
    assert deed in users(await run(design, at("W1"), ONCE, ONE))


async def test_an_operation_that_is_called_with_after_the_wait() -> None:
    """(a) of global-ops: function_trace_op was loaded, and the old call is fetched."""
    ran = await run(
        "global-ops", at("W1"), ONCE, STATIC, stale=Kind.FETCH, bystander=False, drop=["sync-ipi"]
    )
    assert "enters tracer_b_func with tracer_b" in users(ran)


@pytest.mark.parametrize("design", DESIGNS)
async def test_a_callback_that_still_runs(design: str) -> None:
    """(b)"""
    found = users(await run(design, at("W2", inside=True), ONCE, ONE))
    assert "is still in tracer_b_func, which was given tracer_b," in found


@pytest.mark.parametrize("design", ["list-only", "global-ops"])
async def test_a_walk_of_the_list_that_stands_on_it(design: str) -> None:
    """(b)"""
    found = users(await run(design, standing_on("tracer_b"), ONCE, ONE))
    assert found == ["is still in a walk of the list that stands on tracer_b"]


@pytest.mark.parametrize("window", ["W0", "W1", "W2", "W3"])
async def test_text_that_is_run_after_the_wait(window: str) -> None:
    """(c): all of a trampoline of its own goes away, so who is anywhere in it is a user."""
    ran = await run("dynamic-trampoline", at(window, inside=window == "W2"), ONCE, STATIC)
    assert any("tracer_b.tramp+" in deed for deed in users(ran))


@pytest.mark.parametrize(
    ("design", "where", "word"),
    [
        ("call-ops", "W0", "the literal of vfs_read"),
        ("two-trampolines", "W0", "the literal of vfs_read"),
        ("list-only", "W0", "ftrace_ops_list"),
        ("global-ops", "W0", "ftrace_ops_list"),
        ("dynamic-trampoline", "W0", "tracer_b.tramp"),
    ],
)
async def test_an_ops_that_is_obtained_after_the_wait(design: str, where: str, word: str) -> None:
    """(d): when the wait returned it held nothing; then it reads what was overwritten before."""
    found = users(await run(design, at(where), ONCE, ONE, stale=Kind.LOAD))
    assert any(deed.startswith(f"takes &tracer_b from {word}") for deed in found), found


async def test_a_word_that_is_read_after_the_wait() -> None:
    """Of two-trampolines: the word is reset next."""
    assert "reads the literal of vfs_read" in users(await run("two-trampolines", at("W0"), ONCE, STATIC))


# -- who only seems to be a user ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", ["W0", "W3"])
@pytest.mark.parametrize("design", ["call-ops", "list-only", "global-ops"])
async def test_who_holds_nothing_or_is_on_its_way_out(design: str, window: str) -> None:
    ran = await run(design, at(window), ONCE, ONE)
    assert users(ran) == []
    assert ran.findings == ()


@pytest.mark.parametrize("window", ["W0", "W1", "W2", "W3"])
@pytest.mark.parametrize("design", DESIGNS)
async def test_who_is_in_a_window_on_behalf_of_another_ops(design: str, window: str) -> None:
    """On another function; no call there can come to tracer_b."""
    if design == "list-only" and window == "W1":
        pytest.skip("its trampoline takes no ops")
    tracers = [ops("tracer_a", function="vfs_write"), ops("tracer_b")]
    do = ["register tracer_b", "register tracer_a", "wake reader", "unregister tracer_b"]
    ran = await run(
        design, at(window, inside=window == "W2"), do, tracers, calls="vfs_write", bystander=False
    )
    assert users(ran) == []
    assert ran.findings == ()


# -- two ops on one function, so a call walks the list -----------------------------------------------------------------

A_THEN_B = ["register tracer_b", "register tracer_a", "wake reader", "unregister tracer_b"]
B_THEN_A = ["register tracer_a", "register tracer_b", "wake reader", "unregister tracer_b"]
PAIR = [ops("tracer_a"), ops("tracer_b")]


@pytest.mark.parametrize("design", DESIGNS)
class TestPairOnOneFunction:
    """The newest entry is the head of the list.  tracer_b goes, tracer_a stays."""

    async def test_before_the_entry_it_reads_what_the_entry_before_says_now(self, design: str) -> None:
        ran = await run(design, standing_on("tracer_a"), A_THEN_B, PAIR)
        assert users(ran) == []
        assert ran.findings == ()

    async def test_before_the_entry_it_reads_what_was_overwritten(self, design: str) -> None:
        ran = await run(design, standing_on("tracer_a"), A_THEN_B, PAIR, stale=Kind.LOAD)
        assert "takes &tracer_b from tracer_a->next" in users(ran)

    async def test_at_the_entry(self, design: str) -> None:
        ran = await run(design, standing_on("tracer_b"), B_THEN_A, PAIR)
        assert users(ran) == ["is still in a walk of the list that stands on tracer_b"]

    async def test_after_the_entry(self, design: str) -> None:
        ran = await run(design, standing_on("tracer_a"), B_THEN_A, PAIR)
        assert users(ran) == []
        assert ran.findings == ()


async def test_an_unlinked_entry_still_leads_to_the_next() -> None:
    """It stands on the static tracer_a, which goes first; then tracer_b goes, and is obtained from tracer_a->next."""
    do = [
        "register tracer_b",
        "register tracer_a",
        "wake reader",
        "unregister tracer_a",
        "unregister tracer_b",
    ]
    tracers = [{"name": "tracer_a", "functions": ["vfs_read"], "dynamic": False}, ops("tracer_b")]
    ran = await run("list-only", standing_on("tracer_a"), do, tracers)
    assert users(ran) == ["takes &tracer_b from tracer_a->next"]
