"""Many questions over worker processes; each answer is yielded as it is there.

An interrupt ends the iteration; what was yielded before it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TypeVar

from ...actors.choices import Pick
from ...explore.pool import WorkersLost, as_completed, open_pool
from .cells import Answer, AsItIs, Cell, as_it_is, ask
from .means import Budget
from .mends import Help, Mend, Tried, try_mend
from .parts import Part
from .subject import Subject

__all__ = ["ask_each", "look_at_each", "try_each"]

T = TypeVar("T")


def look_at_each(
    subjects: Sequence[Subject], budget: Budget, out: Path, jobs: int
) -> Iterator[tuple[Subject, AsItIs | None]]:
    """Each configuration as it is; None for one that killed its worker twice.

    Raises what a run raises, ScenarioError, and `NoWorkers`.
    """
    calls = [partial(as_it_is, subject, budget, out) for subject in subjects]
    for index, whole in _each(calls, jobs):
        yield subjects[index], whole


def ask_each(asked: Sequence[tuple[Subject, Part]], budget: Budget, out: Path, jobs: int) -> Iterator[Cell]:
    """Ask one cell after the other, or `jobs` at a time.  Raises what a run raises, and `NoWorkers`."""
    calls = [partial(ask, subject, part, budget, out) for subject, part in asked]
    for index, cell in _each(calls, jobs):
        yield _lost(*asked[index]) if cell is None else cell


def try_each(
    subject: Subject, picks: Sequence[Pick], mends: Sequence[Mend], budget: Budget, jobs: int
) -> Iterator[Tried]:
    """Try one change after the other, or `jobs` at a time.  Raises what a run raises, and `NoWorkers`."""
    calls = [partial(try_mend, subject, picks, mend, budget) for mend in mends]
    for index, tried in _each(calls, jobs):
        yield Tried(mends[index], Help.UNKNOWN) if tried is None else tried


def _lost(subject: Subject, part: Part) -> Cell:
    reason = "given up, it killed its worker twice"
    return Cell(part.name, part.kind, subject.label, Answer.LOST, reason=reason)


def _each(calls: Sequence[Callable[[], T]], jobs: int) -> Iterator[tuple[int, T | None]]:
    """The number of each call and what it returns; None for one that killed its worker twice."""
    if jobs == 1 or len(calls) < 2:
        for index, call in enumerate(calls):
            yield index, call()
        return
    with open_pool(min(jobs, len(calls))) as pool:
        futures = {pool.submit(call): index for index, call in enumerate(calls)}
        for future in as_completed(futures):
            yield futures[future], _result(future)


def _result(future: Future[T]) -> T | None:
    try:
        return future.result()
    except WorkersLost:
        return None
