"""Asking many cells over worker processes; each is yielded as it is done.

An interrupt ends the iteration; what was yielded before it stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from ...explore.pool import WorkersLost, as_completed, open_pool
from .cells import Answer, Cell, ask
from .means import Budget
from .parts import Part
from .subject import Subject

__all__ = ["ask_each"]


def ask_each(asked: Sequence[tuple[Subject, Part]], budget: Budget, out: Path, jobs: int) -> Iterator[Cell]:
    """Ask one cell after the other, or `jobs` at a time.  Raises what a run raises, and `NoWorkers`."""
    if jobs == 1 or len(asked) < 2:
        for subject, part in asked:
            yield ask(subject, part, budget, out)
        return
    with open_pool(min(jobs, len(asked))) as pool:
        futures = {
            pool.submit(partial(ask, subject, part, budget, out)): (subject, part) for subject, part in asked
        }
        for future in as_completed(futures):
            yield _result(*futures[future], future)


def _result(subject: Subject, part: Part, future: Future[Cell]) -> Cell:
    try:
        return future.result()
    except WorkersLost:
        reason = "given up, it killed its worker twice"
        return Cell(part.name, part.kind, subject.label, Answer.LOST, reason=reason)
