"""The scheme without CALL_OPS: what is written, in which order (ftrace_modify_all_code)."""

from pathlib import Path

import pytest

from ftrace_actors.actors import DullChooser
from ftrace_actors.events import Callback, Receive, Register, Store
from ftrace_actors.scenario import build, load

SCENARIOS = Path(__file__).parents[2] / "scenarios"
OVERRIDES = {
    "task": """[
        {name = "registrant", cpu = 0, do = [ACTIONS]},
        READER,
    ]""".replace("\n", ""),
}


async def story(*actions: str, **changes: str) -> list[str]:
    """What a dull run writes and whom it interrupts, by name; every register and unregister in brackets."""
    reader = "do = ['call vfs_read'], started = false" if "wake reader" in actions else "do = ['yield']"
    tasks = OVERRIDES["task"].replace("ACTIONS", ", ".join(f'"{action}"' for action in actions))
    tasks = tasks.replace("READER", f"{{name = 'reader', cpu = 1, {reader}}}")
    overrides = {"task": tasks, "sometimes": "[]", "protocol.handover": "[]", **changes}
    world = build(load(SCENARIOS / "pair-global-ops.toml", overrides))
    symbols = world.image.symbols
    result = await world.run_trio(DullChooser(), record=True)
    told: list[str] = []
    for event in result.events:
        match event:
            case Register(returns=False):
                told.append(f"[{'un' if event.unregister else ''}register {event.ops}]")
            case Store(addr=addr) if addr == symbols["ftrace_call"]:
                told.append(f"ftrace_call = {symbols.describe(addr + _offset(event.value))}")
            case Store(addr=addr) if addr == symbols["function_trace_op"]:
                told.append(f"function_trace_op = {symbols.describe(event.value)}")
            case Store(addr=addr) if addr == symbols["vfs_read"] + 4:
                told.append("site")
            case Receive(message="Kick"):
                told.append("interrupt")
            case Callback(begins=True):
                told.append(f"{event.func}({symbols.describe(event.ops)})")
    return told


def _offset(word: int) -> int:
    """Of a BL."""
    words = word & 0x03FF_FFFF
    return 4 * (words - (1 << 26) if words >> 25 else words)


TO_A = [
    "ftrace_call = ftrace_ops_list_func",
    "site",
    "function_trace_op = tracer_a",
    "interrupt",
    "ftrace_call = tracer_a_func",
]


async def test_the_list_function_is_called_while_anything_changes() -> None:
    assert await story("register tracer_a", "wake reader") == [
        "[register tracer_a]",
        *TO_A,
        "tracer_a_func(tracer_a)",
    ]


async def test_a_second_ops_leaves_the_list_in_place_and_its_going_specialises_again() -> None:
    actions = ("register tracer_a", "register tracer_b", "unregister tracer_a")
    assert await story(*actions) == [
        "[register tracer_a]",
        *TO_A,
        "[register tracer_b]",
        "ftrace_call = ftrace_ops_list_func",
        "[unregister tracer_a]",
        "ftrace_call = ftrace_ops_list_func",
        "function_trace_op = tracer_b",
        "interrupt",
        "ftrace_call = tracer_b_func",
    ]


async def test_the_last_one_leaves_the_stub() -> None:
    assert (await story("register tracer_a", "unregister tracer_a"))[-5:] == [
        "ftrace_call = ftrace_ops_list_func",
        "site",
        "function_trace_op = ftrace_list_end",
        "interrupt",
        "ftrace_call = ftrace_stub",
    ]


@pytest.mark.parametrize("change", ["dynamic = true", 'flags = ["rcu"]'])
async def test_a_dynamic_or_guarded_ops_is_always_called_through_the_list(change: str) -> None:
    ops = f'[{{name = "tracer_a", functions = ["vfs_read"], dynamic = false, {change}}}]'
    if "dynamic" in change:
        ops = ops.replace("dynamic = false, ", "")
    assert await story("register tracer_a", "wake reader", ops=ops) == [
        "[register tracer_a]",
        "ftrace_call = ftrace_ops_list_func",
        "site",
        "tracer_a_func(tracer_a)",
    ]


async def test_handover_waits_before_the_operation_and_before_its_function() -> None:
    told = await story("register tracer_a", **{"protocol.handover": '["kick"]'})
    assert told[1:] == [
        "ftrace_call = ftrace_ops_list_func",
        "site",
        "interrupt",
        "function_trace_op = tracer_a",
        "interrupt",
        "interrupt",
        "ftrace_call = tracer_a_func",
    ]
