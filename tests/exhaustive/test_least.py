"""The fewest deviations: as many as trying every single choice says, and never more than were gone through."""

from functools import partial

from ftrace_actors.actors import DullChooser
from ftrace_actors.actors.choices import Kind
from ftrace_actors.checks import Finding
from ftrace_actors.exhaustive import least_deviations, remake
from ftrace_actors.exhaustive.least import Least
from tests.scenario.runs import world_of

NAME = "static-key"


def wanted(finding: Finding) -> bool:
    return (finding.invariant, finding.subject) == ("INV-LIFE", "user")


def least(given: int, places_max: int = 1_000) -> Least:
    return least_deviations(world_of(NAME), wanted, given=given, early=0, places_max=places_max)


class Single(DullChooser):
    """One option at one position."""

    def __init__(self, position: int, picked: int) -> None:
        self.position, self.picked, self.at = position, picked, -1

    def choose(self, kind: Kind, count: int, actors: object) -> int:
        self.at += 1
        if self.at != self.position:
            return 0
        return self.picked if self.picked < count and kind is not Kind.EARLY else 0


def test_it_is_one_as_trying_every_single_choice_says() -> None:
    run = partial(world_of(NAME).run, driver="bare")
    dull = run(DullChooser())
    assert not any(map(wanted, dull.findings))
    singles = (run(Single(position, picked)) for position in range(dull.positions) for picked in range(1, 5))
    assert any(any(map(wanted, result.findings)) for result in singles)
    found = least(3)
    assert found.at_least == 1
    assert found.found is not None
    result = remake(world_of(NAME), found.found)
    assert len(result.picks) == 1
    assert any(map(wanted, result.findings))


def test_what_is_given_is_proven_when_all_with_fewer_were_gone_through() -> None:
    found = least(1)
    assert (found.at_least, found.found) == (1, None)
    assert 0 < found.places < 100


def test_nothing_is_proven_beyond_the_budget() -> None:
    assert least(3, places_max=10).at_least == 0
    assert least(1, places_max=10).at_least == 0


def test_no_choice_needs_no_proof() -> None:
    assert least(0) == Least(0, None, 0)


def test_an_interrupt_ends_it() -> None:
    found = least_deviations(world_of(NAME), wanted, given=3, early=0, places_max=1_000, stop=lambda: True)
    assert (found.at_least, found.places) == (0, 0)
