"""What each design does to memory and text, in which order: dull runs, read from their events."""

from __future__ import annotations

import pytest

from ftrace_actors.actors import DullChooser, Kind
from ftrace_actors.events import (
    Alloc,
    Body,
    Callback,
    Fetch,
    Free,
    GracePeriod,
    Maintain,
    Patch,
    Send,
    Store,
    Sync,
)
from ftrace_actors.kernel.designs import DESIGNS
from ftrace_actors.kernel.designs.base import NOP

from .steering import Ran, Steered, last, steered
from .worlds import Table, world

ONCE = ["register tracer_a", "call vfs_read", "unregister tracer_a", "call vfs_read"]
TWICE = [
    "register tracer_a",
    "call vfs_read",
    "register tracer_b",
    "call vfs_read",
    "unregister tracer_a",
    "call vfs_read",
    "unregister tracer_b",
    "call vfs_read",
]
FAR = {"name": "vfs_read", "address": "0xffff800090020000"}
TWO_NOPS = NOP << 32 | NOP


async def run(design: str, do: list[str] = ONCE, protocol: Table | None = None, **rest: object) -> Ran:
    """One dull run of one task, on one CPU unless `machine` says otherwise."""
    machine = rest.pop("machine", {"cpus": 1})
    made = world(
        {"registrant": {"cpu": 0, "do": do}},
        protocol={"design": design, **(protocol or {})},
        machine=machine,
        **rest,
    )
    return await steered(made, DullChooser())


def steps(ran: Ran) -> list[str]:
    """Patches, kicks, grace periods and frees, in order."""
    names = {site: name for name, site in ran.system.image.symbols.names().items()}
    found: list[str] = []
    for event in ran.events:
        match event:
            case Patch(begins=True):
                literal = names.get(event.literal, f"{event.literal:#x}" if event.literal else "")
                found.append(f"{event.action} {literal}".strip())
            case Send(message="KickIn"):
                found.append("kick")
            case GracePeriod(phase="end", flavour="tasks" | "rude"):
                found.append(event.flavour)
            case Alloc(name=name) | Free(name=name) if name.endswith(".tramp"):
                found.append(f"{type(event).__name__.lower()} {name}")
    return found


def called(ran: Ran) -> list[list[str]]:
    """The ops called by each call of the function."""
    calls: list[list[str]] = [[]]
    for event in ran.events:
        if isinstance(event, Callback) and event.begins:
            calls[-1].append(event.func.removesuffix("_func"))
        elif isinstance(event, Body):
            calls.append([])
    return calls[:-1]


REACHES = [
    *((name, "vfs_read") for name in sorted(DESIGNS)),
    *((name, FAR) for name, design in sorted(DESIGNS.items()) if design.template),
]


@pytest.mark.parametrize(("design", "function"), REACHES)
async def test_every_call_reaches_the_tracers_of_the_time(design: str, function: object) -> None:
    """Newest first in the list, and nothing is found by any check."""
    ran = await run(design, TWICE, functions=[function], ops=["tracer_a", "tracer_b"])
    assert called(ran) == [["tracer_a"], ["tracer_b", "tracer_a"], ["tracer_b"], []]
    assert ran.findings == ()


async def test_two_trampolines_specialise_in_two_passes_and_back() -> None:
    assert steps(await run("two-trampolines")) == [
        "ftrace_patch_call",
        "ftrace_modify_call tracer_a",
        "ftrace_patch_call",
        "kick",
        "rude",
        "tasks",
        f"ftrace_make_nop {TWO_NOPS:#x}",
    ]


async def test_two_trampolines_can_wait_between_data_and_call() -> None:
    protocol = {"handover": ["kick"]}
    assert steps(await run("two-trampolines", ["register tracer_a"], protocol)) == [
        "ftrace_patch_call",
        "ftrace_rec_set_ops tracer_a",
        "kick",
        "ftrace_patch_call",
    ]
    protocol["order"] = "call-first"  # type: ignore[assignment]
    assert steps(await run("two-trampolines", ["register tracer_a"], protocol)) == [
        "ftrace_patch_call",
        "ftrace_patch_call",
        "kick",
        "ftrace_rec_set_ops tracer_a",
    ]


async def test_two_trampolines_reset_the_data_of_a_static_ops_after_a_wait_too() -> None:
    """The word has no safe value: even where nothing is freed, nobody may be left who reads it."""
    static = {"name": "tracer_a", "functions": ["vfs_read"], "dynamic": False}
    assert "tasks" in steps(await run("two-trampolines", ops=[static]))
    assert "tasks" not in steps(await run("call-ops", ops=[static]))


async def test_a_dynamic_trampoline_is_there_before_its_branch_and_goes_after_the_wait() -> None:
    assert steps(await run("dynamic-trampoline")) == [
        "alloc tracer_a.tramp",
        "kick",
        "ftrace_patch_call",
        "ftrace_patch_call",
        "kick",
        "rude",
        "tasks",
        "free tracer_a.tramp",
    ]


