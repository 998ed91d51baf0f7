"""Following a recorded schedule elsewhere: what finds its place, what does not, and whether the failure still shows."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import pytest

from ftrace_actors.actors.choices import Chooser, Kind, Pick, ReplayChooser, RunInfo
from ftrace_actors.explore.lenient import Followed, FollowingChooser, Schedule, Way, Why, follow, schedule_of
from ftrace_actors.explore.shrink import Target, shrink
from ftrace_actors.explore.strategies import Profile, make_chooser
from ftrace_actors.result import RunResult
from ftrace_actors.scenario import build, loads
from tests.explore import toy
from tests.scenario.runs import SHIPPED, first_failure

BROKEN = "actors = 2\nrounds = 2\nstale = 0\n"
MENDED = "actors = 2\nrounds = 4\nstale = 0\natomic = 1\n"
"""As many steps, of which each is whole."""
LOST = Target("violated", "INV-COUNT", "counter")


def failing(world: toy.ToyWorld) -> RunResult:
    """A short failing run."""
    for run in range(1000):
        result = world.run(make_chooser("random", 0, run, Profile(10)))
        if result.verdict == "violated":
            shrunk = shrink(world.run, result.picks, LOST)
            assert shrunk is not None
            return world.run(ReplayChooser(shrunk.result.picks), record=True)
    raise AssertionError("the toy does not fail any more")


@pytest.fixture
def schedule() -> Schedule:
    world = toy.world(BROKEN)
    return schedule_of(failing(world).picks, run=world.run)


def followed(schedule: Schedule, text: str, *ways: Way) -> Followed:
    return follow(schedule, toy.world(text).run, LOST.met, ways or tuple(Way))


def test_in_its_own_world_it_is_the_recorded_run(schedule: Schedule) -> None:
    result = failing(toy.world(BROKEN))
    assert schedule.exact
    for way in Way:
        again = followed(schedule, BROKEN, way)
        assert (again.result.picks, again.shows, again.skipped) == (result.picks, True, ())
        assert again.taken == len(schedule.anchors) == len(result.picks)


def test_an_anchor_says_who_moves_instead(schedule: Schedule) -> None:
    (anchor,) = schedule.anchors
    assert (anchor.kind, anchor.actor, anchor.mover) == (Kind.SCHEDULE, "a0", "a1")
    assert str(anchor) == "schedule of a0 at step 0x1000 #3, a1 moves"


def test_another_actor_in_the_world_does_not_matter(schedule: Schedule) -> None:
    """The option's number is another one there; the actor that moves is the same."""
    assert followed(schedule, "actors = 4\nrounds = 2\nstale = 0").shows


def test_a_mend_that_makes_the_step_whole_survives_the_schedule(schedule: Schedule) -> None:
    mended = followed(schedule, MENDED)
    assert not mended.shows
    assert (mended.result.verdict, mended.taken, mended.skipped) == ("holds", 1, ())


def test_what_is_not_there_is_skipped_and_said(schedule: Schedule) -> None:
    (anchor,) = schedule.anchors
    late = replace(anchor, numbers=dict.fromkeys(Way, 99))
    lonely = replace(anchor, mover="a9")
    for changed, why in ((late, Why.NOT_ASKED), (lonely, Why.NO_OPTION)):
        result = followed(Schedule((changed,), True), BROKEN)
        assert [(skipped.anchor, skipped.why) for skipped in result.skipped] == [(changed, why)]
        assert (result.taken, result.result.picks, result.shows) == (0, (), False)


def test_an_option_that_is_not_there_is_dull() -> None:
    world = toy.world("actors = 1\nrounds = 3\natomic = 1")
    result = next(
        result
        for result in (world.run(make_chooser("random", 0, run, Profile(10))) for run in range(100))
        if result.picks and result.picks[-1].picked == 2
    )
    schedule = schedule_of(result.picks, run=world.run)
    again = follow(schedule, toy.world("actors = 1\nrounds = 3\nstale = 0").run, LOST.met)
    assert {skipped.why for skipped in again.skipped} == {Why.NOT_ASKED}
    assert not again.shows


