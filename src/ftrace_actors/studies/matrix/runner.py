"""Running many cells over worker processes.

A cell is run by one process from its first run to its last, replay files included, so the answer does not depend on
the number of processes.  An interrupt ends the iteration; what was yielded before it stands.  A cell that kills its
process twice is given up; the others are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from ...atomic_file import write_whole
from ...explore.chunk import profile_of
from ...explore.evidence import write
from ...explore.pool import WorkersLost, as_completed
from ...explore.strategies import make_chooser
from ...explore.workers import open_executor
from ...kernel.designs import Design, DesignFile
from .attempt import Attempt
from .campaign import CellReport, inapplicable, run_cell
from .evidence import Evidence, record
from .grid import LITERAL, MODELS, OWN, TEXT, Cell, cells_of
from .worlds import build_cell

__all__ = ["CellDone", "run_cells", "table_cells"]


@dataclass(frozen=True, slots=True)
class CellDone:
    """A cell, run: its report, and a replay file for each row that broke.

    `lost`: it was given up, so there is nothing in the report.
    """

    report: CellReport
    evidence: dict[tuple[str, str], Evidence] = field(default_factory=dict)
    lost: bool = False


def table_cells(designs: Iterable[Design | DesignFile]) -> list[Cell]:
    """The whole grid of some designs; kicks where an old instruction can lead into what is not there any more."""
    cells: list[Cell] = []
    for one in designs:
        design, own = (one, None) if isinstance(one, Design) else (one.design(), one)
        cells.extend(cells_of(design.name, kicks=_may_be_lost(design.name, own), own=own))
    return cells


def _may_be_lost(design: str, own: DesignFile | None) -> bool:
    """Whether a teardown of this design takes away text, or a word without a safe value: asked of a dull run."""
    world = build_cell(Cell(design, OWN[0], MODELS[-1], own=own))
    seen = Attempt(world).run(make_chooser("dull", 0, 0, profile_of(world)))
    reasons = inapplicable(seen)
    return TEXT not in reasons or LITERAL not in reasons


def run_cells(
    cells: Sequence[Cell], *, seed: int, runs: int, jobs: int, out: Path | None, cluster: str = ""
) -> Iterator[CellDone]:
    """Run cells, by `jobs` processes or on a `cluster`, and yield each as it is finished.

    `out`: where replay files go; None makes none.  Raises what a run raises, `NoWorkers`, and what `Cluster` raises.
    """
    if cluster:
        yield from _far_away(cells, seed, runs, jobs, out, cluster)
        return
    if jobs == 1:
        for cell in cells:
            yield _run(cell, seed, runs, out)
        return
    with open_executor(min(jobs, len(cells))) as pool:
        futures = {pool.submit(partial(_run, cell, seed, runs, out)): cell for cell in cells}
        for future in as_completed(futures):
            yield _result(futures[future], future)


def _far_away(
    cells: Sequence[Cell], seed: int, runs: int, jobs: int, out: Path | None, cluster: str
) -> Iterator[CellDone]:
    """On workers that cannot write to `out`, so that what they write comes back as bytes."""
    with open_executor(jobs, cluster) as executor:
        futures = {
            executor.submit(partial(_run_far_away, cell, seed, runs, record=out is not None)): cell
            for cell in cells
        }
        for future in as_completed(futures):
            try:
                done, files = future.result()
            except WorkersLost:
                yield CellDone(CellReport(futures[future]), lost=True)
                continue
            yield done if out is None else _brought_home(done, files, out)


def _run_far_away(cell: Cell, seed: int, runs: int, *, record: bool) -> tuple[CellDone, dict[str, bytes]]:
    """In a worker: a cell, and its replay files by name."""
    with TemporaryDirectory() as name:
        place = Path(name)
        done = _run(cell, seed, runs, place if record else None)
        return done, {path.name: path.read_bytes() for path in place.iterdir()}


def _brought_home(done: CellDone, files: Mapping[str, bytes], out: Path) -> CellDone:
    """Write the replay files of a cell here."""
    here = {}
    for row, one in done.evidence.items():
        path, data = out / one.path.name, files.get(one.path.name)
        missing = one.unwritten if data is None else write(path, partial(write_whole, path, data))
        here[row] = replace(one, path=path, unwritten=missing)
    return replace(done, evidence=here)


def _run(cell: Cell, seed: int, runs: int, out: Path | None) -> CellDone:
    """In a worker: the campaign, then the replay files."""
    report = run_cell(cell, seed, runs)
    if out is None:
        return CellDone(report)
    return CellDone(report, {row: record(cell, caught, seed, out) for row, caught in report.caught.items()})


def _result(cell: Cell, future: Future[CellDone]) -> CellDone:
    try:
        return future.result()
    except WorkersLost:
        return CellDone(CellReport(cell), lost=True)
