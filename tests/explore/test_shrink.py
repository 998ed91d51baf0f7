"""Shrinking: shorter, still the same failure, deterministic, idempotent, bounded."""

from collections.abc import Callable, Sequence
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftrace_actors.actors.choices import Chooser, CountingTape, Kind, Pick, ReplayChooser, RunInfo
from ftrace_actors.explore.chunk import profile_of
from ftrace_actors.explore.evidence import target_for
from ftrace_actors.explore.lenient import FollowingChooser, Way, schedule_of
from ftrace_actors.explore.shrink import Shrunk, Target, shrink, target_of
from ftrace_actors.explore.steps import (
    LenientChooser,
    Naming,
    Numbering,
    Step,
    exchanged,
    kin,
    order,
    redirected,
)
from ftrace_actors.explore.strategies import Profile, make_chooser
from ftrace_actors.result import Expect, RunResult
from ftrace_actors.scenario import build, loads
from tests.explore import toy
from tests.scenario.runs import SHIPPED, world_of

TARGET = Target("violated", "INV-COUNT", "counter")


def failing(world: toy.ToyWorld, picks_min: int = 4) -> RunResult:
    """A failing run with something to take away."""
    for run in range(1000):
        result = world.run(make_chooser("random", 0, run, Profile(20)))
        if result.verdict == "violated" and len(result.picks) >= picks_min:
            return result
    raise AssertionError("the toy does not fail any more")


def test_a_lost_update_shrinks_to_one_choice() -> None:
    world = toy.world("stale = 1\nactors = 3\nrounds = 4")
    first = failing(world, 8)
    shrunk = shrink(world.run, first.picks, TARGET)
    assert shrunk is not None
    assert shrunk.before == len(first.picks)
    assert shrunk.minimal
    # One preemption between a read and its write: relaxations are taken away first.
    assert [pick.kind for pick in shrunk.result.picks] == [Kind.SCHEDULE]


def test_relaxations_stay_when_they_are_the_bug() -> None:
    world = toy.world("stale = 1\natomic = 1\nactors = 2\nrounds = 3")
    shrunk = shrink(world.run, failing(world).picks, TARGET)
    assert shrunk is not None
    assert [pick.kind for pick in shrunk.result.picks] == [Kind.LOAD]
    assert [pick.picked for pick in shrunk.result.picks] == [1]


def test_picks_are_lowered() -> None:
    world = toy.world("stale = 1\natomic = 1\nactors = 1\nrounds = 4")
    for run in range(1000):
        first = world.run(make_chooser("random", 0, run, Profile(20)))
        if first.verdict == "violated" and first.picks[-1].picked > 1 and len(first.picks) == 1:
            break
    shrunk = shrink(world.run, first.picks, TARGET)
    assert shrunk is not None
    assert [pick.picked for pick in shrunk.result.picks] == [1]


def test_the_result_replays_strictly() -> None:
    world = toy.world("actors = 3\nrounds = 3")
    shrunk = shrink(world.run, failing(world).picks, TARGET)
    assert shrunk is not None
    again = world.run(ReplayChooser(shrunk.result.picks))
    assert TARGET.met(again)
    assert again.picks == shrunk.result.picks


def test_deterministic_and_idempotent() -> None:
    world = toy.world("actors = 3\nrounds = 4")
    picks = failing(world, 8).picks
    once = shrink(world.run, picks, TARGET)
    twice = shrink(world.run, picks, TARGET)
    assert once is not None
    assert twice is not None
    assert once.result.picks == twice.result.picks
    again = shrink(world.run, once.result.picks, TARGET)
    assert again is not None
    assert again.result.picks == once.result.picks


def test_what_was_shrunk_elsewhere_is_looked_at_again_and_not_gone_through_again() -> None:
    world = toy.world("actors = 3\nrounds = 4")
    first = failing(world, 8).picks
    short = shrink(world.run, first, TARGET)
    assert short is not None
    anew = shrink(world.run, short.result.picks, TARGET)
    again = shrink(world.run, short.result.picks, TARGET, again=True)
    assert anew is not None
    assert again is not None
    assert again.result.picks == anew.result.picks
    assert again.replays < anew.replays
    of_a_long_one = shrink(world.run, first, TARGET, again=True)
    assert of_a_long_one is not None
    assert len(of_a_long_one.result.picks) == len(short.result.picks)


