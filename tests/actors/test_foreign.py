"""A body awaits the primitives of its actor and nothing else; both drivers say so in the same sentence."""

import asyncio
import types
from collections.abc import Callable

import pytest
import trio
import trio.lowlevel

from ftrace_actors.actors import (
    Actor,
    ActorError,
    ConductError,
    Conductor,
    DullChooser,
    ForeignAwait,
    Mailbox,
    RunClosed,
    run_bare,
)
from ftrace_actors.actors.drivers.trio_driver import run_trio

from .toys import Scripted


@types.coroutine
def bare_yield():
    yield


async def asyncio_lock() -> None:
    lock = asyncio.Lock()
    await lock.acquire()
    await lock.acquire()


async def trio_nursery() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.lowlevel.checkpoint)


async def asyncio_sleep_0() -> None:
    await asyncio.sleep(0)


async def asyncio_sleep_1() -> None:
    await asyncio.sleep(1)


async def asyncio_event() -> None:
    await asyncio.Event().wait()


async def asyncio_thread() -> None:
    await asyncio.to_thread(int)


async def trio_sleep_for_ever() -> None:
    await trio.sleep_forever()


async def trio_checkpoint() -> None:
    await trio.lowlevel.checkpoint()


async def trio_event() -> None:
    await trio.Event().wait()


async def trio_lock() -> None:
    await trio.Lock().acquire()


async def own_yield() -> None:
    await bare_yield()


AWAITS: list[tuple[Callable[[], object], str]] = [
    (asyncio_sleep_0, r"asyncio\.sleep"),
    (asyncio_sleep_1, r"asyncio\.sleep"),
    (asyncio_event, r"asyncio\.wait"),
    (asyncio_lock, r"asyncio\.acquire"),
    (asyncio_thread, r"asyncio\.to_thread"),
    (trio_sleep_for_ever, r"trio\.sleep_forever"),
    (trio_checkpoint, r"trio\.checkpoint"),
    (trio_event, r"trio\.wait"),
    (trio_lock, r"trio\.acquire"),
    (own_yield, "bare_yield"),
]


def world(foreign: Callable[[], object], left: list[str]) -> Conductor:
    """One actor that awaits something else, between two that wait."""
    conductor = Conductor(DullChooser())

    async def waiting(me: Actor) -> None:
        try:
            await me.receive(Mailbox(me.name))
        finally:
            left.append(me.name)

    async def stray(me: Actor) -> None:
        await me.step("load", "total")
        try:
            await foreign()
        finally:
            left.append(me.name)

    Scripted(conductor, "w0", waiting)
    Scripted(conductor, "w1", waiting)
    Scripted(conductor, "stray", stray)
    return conductor


@pytest.mark.parametrize(("foreign", "what"), AWAITS)
def test_foreign_awaits_are_refused(run, foreign: Callable[[], object], what: str) -> None:
    left: list[str] = []
    where = r" at test_foreign\.py:\d+: a body may await only the primitives of its own actor \(step, send"
    with pytest.raises(ForeignAwait, match=f"^'stray' awaited {what}{where}") as caught:
        run(world(foreign, left))
    assert sorted(left) == ["stray", "w0", "w1"]
    assert "\n" not in str(caught.value)


def test_a_nursery_in_a_body_is_refused_and_left_in_trios_way() -> None:
    left: list[str] = []
    with pytest.raises(ForeignAwait, match="'stray' awaited trio"):
        trio.run(run_trio, world(trio_nursery, left))
    assert sorted(left) == ["stray", "w0", "w1"]


@pytest.mark.parametrize("foreign", [asyncio_sleep_0, trio_checkpoint])
def test_a_body_cannot_swallow_it(run, foreign: Callable[[], object]) -> None:
    conductor = Conductor(DullChooser())

    async def stubborn(me: Actor) -> None:
        try:
            await foreign()
        except (Exception, RunClosed, trio.Cancelled):  # noqa: BLE001
            return

    Scripted(conductor, "stubborn", stubborn)
    with pytest.raises(ForeignAwait, match="'stubborn' awaited"):
        run(conductor)


def test_an_error_of_the_same_type_is_left_alone(run) -> None:
    conductor = Conductor(DullChooser())

    async def bad(me: Actor) -> None:
        raise RuntimeError("the event loop of my washing machine")

    Scripted(conductor, "bad", bad)
    with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="washing machine")):
        run(conductor)


class Plain(Actor):
    def body(self) -> None:  # type: ignore[override]
        pass


class Generating(Actor):
    async def body(self):
        yield


@pytest.mark.parametrize("kind", [Plain, Generating])
def test_a_body_is_a_coroutine_function(run, kind: type[Actor]) -> None:
    conductor = Conductor(DullChooser())
    Actor(conductor, "first")
    kind(conductor, "second")
    with pytest.raises(
        ConductError, match=r"the body of 'second' is not a coroutine function: write `async def"
    ):
        run(conductor)


def test_an_error_in_the_modules_own_types_is_the_bodys() -> None:
    """The standard library's `types` is not an event loop: only what `types.coroutine` wraps has to do with one."""

    class Lacking:
        @types.DynamicClassAttribute
        def value(self) -> int:
            return 1

    class Body(Actor):
        async def body(self) -> None:
            await self.step("look")
            Lacking.value  # noqa: B018 - raises AttributeError in `types`

    conductor = Conductor(DullChooser())
    Body(conductor, "body")
    with pytest.raises(ActorError) as caught:
        run_bare(conductor)
    assert isinstance(caught.value.exceptions[0], AttributeError)
