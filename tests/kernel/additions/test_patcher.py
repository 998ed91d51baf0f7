"""Another patching service: an actor of its own, handed to `boot` in the place of the one there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from ftrace_actors.actors import Conductor, Mailbox, run_bare
from ftrace_actors.actors.drivers.stepping import run_in_steps
from ftrace_actors.events import CrossCall, Patch
from ftrace_actors.kernel import boot
from ftrace_actors.kernel.actor import KernelActor, Setting, Tell, mail
from ftrace_actors.kernel.books import OpsBook, TaskList
from ftrace_actors.kernel.messages import Kicked, KickIn, Patched, PatchSite, RoutineDone, RunRoutine

from ..steering import Ran, Steered, steered
from ..test_copies import nobody, same, started
from ..test_copies import world as shipped
from ..worlds import TEARDOWN, world

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

    def __init__(
        self,
        setting: Setting,
        inbox: Mailbox[PatchSite],
        replies: Mailbox[RoutineDone],
        tasks: TaskList,
        ops: OpsBook,
    ) -> None:
        super().__init__(setting, "kicking_patcher")
        self.inbox, self.replies, self.tasks, self.ops = inbox, replies, tasks, ops

    async def rest(self) -> Sequence[Write]:
        self.acting = ""
        request = await self.hear(self.inbox, "idle")
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
                routine = RunRoutine(self.replies, request.action, self.image.symbols[request.action], args)
                done = await self.ask(routine.to(mailbox), "routine", request.task)
                return (Kick(request, Patched(0, done.view)),)
            case Kick():
                await self.ask(KickIn(KICKED).to(mailbox), "kick", request.task)
                return (mail(request.reply, item.answer),)


@pytest.fixture(autouse=True)
def _another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot, "TextPatcher", KickingPatcher)


async def go() -> Ran:
    tasks = {"tracer": {"cpu": 0, "do": TEARDOWN}, "caller": {"cpu": 1, "do": ["call vfs_read"] * 3}}
    return await steered(world(tasks), Steered())


async def test_another_service_patches_sites() -> None:
    ran = await go()
    assert not ran.findings
    assert not ran.all(Patch), "the other one says nothing of patches"
    assert len(ran.all(CrossCall, phase="start", function="do_nothing")) == 2


def test_a_run_with_it_can_be_copied() -> None:
    """Its agenda is all that it took."""
    system, chooser = started(shipped("teardown-tasks"), 4)
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
    assert any(copy.patcher.agenda for copy in copies), "a copy was taken while it worked"
    for copy in copies:
        same(system, copy, outcome, run_bare(copy.conductor))
