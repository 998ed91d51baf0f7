"""Bugs in bodies, clean-up, cancellation and Ctrl-C: nothing is swallowed, nobody is left behind."""

import gc
import signal
from collections.abc import Callable

import pytest
import trio
import trio.testing

from ftrace_actors.actors import (
    Actor,
    ActorError,
    ConductError,
    Conductor,
    DullChooser,
    Kind,
    Mailbox,
    RunClosed,
    Status,
    run_bare,
)
from ftrace_actors.actors.drivers.trio_driver import own_loop, run_trio
from ftrace_actors.actors.errors import Failure, ReplayDiverged, surfaced

from .toys import BytesChooser, Scripted, toy


class Guarded(Scripted):
    """Notes in `left` when its body is left, and by what; tries one more step in its clean-up."""

    __slots__ = ("left",)

    def __init__(self, conductor: Conductor, name: str, script, left: list[object], **options: bool) -> None:
        super().__init__(conductor, name, script, **options)
        self.left = left

    async def body(self) -> None:
        try:
            await self.script(self)
        finally:
            self.left.append(self.name)
            await self.step("clean-up")
            self.left.append("unreachable in a run that is over")


async def for_ever(me: Actor) -> None:
    while True:
        await me.step("spin", me.id)


async def blocked(me: Actor) -> None:
    await me.receive(Mailbox(me.name))


def boom(at: int, error: Callable[[], BaseException]) -> Callable[[Actor], object]:
    async def script(me: Actor) -> None:
        for _ in range(at):
            await me.step("str", 0x40)
        raise error()

    return script


def crowd(
    bad: Callable[[Actor], object], left: list[object], chooser: DullChooser | None = None
) -> Conductor:
    """One that misbehaves between two that are blocked by then (the picks see to that)."""
    conductor = Conductor(chooser or BytesChooser(b"\x00\x01"))
    Guarded(conductor, "w0", blocked, left)
    Scripted(conductor, "bad", bad)
    Guarded(conductor, "w1", blocked, left)
    return conductor


def test_an_exception_surfaces_with_actor_point_and_step(run) -> None:
    left: list[object] = []
    with pytest.raises(ActorError) as caught:
        run(crowd(boom(3, lambda: ValueError("broken")), left))
    error = caught.value
    assert (error.actor, error.point) == ("bad", "str")
    assert str(error).startswith("actor 'bad' failed after 'str', step 6")
    assert pytest.RaisesGroup(ValueError).matches(error)
    assert error.exceptions[0].__notes__ == ["in actor 'bad', after 'str' on 64, step 6"]
    # All others cleaned up, in the order of their ids; none could go on.
    assert left == ["w0", "w1"]


def test_except_star_keeps_the_name_of_the_actor(run) -> None:
    caught: list[ExceptionGroup[KeyError]] = []
    try:
        run(crowd(boom(0, lambda: KeyError("k")), []))
    except* KeyError as group:
        caught.append(group)
    assert isinstance(caught[0], ActorError)
    assert caught[0].actor == "bad"


def test_an_error_in_clean_up_joins_the_first_error(run) -> None:
    async def messy(me: Actor) -> None:
        try:
            await me.receive(Mailbox("never"))
        finally:
            raise OSError("messy")

    conductor = Conductor(DullChooser())
    Scripted(conductor, "messy", messy)
    Scripted(conductor, "bad", boom(1, lambda: ValueError("first")))
    with pytest.raises(ActorError) as caught:
        run(conductor)
    assert caught.value.actor == "bad"
    assert [type(error) for error in caught.value.exceptions] == [ValueError, OSError]


def test_an_error_in_clean_up_of_a_good_run_surfaces_too(run) -> None:
    async def messy(me: Actor) -> None:
        try:
            await me.receive(Mailbox("never"))
        finally:
            raise OSError("messy")

    conductor = Conductor(DullChooser())
    Scripted(conductor, "messy", messy, daemon=True)
    with pytest.raises(ActorError, match="'messy' failed"):
        run(conductor)


def test_a_good_run_closes_its_daemons_in_order_of_id(run) -> None:
    left: list[object] = []
    conductor = Conductor(BytesChooser(b"\x02\x01"))
    for name in ("d0", "d1", "d2"):
        Guarded(conductor, name, blocked, left, daemon=True)
    assert run(conductor).status is Status.DONE
    # The one whose wait ended the run goes first: it is the one that is running.
    assert left == ["d0", "d1", "d2"]


def test_a_body_that_returns_when_closed_is_fine(run) -> None:
    async def stubborn(me: Actor) -> None:
        try:
            await me.receive(Mailbox("never"))
        except RunClosed:
            return

    conductor = Conductor(DullChooser())
    Scripted(conductor, "s", stubborn, daemon=True)
    Scripted(conductor, "t", stubborn, daemon=True)
    assert run(conductor).status is Status.DONE


