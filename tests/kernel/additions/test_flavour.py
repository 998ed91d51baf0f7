"""Another flavour of RCU: a kthread in a file of its own, a row in `FLAVOURS`, and a line in `KTHREADS`.

Everything else is made from the row: addresses, a book, what scenario files may wait for, what checks hold its grace
periods to, properties that campaigns ask for, columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from ftrace_actors.checks import is_known
from ftrace_actors.cli import cost_command, matrix_glance
from ftrace_actors.events import GracePeriod, SynchronizeRcu
from ftrace_actors.events.flavours import FLAVOURS, RCU, Flavour
from ftrace_actors.kernel import boot
from ftrace_actors.kernel.actor import Setting, Tell, mail
from ftrace_actors.kernel.books import Books
from ftrace_actors.kernel.boot import System
from ftrace_actors.kernel.collector import Collector
from ftrace_actors.kernel.grace import GraceKthread
from ftrace_actors.kernel.mail import Mail
from ftrace_actors.kernel.messages import Synchronize
from ftrace_actors.kernel.published import Published
from ftrace_actors.scenario import ScenarioError
from ftrace_actors.studies.matrix import cells_of

from ..steering import Ran, Steered, steered
from ..worlds import TEARDOWN, world

DOUBLE = Flavour(
    "double",
    "RCU, twice",
    "rcu_double",
    "{who} has not passed two quiescent states",
    idle_is_quiescent=True,
    readers=True,
    contains=(RCU.name,),
)


@dataclass(frozen=True)
class Await:
    """To do: hear the end of grace period `number` of two."""

    request: Synchronize
    number: int


class RcuDouble(GraceKthread[Await]):
    """Two grace periods of classic RCU, one after the other, as synchronize_rcu_mult would have it."""

    STATE: ClassVar[tuple[str, ...]] = (*GraceKthread.STATE, "inner")

    def __init__(self, setting: Setting, flavour: Flavour, mail: Mail, books: Books) -> None:
        super().__init__(setting, flavour, mail, books)
        self.rcu = mail.flavours[RCU.name].requests
        self.inner: Collector[str] = Collector()

    async def rest(self) -> Sequence[Await | Tell]:
        request = await self.hear(self._inbox, "idle")
        self.collector.begin()
        self.log_phase("start", request.view)
        return self.ask_rcu(request, request.view, 1)

    async def perform(self, item: Await) -> Sequence[Await | Tell]:
        self.inner.receive(await self.hear(self._replies, "synchronize_rcu", RCU.actor))
        if self.inner.waiting:
            return (item,)
        if item.number < 2:
            return self.ask_rcu(item.request, self.inner.view, 2)
        self.log_phase("end", self.inner.view)
        return (self.answer(item.request, self.inner.view),)

    def ask_rcu(self, request: Synchronize, view: Published, number: int) -> Sequence[Await | Tell]:
        asked = self.inner.begin((RCU.actor,), view=view)
        return (mail(self.rcu, Synchronize(view, asked, self._replies)), Await(request, number))


class Impatient(RcuDouble):
    """Waits for nothing."""

    async def rest(self) -> Sequence[Await | Tell]:
        request = await self.hear(self._inbox, "idle")
        self.collector.begin()
        self.log_phase("start", request.view)
        self.log_phase("end", request.view)
        return (self.answer(request, request.view),)


@pytest.fixture(autouse=True)
def _another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FLAVOURS, DOUBLE.name, DOUBLE)
    monkeypatch.setitem(boot.KTHREADS, DOUBLE.name, RcuDouble)


def spinner_first(system: System, name: str) -> int:
    """Once `m` is held, cpu1 moves whenever it can: it spins before anybody waits."""
    return int(name != ("cpu1" if system.mutex("m").owner else "cpu0"))


async def go() -> Ran:
    tasks = {
        "tracer": {"cpu": 0, "do": ["lock m", *TEARDOWN, "unlock m"]},
        "caller": {"cpu": 1, "do": ["spin m"]},
    }
    return await steered(world(tasks, protocol={"wait": ["double"]}), Steered(spinner_first))


async def test_a_scenario_waits_for_it_and_checks_find_its_contract_kept() -> None:
    ran = await go()
    assert not ran.findings
    (begin,), (end,) = (ran.all(SynchronizeRcu, flavour="double", begins=begins) for begins in (True, False))
    inside = [event for event in ran.all(GracePeriod) if begin.seq < event.seq < end.seq]
    assert [(event.flavour, event.phase) for event in inside] == [
        ("double", "start"),
        ("rcu", "start"),
        ("rcu", "end"),
        ("rcu", "start"),
        ("rcu", "end"),
        ("double", "end"),
    ]


async def test_checks_find_its_contract_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(boot.KTHREADS, DOUBLE.name, Impatient)
    broken = [finding for finding in (await go()).findings if finding.invariant == "INV-GPSELF"]
    assert any("cpu1 has not passed two quiescent states" in finding.message for finding in broken)


async def test_without_its_row_no_scenario_may_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(FLAVOURS, DOUBLE.name)
    with pytest.raises(ScenarioError, match=r"'double' is not known; known are"):
        await go()


def test_campaigns_may_ask_for_its_grace_periods(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_known("grace-period:double")
    monkeypatch.delitem(FLAVOURS, DOUBLE.name)
    assert not is_known("grace-period:double")


def test_tables_have_a_column_and_rows_for_it() -> None:
    assert "double" in cost_command.heads()
    waits = [cell.wait for cell in cells_of("call-ops", kicks=True)]
    assert {wait.name for wait in waits} >= {"double", "kick, double"}
    assert matrix_glance.weaker("rcu", "double")
    assert not matrix_glance.weaker("rude", "double")


async def test_a_row_without_a_kthread_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FLAVOURS, "other", replace(DOUBLE, name="other", actor="other"))
    with pytest.raises(KeyError, match="other"):
        await go()
