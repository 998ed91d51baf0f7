"""A third operation beside register and unregister: one class, and one line in `OPERATIONS`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import pytest

from ftrace_actors.actors import Status
from ftrace_actors.events import CrossCall, Register
from ftrace_actors.kernel import actions
from ftrace_actors.kernel.designs import Changes, Core, Design, KickStep
from ftrace_actors.kernel.designs.base import Step
from ftrace_actors.kernel.operations import OPERATIONS, Operation
from ftrace_actors.kernel.ops import Ops

from ..steering import Ran, Steered, steered
from ..worlds import world


class Sync(Operation):
    """ftrace_sync: under ftrace_lock, interrupt every CPU, so that all have seen what was done to the text."""

    name: ClassVar[str] = "sync"
    usage: ClassVar[str] = "sync OPS: interrupt every CPU, under ftrace_lock"
    logged: ClassVar[bool] = False

    def refuses(self, ops: Ops) -> int:
        return 0 if ops.registered else 2

    def link(self, ops: Ops, registered: list[Ops]) -> None:
        """The list stays."""

    def steps(self, design: Design, ops: Ops, changes: Changes, core: Core) -> Iterable[Step]:
        assert not changes, "nothing is counted, so no record changes"
        yield KickStep()

    def end(self, ops: Ops) -> None:
        """Nothing is left to do."""


@pytest.fixture
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPERATIONS, "sync", Sync())


async def go(*do: str) -> Ran:
    tasks = {"tracer": {"cpu": 0, "do": do}, "caller": {"cpu": 1, "do": ["call vfs_read"] * 3}}
    return await steered(world(tasks), Steered())


@pytest.mark.usefixtures("_known")
async def test_a_third_operation_runs_under_the_lock_like_the_others() -> None:
    ran = await go("register tracer_a", "sync tracer_a", "unregister tracer_a", "kfree tracer_a")
    assert ran.outcome.status is Status.DONE
    assert not ran.findings
    kicks = ran.all(CrossCall, phase="start")
    registered, unregistered = ran.all(Register, returns=False)
    assert [kick.seq for kick in kicks if registered.seq < kick.seq < unregistered.seq]
    assert len(ran.all(Register)) == 4, "it is not logged as a change of what is traced"


@pytest.mark.usefixtures("_known")
async def test_it_is_refused_where_it_says_so() -> None:
    assert not (await go("sync tracer_a")).all(CrossCall)


def test_without_the_line_there_is_no_such_action() -> None:
    with pytest.raises(actions.ActionError, match="unknown action 'sync'"):
        actions.parse_action("sync tracer_a")
