"""The actors of a run in a nursery that somebody else opened: pytest-trio's, for one."""

from collections.abc import Callable

import pytest
import trio

from ftrace_actors.actors import Actor, ActorError, Conductor, DullChooser, Mailbox, RunCancelled, Status
from ftrace_actors.actors.drivers.trio_driver import run_trio

from .toys import toy


class Waiter(Actor):
    """Waits for ever, and notes that it cleaned up."""

    __slots__ = ("left", "then")

    async def body(self) -> None:
        try:
            await self.step("begin")
            self.then()
            await self.receive(Mailbox(f"never {self.name}"))
        finally:
            self.left.append(self.name)


def waiters(then: Callable[[], None], left: list[str]) -> Conductor:
    """Of two actors the second does `then` while the first waits; a third keeps the run from being a deadlock."""
    conductor = Conductor(DullChooser(), steps_max=1_000_000)
    for name, do in (("a", lambda: None), ("b", then)):
        waiter = Waiter(conductor, name)
        waiter.then, waiter.left = do, left
    Spinner(conductor, "spinner")
    return conductor


class Spinner(Actor):
    async def body(self) -> None:
        while True:
            await self.step("spin")


async def test_it_is_the_same_run(nursery: trio.Nursery) -> None:
    tape = bytes(range(200))
    elsewhere, here = toy(tape), toy(tape)
    outcome = await run_trio(elsewhere.conductor, nursery=nursery)
    assert outcome == await run_trio(here.conductor)
    assert elsewhere.log == here.log
    assert not nursery.child_tasks


async def test_the_tasks_are_below_that_nursery(nursery: trio.Nursery) -> None:
    names: set[str] = set()

    def look() -> None:
        (run,) = nursery.child_tasks
        (crowd,) = run.child_nurseries
        names.update(task.name for task in crowd.child_tasks)
        nursery.cancel_scope.cancel()

    with pytest.raises(RunCancelled):
        await run_trio(waiters(look, []), nursery=nursery)
    assert names == {"a", "b", "spinner"}


async def test_cancelling_it_ends_the_run_and_lets_everybody_clean_up(nursery: trio.Nursery) -> None:
    left: list[str] = []
    conductor = waiters(nursery.cancel_scope.cancel, left)
    with pytest.raises(RunCancelled):
        await run_trio(conductor, nursery=nursery)
    assert sorted(left) == ["a", "b"]
    assert conductor.closing
    await trio.lowlevel.checkpoint()  # we ourselves are not cancelled


async def test_one_that_is_cancelled_already(nursery: trio.Nursery) -> None:
    nursery.cancel_scope.cancel()
    with pytest.raises(RunCancelled):
        await run_trio(waiters(lambda: None, []), nursery=nursery)


async def test_a_cancelled_caller_ends_the_run_and_leaves_the_nursery_alone(nursery: trio.Nursery) -> None:
    left: list[str] = []
    with trio.CancelScope() as scope:
        await run_trio(waiters(scope.cancel, left), nursery=nursery)
    assert scope.cancelled_caught
    assert sorted(left) == ["a", "b"]
    assert not nursery.child_tasks
    assert not nursery.cancel_scope.cancel_called


async def test_what_a_body_raises_is_the_callers(nursery: trio.Nursery) -> None:
    def fail() -> None:
        raise ValueError("mine")

    left: list[str] = []
    with pytest.raises(ActorError) as caught:
        await run_trio(waiters(fail, left), nursery=nursery)
    assert caught.group_contains(ValueError, match="mine")
    assert sorted(left) == ["a", "b"]
    assert not nursery.cancel_scope.cancel_called


async def test_several_runs_in_one_nursery(nursery: trio.Nursery) -> None:
    statuses: list[Status] = []

    async def one(tape: bytes) -> None:
        statuses.append((await run_trio(toy(tape).conductor, nursery=nursery)).status)

    async with trio.open_nursery() as callers:
        for number in range(4):
            callers.start_soon(one, bytes([number]) * 50)
    assert statuses == [Status.DONE] * 4
