"""schedule.note(...): the test's own values in the story of the schedule that fails."""

import pytest

from ftrace_actors.actors import DullChooser
from ftrace_actors.testing import Schedule, schedule_of
from ftrace_actors.testing.steps import Note, Step, table
from tests.testing import samples

pytest_plugins = ["pytester"]

STORE = '            self.shared["total"] = seen + 1\n'


def step(number: int, actor: str) -> Step:
    return Step(number, actor, "load", "x", number - 1)


def rows(trace: list[Step], notes: list[Note], width: int = 60) -> list[str]:
    return table(trace, [], width, notes).splitlines()[:-1]


def test_a_note_is_in_the_column_of_its_actor_below_its_step() -> None:
    lines = rows([step(1, "a"), step(2, "b"), step(3, "a")], [Note(2, "b", "x=1"), Note(2, "b", "x=2")])
    place = lines[0].index("b")
    assert lines[2][place:] == "load x"
    assert [line[place:] for line in lines[3:5]] == ["-- x=1", "-- x=2"]
    assert lines[5].split() == ["3", "load", "x"]


def test_what_is_said_outside_of_the_run_is_above_or_below_it() -> None:
    lines = rows([step(1, "a")], [Note(0, "", "first"), Note(1, "", "last")])
    assert [line.split() for line in lines[1:]] == [["--", "first"], ["1", "load", "x"], ["--", "last"]]


def test_narrow_columns_have_the_name_instead() -> None:
    trace = [step(number, f"actor{number}") for number in range(1, 9)]
    assert rows(trace, [Note(2, "actor2", "x=1")], 80)[1:3] == [
        "     2  actor2: load x",
        "        actor2: -- x=1",
    ]


def test_a_step_with_a_note_is_not_left_out() -> None:
    lines = rows([step(number, "a") for number in range(1, 21)], [Note(10, "a", "here")])
    assert [line.split() for line in lines[4:8]] == [
        ["...", "6", "steps"],
        ["10", "load", "x"],
        ["--", "here"],
        ["...", "7", "steps"],
    ]


def test_many_notes_are_cut_with_their_steps() -> None:
    trace = [step(number, "a") for number in range(1, 5001)]
    assert len(rows(trace, [Note(number, "a", "x") for number in range(1, 5001)])) < 300


def test_the_story_of_a_failure_has_the_values_of_its_run(pytester: pytest.Pytester) -> None:
    text = samples.LOST_UPDATE.replace(STORE, f"{STORE}            self.said(total=seen + 1)\n")
    text = text.replace('__slots__ = ("shared",', '__slots__ = ("said", "shared",').replace(
        "    schedule.conduct(",
        "    for actor in conductor.actors:\n        actor.said = schedule.note\n    schedule.conduct(",
    )
    text = text.replace("    assert shared", '    schedule.note("in the end", shared)\n    assert shared')
    pytester.makepyfile(test_it=text)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*store total",
            "*-- total=1",
            "[*]*start",
            "*-- in the end {'total': 2}",
            "*(10 steps; *",
        ]
    )


def test_notes_are_one_line_and_cost_nothing_where_nobody_looks() -> None:
    class Loud:
        def __str__(self) -> str:
            raise AssertionError("nobody asked")

    Schedule(DullChooser()).note(Loud())
    drawn = schedule_of(b"")
    drawn.note("two\nlines", x="\x1b[31m")
    assert drawn.story() == "  -- two\\nlines x='\\x1b[31m'\n"


def test_a_scenario_has_its_notes_below(pytester: pytest.Pytester) -> None:
    text = f"""
from ftrace_actors.testing import explore


@explore(runs=500)
def test_scenario(schedule):
    result = schedule.run_file({str(samples.SCENARIOS / "teardown-no-wait-w2.toml")!r}, check=False)
    schedule.note(verdict=str(result.verdict))
    assert result.verdict == "holds"
"""
    pytester.makepyfile(test_it=text)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  why *", "  -- verdict='violated'"])
