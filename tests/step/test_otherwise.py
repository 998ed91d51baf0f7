"""What if: the run up to a decision, another option there, and what comes after."""

import pytest

from ftrace_actors.actors.choices import ReplayChooser
from ftrace_actors.step.run import other_run
from tests.step.made import stepped, world


@pytest.mark.parametrize("lenient", [False, True])
def test_everything_before_the_decision_is_the_same(lenient: bool) -> None:
    run = stepped()
    for decision in run.decisions[::60]:
        option = (decision.picked + 1) % len(decision.options)
        other = other_run(world(), run, decision.position, option, lenient=lenient)
        assert other.events[: decision.seq] == run.events[: decision.seq]
        assert other.decisions[: decision.position] == run.decisions[: decision.position]
        assert other.decisions[decision.position].picked == option
        assert other.decisions[decision.position].options == decision.options


def test_taking_the_fresh_word_back_makes_the_failure_go_away() -> None:
    run = stepped()
    taken = [decision for decision in run.decisions if decision.picked]
    fetch = next(decision for decision in taken if decision.kind == "fetch")
    other = other_run(world(), run, fetch.position, 0, lenient=False)
    assert (run.verdict, other.verdict) == ("violated", "holds")
    assert [decision.position for decision in other.decisions if decision.picked] == [
        decision.position for decision in taken if decision.position < fetch.position
    ]


def test_after_it_the_recorded_choices_are_taken_where_they_fit() -> None:
    run = stepped()
    taken = [decision for decision in run.decisions if decision.picked]
    first = next(decision for decision in run.decisions if not decision.picked)
    assert first.position < taken[0].position
    other = other_run(world(), run, first.position, 0, lenient=True)
    assert other.events == run.events
    other = other_run(world(), run, first.position, 0, lenient=False)
    assert [decision.position for decision in other.decisions if decision.picked] == []


def test_the_other_run_replays_strictly() -> None:
    run = stepped()
    other = other_run(world(), run, 3, 1 if not run.decisions[3].picked else 0, lenient=True)
    assert other.result is not None
    again = world().run(ReplayChooser(other.result.picks), driver="bare", record=True)
    assert again.events == other.events
    assert again.digest == other.result.digest


def test_one_can_go_on_from_the_other_run() -> None:
    run = stepped()
    last = [decision for decision in run.decisions if decision.picked][-1]
    other = other_run(world(), run, last.position, 0, lenient=False)
    back = other_run(world(), other, last.position, last.picked, lenient=False)
    assert back.events == run.events