def test_each_primitive_refuses_to_work_in_a_run_that_is_over(run) -> None:
    refused = []

    async def daemon(me: Actor) -> None:
        box = Mailbox("b")
        try:
            await me.receive(box)
        finally:
            attempts = {
                "step": lambda: me.step("x"),
                "send": lambda: me.send(box, 1),
                "receive": lambda: me.receive(box),
                "guard": lambda: me.wait(guard=lambda: True, point="p"),
                "sleep": lambda: me.sleep(1),
            }
            for name, attempt in attempts.items():
                try:
                    await attempt()
                except RunClosed:
                    refused.append(name)

    conductor = Conductor(DullChooser())
    Scripted(conductor, "d", daemon, daemon=True)
    Scripted(conductor, "e", daemon, daemon=True)
    run(conductor)
    assert refused == ["step", "send", "receive", "guard", "sleep"] * 2


def test_an_error_raised_by_a_guard_surfaces(run) -> None:
    async def waiter(me: Actor) -> None:
        await me.wait(guard=lambda: bool(1 // 0), point="bad guard")

    conductor = Conductor(DullChooser())
    Scripted(conductor, "w", waiter)
    with pytest.raises(ActorError) as caught:
        run(conductor)
    assert pytest.RaisesGroup(ZeroDivisionError).matches(caught.value)
    assert caught.value.point == "bad guard"


def test_an_error_of_the_chooser_surfaces_as_the_conductors(run) -> None:
    class Wrong(DullChooser):
        def choose(self, kind, count, actors) -> int:
            return 99

    with pytest.raises(ConductError, match="Wrong picked 99"):
        run(toy().__class__(Conductor(Wrong())).conductor)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, pytest.fail.Exception])
def test_interrupts_come_out_as_themselves(run, error: type[BaseException]) -> None:
    left: list[object] = []
    with pytest.raises(error):
        run(crowd(boom(2, error), left))
    assert sorted(left) == ["w0", "w1"]


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_in_the_middle_of_a_run(run) -> None:
    left: list[object] = []

    async def interrupted(me: Actor) -> None:
        await me.step("str")
        signal.raise_signal(signal.SIGINT)
        await for_ever(me)

    conductor = crowd(interrupted, left)
    with pytest.raises(KeyboardInterrupt):
        run(conductor)
    assert sorted(left) == ["w0", "w1"]
    assert conductor.closing


def test_nothing_is_left_behind_for_the_garbage_collector(run) -> None:
    """Unclosed channels and unawaited coroutines would warn, and warnings are errors here."""
    for _ in range(3):
        run(toy(bytes(range(256))).conductor)
        with pytest.raises(ActorError):
            run(crowd(boom(1, lambda: ValueError("x")), []))
    gc.collect()


async def test_being_cancelled_from_outside_is_trios_business() -> None:
    left: list[object] = []
    with trio.CancelScope() as scope:

        async def canceller(me: Actor) -> None:
            await me.step("str")
            scope.cancel()
            await for_ever(me)

        conductor = crowd(canceller, left, BytesChooser(b"\x00\x01\x02" * 1000))
        await run_trio(conductor)
        pytest.fail("the run went on")
    assert scope.cancelled_caught
    assert sorted(left) == ["w0", "w1"]


async def test_cancelled_before_it_starts() -> None:
    with trio.CancelScope() as scope:
        scope.cancel()
        await run_trio(toy().conductor)
    assert scope.cancelled_caught


async def test_a_timeout_ends_a_run_that_would_not_end(mock_clock: trio.testing.MockClock) -> None:
    left: list[object] = []

    async def slow(me: Actor) -> None:
        while True:
            await me.step("spin")
            mock_clock.jump(1)

    conductor = Conductor(BytesChooser(b"\x00\x01" * 5000), steps_max=1_000_000)
    Guarded(conductor, "a", slow, left)
    Guarded(conductor, "b", slow, left)
    with trio.move_on_after(100) as scope:
        await run_trio(conductor)
    assert scope.cancelled_caught
    assert sorted(left) == ["a", "b"]


async def run_in_a_scope(build: Callable[[trio.CancelScope], Conductor]) -> None:
    """Run inside a scope; to see what comes out, look from outside, since the scope swallows `Cancelled`."""
    with trio.CancelScope() as scope:
        await run_trio(build(scope))
    pytest.fail("the scope swallowed what the test waits for")