def test_without_its_world_the_record_says_as_much_as_it_can() -> None:
    result = failing(toy.world(BROKEN))
    elsewhere = toy.world("actors = 1\nrounds = 1")
    for schedule in (
        schedule_of(result.picks, actors=("a0", "a1")),
        schedule_of(result.picks, run=elsewhere.run, actors=("a0", "a1")),
    ):
        assert not schedule.exact
        assert followed(schedule, "actors = 4\nrounds = 2\nstale = 0", Way.OPERATION).shows
    (anchor,) = schedule_of(result.picks).anchors
    assert (anchor.actor, anchor.mover) == ("", "")


def test_the_way_in_which_most_was_found_is_shown_when_none_shows_the_failure(schedule: Schedule) -> None:
    (anchor,) = schedule.anchors
    odd = replace(anchor, op="another")
    result = followed(Schedule((odd,), True), MENDED)
    assert (result.way, result.taken) == (Way.ACTOR, 1)
    nothing = followed(Schedule((replace(odd, mover="a9"),), True), BROKEN)
    assert (nothing.way, nothing.taken) == (Way.OPERATION, 0)


NAME = "ordering-none"
"""A shipped scenario; the tests below follow its failure under changes as people make them."""


def shipped(**changes: str) -> Callable[[Chooser], RunResult]:
    """Makes runs of it, with some values replaced."""
    overrides = {key.replace("_", ".", 1): value for key, value in changes.items()}
    path = SHIPPED[NAME]
    return partial(build(loads(path.read_text(), str(path), overrides)).run, driver="bare")


@pytest.fixture(scope="module")
def recorded() -> tuple[Schedule, Target]:
    """The anchors of its failure, and what the failure is."""
    found = first_failure(NAME)
    first = found.findings[0]
    target = Target("violated", first.invariant, first.subject)
    run = shipped()
    shrunk = shrink(run, found.picks, target)
    assert shrunk is not None
    return schedule_of(shrunk.result.picks, run=run), target


def test_other_actors_change_nothing(recorded: tuple[Schedule, Target]) -> None:
    schedule, target = recorded
    again = follow(schedule, shipped(machine_cpus="4"), target.met)
    assert (again.shows, again.way, again.skipped) == (True, Way.OPERATION, ())


def test_barriers_that_come_back_mend_it(recorded: tuple[Schedule, Target]) -> None:
    schedule, target = recorded
    mended = follow(schedule, shipped(protocol_drop="[]"), target.met)
    assert (mended.shows, mended.result.verdict) == (False, "holds")
    strictly = shipped(protocol_drop="[]")(ReplayChooser(mended.result.picks))
    assert strictly.picks == mended.result.picks


def test_instructions_that_come_change_nothing_either(recorded: tuple[Schedule, Target]) -> None:
    """Landing pads move the code; they mend nothing."""
    schedule, target = recorded
    assert follow(schedule, shipped(kernel_bti="true", machine_pac="true"), target.met).shows


def test_the_record_knows_who_moves_instead() -> None:
    result = failing(toy.world(BROKEN))
    assert [pick.mover for pick in result.picks] == [1]
    assert Pick(0, Kind.LOAD, 0, "ldr", "x", 1, 2).mover == -1


def test_an_option_that_comes_later_is_taken_then(schedule: Schedule) -> None:
    """An actor that should move may still wait for something on the recorded occasion."""
    (anchor,) = schedule.anchors
    chooser = FollowingChooser([replace(anchor, numbers=MappingProxyType({Way.OPERATION: 0}))])
    chooser.begin(RunInfo(("a0", "a1", "a2"), 100, lambda _: ("", 0)))
    picked = []
    for actors in ((0, 2), (0, 2), (0, 1, 2), (0, 1, 2)):
        chooser.hear(anchor.kind, 0, anchor.op, anchor.object)
        picked.append(chooser.choose(anchor.kind, len(actors), actors))
    assert picked == [0, 0, 1, 0]
    assert (chooser.taken, chooser.skipped, len(chooser.late)) == (1, (), 1)
