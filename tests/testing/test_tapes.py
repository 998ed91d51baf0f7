"""Schedules drawn by Hypothesis."""

import ast

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from ftrace_actors.actors import Conductor, Kind, RunInfo, RunOutcome, Status
from ftrace_actors.testing import ByteChooser, Schedule, ScheduleFailed, schedule_of, schedules
from ftrace_actors.testing.tapes import skip_of
from tests.actors.toys import Scripted
from tests.testing import samples

pytest_plugins = ["pytester"]


def test_skips_grow_exponentially() -> None:
    skips = [skip_of(byte) for byte in range(192, 256)]
    assert skips == sorted(skips)
    assert skips[::12] == [2, 4, 8, 16, 32, 64]


def chooser_of(data: bytes, actors: int) -> ByteChooser:
    chooser = ByteChooser(data)
    chooser.begin(RunInfo(("a", "b", "c", "d")[:actors], 100, lambda actor: ("step", actor)))
    return chooser


def answers(data: bytes, counts: list[int]) -> list[int]:
    chooser = chooser_of(b"\0" + data, 0)
    return [chooser.choose(Kind.LOAD, count, ()) for count in counts]


def test_bytes_are_instructions() -> None:
    assert answers(b"", [2, 3]) == [0, 0]
    assert answers(b"\0\1\0\1", [2] * 5) == [0, 1, 0, 1, 0]
    assert answers(bytes([1, 2, 3, 4, 63]), [4] * 5) == [1, 2, 3, 1, 3]
    assert answers(bytes([192, 1, 204, 2]), [3] * 8) == [0, 0, 1, 0, 0, 0, 0, 2]


def movers(data: bytes, offers: list[tuple[int, ...]]) -> list[int]:
    """Who moves, of those on offer."""
    chooser = chooser_of(data, 3)
    return [offer[chooser.choose(Kind.SCHEDULE, len(offer), offer)] for offer in offers]


def test_without_an_order_the_dull_option_moves() -> None:
    assert movers(b"", [(1, 0, 2), (0, 1), (2, 1)]) == [1, 0, 2]


def test_an_order_lasts() -> None:
    orders = {
        tuple(movers(bytes([byte]), [(0, 1, 2), (2, 1, 0), (0, 1), (0, 2), (1, 2)])) for byte in range(1, 256)
    }
    assert len(orders) == 6
    assert all(first == second for first, second, *_ in orders)


def test_who_is_interfered_with_becomes_the_last() -> None:
    assert movers(b"\0\0\1", [(0, 1, 2), (0, 1, 2), (0, 1, 2), (0, 2), (0,) * 2]) == [0, 1, 1, 2, 0]


def test_nobody_wins_for_ever() -> None:
    assert movers(b"", [(0, 1)] * 300).count(1) == 300 - 256


@given(st.binary(max_size=20), st.lists(st.integers(2, 9), max_size=40))
def test_always_an_option(data: bytes, counts: list[int]) -> None:
    assert all(0 <= picked < count for picked, count in zip(answers(data, counts), counts, strict=True))


def lost(schedule: Schedule, actors: int = 2, rounds: int = 2) -> bool:
    """Whether an update of a toy counter gets lost."""
    conductor = schedule.conductor()
    total = [0]

    async def add(me: Scripted) -> None:
        for _ in range(rounds):
            await me.step("load")
            seen = total[0]
            await me.step("store")
            total[0] = seen + 1

    for number in range(actors):
        Scripted(conductor, f"adder{number}", add)
    schedule.conduct(conductor)
    return total[0] != actors * rounds


def tape_of(schedule: Schedule) -> bytes:
    """What its repr says."""
    data, driver = ast.literal_eval(repr(schedule).removeprefix("schedule_of"))
    assert isinstance(data, bytes)
    assert driver == "bare"
    return data


def test_a_tape_shrinks_to_few_bytes() -> None:
    schedule = find(
        schedules("bare"), lost, settings=settings(max_examples=2000, database=None, derandomize=True)
    )
    data = tape_of(schedule)
    assert len(data) <= 4  # the order, and one instruction for each choice up to the one that matters
    assert lost(schedule_of(data))


def test_world_and_schedule_shrink_together() -> None:
    worlds = st.tuples(st.integers(1, 5), st.integers(1, 4), schedules("bare"))
    actors, rounds, schedule = find(
        worlds,
        lambda drawn: lost(drawn[2], drawn[0], drawn[1]),
        settings=settings(max_examples=2000, database=None, derandomize=True),
    )
    assert (actors, rounds) == (2, 1)
    assert len(schedule.story().splitlines()) < 12


