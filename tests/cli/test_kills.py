"""Kills at random moments: a rerun gives the undisturbed result, and nobody and nothing is left behind."""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.cli import killing
from tests.cli.killing import Undisturbed, answering, kill_once

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")


@pytest.fixture(scope="module")
def usual() -> Callable[[tuple[str, ...]], Undisturbed]:
    @cache
    def found(arguments: tuple[str, ...]) -> Undisturbed:
        with tempfile.TemporaryDirectory() as place:
            return killing.undisturbed(arguments, Path(place))

    return found


# These are of both commands, and of a worker, a fork server and a parent.
@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_few_kills(number: int, usual: Callable[[tuple[str, ...]], Undisturbed]) -> None:
    with answering():
        said, wrong = kill_once(number, usual)
    assert wrong == [], said


# Of a campaign that holds, and one that ends early; two kills of the parent, one of a worker.
@pytest.mark.parametrize("number", [3, 4, 7])
def test_a_killed_campaign_is_resumed(number: int, usual: Callable[[tuple[str, ...]], Undisturbed]) -> None:
    with answering():
        said, wrong = kill_once(number, usual, killing.KEPT)
    assert wrong == [], said


@pytest.mark.parametrize(
    "number", [pytest.param(number, marks=pytest.mark.soak(number=number)) for number in range(50)]
)
def test_fifty_kills_of_a_campaign(number: int, usual: Callable[[tuple[str, ...]], Undisturbed]) -> None:
    with answering():
        said, wrong = kill_once(number, usual, killing.KEPT)
    assert wrong == [], said


@pytest.mark.parametrize(
    "number", [pytest.param(number, marks=pytest.mark.soak(number=number)) for number in range(60)]
)
def test_sixty_kills(number: int, usual: Callable[[tuple[str, ...]], Undisturbed]) -> None:
    with answering():
        said, wrong = kill_once(number, usual)
    assert wrong == [], said
