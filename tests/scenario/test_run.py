"""A run and who watches it."""

import pytest
import trio

from ftrace_actors.actors import DullChooser, Status
from ftrace_actors.events import Event, OpsDefined, Patch, Register
from ftrace_actors.kernel.boot import System
from ftrace_actors.scenario import Run, Watcher, World

from .runs import chooser, world_of

NAME = "teardown-tasks"


class _Looking(Watcher):
    def __init__(self, *wanted: type[Event]) -> None:
        self.wanted = frozenset(wanted)
        self.saw: list[Event] = []
        self.system: System | None = None
        self.before = -1

    def start(self, system: System) -> None:
        self.system = system
        self.before = system.conductor.steps

    def see(self, event: Event) -> None:
        self.saw.append(event)


@pytest.fixture(scope="module")
def world() -> World:
    return world_of(NAME)


def test_a_watcher_is_given_the_system_before_the_first_step(world: World) -> None:
    looking = _Looking()
    run = Run(world.image, DullChooser(), watchers=[looking])
    assert looking.system is run.system
    assert run.bare().status is Status.DONE
    assert looking.before == 0
    assert looking.saw == []


def test_a_watcher_sees_just_the_events_it_wants_in_order(world: World) -> None:
    looking = _Looking(Register, Patch, OpsDefined)
    recorded = Run(world.image, DullChooser(), watchers=[looking], record=True)
    recorded.bare()
    wanted = [event for event in recorded.log.events or () if type(event) in looking.wanted]
    assert {type(event) for event in wanted} == looking.wanted
    assert looking.saw == wanted


def test_events_that_only_a_watcher_wants_are_made_for_it(world: World) -> None:
    bare, recorded = _Looking(Register), _Looking(Register)
    Run(world.image, DullChooser(), watchers=[bare]).bare()
    Run(world.image, DullChooser(), watchers=[recorded], record=True).bare()
    assert bare.saw == recorded.saw != []


def test_watching_changes_no_run(world: World) -> None:
    for number in range(4):
        alone = world.run(chooser(NAME, number), record=True, driver="bare")
        watched = world.run(
            chooser(NAME, number), record=True, watchers=[_Looking(Register, Patch)], driver="bare"
        )
        assert watched == alone


def test_a_watcher_serves_either_driver(world: World) -> None:
    bare, on_trio = _Looking(Register), _Looking(Register)

    async def all_in_one_loop() -> None:
        for _ in range(2):
            on_trio.saw.clear()
            await world.run_trio(chooser(NAME, 1), watchers=[on_trio])

    world.run(chooser(NAME, 1), watchers=[bare], driver="bare")
    trio.run(all_in_one_loop)
    assert on_trio.saw == bare.saw != []