def cancelling(scope: trio.CancelScope, error: Exception | None = None) -> Callable[[Actor], object]:
    async def script(me: Actor) -> None:
        try:
            await me.receive(Mailbox("never"))
        finally:
            scope.cancel()
            if error is not None:
                raise error

    return script


async def test_errors_in_the_clean_up_of_a_cancelled_run_surface() -> None:
    def build(scope: trio.CancelScope) -> Conductor:
        async def canceller(me: Actor) -> None:
            await me.step("str")
            scope.cancel()
            await me.receive(Mailbox("never too"))

        conductor = Conductor(DullChooser())
        Scripted(conductor, "messy", cancelling(scope, OSError("messy")))
        Scripted(conductor, "canceller", canceller)
        Scripted(conductor, "third", for_ever)
        return conductor

    with pytest.raises(BaseExceptionGroup) as caught:
        await run_in_a_scope(build)
    assert caught.group_contains(OSError, match="messy")


def failing_while_cancelled(scope: trio.CancelScope, error: Exception | None) -> Conductor:
    """`bad` fails, and while the others clean up one of them cancels the whole run."""
    conductor = Conductor(DullChooser())
    Scripted(conductor, "canceller", cancelling(scope, error))
    Scripted(conductor, "bad", boom(0, lambda: ValueError("first")))
    Scripted(conductor, "third", blocked)
    return conductor


async def test_a_known_failure_outranks_a_cancellation_during_clean_up() -> None:
    with pytest.raises(ActorError, match="'bad' failed"):
        await run_in_a_scope(lambda scope: failing_while_cancelled(scope, None))


async def test_a_known_failure_joins_errors_of_a_cancelled_clean_up() -> None:
    with pytest.raises(BaseExceptionGroup) as caught:
        await run_in_a_scope(lambda scope: failing_while_cancelled(scope, OSError("messy")))
    assert caught.group_contains(OSError, match="messy")
    assert caught.group_contains(ValueError, match="first", depth=2)


async def test_a_failing_sibling_of_the_caller_cancels_the_run() -> None:
    async def sibling() -> None:
        raise LookupError

    async def caller() -> None:
        conductor = Conductor(BytesChooser(b"\x00\x01" * 500_000), steps_max=1_000_000)
        Scripted(conductor, "a", for_ever)
        Scripted(conductor, "b", for_ever)
        await run_trio(conductor)

    with pytest.RaisesGroup(LookupError):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(caller)
            nursery.start_soon(sibling)


def test_a_failed_run_does_not_harm_the_next_one() -> None:
    with pytest.raises(ActorError):
        run_bare(crowd(boom(1, lambda: ValueError("x")), []))
    assert run_bare(toy().conductor).status is Status.DONE


def test_an_interrupted_lone_actor_leaves_a_closed_run(run) -> None:
    conductor = Conductor(DullChooser())
    Scripted(conductor, "alone", boom(1, KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run(conductor)
    assert conductor.closing


def test_clean_up_asks_no_choices(run) -> None:
    async def chatty(me: Actor) -> None:
        try:
            await me.receive(Mailbox("never"))
        finally:
            assert me.choose(Kind.DATA, 2, "again?") == 0

    chooser = BytesChooser(b"\x01" * 9)
    conductor = Conductor(chooser)
    Scripted(conductor, "chatty", chatty, daemon=True)
    assert run(conductor).positions == 0
    assert chooser.asked == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, pytest.fail.Exception])
def test_what_a_signal_raises_where_trio_is_at_work_comes_out_as_itself(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trio takes it for an internal error of its own."""

    def run(_: object) -> None:
        raise trio.TrioInternalError("internal error in Trio - please file a bug!") from error()

    monkeypatch.setattr(trio, "run", run)
    with pytest.raises(error):
        own_loop(trio.sleep_forever)


def failed(actor: str, error: BaseException) -> Failure:
    return Failure(actor, "step", 3, error)


@pytest.mark.parametrize(
    "error", [ReplayDiverged(3, "this", "that"), ConductError("broken"), KeyboardInterrupt()], ids=repr
)
def test_what_is_not_the_bodys_fault_comes_out_as_itself_with_notes_of_the_rest(error: BaseException) -> None:
    failures = [failed("first", error), failed("second", ValueError("while cleaning up"))]
    for _ in range(2):
        assert surfaced(failures) is error
    (note,) = error.__notes__
    assert note == "actor 'second' failed as well, after 'step': ValueError('while cleaning up')"


def test_an_interrupt_during_clean_up_does_not_lose_the_failure_before_it() -> None:
    interrupt = KeyboardInterrupt()
    assert surfaced([failed("first", ValueError("early")), failed("second", interrupt)]) is interrupt
    assert "ValueError('early')" in interrupt.__notes__[0]
