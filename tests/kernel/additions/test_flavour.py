"""Another flavour of RCU: an actor, a line in `FLAVOURS` and one in `KTHREADS`; scenarios and checks need one each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from ftrace_actors.actors import Mailbox
from ftrace_actors.events import GracePeriod, SynchronizeRcu
from ftrace_actors.kernel import boot
from ftrace_actors.kernel.actor import Setting, Tell, mail
from ftrace_actors.kernel.books import Books
from ftrace_actors.kernel.build import build_image
from ftrace_actors.kernel.collector import Collector
from ftrace_actors.kernel.flavours import FLAVOURS, Flavour
from ftrace_actors.kernel.grace import GraceKthread
from ftrace_actors.kernel.mail import Mail
from ftrace_actors.kernel.messages import GracePeriodDone, Synchronize
from ftrace_actors.scenario import World

from ..steering import Steered, steered
from ..worlds import TEARDOWN, world

REPLIES: Mailbox[GracePeriodDone] = Mailbox("rcu_double replies")


@dataclass(frozen=True)
class Await:
    """To do: hear the end of grace period `number` of two."""

    request: Synchronize
    number: int


class RcuDouble(GraceKthread[Await]):
    """Two grace periods of classic RCU, one after the other, as synchronize_rcu_mult would have it."""

    STATE: ClassVar[tuple[str, ...]] = (*GraceKthread.STATE, "inner")

    def __init__(self, setting: Setting, mail: Mail, books: Books) -> None:
        super().__init__(setting, "rcu_double", mail.flavours["double"], mail.scheduler)
        self.rcu = mail.flavours["rcu"]
        self.inner: Collector[str] = Collector()

    async def rest(self) -> Sequence[Await | Tell]:
        return self.ask_rcu(await self.hear(self._inbox, "idle"), 1)

    async def perform(self, item: Await) -> Sequence[Await | Tell]:
        self.inner.receive(await self.hear(REPLIES, "synchronize_rcu", "rcu"))
        if self.inner.waiting:
            return (item,)
        return (
            (self.answer(item.request, self.inner.view),)
            if item.number == 2
            else self.ask_rcu(item.request, 2)
        )

    def ask_rcu(self, request: Synchronize, number: int) -> Sequence[Await | Tell]:
        view = request.view if number == 1 else self.inner.view
        asked = self.inner.begin(("rcu",), view=view)
        return (mail(self.rcu, Synchronize(view, asked, REPLIES)), Await(request, number))


async def test_a_flavour_is_an_actor_and_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FLAVOURS, "double", Flavour("double", "rcu_double", lambda kernel: "double"))
    monkeypatch.setitem(boot.KTHREADS, "double", RcuDouble)
    tasks = {"tracer": {"cpu": 0, "do": TEARDOWN}, "caller": {"cpu": 1, "do": ["call vfs_read"] * 3}}
    scenario = world(tasks).scenario
    spec = replace(scenario.spec, protocol=replace(scenario.spec.protocol, wait=("double",)))
    ran = await steered(World(replace(scenario, spec=spec), build_image(spec)), Steered())
    begins, ends = (ran.all(SynchronizeRcu, flavour="double", begins=begins) for begins in (True, False))
    assert len(begins) == len(ends) == 1
    inside = [
        event.phase
        for event in ran.all(GracePeriod, flavour="rcu")
        if begins[0].seq < event.seq < ends[0].seq
    ]
    assert inside == ["start", "end", "start", "end"]
