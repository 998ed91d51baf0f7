"""The table of steps."""

import pytest

from ftrace_actors.actors import Kind, Pick
from ftrace_actors.testing.steps import Step, table


def test_many_actors_stand_one_under_the_other() -> None:
    trace = [Step(at, f"actor{at}", "load", 0x1234, at) for at in range(1, 9)]
    assert table(trace, [], 80).splitlines()[:2] == [
        "     1  actor1: load 0x1234",
        "     2  actor2: load 0x1234",
    ]


def test_long_stretches_are_cut_to_their_ends() -> None:
    trace = [Step(at, "a", "on", at, at) for at in range(1, 21)]
    shown = table(trace, [], 80).splitlines()
    assert [line.strip() for line in shown] == [
        "step  a",
        *(f"{at}  on {at}" for at in (1, 2, 3)),
        "... 14 steps",
        *(f"{at}  on {at}" for at in (18, 19, 20)),
        "(20 steps; * is not what the dull schedule would do)",
    ]


def test_what_is_not_dull_is_marked() -> None:
    trace = [Step(1, "a", "start", 0, 0), Step(2, "b", "start", 0, 1), Step(3, "b", "on", "x", 3)]
    picks = [
        Pick(0, Kind.SCHEDULE, 0, "on", "0x0", 1, 2),  # led to step 2
        Pick(1, Kind.DATA, 1, "how", "0x7", 2, 5),  # inside step 2
    ]
    lines = table(trace, picks, 60).splitlines()
    assert [line[0] for line in lines[1:4]] == [" ", "*", " "]
    assert lines[2].split() == ["*", "2", "start", "[data", "how", "7:", "2", "of", "0..4]"]


def test_a_step_without_a_choice_is_dull() -> None:
    trace = [Step(1, "a", "start", 0, 0), Step(2, "b", "start", 0, 1), Step(3, "b", "on", "x", 1)]
    lines = table(trace, [Pick(0, Kind.SCHEDULE, 0, "on", "0x0", 1, 2)], 60).splitlines()
    assert [line[0] for line in lines[1:4]] == [" ", "*", " "]


def spinning(actors: int, steps: int = 10_000) -> list[Step]:
    """Actors that take turns for ever, as they do at the end of a livelock."""
    return [Step(at + 1, f"actor{at % actors}", "load", "go", at) for at in range(steps)]


@pytest.mark.parametrize("actors", [1, 2, 3, 20])
def test_what_goes_on_for_ever_is_cut(actors: int) -> None:
    lines = table(spinning(actors), [], 80).splitlines()
    assert len(lines) <= 70
    assert sum("... 99" in line for line in lines) == 1
    assert lines[-1].strip().startswith("(10000 steps;")
    shown = [int(line.split()[0]) for line in lines if line.split()[0].isdigit()]
    assert shown[:3] == [1, 2, 3]
    assert shown[-3:] == [9998, 9999, 10_000]


def test_what_is_not_dull_is_never_among_what_is_cut() -> None:
    pick = Pick(4999, Kind.SCHEDULE, 0, "load", "go", 1, 2)  # led to step 5001
    for actors in (1, 2):
        lines = table(spinning(actors), [pick], 80).splitlines()
        (at,) = [number for number, line in enumerate(lines) if line.startswith("* 5001")]
        assert [line.split()[0] for line in lines[at - 2 : at + 3]] == ["...", "5000", "*", "5002", "..."]


def test_rows_are_few_whatever_is_not_dull() -> None:
    picks = [Pick(at, Kind.SCHEDULE, 0, "load", "go", 1, 2) for at in range(0, 9_000, 10)]
    lines = table(spinning(2), picks, 80).splitlines()
    assert 100 < len(lines) <= 130


def test_one_step_is_not_left_out_alone() -> None:
    picks = [Pick(at, Kind.SCHEDULE, 0, "load", "go", 1, 2) for at in (4999, 5003)]
    lines = table(spinning(1), picks, 80).splitlines()
    numbers = [line.split()[1 if line.startswith("*") else 0] for line in lines]
    at = numbers.index("5001")
    assert numbers[at : at + 6] == ["5001", "5002", "5003", "5004", "5005", "5006"]


def test_nobody_moved() -> None:
    assert table([], [], 80) == "  (no actor made a step)\n"
