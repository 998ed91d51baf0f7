"""A second patching service next to the first: a class with one method of its own, an address, a line in `SERVICES`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from ftrace_actors.actors import Conductor, Mailbox, run_bare
from ftrace_actors.actors.drivers.stepping import run_in_steps
from ftrace_actors.events import CrossCall, Lock, Patch, Receive
from ftrace_actors.kernel.boot import SERVICES
from ftrace_actors.kernel.build import build_image
from ftrace_actors.kernel.designs import CallOps, Changes, Core, PatchStep
from ftrace_actors.kernel.designs.base import Step
from ftrace_actors.kernel.messages import Kicked, KickIn, PatchSite, RoutineDone
from ftrace_actors.kernel.ops import Ops
from ftrace_actors.kernel.patcher import Following, PatchingService
from ftrace_actors.scenario import World

from ..steering import Steered, steered
from ..test_copies import nobody, same, started
from ..test_copies import world as shipped
from ..worlds import TEARDOWN, world

SITES: Mailbox[PatchSite] = Mailbox("kicking_patcher")
"""Where designs send sites to it."""
REPLIES: Mailbox[RoutineDone] = Mailbox("kicking_patcher replies")
KICKED: Mailbox[Kicked] = Mailbox("kicking_patcher kicked")


class KickingPatcher(PatchingService):
    """aarch64_insn_patch_text_sync, nearly: every CPU has synchronized its context before the answer."""

    mutex = "kicking_mutex"

    def then(self, request: PatchSite) -> Sequence[Following]:
        return (KickIn(KICKED),)


class KickedOff(CallOps):
    """call-ops, whose sites are disabled by the other service."""

    name = "kicked-off"

    def disable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
        for step in super().disable(ops, changes, core):
            yield replace(step, by=SITES) if isinstance(step, PatchStep) else step


@pytest.fixture(autouse=True)
def _another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        SERVICES,
        "kicking patcher",
        lambda parts: [KickingPatcher(parts.setting, SITES, REPLIES, parts.books.tasks, parts.books.ops)],
    )


def disabled_by_it(made: World) -> World:
    """The world, under the design that uses both services."""
    spec = made.scenario.spec
    spec = replace(
        spec,
        protocol=replace(spec.protocol, design=KickedOff.name),
        designs={**spec.designs, KickedOff.name: KickedOff()},
    )
    return World(replace(made.scenario, spec=spec), build_image(spec))


async def test_both_services_patch_sites_in_one_run() -> None:
    tasks = {"tracer": {"cpu": 0, "do": TEARDOWN}, "caller": {"cpu": 1, "do": ["call vfs_read"] * 3}}
    ran = await steered(disabled_by_it(world(tasks)), Steered())
    assert not ran.findings
    asked = [event.actor for event in ran.all(Receive, message="PatchSite")]
    assert asked == ["text_patcher", "kicking_patcher"]
    patches = [(event.number, event.begins, event.action, event.actor) for event in ran.all(Patch)]
    assert patches == [
        (number, begins, action, actor)
        for number, action, actor in (
            (1, "ftrace_make_call", "text_patcher"),
            (2, "ftrace_make_nop", "kicking_patcher"),
        )
        for begins in (True, False)
    ]
    locks = [(event.name, event.state) for event in ran.all(Lock) if event.name != "ftrace_lock"]
    assert locks == [
        (name, state) for name in ("text_mutex", "kicking_mutex") for state in ("acquired", "released")
    ]
    assert len(ran.all(CrossCall, phase="start", function="do_nothing")) == 1


def test_a_run_with_it_can_be_copied() -> None:
    """Its agenda is all that it took."""
    system, chooser = started(disabled_by_it(shipped("teardown-tasks")), 4)
    steps, copies, number = run_in_steps(system.conductor), [], 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            outcome = end.value
            break
        if number % 40 == 5:
            copies.append(system.copy(chooser.copy(), nobody, Conductor))
        number += 1
    assert any(copy.services[SITES.name].agenda for copy in copies), "a copy was taken while it worked"
    for copy in copies:
        same(system, copy, outcome, run_bare(copy.conductor))
