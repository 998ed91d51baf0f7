"""A run is a function of scenario and choices: not of the driver, the process, trio's settings or the hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from ftrace_actors.actors import DullChooser, ReplayChooser
from ftrace_actors.events import Event
from ftrace_actors.events.encoding import digest, from_plain, to_plain
from ftrace_actors.scenario import RunResult

from .runs import SHIPPED, chooser, first_failure, world_of

SCRIPT = Path(__file__).with_name("digests.py")
WORLDS = ["teardown-tasks", "ordering-none", "teardown-rcu-lazy", "modify-one-two", "deadlock-spin"]
VIOLATED = [
    "teardown-no-wait-w1",
    "teardown-rude-only-w2",
    "torn-literal-call-first",
    "misaligned-bti",
    "visibility-no-isb",
]


def log_of(result: RunResult) -> bytes:
    """The log, as bytes."""
    return "\n".join(str(to_plain(event)) for event in result.events).encode()


def everything(result: RunResult) -> tuple[object, ...]:
    return (
        result.verdict,
        result.digest,
        result.picks,
        result.positions,
        result.steps,
        result.instructions,
        result.seen,
        [str(finding) for finding in result.findings],
        result.wait_for,
        result.events,
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_both_drivers_make_the_same_run(name: str) -> None:
    world = world_of(name)
    for make in (DullChooser, lambda: chooser(name, 0), lambda: chooser(name, 1)):
        bare = world.run(make(), driver="bare", record=True)
        assert everything(world.run(make(), driver="trio", record=True)) == everything(bare)


@pytest.mark.parametrize("name", VIOLATED)
def test_a_violation_replays_to_the_same_bytes_twenty_times(name: str) -> None:
    picks = first_failure(name).picks
    again = [
        world_of(name).run(ReplayChooser(picks), driver=driver, record=True)
        for driver in ("bare", "trio")
        for _ in range(20)
    ]
    assert len({log_of(result) for result in again}) == 1
    assert {result.verdict for result in again} == {first_failure(name).verdict}
    assert {tuple(map(str, result.findings)) for result in again} == {
        tuple(map(str, first_failure(name).findings))
    }
    assert {result.picks for result in again} == {picks}


def test_recording_changes_nothing_but_the_record() -> None:
    for name in WORLDS:
        kept, lost = (
            world_of(name).run(chooser(name, 3), record=record, driver="bare") for record in (True, False)
        )
        assert everything(kept)[2:9] == everything(lost)[2:9]
        assert (lost.digest, lost.events) == ("", ())


def test_a_log_survives_being_written_down() -> None:
    events: tuple[Event, ...] = (
        world_of("teardown-tasks").run(chooser("teardown-tasks", 1), record=True, driver="bare").events
    )
    assert digest(from_plain(to_plain(event)) for event in events) == digest(events)


async def test_many_runs_share_one_event_loop() -> None:
    """Side by side in one trio program, they do not disturb each other."""
    expected = [world_of(name).run(chooser(name, 2), record=True, driver="bare").digest for name in WORLDS]
    found: dict[str, str] = {}

    async def one(name: str) -> None:
        found[name] = (await world_of(name).run_trio(chooser(name, 2), record=True)).digest

    async with trio.open_nursery() as nursery:
        for name in reversed(WORLDS):
            nursery.start_soon(one, name)
    assert [found[name] for name in WORLDS] == expected


def digests(driver: str, flag: str, seed: str, hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), driver, flag, seed, *WORLDS],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def reference() -> str:
    return digests("bare", "no-flag", "1", "0")


@pytest.mark.parametrize(
    ("driver", "flag", "seed", "hash_seed"),
    [
        ("bare", "no-flag", "7", "1"),
        ("trio", "no-flag", "1", "0"),
        ("trio", "no-flag", "5000", "2"),
        ("trio", "flag", "1", "3"),
        ("trio", "flag", "777", "random"),
    ],
)
def test_nothing_but_choices_decides(
    reference: str, driver: str, flag: str, seed: str, hash_seed: str
) -> None:
    assert digests(driver, flag, seed, hash_seed) == reference
    lines = reference.splitlines()
    assert len(lines) == 6 * len(WORLDS)
    assert len({line.split()[-1] for line in lines}) > 4 * len(WORLDS)
