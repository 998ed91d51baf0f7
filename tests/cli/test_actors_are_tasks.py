"""Each CPU, the text patcher, the ops allocator and the rest of the kernel are trio tasks that exchange messages.

Looked at from outside: an Instrument of trio sees the tasks of every event loop, and the channels are counted.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trio

from ftrace_actors import scenario
from ftrace_actors.actors import Channel, Conductor, DullChooser, Envelope
from ftrace_actors.actors.drivers import bare, trio_driver
from ftrace_actors.cli import main
from ftrace_actors.errors import InputError
from ftrace_actors.explore import chunk
from ftrace_actors.testing import Schedule

REPO = Path(__file__).parents[2]
TEARDOWN = REPO / "scenarios" / "teardown-tasks.toml"
ACTORS = {
    *("cpu0", "cpu1", "text_patcher", "ops_allocator", "tracing_core"),
    *("rcu", "rcu_tasks", "rcu_tasks_rude"),
}


class Spawned(trio.abc.Instrument):
    """Counts tasks by name."""

    def __init__(self, tasks: Counter[str]) -> None:
        self.tasks = tasks

    def task_spawned(self, task: trio.lowlevel.Task) -> None:
        self.tasks[task.name] += 1


@dataclass
class Seen:
    """What happened in the event loops: how many there were, their tasks, mail, and the runs made; `bare`: without."""

    loops: int = 0
    bare: int = 0
    tasks: Counter[str] = field(default_factory=Counter)
    put: int = 0
    got: int = 0
    conductors: list[Conductor] = field(default_factory=list)

    @property
    def posted(self) -> int:
        """Messages, as the runs themselves count them."""
        return sum(conductor.statistics().messages for conductor in self.conductors)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    found = Seen()
    run, channel, start = trio.run, trio_driver.memory_channel, Conductor.start

    def instrumented(*args: Any) -> Any:
        found.loops += 1
        return run(*args, instruments=[Spawned(found.tasks)])

    def counted() -> Channel:
        real = channel()

        def put(envelope: Envelope) -> object:
            found.put += 1
            return real.put(envelope)

        def get() -> Envelope:
            found.got += 1
            return real.get()

        return Channel(put, get, real.close)

    def noted(self: Conductor, factory: Any, *args: Any) -> Any:
        if factory is bare.deque_channel:
            found.bare += 1
        else:
            found.conductors.append(self)
        return start(self, factory, *args)

    monkeypatch.setattr(trio, "run", instrumented)
    monkeypatch.setattr(trio_driver, "memory_channel", counted)
    monkeypatch.setattr(Conductor, "start", noted)
    monkeypatch.setattr(chunk, "_worlds", {})
    return found


def run_five() -> None:
    assert main(["run", str(TEARDOWN), "--runs", "5", "--jobs", "1", "--quiet", "--allow-vacuous"]) in (0, 1)


def once() -> None:
    assert main(["once", str(TEARDOWN), "--run", "3"]) == 0


def replay() -> None:
    file = next((REPO / "tests" / "replays").glob("*.replay.json"))
    assert main(["replay", str(file)]) == 0


def in_a_test() -> None:
    world = scenario.build(scenario.load(TEARDOWN))
    Schedule(DullChooser()).run(world)


PROFILE = {run_five: 3, once: 3}
"""The three runs that strategies learn from are always bare ones, and do not count."""


@pytest.mark.parametrize("command", [run_five, once, in_a_test])
def test_one_named_task_for_each_actor(seen: Seen, command: Callable[[], None]) -> None:
    command()
    assert seen.bare == PROFILE.get(command, 0)
    runs = len(seen.conductors)
    assert runs == (5 if command is run_five else 1)
    assert {name: seen.tasks[name] for name in ACTORS} == dict.fromkeys(ACTORS, runs)
    assert {actor.name for conductor in seen.conductors for actor in conductor.actors} <= set(seen.tasks)


@pytest.mark.parametrize("command", [run_five, once, replay, in_a_test])
def test_all_mail_goes_through_memory_channels(seen: Seen, command: Callable[[], None]) -> None:
    command()
    assert seen.bare == PROFILE.get(command, 0)
    assert seen.put == seen.posted > 0
    assert 0 < seen.got <= seen.put


def test_the_runs_of_a_campaign_share_one_event_loop(seen: Seen) -> None:
    run_five()
    assert len(seen.conductors) == 5
    assert seen.loops == 1


def test_the_bare_driver_has_no_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: Any) -> None:
        raise AssertionError("an event loop")

    monkeypatch.setattr(trio, "run", refused)
    assert main(["once", str(TEARDOWN), "--run", "3", "--driver", "bare"]) == 0


async def test_inside_an_event_loop_the_sync_call_says_what_to_await() -> None:
    world = scenario.build(scenario.load(TEARDOWN))
    schedule = Schedule(DullChooser())
    with pytest.raises(
        InputError, match=r"inside a running event loop: use `await schedule\.run_trio\(world\)`"
    ):
        schedule.run(world)
    with pytest.raises(InputError, match=r"`await schedule\.conduct_trio\(conductor\)`"):
        schedule.conduct(Conductor(DullChooser()))
    with pytest.raises(InputError, match=r"`await world\.run_trio\(\.\.\.\)`"):
        world.run(DullChooser(), driver="trio")
    result = await schedule.run_trio(world)
    assert result.verdict == "holds"
    assert Schedule(DullChooser(), driver="bare").run(world).steps == result.steps


def test_inside_asyncio_too() -> None:
    import asyncio

    async def calls() -> None:
        Schedule(DullChooser()).run(scenario.build(scenario.load(TEARDOWN)))

    with pytest.raises(InputError, match="inside a running event loop"):
        asyncio.run(calls())
