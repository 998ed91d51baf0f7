"""The trio driver: each actor is a trio task, the baton goes straight from task to task.

All tasks of a run live in one nursery and all but one are parked in `trio.lowlevel.wait_task_rescheduled`. To
pass the baton is to `reschedule` the task of the actor that the conductor named, and to park: one trio pass,
no channel, no lock, no conductor task in between (a pair of memory-channel hops costs nine times as much).
Since never more than one task is runnable, the order in which trio would run several (random, or by address
where it keeps sets) decides nothing: neither its `_r`, nor its deterministic-scheduling flag, nor
PYTHONHASHSEED can be seen in a run.

Two exceptions, where several tasks do run in trio's order, and why they don't matter:
- the birth: each task parks before it touches anything, and the last one to arrive, whichever that is,
  resumes the actor that was chosen before any task existed;
- being cancelled from outside (a timeout, Ctrl-C, a failing sibling of the caller): every parked task gets
  `Cancelled` and cleans up when trio pleases. Such a run has no outcome.

A run that ends by itself is closed as under the bare driver: `RunClosed` is raised in the parked bodies one
after the other, in the order of their ids.

Messages are kept in trio memory channels of unlimited length, of which only the `_nowait` halves are used: who may
receive what is the conductor's decision, so a task never waits *in* a channel.
"""

from __future__ import annotations

import math
import sys
import types
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

import outcome
import trio

from ...errors import InputError
from ..actor import Actor
from ..conductor import Conductor
from ..errors import RunCancelled, RunClosed
from ..mailbox import Channel, Envelope
from ..outcome import RunOutcome
from .entering import entered, refuse_stepped
from .foreign import Body, bodies_of, refusal, translated

__all__ = ["memory_channel", "own_loop", "require_no_loop", "run_trio"]

T = TypeVar("T")


async def run_trio(conductor: Conductor, *, nursery: trio.Nursery | None = None) -> RunOutcome:
    """Run to the end inside the caller's `trio.run`, and return the outcome; as often as one likes.

    With a `nursery` (pytest-trio's fixture, say) the actors are tasks below that one instead of below the caller's
    task. Cancelling it ends the run: the tasks clean up, and the caller gets `RunCancelled`. What bodies raise comes
    out of the call all the same and leaves the nursery alone.

    Raises what `actors.errors` says, the same as the bare driver. `KeyboardInterrupt` comes out as itself,
    and a cancellation of the caller as trio has it; in both cases all tasks have cleaned up.
    """
    if nursery is not None:
        return await _Guest(conductor).run_in(nursery)
    refuse_stepped(conductor)
    driver = _TrioDriver(conductor)
    first = conductor.start(memory_channel, driver.park)
    try:
        await driver.run(first)
    except BaseExceptionGroup as group:
        raise _unwrapped(group, conductor.failure()) from None
    finally:
        driver.close()
        conductor.release()
    return conductor.result()


def own_loop(run: Callable[[], Awaitable[T]]) -> T:
    """`trio.run`, for a caller outside of every event loop; what a signal's handler raises comes out as itself.

    A timer of pytest-timeout, or SIGTERM, may raise where trio itself is at work. Trio then reports an internal error,
    caused by what was raised; nothing is wrong with trio.
    """
    try:
        return trio.run(run)
    except trio.TrioInternalError as error:
        if error.__cause__ is None:
            raise
        raise error.__cause__ from None


def require_no_loop(call: str, instead: str) -> None:
    """Raise `InputError` inside an event loop, where `call` cannot start one of its own; `instead` is what can."""
    asyncio = sys.modules.get("asyncio")
    if trio.lowlevel.in_trio_run() or (asyncio is not None and asyncio._get_running_loop() is not None):
        raise InputError(
            call, "", f"starts an event loop of its own, and this is inside a running event loop: {instead}"
        )


def memory_channel() -> Channel:
    """A trio memory channel of unlimited length."""
    send, receive = trio.open_memory_channel[Envelope[Any]](math.inf)

    def close() -> None:
        send.close()
        receive.close()

    return Channel(send.send_nowait, receive.receive_nowait, close)


