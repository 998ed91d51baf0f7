"""From campaigns to answers: "yes", "no", "n/a" or "not covered", each with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .evidence import Evidence
from .grid import OBJECTS, STALE, Cell
from .runner import CellDone

__all__ = ["NA", "NO", "UNCOVERED", "YES", "Answer", "answers_of", "row_title"]

YES, NO, NA, UNCOVERED = "yes", "no", "n/a", "not covered"


@dataclass(frozen=True, slots=True)
class Answer:
    """Does this wait close this window for this object, under this model?

    Attributes:
        cell, object, place: which question.
        answer: see the module.
        runs: of the campaign.
        covered: how many of them had a task there when the wait began.
        first_run: which run is the "no".  evidence: its replay file, when they are kept.
        reason: of "n/a".
    """

    cell: Cell
    object: str
    place: str
    answer: str
    runs: int
    covered: int = 0
    first_run: int | None = None
    evidence: Evidence | None = None
    reason: str = ""


def row_title(answer: Answer) -> str:
    """The window; whether switches synchronize context, where that is a row of its own."""
    if answer.place != STALE:
        return answer.place
    return f"{STALE}, switches synchronize" if answer.cell.sync else STALE


def answers_of(done: Iterable[CellDone], runs: int) -> Iterator[Answer]:
    """All rows of some cells; `runs` is the coverage a "yes" needs."""
    for one in done:
        report = one.report
        for kind in OBJECTS:
            for place in report.cell.places:
                row = kind, place
                covered = report.covered[row]
                if kind in report.reasons:
                    yield Answer(report.cell, kind, place, NA, report.runs, reason=report.reasons[kind])
                elif row in report.caught:
                    run, found = report.caught[row].run, one.evidence.get(row)
                    yield Answer(report.cell, kind, place, NO, report.runs, covered, run, found)
                else:
                    word = YES if covered >= runs else UNCOVERED
                    yield Answer(report.cell, kind, place, word, report.runs, covered)
