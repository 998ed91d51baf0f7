"""One set of bodies, two drivers: the same choices give the same run, whatever trio and Python are set to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from ftrace_actors.actors import Conductor, ReplayChooser, Status, run_bare
from ftrace_actors.actors.drivers.trio_driver import run_trio

from .toys import LastChooser, Toy, run_on_trio, toy

SCRIPT = Path(__file__).with_name("digest_of_toy.py")


@given(st.binary(max_size=400))
def test_both_drivers_make_the_same_run(tape: bytes) -> None:
    bare, under_trio = toy(tape), toy(tape)
    expected = run_bare(bare.conductor)
    assert run_on_trio(under_trio.conductor) == expected
    assert under_trio.log == bare.log
    assert under_trio.conductor.tape.picks == bare.conductor.tape.picks
    assert under_trio.conductor.statistics() == bare.conductor.statistics()


@given(st.binary(max_size=400))
@settings(max_examples=50)
def test_both_drivers_agree_in_the_fair_suffix_too(tape: bytes) -> None:
    bare, under_trio = toy(tape, steps_max=15), toy(tape, steps_max=15)
    assert run_bare(bare.conductor) == run_on_trio(under_trio.conductor)
    assert under_trio.log == bare.log


@given(st.binary(max_size=400))
def test_non_zero_picks_are_the_whole_run(tape: bytes) -> None:
    original = toy(tape)
    expected = run_bare(original.conductor)
    again = Toy(Conductor(ReplayChooser(original.conductor.tape.picks), digest=True))
    assert run_bare(again.conductor) == expected
    assert again.log == original.log


def test_different_choices_make_different_runs() -> None:
    """The digest would be worthless if it did not tell runs apart."""
    digests = {run_bare(toy(bytes([i]) * 300).conductor).digest for i in range(5)}
    assert len(digests) == 5


def test_toy_world_ends_well_under_extreme_choosers() -> None:
    world = Toy(Conductor(LastChooser()))
    assert run_bare(world.conductor).status is Status.DONE
    assert run_bare(toy().conductor).status is Status.DONE


async def test_many_runs_share_one_trio_run() -> None:
    alone = run_bare(toy(bytes(range(200))).conductor)
    for _ in range(5):
        assert await run_trio(toy(bytes(range(200))).conductor) == alone


async def test_two_runs_side_by_side_do_not_disturb_each_other() -> None:
    alone = run_bare(toy(bytes(range(200))).conductor)
    outcomes = []

    async def once() -> None:
        outcomes.append(await run_trio(toy(bytes(range(200))).conductor))

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(once)
    assert outcomes == [alone] * 3


@pytest.fixture(scope="module")
def reference() -> str:
    return digests("bare", "no-flag", "1", "0")


def digests(driver: str, flag: str, seed: str, hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), driver, flag, seed],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


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
    assert len(set(reference.splitlines())) == 3