async def test_a_dynamic_trampoline_is_cleaned_and_invalidated_line_by_line() -> None:
    ran = await run("dynamic-trampoline", ["register tracer_a"])
    (text,) = ran.all(Alloc, name="tracer_a.tramp")
    inside = range(text.addr, text.addr + text.size)
    written = [store.addr for store in ran.all(Store) if store.addr in inside]
    assert set(inside[::4]) == set(written) | {text.addr + ran.system.image.template.ops + 4}  # type: ignore[union-attr]
    for name in ("dc cvau", "ic ivau"):
        lines = {event.addr & ~63 for event in ran.all(Maintain, name=name)}
        assert lines >= {addr & ~63 for addr in inside}


async def test_a_far_site_changes_only_its_plt_entry_while_it_stays_enabled() -> None:
    ran = await run("dynamic-trampoline", TWICE, functions=[FAR], ops=["tracer_a", "tracer_b"])
    patches = [step for step in steps(ran) if step.startswith("ftrace_")]
    assert patches == [
        "ftrace_make_call ftrace_tramp.0",
        "ftrace_rec_set_ops ftrace_caller_list",
        "ftrace_rec_set_ops ftrace_tramp.1",
        "ftrace_make_nop ftrace_caller_list",
    ]


async def test_text_that_was_freed_is_handed_out_when_nothing_else_is_left() -> None:
    """As many slots as registrations: the second registration may take the slot of the first, by choice."""
    ran = await run("dynamic-trampoline", [*ONCE, "register tracer_b"], ops=["tracer_a", "tracer_b"])
    first, second = (event for event in ran.all(Alloc) if event.name.endswith(".tramp"))
    assert first.addr != second.addr
    assert first.prov != second.prov


@pytest.mark.parametrize("reused", [False, True])
@pytest.mark.parametrize("again", ["text", "reuse"])
async def test_what_is_left_out_where_text_is_reused_is_not_left_out_elsewhere(
    reused: bool, again: str
) -> None:
    """IC and kick of the second trampoline; the first one, at a fresh address, loses only what `text-` names."""
    made = world(
        {"registrant": {"cpu": 0, "do": [*ONCE, "register tracer_b"]}},
        ops=["tracer_a", "tracer_b"],
        protocol={"design": "dynamic-trampoline", "drop": [f"{again}-inval", f"{again}-kick"], "wait": []},
    )
    ran = await steered(made, Steered(answers={Kind.ALLOC: last} if reused else {}))
    first, second = (event for event in ran.all(Alloc) if event.name.endswith(".tramp"))
    assert (first.addr == second.addr) is reused
    kept = [again == "reuse", (again == "reuse") is not reused]
    for text, end, wanted in ((first, second.seq, kept[0]), (second, ran.events[-1].seq, kept[1])):
        between = [event for event in ran.events if text.seq < event.seq < end]
        lines = [event for event in between if isinstance(event, Maintain) and event.name == "ic ivau"]
        assert any(text.addr <= event.addr < text.addr + text.size for event in lines) is wanted
        kicks = [event for event in between if isinstance(event, Send) and event.message == "KickIn"]
        assert bool(kicks) is wanted


async def test_what_leads_a_call_astray_is_watched() -> None:
    """The words and calls of a design, and the words of PLT entries."""
    watched = (await run("global-ops")).system.image
    assert watched.watched == {watched.symbols["function_trace_op"], watched.symbols["ftrace_call"]}
    far = (await run("dynamic-trampoline", functions=[FAR])).system.image
    assert far.watched == {far.symbols["vfs_read.plt.target"]}


async def test_a_kick_is_an_exception_on_every_other_cpu_and_none_on_the_own() -> None:
    ran = await run("dynamic-trampoline", ["register tracer_a"], machine={"cpus": 3})
    kicks = ran.all(Send, message="Kick")
    assert [event.to for event in kicks] == ["cpu1", "cpu2"]
    entered = {event.cpu for event in ran.all(Sync) if event.reason == "exception entry"}
    assert entered == {1, 2}
    acknowledged = [event.seq for event in ran.all(Send, message="KickAcknowledged")]
    (done,) = ran.all(Send, message="Kicked")
    assert len(acknowledged) == 2
    assert max(acknowledged) < done.seq


@pytest.mark.parametrize("sync", [True, False])
async def test_switches_synchronize_context_only_where_the_kernel_says_so(sync: bool) -> None:
    ran = await run("call-ops", ["yield"], kernel={"switch_sync": sync})
    assert any(event.reason == "task switch" for event in ran.all(Sync)) is sync


async def test_a_fetch_through_a_new_branch_sees_new_text() -> None:
    """The BL was written after the IC had completed, and fetches are ordered: no kick is needed for that."""
    ran = await run("dynamic-trampoline", ["register tracer_a", "call vfs_read"], {"drop": ["text-kick"]})
    (text,) = ran.all(Alloc, name="tracer_a.tramp")
    fetched = [event for event in ran.all(Fetch) if text.addr <= event.addr < text.addr + text.size]
    assert fetched
    assert all(event.order == event.newest for event in fetched)