class _Guest:
    """A run in a nursery of somebody else's, and the caller who waits for it."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._scope = trio.CancelScope()
        self._over = trio.Event()
        self._result: outcome.Outcome[RunOutcome] | None = None

    async def run_in(self, nursery: trio.Nursery) -> RunOutcome:
        """What `run_trio` gives or raises; a cancellation of the caller ends the run first."""
        nursery.start_soon(self._live, name=f"run of {len(self._conductor.actors)} actors")
        try:
            await self._over.wait()
        except trio.Cancelled:
            self._scope.cancel()
            with trio.CancelScope(shield=True):
                await self._over.wait()
            raise
        if self._result is None:
            raise RunCancelled("the nursery of the run was cancelled")
        return self._result.unwrap()

    async def _live(self) -> None:
        try:
            with self._scope:
                self._result = outcome.Value(await run_trio(self._conductor))
        except BaseExceptionGroup as group:
            # A cancellation is the nursery's business, all else the caller's.
            cancelled, rest = group.split(trio.Cancelled)
            if rest is not None:
                self._result = outcome.Error(rest)
            if cancelled is not None:
                raise cancelled from None
        except trio.Cancelled:
            raise
        except BaseException as error:  # boundary: raised in the caller  # noqa: BLE001
            self._result = outcome.Error(error)
        finally:
            self._over.set()


class _TrioDriver:
    """One run: the task of each actor, and whether trio took the run away from us."""

    __slots__ = (
        "_abandoned",
        "_bodies",
        "_conductor",
        "_first",
        "_nursery",
        "_parking",
        "_refused",
        "_tasks",
    )

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._bodies: list[Body] = []
        self._refused: set[int] = set()
        self._parking = False
        self._nursery: trio.Nursery | None = None
        self._tasks: dict[int, trio.lowlevel.Task] = {}
        self._first: Actor | None = None
        self._abandoned = False

    async def run(self, first: Actor | None) -> None:
        """Live through all bodies; of a copy, from where they are."""
        if first is None and not self._conductor.copied:
            return
        self._bodies = bodies_of(self._conductor.actors)
        self._first = entered(self._conductor, self._bodies) if self._conductor.copied else first
        if self._first is None:
            return
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            self._nursery = nursery
            for actor in self._conductor.actors:
                nursery.start_soon(self._live, actor, name=actor.name)

    def close(self) -> None:
        """Let go of the bodies that never began."""
        for body in self._bodies:
            body.close()

    def park(self) -> Awaitable[None]:
        """Resume the actor that the conductor named; the awaitable suspends the caller until its turn."""
        actor = self._conductor.current
        assert actor is not None, "a run that is over raises RunClosed instead of parking"
        trio.lowlevel.reschedule(self._tasks[actor.id])
        self._parking = True
        return trio.lowlevel.wait_task_rescheduled(self._abort)  # noqa: ASYNC105 - the primitive awaits it

    def _abort(self, raise_cancel: object) -> trio.lowlevel.Abort:
        """Trio cancels a parked task: it may unwind, and nobody passes the baton any more."""
        self._abandon()
        return trio.lowlevel.Abort.SUCCEEDED

    def _abandon(self) -> None:
        self._abandoned = True
        self._conductor.close()

    async def _live(self, actor: Actor) -> None:
        """The life of a task: be born, run the body, hand on."""
        try:
            await self._be_born(actor)
            await self._led(actor, self._bodies[actor.id])
            self._conductor.finish(actor)
        except RunClosed:
            """Raised by the primitive that ended the run, by `_hand_on`, or by clean-up code that makes a step."""
        except BaseException as error:  # boundary: nothing is swallowed
            if self._abandoned or not isinstance(error, Exception):
                self._abandon()
                raise
            self._conductor.fail(actor, translated(actor, error))
        del self._tasks[actor.id]
        if self._abandoned:
            await trio.lowlevel.checkpoint_if_cancelled()
        else:
            self._hand_on()

    @types.coroutine
    def _led(self, actor: Actor, body: Body) -> Generator[Any, Any, None]:
        """The body, which may be suspended by `park` and by nothing else."""
        answer: object = None
        error: BaseException | None = None
        while True:
            try:
                trap = body.send(answer) if error is None else body.throw(error)
            except StopIteration:
                return
            if self._parking:
                self._parking = False
            elif not self._refuse(actor, body, trap):
                error = RunClosed()
                continue
            try:
                answer = yield trap
                error = None
            except BaseException as raised:  # boundary: the body's to handle  # noqa: BLE001
                error = raised

    def _refuse(self, actor: Actor, body: Body, trap: object) -> bool:
        """The body awaits something foreign: end the run; whether trio may see what it awaits.

        What is trio's has to be left in trio's way, as a nursery must, so the run is cancelled.
        """
        if actor.id not in self._refused:
            self._refused.add(actor.id)
            self._conductor.fail(actor, refusal(actor, body))
        assert self._nursery is not None, "bodies live in a nursery"
        is_trios = getattr(trap, "__module__", "").partition(".")[0] == "trio"
        if is_trios:
            self._nursery.cancel_scope.cancel()
        return is_trios

    async def _be_born(self, actor: Actor) -> None:
        self._tasks[actor.id] = trio.lowlevel.current_task()
        first = self._first
        assert first is not None, "run() knows who is first"
        if len(self._tasks) == len(self._conductor.actors) and not self._abandoned:
            if first is actor:
                return
            trio.lowlevel.reschedule(self._tasks[first.id])
        await trio.lowlevel.wait_task_rescheduled(self._abort)

    def _hand_on(self) -> None:
        """A task ends: resume whoever is next, or have the next one clean up when the run is over."""
        if not self._conductor.closing:
            actor = self._conductor.current
            assert actor is not None, "a run that isn't closing has a current actor"
            trio.lowlevel.reschedule(self._tasks[actor.id])
        elif self._tasks:
            trio.lowlevel.reschedule(self._tasks[min(self._tasks)], outcome.Error(RunClosed()))


def _is_for_the_program(error: BaseException) -> bool:
    return not isinstance(error, Exception | trio.Cancelled | BaseExceptionGroup)


def _unwrapped(group: BaseExceptionGroup[BaseException], failure: BaseException | None) -> BaseException:
    """What a caller who never saw our nursery should see of a run that was torn down.

    Ctrl-C, exit and what else is meant for the whole program (a timer of pytest-timeout) as themselves. A failure
    that was known before outranks a cancellation that came while the others cleaned up, and joins the errors of
    other clean-ups. Else the group as it is.
    """
    interrupts, rest = group.split(_is_for_the_program)
    errors = None if rest is None else rest.split(trio.Cancelled)[1]
    if interrupts is not None and errors is None:
        leaf: BaseException = interrupts
        while isinstance(leaf, BaseExceptionGroup):
            leaf = leaf.exceptions[0]
        return leaf
    if failure is None:
        return group
    if errors is None:
        return failure
    return BaseExceptionGroup(group.message, [*group.exceptions, failure])
