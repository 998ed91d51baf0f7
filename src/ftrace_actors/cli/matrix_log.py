"""What came of each cell of the matrix, as events of a log, in the order of the grid."""

from __future__ import annotations

from collections.abc import Sequence

from structlog.typing import FilteringBoundLogger

from ..studies.matrix import Cell, CellDone
from ..studies.matrix.evidence import STRATEGY

__all__ = ["CellLog"]


class CellLog:
    """Says `started`, a `cell` for each that is finished, its `finding` and `replay written` for each row, and `ended`.

    Cells are finished in any order. One is held back until all before it in the grid were said, so the number of
    workers leaves no trace.
    """

    def __init__(self, log: FilteringBoundLogger, cells: Sequence[Cell], *, seed: int, runs: int) -> None:
        self._log = log.bind(seed=seed, strategy=STRATEGY)
        self._cells = {cell.name: cell for cell in cells}
        self._left = list(self._cells)
        self._waiting: dict[str, CellDone] = {}
        self._log.info("started", cells=len(cells), runs=runs, driver="bare")

    def took(self, done: CellDone) -> None:
        """One more is finished."""
        self._waiting[done.report.cell.name] = done
        while self._left and self._left[0] in self._waiting:
            self._say(self._waiting.pop(self._left.pop(0)))

    def ended(self, *, interrupted: bool) -> None:
        """No more will come; after an interrupt those that were held back are said now."""
        for name in self._left:
            if name in self._waiting:
                self._say(self._waiting.pop(name))
        self._log.info("ended", interrupted=interrupted)

    def _say(self, done: CellDone) -> None:
        report = done.report
        log = self._log.bind(cell=report.cell.name, scenario=report.cell.name, design=report.cell.design)
        log.info("cell", runs=report.runs, hangs=report.hangs, lost=done.lost)
        for (thing, place), caught in report.caught.items():
            bound = log.bind(run=caught.run)
            bound.info(
                "finding",
                object=thing,
                place=place,
                invariant=caught.use.finding.invariant,
                message=caught.use.finding.message,
            )
            evidence = done.evidence.get((thing, place))
            if evidence is not None and not evidence.unwritten:
                bound.info("shrunk", before=evidence.before, after=evidence.after)
                bound.info("replay written", path=str(evidence.path))
