"""What UNPREDICTABLE has to remember: see `pasts.py`."""

from __future__ import annotations

from collections.abc import Iterator

from ftrace_actors.events import (
    Early,
    Load,
)
from tests.checks.pasts import (
    case,
    equal,
)
from tests.checks.race import ADD, FAR, MOV, WORD, Race
from tests.checks.stream import BL, NOP


@case("UNPREDICTABLE", 0)
def a_fetch_that_is_not_settled(s: Race, first: bool) -> Iterator[None]:
    s.fetched(0)
    if first:
        s.written(1, 0, FAR, cpu=1)
    yield
    s.written(2)


@case("UNPREDICTABLE", 0)
def what_was_fetched(s: Race, first: bool) -> Iterator[None]:
    s.fetched(0, NOP if first else MOV)
    yield
    s.written(1, BL)


@case("UNPREDICTABLE", 0)
def that_a_fetch_was_synchronized(s: Race, first: bool) -> Iterator[None]:
    s.fetched(0, sync=2 if first else 0)
    s.written(1, cpu=0)
    yield


@case("UNPREDICTABLE", 0)
def what_a_later_read_has_taken(s: Race, first: bool) -> Iterator[None]:
    s.fetched(0)
    if first:
        s.add(Load, FAR, 8, 0, 0, 0, 0, cpu=1, task="reader")
    yield
    s.written(1, 0, FAR)
    s.written(2)


@case("UNPREDICTABLE", 0)
def what_a_later_read_has_missed(s: Race, first: bool) -> Iterator[None]:
    s.written(1, 0, FAR)
    s.fetched(0)
    s.add(Load, FAR, 8, 0, 0 if first else 1, 0, 0, cpu=1, task="reader")
    s.written(2)
    yield


@case("UNPREDICTABLE", 0)
def that_a_fetch_came_before_what_was_published(s: Race, first: bool) -> Iterator[None]:
    if first:
        s.fetched(0)
    until = s.publishes()
    if not first:
        s.fetched(0)
    s.joins("wake-up", 1, until)
    yield
    s.written(1, 0, FAR)
    s.written(2)


@case("UNPREDICTABLE", 0)
def that_a_barrier_came_after_a_fetch(s: Race, first: bool) -> Iterator[None]:
    s.fetched(0)
    if first:
        s.barrier("dsb ish", 1)
    s.joins("grace-period", 1, s.publishes())
    yield
    s.written(1, 0, FAR)
    s.written(2)


@case("UNPREDICTABLE", 1)
def that_a_word_was_written(s: Race, first: bool) -> Iterator[None]:
    if first:
        s.written(1)
    yield
    s.fetched(0)


@case("UNPREDICTABLE", 2)
def that_a_line_was_invalidated(s: Race, first: bool) -> Iterator[None]:
    s.written(1, BL)
    if first:
        s.maintained("ic ivau", 2)
    yield
    s.written(3)
    s.fetched(0, NOP)


@case("UNPREDICTABLE", 3)
def that_a_line_was_cleaned(s: Race, first: bool) -> Iterator[None]:
    s.written(1, BL)
    if first:
        s.maintained("dc cvau", 2)
    s.maintained("ic ivau", 3)
    yield
    s.written(4)
    s.fetched(0, NOP)


@case("UNPREDICTABLE", 4)
def that_an_invalidation_was_completed(s: Race, first: bool) -> Iterator[None]:
    s.written(1, BL)
    s.maintained("ic ivau", 2)
    if first:
        s.maintained("comp", 3)
    yield
    s.written(4)
    s.fetched(1, BL)
    s.fetched(0, NOP)


@case("UNPREDICTABLE", 0)
def which_cpu_fetched(s: Race, first: bool) -> Iterator[None]:
    s.fetched(0, cpu=1 if first else 2)
    yield
    s.written(1, 0, FAR, cpu=1)
    s.written(2)


@case("UNPREDICTABLE", 0)
def what_is_ordered_after_a_fetch(s: Race, first: bool) -> Iterator[None]:
    """Another CPU has only joined what it did; the race is with a write that is there."""
    s.fetched(0)
    s.joins("wake-up", 1, s.publishes())
    s.written(2 if first else 4, 0, FAR)
    s.written(3, cpu=2)
    yield


@equal("UNPREDICTABLE", 0)
def a_fetch_that_is_settled(s: Race, first: bool) -> Iterator[None]:
    if first:
        s.fetched(0)
    s.written(1, 0, FAR, cpu=1)
    yield
    s.written(2)


@equal("UNPREDICTABLE", 0)
def what_another_cpu_does_after_a_fetch(s: Race, first: bool) -> Iterator[None]:
    s.fetched(0)
    if first:
        s.joins("wake-up", 2, s.publishes())
        s.barrier("dsb ish", 0)
    s.barrier("dmb ish", 1)
    yield
    s.written(2)


@equal("UNPREDICTABLE", 2)
def an_invalidation_before_all_writes_or_of_another_line(s: Race, first: bool) -> Iterator[None]:
    if first:
        s.maintained("ic ivau", 1)
    s.written(2)
    if first:
        s.maintained("ic ivau", 3, FAR)
    yield
    s.fetched(2, ADD)


@equal("UNPREDICTABLE", 4)
def a_completion_before_all_writes(s: Race, first: bool) -> Iterator[None]:
    if first:
        s.maintained("comp", 1)
    s.written(2)
    yield
    s.fetched(2, ADD)


@case("UNPREDICTABLE", 0)
def what_came_after_a_fetch_that_races(s: Race, first: bool) -> Iterator[None]:
    s.written(1)
    s.written(4, 0, FAR)
    if first:
        s.fetched(0)
    s.synchronizes(1)
    s.maintained("comp", 5, cpu=1)
    s.add(Load, FAR, 8, 0, 0, 0, 0, cpu=1, task="reader")
    yield


@case("UNPREDICTABLE", 0)
def what_was_read_after_a_fetch_that_races(s: Race, first: bool) -> Iterator[None]:
    """What is visible may yet be the next write of what was read."""
    s.written(1)
    s.add(Early, "store", FAR, 0, 2)
    s.written(3, 0, FAR)
    if first:
        s.fetched(0)
    s.add(Load, FAR, 8, 0, 0, 0, 0, cpu=1, task="reader")
    yield


@case("UNPREDICTABLE", 2)
def that_every_line_was_invalidated(s: Race, first: bool) -> Iterator[None]:
    s.written(1, BL)
    if first:
        s.maintained("ic ialluis", 2, 0)
    yield
    s.written(3)
    s.fetched(0, NOP)


@equal("UNPREDICTABLE", 3)
def that_another_line_was_cleaned(s: Race, first: bool) -> Iterator[None]:
    s.written(1, BL)
    if first:
        s.maintained("dc cvau", 2, FAR)
    yield
    s.maintained("ic ivau", 3)
    s.written(4)
    s.fetched(0, NOP)


@case("UNPREDICTABLE", 2)
def that_a_line_was_invalidated_after_a_write_that_has_not_executed(s: Race, first: bool) -> Iterator[None]:
    """It is visible, so a fetch may be stale to it although no write is there yet."""
    s.add(Early, "store", WORD, BL, 1)
    if first:
        s.maintained("ic ivau", 2)
    yield
    s.written(1, BL)
    s.written(3)
    s.fetched(0, NOP)
