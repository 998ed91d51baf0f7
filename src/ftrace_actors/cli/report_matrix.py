"""The report of what ``matrix --json`` printed: the tables of its text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from ..report import Fact, Table, TablesReport
from ..studies.matrix import MODELS, Answer, Cell
from ..studies.matrix.answers import FEW, NO
from ..studies.matrix.evidence import Evidence
from ..studies.matrix.grid import Model, Wait
from ..words import counted
from .matrix_table import LEGEND, Block, blocks_of, id_of, summary_rows, whole_rows

__all__ = ["MatrixAnswer", "report_of_matrix"]


class MatrixAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One object of ``matrix --json``; see `matrix_table.as_json`."""

    cell: str
    design: str
    preempt: str
    preemption: bool
    wait: str
    flavours: tuple[str, ...] | None
    profile: str
    alone: bool
    pac: bool
    object: Literal["ops", "text", "literal"]
    window: Literal["W0", "W1", "W2", "W3", "stale branch"]
    answer: Literal["yes", "no", "n/a", "few"]
    runs: int
    covered: int
    preempted: int = 0
    run: int | None = None
    reason: str | None = None
    replay: str | None = None
    invariant: str | None = None
    message: str | None = None

    def restored(self) -> Answer:
        """The answer as `matrix` has it.  Raises `ValueError` for a preemption model that it does not know."""
        wait = Wait(self.wait, self.flavours, self.profile if self.flavours is None else "")
        cell = Cell(self.design, wait, self._model(), self.alone, self.pac)
        found = None
        if self.replay is not None:
            found = Evidence(Path(self.replay), 0, 0, self.invariant or "", self.message or "")
        return Answer(
            cell,
            self.object,
            self.window,
            self.answer,
            self.runs,
            self.covered,
            self.preempted,
            self.run,
            found,
            self.reason or "",
        )

    def _model(self) -> Model:
        for model in MODELS:
            if (model.preempt, model.preemption) == (self.preempt, self.preemption):
                return model
        built = "built" if self.preemption else "not built"
        raise ValueError(f"no preemption model is {self.preempt} with PREEMPTION {built} in")


def report_of_matrix(rows: Sequence[MatrixAnswer]) -> TablesReport:
    """The tables of all designs.  Raises `ValueError`."""
    answers = [row.restored() for row in rows]
    numbers = {
        id_of(one): number for number, one in enumerate((one for one in answers if one.answer == NO), 1)
    }
    blocks = blocks_of(answers)
    few = sum(answer.answer == FEW for answer in answers)
    return TablesReport(
        kind="matrix",
        title="Which wait closes which window",
        verdict=f"{few} with too few runs" if few else "",
        ok=not few,
        facts=(
            Fact("designs", ", ".join(dict.fromkeys(block.design for block in blocks))),
            Fact("answers", counted(len(answers), "answer", thousands=True)),
        ),
        sentences=tuple(
            f"{block.design}, {block.subject}: n/a, {block.reason}." for block in blocks if block.reason
        ),
        tables=tuple(table for block in blocks if not block.reason for table in _tables(block, numbers)),
        legend=(" ".join(LEGEND),),
    )


def _tables(block: Block, numbers: dict[tuple[str, str, str], int]) -> Iterator[Table]:
    titles = {model.name: f"{model.name} {model.profile}" for model in MODELS}
    models = tuple(titles[name] for name in block.models)
    subject = f"{block.design}: {block.subject}"
    yield Table(
        f"{subject}: left open", ("wait", *models), tuple(summary_rows(block)), bad=("W", "L", "A", "P", "Q")
    )
    notes = "; ".join(f"n/a: {note}" for note in block.notes)
    rows = tuple(whole_rows(block, numbers))
    yield Table(f"{subject}: known by", ("window", "wait", *models), rows, note=notes, bad=("no",))
    files = tuple(
        (f"[{numbers[id_of(one)]}]", one.evidence.message, str(one.evidence.path))
        for one in block.answers
        if one.evidence is not None
    )
    if files:
        yield Table(f"{subject}: replay files", ("number", "what broke", "file"), files, code=(2,))
