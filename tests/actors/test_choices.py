"""Tape and replay."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ftrace_actors.actors import (
    Actor,
    ConductError,
    Conductor,
    CountingTape,
    DullChooser,
    Kind,
    Pick,
    ReplayChooser,
    ReplayDiverged,
    RunInfo,
    Tape,
    run_bare,
)
from ftrace_actors.actors.waiting import NOBODY_YET

from .toys import BytesChooser, Scripted, Toy, toy


def test_a_single_option_is_no_choice() -> None:
    chooser = BytesChooser(b"\x01\x01")
    tape = Tape(chooser)
    assert tape.choose(Kind.LOAD, 1, 0, "ldr", 0x10) == 0
    assert (tape.position, chooser.asked) == (0, [])


def test_only_non_zero_picks_are_remembered_with_their_position() -> None:
    tape = Tape(BytesChooser(b"\x00\x02\x00\x01"))
    for obj in range(4):
        tape.choose(Kind.FETCH, 3, 5, "fetch", obj)
    assert tape.position == 4
    assert tape.picks == (
        Pick(1, Kind.FETCH, 5, "fetch", "0x1", 2, 3),
        Pick(3, Kind.FETCH, 5, "fetch", "0x3", 1, 3),
    )


@pytest.mark.parametrize("answer", [3, -1])
def test_an_answer_out_of_range_is_the_choosers_bug(answer: int) -> None:
    class Wrong(DullChooser):
        def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
            return answer

    tape = Tape(Wrong())
    with pytest.raises(ConductError, match=f"Wrong picked {answer} of 3"):
        tape.choose(Kind.LOAD, 3, 0, "ldr", 0)


def test_a_frozen_tape_asks_nobody_and_goes_round() -> None:
    tape = Tape(BytesChooser(b"\x01" * 9))
    tape.frozen = True
    assert tape.choose(Kind.LOAD, 4, 0, "ldr", 0) == 0
    assert tape.choose(Kind.SCHEDULE, 3, 4, "ldr", 0, (4, 2, 7)) == 2
    assert tape.choose(Kind.SCHEDULE, 3, 7, "ldr", 0, (7, 2, 4)) == 1
    assert (tape.position, tape.picks) == (0, ())


def test_actors_are_told_for_schedule_only() -> None:
    world = toy(bytes(range(256)))
    run_bare(world.conductor)
    asked = world.conductor.tape.chooser.asked
    assert {kind for kind, _, _ in asked} >= {Kind.SCHEDULE, Kind.DATA, Kind.TIMER}
    for kind, count, actors in asked:
        assert len(actors) == (count if kind is Kind.SCHEDULE else 0)
        assert count >= 2


def test_a_chooser_sees_begin_pending_and_end() -> None:
    seen = []

    class Curious(BytesChooser):
        def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
            seen.append([self.run.pending(actor) for actor in actors])
            return super().choose(kind, count, actors)

    async def two_steps(me: Actor) -> None:
        await me.step("str", 0x40 + me.id)
        await me.step("dc", 0x80)

    chooser = Curious(b"\x01\x01")
    conductor = Conductor(chooser, steps_max=77)
    for name in "ab":
        Scripted(conductor, name, two_steps)
    outcome = run_bare(conductor)
    assert chooser.run.actors == ("a", "b")
    assert chooser.run.steps_max == 77
    assert chooser.ended is outcome
    assert seen[:2] == [[("start", 0), ("start", 0)], [("str", 0x41), ("start", 0)]]


def recorded() -> tuple[Pick, ...]:
    world = toy(bytes(range(100)))
    run_bare(world.conductor)
    return world.conductor.tape.picks


def replay(picks: Sequence[Pick], **world: int) -> None:
    run_bare(Toy(Conductor(ReplayChooser(picks)), **world).conductor)


def test_replaying_twice_with_the_same_chooser_is_fine() -> None:
    chooser = ReplayChooser(recorded())
    for _ in range(2):
        run_bare(Toy(Conductor(chooser)).conductor)


def test_divergence_when_the_kind_differs() -> None:
    picks = recorded()
    first = picks[0]
    changed = Pick(first.position, Kind.ALLOC, first.actor, first.op, first.object, 1, 2)
    with pytest.raises(ReplayDiverged) as caught:
        replay((changed, *picks[1:]))
    assert caught.value.position == first.position
    assert caught.value.expected == "alloc with option 1"
    assert caught.value.found.startswith("schedule with")


def test_divergence_when_there_are_too_few_options() -> None:
    picks = recorded()
    first = picks[0]
    changed = Pick(first.position, first.kind, 0, "", "0x0", first.count, first.count + 1)
    with pytest.raises(ReplayDiverged, match=f"found schedule with {first.count} options"):
        replay((changed, *picks[1:]))


def test_divergence_when_there_are_more_options() -> None:
    picks = recorded()
    first = picks[0]
    fewer = replace(first, count=first.count - 1)
    assert first.picked < fewer.count
    with pytest.raises(ReplayDiverged, match=f"expected .* of {fewer.count}, found .* {first.count} options"):
        replay((fewer, *picks[1:]))


@pytest.mark.parametrize(
    ("other", "words"),
    [({"actor": 9}, "actor 9 about"), ({"op": "dc_cvau"}, "do dc_cvau "), ({"object": "0xbad"}, " 0xbad")],
)
def test_divergence_when_somebody_else_asks_or_for_something_else(
    other: dict[str, int | str], words: str
) -> None:
    picks = recorded()
    changed = replace(picks[1], **other)  # type: ignore[arg-type]
    with pytest.raises(ReplayDiverged) as caught:
        replay((picks[0], changed, *picks[2:]))
    assert caught.value.position == picks[1].position
    assert words in caught.value.expected
    assert words not in caught.value.found


def test_an_address_is_kept_in_words() -> None:
    tape = Tape(BytesChooser(b"\x01\x01"), name=lambda addr: f"text+{addr - 0x1000:#x}")
    tape.choose(Kind.FETCH, 2, 0, "fetch", 0x1008)
    tape.choose(Kind.ALLOC, 2, 0, "kmalloc", "tracer_a")
    assert [pick.object for pick in tape.picks] == ["text+0x8", "tracer_a"]
    elsewhere = Tape(ReplayChooser(tape.picks), name=lambda addr: f"text+{addr - 0x5000:#x}")
    assert elsewhere.choose(Kind.FETCH, 2, 0, "fetch", 0x5008) == 1
    with pytest.raises(ReplayDiverged, match=r"kmalloc tracer_a, found .* kmalloc tracer_b"):
        elsewhere.choose(Kind.ALLOC, 2, 0, "kmalloc", "tracer_b")


def test_a_counting_tape_says_how_often_the_same_was_asked_before() -> None:
    tape = CountingTape(BytesChooser(b"\x00\x01\x01\x01"))
    for obj in (8, 8, 16, 8):
        tape.choose(Kind.LOAD, 2, 3, "ldr", obj)
    tape.choose(Kind.LOAD, 1, 3, "ldr", 8)
    assert [(pick.object, pick.occurrence) for pick in tape.picks] == [("0x8", 1), ("0x10", 0), ("0x8", 2)]


def test_divergence_when_picks_are_left_over() -> None:
    late = Pick(10_000, Kind.LOAD, 0, "ldr", "0x0", 1, 2)
    with pytest.raises(ReplayDiverged, match=r"choice 10000: expected load .*the end of the run \(done\)"):
        replay((*recorded(), late))


def test_divergence_surfaces_as_itself_on_both_drivers(run) -> None:
    changed = Pick(3, Kind.ALLOC, 0, "", "0x0", 1, 2)
    with pytest.raises(ReplayDiverged):
        run(Toy(Conductor(ReplayChooser([changed]))).conductor)


def test_positions_of_a_record_must_ascend() -> None:
    pick = Pick(3, Kind.LOAD, 0, "ldr", "0x0", 1, 2)
    with pytest.raises(ValueError, match="ascend"):
        ReplayChooser([pick, pick])


class Wrapper(DullChooser):
    """Asks another chooser, and hands its `confirm` on."""

    def __init__(self, inner: ReplayChooser) -> None:
        self.inner = inner

    def begin(self, run: RunInfo) -> None:
        self.inner.begin(run)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        return self.inner.choose(kind, count, actors)

    def confirm(self, made: Pick) -> None:
        self.inner.confirm(made)


def test_a_wrapped_replay_still_notices_who_asked() -> None:
    tape = Tape(Wrapper(ReplayChooser([Pick(0, Kind.LOAD, 1, "ldr", "x", 1, 2)])))
    with pytest.raises(ReplayDiverged):
        tape.choose(Kind.LOAD, 2, 2, "ldr", "x")


def test_nobody_can_be_shown() -> None:
    assert repr(NOBODY_YET) == "<_Nobody -1 nobody at start>"
