"""The table of steps."""

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
        "...",
        *(f"{at}  on {at}" for at in (18, 19, 20)),
        "(20 steps; * is not what the dull schedule would do)",
    ]


def test_what_is_not_dull_is_marked() -> None:
    trace = [Step(1, "a", "start", 0, 0), Step(2, "b", "start", 0, 1), Step(3, "b", "on", "x", 3)]
    picks = [
        Pick(0, Kind.SCHEDULE, 0, "on", 0, 1, 2),  # led to step 2
        Pick(1, Kind.DATA, 1, "how", 7, 2, 5),  # inside step 2
    ]
    lines = table(trace, picks, 60).splitlines()
    assert [line[0] for line in lines[1:4]] == [" ", "*", " "]
    assert lines[2].split() == ["*", "2", "start", "[data", "how", "7:", "2", "of", "0..4]"]


def test_nobody_moved() -> None:
    assert table([], [], 80) == "  (no actor made a step)\n"
