"""The knobs of a protocol, one by one: each does what `ProtocolConfig` says, and events show it."""

from __future__ import annotations

import pytest

from ftrace_actors.actors import DullChooser
from ftrace_actors.events import (
    Callback,
    Fetch,
    Load,
    OpsDefined,
    Patch,
    RecordDefined,
    RecordState,
    Register,
    Store,
)
from ftrace_actors.kernel.designs.base import NOP
from ftrace_actors.kernel.orderings import MESSAGES

from .steering import Ran, steered
from .worlds import Table, world

ONCE = ["register tracer_a", "call vfs_read", "unregister tracer_a", "call vfs_read"]


async def run(do: list[str] = ONCE, **rest: object) -> Ran:
    made = world({"registrant": {"cpu": 0, "do": do}}, **rest)
    return await steered(made, DullChooser())


def writes(ran: Ran) -> list[str]:
    """Which of literal and site each patch wrote, in order."""
    (record,) = ran.all(RecordDefined)
    names = {record.literal: "literal", record.site: "site"}
    return [names[store.addr] for store in ran.all(Store) if store.addr in names]


def literals(ran: Ran) -> list[str]:
    """What the patches wrote into the literal."""
    (record,) = ran.all(RecordDefined)
    names = {ops.addr: ops.name for ops in ran.all(OpsDefined)}
    return [names[store.value] for store in ran.all(Store, addr=record.literal)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [("literal-first", ["literal", "site"] * 2), ("call-first", ["site", "literal"] * 2)],
)
async def test_order(order: str, expected: list[str]) -> None:
    ran = await run(protocol={"order": order})
    assert writes(ran) == expected
    assert len(ran.all(Callback, begins=True)) == 1
    assert ran.findings == ()


@pytest.mark.parametrize("default", ["nop", "list"])
async def test_default_literal(default: str) -> None:
    ran = await run(protocol={"default_literal": default})
    assert literals(ran) == ["tracer_a", f"ftrace_{default}_ops"]
    (record,) = ran.all(RecordDefined)
    image = ran.system.image
    assert image.cells[record.literal][0] == image.symbols[f"ftrace_{default}_ops"]
    assert [state.literal for state in ran.all(RecordState)][-1] == image.symbols[f"ftrace_{default}_ops"]


async def test_a_literal_that_is_not_reset_keeps_the_ops() -> None:
    ran = await run(["register tracer_a", "unregister tracer_a"], protocol={"drop": ["literal-reset"]})
    assert literals(ran) == ["tracer_a"]
    assert writes(ran) == ["literal", "site", "site"]
    assert "INV-STATE" in ran.broken


MISALIGNED: list[Table] = [{"name": "vfs_open"}, {"name": "vfs_read", "offset": 4}]


@pytest.mark.parametrize("bti", [False, True])
async def test_the_alignment_check_refuses_a_misaligned_site(bti: bool) -> None:
    """The record is dropped: register succeeds and nothing is patched."""
    ran = await run(functions=MISALIGNED, kernel={"bti": bti})
    assert list(ran.system.image.refused) == ["vfs_read"]
    assert [record.function for record in ran.all(RecordDefined)] == ["vfs_open"]
    assert [event.errno for event in ran.all(Register, returns=True)] == [0, 0]
    assert ran.all(Patch) == []
    assert ran.findings == ()


@pytest.mark.parametrize(
    ("bti", "load", "distance"),
    [(False, "aligned", 12), (True, "aligned", 12), (False, "fixed", 8), (True, "fixed", 8)],
)
def test_where_a_misaligned_site_has_its_literal(bti: bool, load: str, distance: int) -> None:
    """Merged code rounds down: with BTI the literal then reaches into the function, without it in front of the NOPs."""
    made = world(
        {"idler": {"cpu": 0, "do": []}},
        functions=MISALIGNED,
        kernel={"bti": bti},
        protocol={"align_check": False, "literal_load": load},
    )
    site = next(site for site in made.image.sites if site.function == "vfs_read").layout
    assert site.entry % 8 == 4
    if load == "fixed":
        assert site.literal == site.entry - 8
        assert site.literal % 8 == 4
    else:
        assert site.literal == (site.site - 12) & ~7
        assert site.literal % 8 == 0
        assert (site.literal <= site.entry < site.literal + 8) is bti


@pytest.mark.parametrize("bti", [False, True])
@pytest.mark.parametrize("load", ["aligned", "fixed"])
async def test_an_aligned_site_is_the_same_either_way(bti: bool, load: str) -> None:
    ran = await run(kernel={"bti": bti}, protocol={"literal_load": load})
    (record,) = ran.all(RecordDefined)
    assert record.literal == record.entry - 8
    assert record.site == record.entry + (8 if bti else 4)
    (first, *_) = ran.all(Load, addr=record.literal)
    assert first.size == 8
    assert len(ran.all(Callback, begins=True)) == 1
    assert ran.findings == ()


@pytest.mark.parametrize(
    ("design", "trampoline"), [("call-ops", "ftrace_caller"), ("list-only", "ftrace_caller_list")]
)
async def test_a_design_calls_its_own_trampoline(design: str, trampoline: str) -> None:
    ran = await run(protocol={"design": design})
    image, (record,) = ran.system.image, ran.all(RecordDefined)
    words = [fetch.word for fetch in ran.all(Fetch, addr=record.site)]
    offset = image.symbols[trampoline] - record.site >> 2
    assert words == [0x94000000 | offset & 0x03FFFFFF, NOP]
    assert bool(record.literal) is (design == "call-ops")
    assert ran.findings == ()


@pytest.mark.parametrize("name", MESSAGES)
def test_a_dropped_message_ordering_changes_no_word(name: str) -> None:
    whole = world({"idler": {"cpu": 0, "do": []}})
    less = world({"idler": {"cpu": 0, "do": []}}, protocol={"drop": [name]})
    assert whole.image.program.words == less.image.program.words
