"""Copies of runs, and conductors that are stepped: what is refused, and what a chooser hears."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ftrace_actors.actors import (
    Actor,
    Chooser,
    ConductError,
    Conductor,
    DullChooser,
    Kind,
    Pick,
    ReplayChooser,
    RunInfo,
    RunOutcome,
    Tape,
    run_bare,
)
from ftrace_actors.actors.drivers.stepping import run_in_steps
from ftrace_actors.actors.drivers.trio_driver import run_trio
from ftrace_actors.actors.stepping import SteppedConductor


class Asker(Actor):
    """Asks for a value before each of its steps; it is always where it starts, so it can be entered anew."""

    heard: list[int]

    async def body(self) -> None:
        while len(self.heard) < 4:
            await self.step("ask")
            self.heard.append(self.choose(Kind.DATA, 3, "ask", "value"))


def asker(conductor: Conductor, heard: Sequence[int] = ()) -> Asker:
    made = Asker(conductor, "asker")
    made.heard = list(heard)
    return made


def copied(chooser: Chooser, steps: int) -> tuple[Conductor, Asker]:
    """The rest of a dull run that was left after so many steps, answered by `chooser`."""
    source = SteppedConductor(DullChooser())
    before = asker(source)
    run = run_in_steps(source)
    for _ in range(steps + 2):
        next(run)
    twin = Conductor(source.tape.copy(chooser))
    after = asker(twin, before.heard)
    twin.assume(source)
    run.close()
    return twin, after


class Listening(DullChooser):
    __slots__ = ("ended", "positions")

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.ended = 0

    def begin(self, run: RunInfo) -> None:
        self.positions.append(run.position)

    def end(self, outcome: RunOutcome) -> None:
        self.ended += 1


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_the_chooser_of_a_copy_begins_where_the_copy_does(steps: int) -> None:
    chooser = Listening()
    twin, _ = copied(chooser, steps)
    assert chooser.positions == []
    run_bare(twin)
    assert (chooser.positions, chooser.ended) == ([steps], 1)


def test_recorded_picks_keep_their_positions_in_a_copy() -> None:
    """One that was made before the copy is not made again."""
    picks = [Pick(at, Kind.DATA, 0, "ask", "value", 2, 3) for at in (0, 2)]
    twin, after = copied(ReplayChooser(picks), 1)
    run_bare(twin)
    assert after.heard == [0, 0, 2, 0]
    assert [pick.position for pick in twin.tape.picks] == [2]


def test_a_run_that_has_not_begun_is_not_copied() -> None:
    source, twin = Conductor(DullChooser()), Conductor(DullChooser())
    asker(source)
    asker(twin)
    with pytest.raises(ConductError, match="a run can be copied while it runs"):
        twin.assume(source)


def test_a_copy_that_has_not_begun_may_be_copied() -> None:
    first, before = copied(DullChooser(), 2)
    twin = Conductor(Tape(DullChooser()))
    after = asker(twin, before.heard)
    twin.assume(first)
    run_bare(twin)
    assert len(after.heard) == 4


def test_a_stepped_conductor_is_refused_by_the_bare_driver() -> None:
    conductor = SteppedConductor(DullChooser())
    asker(conductor)
    with pytest.raises(ConductError, match="pauses before each decision: drive it with run_in_steps"):
        run_bare(conductor)


async def test_a_stepped_conductor_is_refused_by_the_trio_driver() -> None:
    conductor = SteppedConductor(DullChooser())
    asker(conductor)
    with pytest.raises(ConductError, match="pauses before each decision: drive it with run_in_steps"):
        await run_trio(conductor)
