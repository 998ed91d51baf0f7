"""Who decides whether a site may name a single ops, and what comes of it: the merged kernel and the mended one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ftrace_actors.actors import DullChooser
from ftrace_actors.events import Call, Callback, Fault, RecordState, TaskState, Warn
from ftrace_actors.kernel.config import ProtocolConfig
from ftrace_actors.kernel.layout import TASK_STACK_LIMIT, task_stack

from .steering import Ran, steered
from .worlds import Table, world

PLAIN, RECURSION, RCU = "plain", "recursion", "rcu"
ARGUMENT, SURVIVOR, LOOKUP = "argument", "survivor", "lookup"


def ops_table(name: str, kind: str, **rest: object) -> Table:
    flags = [] if kind == PLAIN else [kind]
    return {"name": name, "functions": ["vfs_read"], "flags": flags, "dynamic": False, **rest}


async def traced(
    do: Sequence[str], kinds: Sequence[str], by: str, *, calls: str = "", design: str = "call-ops"
) -> Ran:
    """The registrant does `do`, then a reader calls vfs_read once; ops are tracer_a, tracer_b, ... of these kinds."""
    tables = [ops_table(f"tracer_{letter}", kind) for letter, kind in zip("abc", kinds, strict=False)]
    tables[-1] = {**tables[-1], "calls": calls}
    tasks = {
        "registrant": {"cpu": 0, "do": [*do, "wake reader"]},
        "reader": {"cpu": 1, "do": ["call vfs_read"], "started": False},
    }
    protocol = {"call_ops_by": by, "design": design}
    return await steered(world(tasks, ops=tables, protocol=protocol), DullChooser())


def literals(ran: Ran) -> list[str]:
    """What the books say the literal names, at each return of register and unregister."""
    names = {ops.addr: name for name, ops in ran.system.ops.items()}
    return [names[state.literal].removeprefix("ftrace_") for state in ran.all(RecordState)]


def called(ran: Ran) -> list[str]:
    return [event.func.removesuffix("_func") for event in ran.all(Callback, task="reader") if event.begins]


TWO = ("register tracer_a", "register tracer_b")


@pytest.mark.parametrize("by", [ARGUMENT, SURVIVOR])
@pytest.mark.parametrize(
    ("kinds", "gone", "merged", "mended", "guard_lost"),
    [
        ((PLAIN, PLAIN), "a", "tracer_b", "tracer_b", False),
        ((PLAIN, RECURSION), "a", "tracer_b", "list_ops", True),
        ((PLAIN, RCU), "a", "tracer_b", "list_ops", True),
        ((PLAIN, RECURSION), "b", "list_ops", "tracer_a", False),
        ((PLAIN, RCU), "b", "list_ops", "tracer_a", False),
        ((RECURSION, PLAIN), "b", "tracer_a", "list_ops", True),
        ((RECURSION, PLAIN), "a", "list_ops", "tracer_b", False),
        ((RECURSION, RCU), "a", "list_ops", "list_ops", False),
        ((RECURSION, RCU), "b", "list_ops", "list_ops", False),
    ],
)
async def test_one_of_two_is_removed(
    by: str, kinds: tuple[str, str], gone: str, merged: str, mended: str, guard_lost: bool
) -> None:
    ran = await traced([*TWO, f"unregister tracer_{gone}"], kinds, by)
    first = "tracer_a" if kinds[0] == PLAIN else "list_ops"
    assert literals(ran) == [first, "list_ops", merged if by == ARGUMENT else mended]
    assert called(ran) == ["tracer_b" if gone == "a" else "tracer_a"]
    assert ran.broken == ({"INV-GUARD"} if guard_lost and by == ARGUMENT else set())


@pytest.mark.parametrize("by", [ARGUMENT, SURVIVOR])
async def test_alone_from_the_first_it_stays_with_the_list(by: str) -> None:
    ran = await traced(["register tracer_a"], [RECURSION], by)
    assert literals(ran) == ["list_ops"]
    assert (called(ran), ran.broken) == (["tracer_a"], set())


@pytest.mark.parametrize("by", [ARGUMENT, SURVIVOR])
async def test_from_three_to_two_nothing_is_decided(by: str) -> None:
    do = [*TWO, "register tracer_c", "unregister tracer_a", "unregister tracer_b"]
    ran = await traced(do, (PLAIN, RECURSION, RECURSION), by)
    assert literals(ran) == ["tracer_a", *["list_ops"] * 4]
    assert (called(ran), ran.broken) == (["tracer_c"], set())


async def test_a_lost_guard_comes_back_with_a_second_ops() -> None:
    ran = await traced([*TWO, "unregister tracer_a", "register tracer_a"], (PLAIN, RECURSION), ARGUMENT)
    assert literals(ran)[-2:] == ["tracer_b", "list_ops"]
    assert ran.broken == set()


async def test_without_a_literal_everybody_is_called_from_the_list() -> None:
    ran = await traced([*TWO, "unregister tracer_a"], (PLAIN, RECURSION), ARGUMENT, design="list-only")
    assert (called(ran), ran.broken) == (["tracer_b"], set())


async def test_a_trampoline_of_its_own_calls_the_assist_function() -> None:
    """What was written when the ops came does not depend on who decides later that the site may branch there."""
    ran = await traced(
        [*TWO, "unregister tracer_a"], (PLAIN, RECURSION), ARGUMENT, design="dynamic-trampoline"
    )
    assert (called(ran), ran.broken) == (["tracer_b"], set())
    site = ran.system.books.ops.records[0]
    assert site.target == ran.system.services["tracing_core"].core_view.text_of(ran.system.ops["tracer_b"])


@pytest.mark.parametrize("kind", [RECURSION, RCU])
async def test_a_lookup_that_hides_guarded_ops_keeps_the_guard_and_warns(kind: str) -> None:
    """The flag says that one ops may be named, and the lookup finds none: the kernel warns and takes the list."""
    ran = await traced([*TWO, "unregister tracer_a"], (PLAIN, kind), LOOKUP)
    assert literals(ran) == ["tracer_a", "list_ops", "list_ops"]
    assert (called(ran), ran.broken) == (["tracer_b"], {"INV-WARN"})
    (warning,) = ran.all(Warn)
    assert (warning.function, warning.condition, warning.subject) == (
        "arm64_rec_get_ops",
        "!ops",
        "vfs_read",
    )


@pytest.mark.parametrize("by", [ARGUMENT, SURVIVOR])
async def test_no_other_kernel_warns(by: str) -> None:
    assert not (await traced([*TWO, "unregister tracer_a"], (PLAIN, RECURSION), by)).all(Warn)


async def test_a_lookup_that_hides_guarded_ops_leaves_the_plain_survivor_on_the_list() -> None:
    """It mends one of the two directions only."""
    ran = await traced([*TWO, "unregister tracer_b"], (PLAIN, RECURSION), LOOKUP)
    assert (literals(ran)[-1], ran.broken) == ("list_ops", set())


def test_the_kernel_as_merged_is_the_default() -> None:
    assert ProtocolConfig().call_ops_by == ARGUMENT


# -- what the guard is for --------------------------------------------------------------------------------------------


async def recursing(by: str) -> Ran:
    return await traced([*TWO, "unregister tracer_a"], (PLAIN, RECURSION), by, calls="vfs_read")


async def test_without_its_guard_a_callback_that_calls_what_it_traces_runs_off_its_stack() -> None:
    ran = await recursing(ARGUMENT)
    begins = [event for event in ran.all(Callback, task="reader") if event.begins]
    assert len(begins) > 3
    assert not [event for event in ran.all(Callback, task="reader") if not event.begins]
    (fault,) = ran.all(Fault)
    assert (fault.task, fault.reason) == ("reader", "brk")
    reader = ran.system.task("reader")
    limit = task_stack(reader.number) & ~0xFFFF | TASK_STACK_LIMIT
    assert reader.regs[31][0] < limit <= reader.regs[31][0] + 200
    assert any(event.who == "reader" and event.state == "dead" for event in ran.all(TaskState))
    assert ran.broken == {"INV-GUARD", "INV-LIFE"}


async def test_with_it_the_callback_is_entered_once_and_its_own_call_is_left_alone() -> None:
    ran = await recursing(SURVIVOR)
    assert [event.begins for event in ran.all(Callback, task="reader")] == [True, False]
    assert len(ran.all(Call, task="reader")) == 2
    assert not ran.all(Fault)
    assert ran.broken == set()


async def test_a_callback_that_made_a_call_is_still_in_w2_behind_it() -> None:
    """The body of the inner call ends the inner call's windows; the task is in the callback of the outer one."""
    ran = await recursing(SURVIVOR)
    reader = [event for event in ran.events if event.task == "reader"]
    _, end = (index for index, event in enumerate(reader) if isinstance(event, Callback))
    windows = [getattr(event, "window", None) for event in reader[:end]]
    assert [window for window in windows if window is not None][-1] == "W2"


def test_no_campaign_has_to_see_a_literal_that_names_an_ops_behind_a_guard() -> None:
    tasks = {"registrant": {"cpu": 0, "do": [*TWO, "call vfs_read"]}}
    wanted = world(tasks, ops=[ops_table("tracer_a", PLAIN), ops_table("tracer_b", RCU)]).sometimes
    assert [name for name in wanted if name.startswith("literal:")] == ["literal:tracer_a"]