@pytest.mark.parametrize("replays_max", [0, 1, 5])
def test_a_spent_budget_keeps_the_best_so_far(replays_max: int) -> None:
    world = toy.world("actors = 4\nrounds = 6")
    picks = failing(world, 12).picks
    runs: list[object] = []

    def counted(chooser: LenientChooser) -> RunResult:
        runs.append(chooser)
        return world.run(chooser)

    shrunk = shrink(counted, picks, TARGET, replays_max=replays_max)
    assert shrunk is not None
    assert not shrunk.minimal
    assert len(runs) == shrunk.replays <= replays_max + 1
    assert TARGET.met(shrunk.result)
    assert len(shrunk.result.picks) <= len(picks)


def test_another_bug_is_not_the_same_bug() -> None:
    world = toy.world()
    assert shrink(world.run, failing(world, 1).picks, Target("violated", "INV-COUNT", "another")) is None
    assert shrink(world.run, failing(world, 1).picks, Target("violated", "INV-OTHER", "counter")) is None
    assert shrink(world.run, failing(world, 1).picks, Target("deadlock")) is None


def test_choices_that_do_not_fit_are_dull() -> None:
    chooser = LenientChooser(
        [Step(Kind.LOAD, (), 0, 3), Step(Kind.LOAD, (), 1, 1), Step(Kind.FETCH, (), 0, 1)], Naming.ORDINAL
    )
    assert [chooser.choose(Kind.LOAD, 2, ()), chooser.choose(Kind.LOAD, 2, ())] == [0, 1]
    assert chooser.steps == [Step(Kind.LOAD, (), 1, 1)]


def test_simpler_is_a_total_order_of_goals() -> None:
    relaxed = [Step(Kind.LOAD, (), 0, 1)]
    preempted = [Step(Kind.SCHEDULE, (), 0, 1), Step(Kind.SCHEDULE, (), 5, 1)]
    assert order([]) < order(preempted[:1]) < order(preempted) < order(relaxed)
    assert order(relaxed) < order([Step(Kind.LOAD, (), 0, 2)])


def test_what_to_keep_failing() -> None:
    assert target_of("deadlock", "INV-X", "s") == Target("deadlock")
    assert target_of("violated", "INV-X", "s") == Target("violated", "INV-X", "s")


@pytest.mark.parametrize(
    ("before", "window", "wanted"), [(None, "W3", True), ("W1", "W3", False), (None, "W1", False)]
)
def test_what_was_expected_must_still_come_first_and_where_it_was(
    before: str | None, window: str, wanted: bool
) -> None:
    """A shrunk run must tell the story that the failing one was picked for."""
    found = toy.finding("INV-X", window, subject="s")
    earlier = () if before is None else (toy.finding("INV-X", before, subject="s"),)
    result = toy.result("violated", *earlier, found)
    expect = Expect(("violated",), ("INV-X",))
    assert target_of("violated", "INV-X", "s", window="W3", expect=expect).met(result) is wanted
    assert target_of("violated", "INV-X", "s").met(result)


def test_shrinking_keeps_the_window() -> None:
    """Without it, what breaks by a stale load would do as well without one."""
    world = toy.world("actors = 3\nrounds = 3\nwindow = W1")
    attempts = (world.run(make_chooser("random", 0, run, Profile(20))) for run in range(1000))
    first = next(
        result
        for result in attempts
        if result.findings
        and result.findings[0].window == "W1"
        and Kind.LOAD not in {pick.kind for pick in shrunk_picks(world, result, TARGET)}
    )
    kept = target_of("violated", "INV-COUNT", "counter", window="W1", expect=world.expect)
    assert Kind.LOAD in {pick.kind for pick in shrunk_picks(world, first, kept)}