@given(schedule=schedules())
async def test_under_trio_as_without(schedule: Schedule) -> None:
    async def nap(me: Scripted) -> None:
        await me.sleep(me.choose(Kind.DATA, 5, "how long"))

    conductor = schedule.conductor()
    for name in "abc":
        Scripted(conductor, name, nap)
    outcome = await schedule.conduct_trio(conductor)
    assert outcome.status is Status.DONE


def test_different_examples_are_different_schedules() -> None:
    seen: set[tuple[int, ...]] = set()

    @settings(max_examples=100, database=None, derandomize=True)
    @given(schedules())
    def collect(schedule: Schedule) -> None:
        lost(schedule)
        assert schedule.picks is not None
        seen.add(tuple(pick.position for pick in schedule.picks))

    collect()
    assert len(seen) > 20


def test_the_story_of_a_scenario_can_be_asked_for() -> None:
    schedule = schedule_of(b"")
    schedule.run_file(samples.SCENARIOS / "teardown-tasks.toml")
    assert "cpu0" in schedule.story()


def breaks(schedule: Schedule) -> bool:
    """Whether a teardown without a wait does harm under it."""
    try:
        schedule.run_file(samples.SCENARIOS / "teardown-no-wait-w1.toml")
    except ScheduleFailed as failed:
        return failed.verdict == "violated" and bool(failed.findings)
    return False


def test_a_finding_fails_by_itself() -> None:
    found = settings(max_examples=500, database=None, derandomize=True, phases=[Phase.generate])
    schedule = find(schedules("bare"), breaks, settings=found)
    assert breaks(schedule_of(tape_of(schedule)))


@pytest.mark.soak
@pytest.mark.xfail(
    reason="Hypothesis stops at 14 choices since more steps are offered; three are enough", strict=True
)
def test_a_finding_shrinks_to_few_choices() -> None:
    schedule = find(
        schedules("bare"), breaks, settings=settings(max_examples=500, database=None, derandomize=True)
    )
    data = tape_of(schedule)
    assert len(data) < 32
    assert sum(byte > 0 for byte in data) < 8


def test_three_choices_break_the_teardown() -> None:
    schedule = schedule_of(bytes.fromhex("00010000000000000000000000f601"))
    with pytest.raises(ScheduleFailed) as failed:
        schedule.run_file(samples.SCENARIOS / "teardown-no-wait-w1.toml")
    assert (failed.value.verdict, bool(failed.value.findings)) == ("violated", True)


def test_a_tape_can_be_run_twice() -> None:
    chooser = ByteChooser(b"\0\1\0\1")

    def outcome() -> RunOutcome:
        conductor = Conductor(chooser, digest=True)

        async def steps(me: Scripted) -> None:
            for _ in range(3):
                await me.step("on")

        for name in "abc":
            Scripted(conductor, name, steps)
        return Schedule(chooser).conduct(conductor)

    assert outcome() == outcome()


def test_falsifying_examples_can_be_pasted(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        samples.ADDER
        + """

from hypothesis import given, settings
from ftrace_actors.testing import schedules


@settings(derandomize=True, database=None, deadline=None, max_examples=1000)
@given(schedule=schedules())
def test_total(schedule):
    conductor, shared = adders(schedule)
    schedule.conduct(conductor)
    assert shared["total"] == 4, schedule.story()
"""
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *step  anna *bert", "E *schedule=schedule_of(b'*'),*"])


def test_a_finding_tells_its_timeline_when_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Schedule] = []
    story = Schedule.story
    monkeypatch.setattr(Schedule, "story", lambda self: asked.append(self) or story(self))
    schedule = schedule_of(b"")
    with pytest.raises(ScheduleFailed) as failed:
        schedule.run_file(samples.SCENARIOS / "misaligned-bti.toml")
    assert not asked
    lines = str(failed.value).splitlines()
    assert lines[0].startswith("unpredictable: UNPREDICTABLE")
    assert [line.split()[:2] for line in lines if line.startswith("  event ")] == [["event", "cpu0"]]
    assert (
        lines[-1]
        == "  again   @example(..., schedule=schedule_of(b'')), the rest as in the failing test case"
    )


def test_a_hang_tells_its_steps_and_once_who_waits() -> None:
    async def wait(me: Scripted) -> None:
        await me.step("look", "door")
        await me.wait(guard=lambda: False, point="the key")

    schedule = schedule_of(b"")
    conductor = schedule.conductor()
    Scripted(conductor, "anna", wait)
    with pytest.raises(ScheduleFailed) as failed:
        schedule.conduct(conductor)
    text = str(failed.value)
    assert text.startswith("deadlock after ")
    assert "  step  anna\n" in text
    assert "look door" in text
    assert text.count("the key") == 1
