"""The strategy that holds tasks where they are."""

from dataclasses import dataclass, field

import pytest

from ftrace_actors.actors.choices import Kind, RunInfo
from ftrace_actors.explore.strategies import Profile
from ftrace_actors.explore.strategies.holding import Holding

ACTORS = ("cpu0", "cpu1", "cpu2", "rcu")


@dataclass
class Scene:
    """What a chooser may look at."""

    held: set[int] = field(default_factory=set)
    eager: set[int] = field(default_factory=set)
    began: bool = False
    preferred: int = -1


def holding(scene: Scene, run: int = 0, *, outside: bool = False, goal: bool = True) -> Holding:
    chooser = Holding(3, run, Profile(100), scene, outside=outside, goal=goal)
    chooser.begin(RunInfo(ACTORS, 1000, lambda actor: ("step", actor)))
    return chooser


def moves(chooser: Holding, options: tuple[int, ...], count: int = 100) -> list[int]:
    """Who moves, when always the same may."""
    return [options[chooser.choose(Kind.SCHEDULE, len(options), options)] for _ in range(count)]


def test_who_is_held_moves_only_when_nobody_else_can() -> None:
    scene = Scene(held={1})
    for run in range(20):
        chooser = holding(scene, run)
        assert 1 not in moves(chooser, (1, 0, 2, 3))
        assert set(moves(chooser, (1, 3))) == {3}
    scene.held = {0, 1}
    assert set(moves(holding(scene), (0, 1), 400)) <= {0, 1}


def test_who_is_eager_moves_first_and_not_for_ever() -> None:
    chooser = holding(Scene(held={1, 2}, eager={2}, began=True))
    moved = moves(chooser, (0, 1, 2, 3), 200)
    assert moved[:64] == [2] * 64
    assert 2 not in moved[64:]


def test_without_a_goal_eagerness_is_drawn() -> None:
    scene = Scene(held={1}, eager={1}, began=True)
    counts = {moves(holding(scene, run, goal=False), (0, 1)).count(1) for run in range(60)}
    assert 0 in counts
    assert len(counts) > 10


def test_ticks_come_while_somebody_is_held_and_stays() -> None:
    def ticks(scene: Scene) -> int:
        chooser = holding(scene)
        return sum(chooser.choose(Kind.TIMER, 2, ()) for _ in range(100))

    assert ticks(Scene(held={1}, began=True)) > 50
    assert ticks(Scene(held={1})) == 0
    assert ticks(Scene(held={1}, eager={1}, began=True)) == 0


def test_interrupts_are_taken_while_somebody_is_held() -> None:
    chooser = holding(Scene(held={1}, began=True))
    assert [chooser.choose(Kind.INTERRUPT, 2, ()) for _ in range(100)] == [0] * 100


def test_old_instructions_are_fetched_once_the_wait_began() -> None:
    def old(*, began: bool) -> int:
        chooser = holding(Scene(began=began), outside=True)
        return sum(chooser.choose(Kind.FETCH, 3, ()) > 0 for _ in range(200))

    assert old(began=True) > 50
    assert old(began=True) > old(began=False)


@pytest.mark.parametrize("run", range(5))
def test_a_run_is_a_pure_function_of_seed_and_number(run: int) -> None:
    scene = Scene(held={1}, began=True)

    def answers() -> list[int]:
        chooser = holding(scene, run, outside=True)
        kinds = (Kind.LOAD, Kind.FETCH, Kind.TIMER, Kind.INTERRUPT, Kind.ALLOC)
        return [chooser.choose(kind, 3, ()) for kind in kinds * 40] + moves(chooser, (1, 0, 2))

    assert answers() == answers()


def test_the_watch_is_told_who_moved_of_whom_that_was_not_wanted() -> None:
    scene = Scene(held={1, 2}, eager={2}, began=True)
    chooser = holding(scene)
    moves(chooser, (1, 2), 1)
    assert scene.preferred == 2, "eager"
    scene.eager = set()
    moves(chooser, (1, 2), 1)
    assert scene.preferred == -1, "nobody else could"
    moves(chooser, (1, 3), 1)
    assert scene.preferred == 3
    scene.held = set()
    (moved,) = moves(chooser, (1, 3), 1)
    assert scene.preferred == moved