def shrunk_picks(world: toy.ToyWorld, first: RunResult, target: Target) -> tuple[Pick, ...]:
    shrunk = shrink(world.run, first.picks, target)
    assert shrunk is not None
    return shrunk.result.picks


@pytest.mark.parametrize("naming", list(Naming))
def test_every_naming_replays_what_it_named(naming: Naming) -> None:
    world = toy.world("actors = 4\nrounds = 3")
    first = failing(world, 6)
    named = Numbering(first.picks, naming)
    world.run(named)
    assert len(named.steps) == len(first.picks)
    assert world.run(LenientChooser(named.steps, naming)).picks == first.picks


def test_it_stops_when_asked_and_still_has_a_failing_run() -> None:
    world = toy.world("actors = 3\nrounds = 3\n")
    picks = failing(world).picks
    for patience in (0, 1, 5):
        asked = iter([False] * patience)
        shrunk = shrink(world.run, picks, TARGET, stop=lambda asked=asked: next(asked, True))
        assert shrunk is not None
        assert not shrunk.minimal
        assert TARGET.met(shrunk.result)
        assert shrunk.replays <= patience + 1


def switch(actor: int, to: int, number: int = 0) -> Step:
    return Step(Kind.SCHEDULE, (actor, "step"), number, to)


def test_a_detour_is_left_out_in_every_way() -> None:
    """Away to 1 and from there to 2: to 2 at once.  What is not about who moves stays."""
    load = Step(Kind.LOAD, (1,), 0, 1)
    steps = [switch(0, 1), load, switch(1, 2), switch(2, 3)]
    assert list(redirected(steps)) == [
        [switch(0, 1), load, switch(1, 3)],
        [switch(0, 2), load, switch(2, 3)],
        [switch(0, 3), load],
    ]
    assert list(redirected([load, switch(0, 1)])) == []


def test_two_actors_change_places_and_one_step_goes() -> None:
    steps = [switch(0, 1), Step(Kind.LOAD, (1,), 0, 2), switch(2, 1)]
    assert list(exchanged(steps, 1, 2)) == [
        [switch(0, 2), Step(Kind.LOAD, (2,), 0, 2)],
        [switch(0, 2), switch(1, 2)],
        [Step(Kind.LOAD, (2,), 0, 2), switch(1, 2)],
    ]


def test_actors_are_kin_when_only_a_number_tells_them_apart() -> None:
    names = ("cpu0", "cpu1", "cpu12", "patcher", "cpu3")
    assert kin(names, [switch(0, 3)]) == [(0, 1), (0, 2), (0, 4)]
    assert kin(names, [switch(3, 3), Step(Kind.LOAD, (4,), 0, 1)]) == [(0, 4), (1, 4), (2, 4)]
    assert kin(names, [switch(3, 3)]) == []


@pytest.mark.parametrize(("strategy", "run"), [("near", 6), ("pct", 4)])
def test_regrouping_finds_what_leaving_out_does_not(strategy: str, run: int) -> None:
    """Eight choices are enough, whichever of the two readers is caught, and however long the way there was."""
    name = "teardown-no-wait-w2"
    world = build(loads(SHIPPED[name].read_text(), name, {"kernel.ticks": "0"}))
    make = partial(world.run, driver="bare")
    first = make(make_chooser(strategy, 0, run, profile_of(world)))
    shrunk = shrink(make, first.picks, target_for(world.expect, first.verdict, first.findings))
    assert shrunk is not None
    assert len(shrunk.result.picks) == 8


def shrunk_of(
    name: str, strategy: str, run: int, **options: int
) -> tuple[Shrunk, Callable[[Chooser], RunResult], Target]:
    """A failing run of a shipped scenario, shrunk, what makes such runs, and what must keep failing."""
    world = world_of(name)
    make = partial(world.run, driver="bare")
    first = make(make_chooser(strategy, 0, run, profile_of(world)))
    target = target_for(world.expect, first.verdict, first.findings)
    shrunk = shrink(make, first.picks, target, **options)
    assert shrunk is not None
    return shrunk, make, target


