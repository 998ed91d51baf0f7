"""A second patching service next to the first: an actor with an address, in a file of its own; a line in `SERVICES`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from ftrace_actors.actors import Conductor, Mailbox, run_bare
from ftrace_actors.actors.drivers.stepping import run_in_steps
from ftrace_actors.events import CrossCall, Patch, Receive
from ftrace_actors.kernel.actor import KernelActor, Setting, Tell, mail
from ftrace_actors.kernel.books import OpsBook, TaskList
from ftrace_actors.kernel.boot import SERVICES
from ftrace_actors.kernel.build import build_image
from ftrace_actors.kernel.designs import CallOps, Changes, Core, PatchStep
from ftrace_actors.kernel.designs.base import Step
from ftrace_actors.kernel.messages import Kicked, KickIn, Patched, PatchSite, RoutineDone, RunRoutine
from ftrace_actors.kernel.ops import Ops
from ftrace_actors.scenario import World

from ..steering import Steered, steered
from ..test_copies import nobody, same, started
from ..test_copies import world as shipped
from ..worlds import TEARDOWN, world

SITES: Mailbox[PatchSite] = Mailbox("kicking_patcher")
"""Where designs send sites to it."""
REPLIES: Mailbox[RoutineDone] = Mailbox("kicking_patcher replies")
KICKED: Mailbox[Kicked] = Mailbox("kicking_patcher kicked")


@dataclass(frozen=True)
class Write:
    """To do: have the site written."""

    request: PatchSite


@dataclass(frozen=True)
class Kick:
    """To do: interrupt every CPU, then answer."""

    request: PatchSite
    answer: Patched


class KickingPatcher(KernelActor[Write | Kick]):
    """aarch64_insn_patch_text_sync, nearly: every CPU has synchronized its context before the answer."""

    def __init__(self, setting: Setting, tasks: TaskList, ops: OpsBook) -> None:
        super().__init__(setting, SITES.name)
        self.tasks, self.ops = tasks, ops

    async def rest(self) -> Sequence[Write]:
        self.acting = ""
        request = await self.hear(SITES, "idle")
        self.acting = request.task
        return (Write(request),)

    async def perform(self, item: Write | Kick) -> Sequence[Write | Kick | Tell]:
        request = item.request
        mailbox = self.tasks[request.task].mailbox
        match item:
            case Write():
                record = self.ops.record(request.record)
                args = (
                    (record.literal or record.veneer, 0, 0, 0),
                    request.literal,
                    (record.site, 0, 0, 0),
                    (request.old, 0, 0, 0),
                    (request.new, 0, 0, request.new_prov),
                )
                routine = RunRoutine(REPLIES, request.action, self.image.symbols[request.action], args)
                done = await self.ask(mailbox, routine, "routine", request.task)
                return (Kick(request, Patched(0, done.view)),)
            case Kick():
                await self.ask(mailbox, KickIn(KICKED), "kick", request.task)
                return (mail(request.reply, item.answer),)


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
        lambda parts: [KickingPatcher(parts.setting, parts.books.tasks, parts.books.ops)],
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
    assert {event.action for event in ran.all(Patch)} == {"ftrace_make_call"}, "the other one logs no patches"
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
