"""From campaigns to answers: "yes", "no", "n/a" or "few", each with what it rests on.

A "yes" is a statement about the runs that could have shown the contrary (`pressure`): with n of them and nothing found,
such a run fails, with 95 % confidence, with a probability below 1 - 0.05^(1/n), about 3 / n.  Those runs are drawn by
strategies that look for harm, so that is not a probability of any kernel.  A campaign asks for more of them, and
gives up where they are rare; fewer than `RUNS_MIN` are "few".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...explore.strength import failure_bound
from .campaign import CellReport
from .evidence import Evidence
from .grid import OBJECTS, STALE, Cell
from .runner import CellDone

__all__ = ["FEW", "NA", "NO", "RUNS_MIN", "YES", "Answer", "answers_of", "row_title"]

YES, NO, NA, FEW = "yes", "no", "n/a", "few"
RUNS_MIN = 30
"""Runs below which nothing is called closed: the bound is a tenth then."""
_SHUT = "in no run that looked for it could a CPU fetch an old instruction once the wait had begun"


@dataclass(frozen=True, slots=True)
class Answer:
    """Does this wait close this window for this object, under this model?

    Attributes:
        cell, object, place: which question.
        answer: see the module.
        runs: of the campaign.
        covered: how many of them could have shown a "no".  preempted: in how many of those that task was preempted
            before its last use.
        first_run: which run is the "no".  evidence: its replay file, when they are kept.
        reason: of "n/a".
    """

    cell: Cell
    object: str
    place: str
    answer: str
    runs: int
    covered: int = 0
    preempted: int = 0
    first_run: int | None = None
    evidence: Evidence | None = None
    reason: str = ""

    @property
    def bound(self) -> float | None:
        """Of a "yes": the probability, see the module."""
        return failure_bound(self.covered) if self.answer == YES else None


def row_title(answer: Answer) -> str:
    """The window; "alone" and "PAC", where that is a row of its own."""
    return f"{answer.place}, {answer.cell.variant}" if answer.cell.variant else answer.place


def answers_of(done: Iterable[CellDone]) -> Iterator[Answer]:
    """All rows of some cells, those that were given up apart."""
    for one in done:
        for kind in () if one.lost else OBJECTS:
            for place in one.report.cell.places:
                yield _answer(one, (kind, place))


def _answer(one: CellDone, row: tuple[str, str]) -> Answer:
    report: CellReport = one.report
    cell, (kind, place), covered = report.cell, row, report.counted(row)
    if kind in report.reasons:
        return Answer(cell, kind, place, NA, report.runs, reason=report.reasons[kind])
    if row in report.caught:
        run, found = report.caught[row].run, one.evidence.get(row)
        return Answer(cell, kind, place, NO, report.runs, covered, first_run=run, evidence=found)
    if place == STALE and report.shut(RUNS_MIN):
        return Answer(cell, kind, place, NA, report.runs, reason=_SHUT)
    return Answer(
        cell, kind, place, YES if covered >= RUNS_MIN else FEW, report.runs, covered, report.preempted[row]
    )