def shorter_by_anchors(picks: Sequence[Pick], make: Callable[[Chooser], RunResult], target: Target) -> int:
    """With how many single choices left out, and the others followed by anchors, a run still fails and is shorter."""
    anchors = schedule_of(picks, run=make).anchors
    found = 0
    for at in range(len(anchors)):
        for way in Way:
            result = make(FollowingChooser((*anchors[:at], *anchors[at + 1 :]), way))
            found += target.met(result) and order(result.picks) < order(picks)
    return found


def test_anchors_leave_out_what_names_do_not() -> None:
    """12 choices remain by names alone, of which an anchor that waits for its option saves half."""
    shrunk, _, _ = shrunk_of("patch-without-clean", "urw", 80)
    assert len(shrunk.result.picks) == 6


@pytest.mark.parametrize("strategy", ["mix", "pct"])
def test_no_choice_can_be_left_out_by_anchors_at_the_end(strategy: str) -> None:
    shrunk, make, target = shrunk_of("patch-without-clean", strategy, 37)
    assert shrunk.minimal
    assert shorter_by_anchors(shrunk.result.picks, make, target) == 0


def test_some_replays_are_kept_for_anchors_when_names_use_up_theirs() -> None:
    shrunk, _, _ = shrunk_of("patch-without-clean", "urw", 80, replays_max=400)
    names_only = 400 - 400 // 11
    assert names_only < shrunk.replays <= 400
    assert len(shrunk.result.picks) < 12


@settings(max_examples=30, deadline=None)
@given(actors=st.integers(2, 4), rounds=st.integers(1, 4), atomic=st.booleans(), seed=st.integers(0, 50))
def test_whatever_is_shrunk_fails_alike_is_no_longer_and_shrinks_to_itself(
    actors: int, rounds: int, atomic: bool, seed: int
) -> None:
    world = toy.world(f"actors = {actors}\nrounds = {rounds}\nstale = 1\natomic = {int(atomic)}")
    attempts = (world.run(make_chooser("random", seed, run, Profile(20))) for run in range(40))
    first = next((result for result in attempts if TARGET.met(result)), None)
    if first is None:
        return
    shrunk = shrink(world.run, first.picks, TARGET)
    assert shrunk is not None
    assert shrunk.minimal
    assert TARGET.met(world.run(ReplayChooser(shrunk.result.picks)))
    assert order(shrunk.result.picks) <= order(first.picks)
    again = shrink(world.run, shrunk.result.picks, TARGET)
    assert again is not None
    assert again.result.picks == shrunk.result.picks
    assert shorter_by_anchors(shrunk.result.picks, world.run, TARGET) == 0


def test_a_livelock_is_tried_without_any_choice_before_anything_else() -> None:
    """With its choices such a run may take minutes, and it seldom needs one."""
    asked: list[Chooser] = []

    def endless(chooser: Chooser) -> RunResult:
        asked.append(chooser)
        return RunResult("livelock", (), ())

    picks = [Pick(position, Kind.EARLY, 0, "str", "x", 1, 2) for position in range(5)]
    shrunk = shrink(endless, picks, target_of("livelock"))
    assert shrunk is not None
    assert (shrunk.before, shrunk.replays, shrunk.minimal) == (5, 1, True)
    assert len(asked) == 1


def test_a_livelock_that_takes_a_choice_keeps_it() -> None:
    """The dull run ends, so the recorded one is shrunk as any other."""

    def ends_unless_picked(chooser: Chooser) -> RunResult:
        tape = CountingTape(chooser)
        chooser.begin(RunInfo(("one", "two"), 10, lambda _: ("str", "x")))
        picked = [tape.choose(Kind.DATA, 2, 0, "str", "x") for _ in range(3)]
        return RunResult("livelock" if picked[1] else "holds", (), tape.picks)

    picks = [Pick(position, Kind.DATA, 0, "str", "x", 1, 2) for position in range(3)]
    shrunk = shrink(ends_unless_picked, picks, target_of("livelock"))
    assert shrunk is not None
    assert [pick.position for pick in shrunk.result.picks] == [1]
