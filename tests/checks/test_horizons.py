"""What another CPU's message puts after a fetch: each ordering with its source and its target, both ways."""

import pytest

from ftrace_actors.events import Load
from tests.checks.race import FAR, WORD, Race
from tests.checks.stream import BL, NOP

RELEASES = ["wake-up", "lock", "ipi-done"]
COMPLETED = ["ipi", "migration", "gp-start", "gp-end"]


@pytest.mark.parametrize("ordering", RELEASES)
def test_a_release_has_every_fetch_before_it(ordering: str) -> None:
    race = Race()
    race.fetched(0)
    until = race.publishes()
    race.joins(ordering, 1, until)
    race.written(1)
    assert race.races() == 0


@pytest.mark.parametrize("ordering", RELEASES)
def test_a_release_has_nothing_that_comes_after_it(ordering: str) -> None:
    race = Race()
    until = race.publishes()
    race.fetched(0)
    race.joins(ordering, 1, until)
    race.written(1)
    assert race.races() == 1


def test_what_one_cpu_joined_orders_nothing_for_another() -> None:
    race = Race()
    race.fetched(0)
    until = race.publishes()
    race.joins("wake-up", 1, until, cpu=2)
    race.written(1)
    assert race.races() == 1


def test_what_one_cpu_published_says_nothing_of_another() -> None:
    race = Race()
    race.fetched(0)
    until = race.publishes()
    race.joins("wake-up", 2, until)
    race.written(1)
    assert race.races() == 1


def test_all_that_was_published_counts_and_not_the_last_alone() -> None:
    race = Race()
    race.fetched(0)
    until = race.publishes()
    race.joins("wake-up", 1, until)
    until = race.publishes()
    race.joins("wake-up", 1, until, cpu=2)
    race.written(1)
    assert race.races() == 0


def test_a_write_before_the_join_is_a_race() -> None:
    race = Race()
    race.fetched(0)
    until = race.publishes()
    race.written(1)
    race.joins("wake-up", 1, until)
    assert race.races() == 1


@pytest.mark.parametrize("ordering", COMPLETED)
@pytest.mark.parametrize(
    ("barrier", "count"),
    [("dsb ish", 0), ("dsb sy", 0), ("dsb ishst", 1), ("dsb ishld", 1), ("dmb ish", 1), ("", 1)],
)
def test_what_was_completed_has_a_fetch_only_through_a_full_dsb(
    ordering: str, barrier: str, count: int
) -> None:
    race = Race()
    race.fetched(0)
    if barrier:
        race.barrier(barrier, 1)
    until = race.publishes()
    race.joins(ordering, 1, until)
    race.written(1)
    assert race.races() == count


@pytest.mark.parametrize("ordering", COMPLETED)
def test_a_dsb_after_the_publication_completes_nothing_for_it(ordering: str) -> None:
    race = Race()
    race.fetched(0)
    until = race.publishes()
    race.barrier("dsb ish", 1)
    race.joins(ordering, 1, until)
    race.written(1)
    assert race.races() == 1


@pytest.mark.parametrize("ordering", [*RELEASES, *COMPLETED])
def test_what_the_other_cpu_writes_first_after_the_join_is_what_counts(ordering: str) -> None:
    """A third CPU's write behind it in the timeline comes after the fetch too, one before it does not."""
    for order, count in ((5, 0), (3, 1)):
        race = Race()
        race.fetched(0)
        race.barrier("dsb ish", 1)
        until = race.publishes()
        race.joins(ordering, 1, until)
        race.written(4, 0, FAR)
        race.written(order, cpu=2)
        assert race.races() == count, order


@pytest.mark.parametrize("ordering", [*RELEASES, *COMPLETED])
def test_a_read_after_the_join_counts_as_well(ordering: str) -> None:
    race = Race()
    race.fetched(0)
    race.barrier("dsb ish", 1)
    until = race.publishes()
    race.joins(ordering, 1, until)
    race.add(Load, FAR, 8, 0, 0, 0, 0, cpu=0)
    race.written(2, 0, FAR, 8, cpu=2)
    race.written(3, cpu=2)
    assert race.races() == 0


def chain(first: str, second: str, *, barrier: str = "", sync: bool = False) -> int:
    """cpu1 fetches, cpu2 joins it and is joined by cpu0, which writes."""
    race = Race()
    race.fetched(0)
    race.barrier("dsb ish", 1)
    until = race.publishes()
    race.joins(first, 1, until, cpu=2)
    if barrier:
        race.barrier(barrier, 2)
    if sync:
        race.synchronizes(2)
    until = race.publishes()
    race.joins(second, 2, until)
    race.written(1)
    return race.races()


@pytest.mark.parametrize("first", [*RELEASES, *COMPLETED])
@pytest.mark.parametrize("second", [*RELEASES, "ipi"])
def test_orderings_add_up(first: str, second: str) -> None:
    assert chain(first, second) == 0


@pytest.mark.parametrize("first", COMPLETED)
@pytest.mark.parametrize("second", COMPLETED)
def test_what_was_joined_as_completed_is_in_what_is_completed_next(first: str, second: str) -> None:
    assert chain(first, second) == 0


@pytest.mark.parametrize("first", RELEASES)
@pytest.mark.parametrize("second", ["migration", "gp-start", "gp-end"])
def test_what_was_acquired_is_completed_only_by_a_dsb(first: str, second: str) -> None:
    assert chain(first, second) == 1
    assert chain(first, second, sync=True) == 1
    assert chain(first, second, barrier="dsb ishst") == 1
    assert chain(first, second, barrier="dsb ish") == 0


@pytest.mark.parametrize(("synchronized", "count"), [(False, 1), (True, 0)])
def test_what_is_fetched_after_a_join_follows_it_only_through_a_context_synchronization(
    synchronized: bool, count: int
) -> None:
    """cpu0 takes a word that an IC had made stale, so before that IC was completed; and so did what is before."""
    race = Race()
    race.written(1, BL, cpu=2)
    race.maintained("ic ivau", 2, cpu=2)
    race.fetched(1, BL)
    until = race.publishes()
    race.joins("wake-up", 1, until)
    if synchronized:
        race.synchronizes(0)
    race.fetched(0, NOP, cpu=0)
    race.maintained("comp", 3, cpu=2)
    race.written(4, cpu=2)
    assert race.races() == count


@pytest.mark.parametrize(("synchronized", "count"), [(False, 1), (True, 0)])
def test_a_completion_follows_a_join_only_through_a_context_synchronization(
    synchronized: bool, count: int
) -> None:
    race = Race()
    race.fetched(0)
    race.maintained("ic ivau", 1, FAR)
    until = race.publishes()
    race.joins("wake-up", 1, until)
    if synchronized:
        race.synchronizes(0)
    race.maintained("comp", 2, FAR)
    race.written(3, cpu=2)
    assert race.races() == count


def test_a_context_synchronization_before_the_join_orders_nothing_after_it() -> None:
    race = Race()
    race.written(1, BL, cpu=2)
    race.maintained("ic ivau", 2, cpu=2)
    race.fetched(1, BL)
    until = race.publishes()
    race.synchronizes(0)
    race.joins("wake-up", 1, until)
    race.fetched(0, NOP, cpu=0)
    race.maintained("comp", 3, cpu=2)
    race.written(4, cpu=2)
    assert race.races() == 1


def test_the_race_that_comes_first_is_told() -> None:
    race = Race()
    first = race.fetched(0)
    race.fetched(0)
    race.written(1)
    (found,) = race.findings(frozenset({WORD}), invariant="UNPREDICTABLE")
    assert found.events[0] == first
