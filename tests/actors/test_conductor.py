"""Who may move, in which order the options come, and what a step costs in decisions."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors import actors as room
from ftrace_actors.actors import Actor, ConductError, Conductor, DullChooser, Kind, Mailbox, Status, run_bare

from .toys import BytesChooser, Scripted, toy


def steppers(conductor: Conductor, names: str, steps: int, log: list[str]) -> None:
    async def stepper(me: Actor) -> None:
        for _ in range(steps):
            await me.step("str")
            log.append(me.name)

    for name in names:
        Scripted(conductor, name, stepper)


def test_the_example_of_the_room_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = room.__doc__ or ""
    block = text.partition("::\n\n")[2].partition("\nThe trio driver")[0]
    exec(dedent(block), {name: getattr(room, name) for name in room.__all__})
    assert capsys.readouterr().out.splitlines() == ["ponger has ping", "done"]


def test_the_all_zero_run_has_no_preemption(run) -> None:
    log: list[str] = []
    conductor = Conductor(DullChooser())
    steppers(conductor, "abc", 4, log)
    assert run(conductor).status is Status.DONE
    assert log == list("aaaabbbbcccc")
    statistics = conductor.statistics()
    assert (statistics.preemptions, statistics.passes) == (0, 3)
    # Four steps and one end each; plus the decision who is first.
    assert statistics.steps == 3 * 5 + 1


def test_the_toy_world_is_preemption_free_at_all_zero() -> None:
    world = toy()
    run_bare(world.conductor)
    assert world.conductor.statistics().preemptions == 0
    assert world.conductor.tape.picks == ()


def test_options_are_the_last_actor_then_the_others_by_id() -> None:
    chooser = BytesChooser(b"\x02\x01")
    conductor = Conductor(chooser)
    steppers(conductor, "abc", 2, [])
    run_bare(conductor)
    schedules = [actors for kind, _, actors in chooser.asked if kind is Kind.SCHEDULE]
    # Nobody ran: by id. Then c ran, then a: itself first. a ended: the lowest id first. At the end only c is left.
    assert schedules == [(0, 1, 2), (2, 0, 1), (0, 1, 2), (0, 1, 2), (1, 2), (1, 2), (1, 2)]


def test_the_last_actor_enabled_is_not_asked_about() -> None:
    chooser = BytesChooser()
    conductor = Conductor(chooser)
    steppers(conductor, "a", 5, [])
    run_bare(conductor)
    assert chooser.asked == []


@given(st.binary(min_size=20, max_size=60))
def test_exactly_one_actor_runs_at_a_time(tape: bytes) -> None:
    inside: list[str] = []
    conductor = Conductor(BytesChooser(tape))

    async def critical(me: Actor) -> None:
        for _ in range(4):
            await me.step("enter")
            assert inside == []
            inside.append(me.name)
            me.post(box, me.name)
            inside.remove(me.name)

    box = Mailbox("box")
    for name in "abcd":
        Scripted(conductor, name, critical)
    run_bare(conductor)


def test_a_scheduling_point_comes_before_its_operation() -> None:
    """Picking the other one at the step of a means a has not done it yet."""
    log: list[str] = []
    conductor = Conductor(BytesChooser(b"\x00\x01"))
    steppers(conductor, "ab", 1, log)
    run_bare(conductor)
    assert log == ["b", "a"]
    pick = conductor.tape.picks[0]
    assert (pick.position, pick.actor, pick.op) == (1, 0, "str")


def test_going_on_does_not_suspend() -> None:
    """A body that nobody interrupts runs through within one resumption."""
    conductor = Conductor(DullChooser())
    steppers(conductor, "a", 100, [])
    run_bare(conductor)
    assert conductor.statistics().passes == 1


def test_a_primitive_of_somebody_else_is_refused(run) -> None:
    conductor = Conductor(DullChooser())

    async def thief(me: Actor) -> None:
        await victim.step("stolen")

    Scripted(conductor, "thief", thief)
    victim = Scripted(conductor, "victim", thief)
    with pytest.raises(ConductError, match="a primitive of 'victim' was used while somebody else"):
        run(conductor)


def test_a_conductor_conducts_one_run(run) -> None:
    conductor = Conductor(DullChooser())
    steppers(conductor, "a", 1, [])
    run(conductor)
    with pytest.raises(ConductError, match="one run"):
        run(conductor)


def test_worlds_are_complete_before_they_start() -> None:
    conductor = Conductor(DullChooser())
    run_bare(conductor)
    with pytest.raises(ConductError, match="after the run had started"):
        Actor(conductor, "late")


def test_names_are_unique() -> None:
    conductor = Conductor(DullChooser())
    Actor(conductor, "cpu0")
    with pytest.raises(ConductError, match="two actors are named 'cpu0'"):
        Actor(conductor, "cpu0")


def test_an_empty_world_is_done(run) -> None:
    assert run(Conductor(DullChooser())).status is Status.DONE


def test_the_bare_driver_refuses_foreign_awaitables() -> None:
    import trio

    conductor = Conductor(DullChooser())

    async def foreigner(me: Actor) -> None:
        await trio.lowlevel.cancel_shielded_checkpoint()

    Scripted(conductor, "f", foreigner)
    with pytest.raises(ConductError, match=r"awaited trio\.cancel_shielded_checkpoint"):
        run_bare(conductor)


def test_where_an_actor_is_can_be_read_at_any_time() -> None:
    conductor = Conductor(DullChooser())
    seen = []

    async def waiter(me: Actor) -> None:
        await me.wait(guard=lambda: bool(seen), point="P1", waits_for="looker")

    async def looker(me: Actor) -> None:
        await me.step("str", 8)
        seen.append((first.point, first.op, first.obj, first.waits_for, me.point, me.op, me.obj, repr(first)))

    first = Scripted(conductor, "waiter", waiter)
    Scripted(conductor, "looker", looker)
    run_bare(conductor)
    assert seen == [("P1", "wait", "P1", "looker", "", "str", 8, "<Scripted 0 waiter at P1>")]
    assert (first.point, first.finished) == ("", True)


def test_an_actor_whose_guard_is_true_is_an_option_at_once_and_only_then() -> None:
    """By id among the others, not cached, and once even if it waited before."""
    gate = [False]
    chooser = BytesChooser(b"\x00\x01")
    conductor = Conductor(chooser)

    async def waiter(me: Actor) -> None:
        for _ in range(2):
            await me.wait(guard=lambda: gate[0], point="gate")

    async def flapper(me: Actor) -> None:
        for value in (False, True, False, True, True):
            await me.step("str")
            gate[0] = value

    async def bystander(me: Actor) -> None:
        await me.step("nop")

    Scripted(conductor, "waiter", waiter)
    Scripted(conductor, "flapper", flapper)
    Scripted(conductor, "bystander", bystander)
    # waiter waits; picked 1 of (flapper, bystander); from then on the dull way: bystander, then flapper alone.
    run_bare(conductor)
    assert [actors for _, _, actors in chooser.asked] == [
        (0, 1, 2),
        (1, 2),
        (2, 1),
        # bystander is gone: flapper is asked only before its third and fifth step, when the gate was open.
        (1, 0),
        (1, 0),
    ]


def test_true_guards_are_sorted_in_by_id() -> None:
    chooser = BytesChooser()
    conductor = Conductor(chooser)

    async def guarded(me: Actor) -> None:
        await me.wait(guard=lambda: me.id != 1 or conductor.steps > 6, point="gate")
        await me.step("nop")

    for name in "abcd":
        Scripted(conductor, name, guarded)
    run_bare(conductor)
    for _, _, actors in chooser.asked:
        assert list(actors[1:]) == sorted(actors[1:])
    assert (2, 1, 3) in [actors for _, _, actors in chooser.asked]


def test_a_guard_waited_for_again_is_one_option() -> None:
    gate = [False]
    chooser = BytesChooser(b"\x00\x01")
    conductor = Conductor(chooser)

    async def waiter(me: Actor) -> None:
        for _ in range(2):
            await me.wait(guard=lambda: gate[0], point="gate")
            gate[0] = False

    async def opener(me: Actor) -> None:
        for _ in range(6):
            await me.step("str")
            gate[0] = True

    Scripted(conductor, "waiter", waiter)
    Scripted(conductor, "opener", opener)
    run_bare(conductor)
    assert [actors for _, _, actors in chooser.asked][:2] == [(0, 1), (1, 0)]
    assert {actors for _, _, actors in chooser.asked} == {(0, 1), (1, 0)}
