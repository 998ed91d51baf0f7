"""``matrix``: which wait closes which window, under which preemption model, for every design."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Table

from ..atomic_file import can_be_written, write_whole
from ..errors import InputError
from ..explore.narration import silent
from ..studies.matrix import (
    RUNS_DEFAULT,
    Answer,
    Cell,
    CellDone,
    answers_of,
    designs,
    run_cells,
    select,
    table_cells,
)
from ..studies.matrix.answers import FEW, NO
from ..terminal import fold, one_line
from ..words import counted
from .exit_codes import ExitCode
from .logs import LogFormat, live_log
from .matrix_log import CellLog
from .matrix_markdown import markdown, summary
from .matrix_table import LEGEND, as_json, blocks_of, id_of, summary_table, whole_table
from .options import JOBS_MAX, RUNS_MAX, SEED_MAX, Here, cores, number
from .progress import shown_bar
from .session import Session

__all__ = ["MatrixOptions", "command", "matrix"]

_FLAG = Parameter(negative="", show_default=False)
_MANY = Parameter(negative="", consume_multiple=False)
_RUNS = number(1, RUNS_MAX)
_JOBS = number(1, JOBS_MAX)
_LISTED = 20
"""More replay files than this are listed in a file only."""
LIST_NAME = "replays.txt"


@dataclass(frozen=True, slots=True)
class MatrixOptions:
    """The options of ``matrix``; see its help."""

    designs: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    runs: int = RUNS_DEFAULT
    seed: int = 0
    jobs: int = 1
    cluster: str = ""
    out: Path = Path("out/matrix")
    json: bool = False
    markdown: Path | None = None
    summary: Path | None = None
    log_format: LogFormat | None = None


def command(
    *,
    cell: Annotated[list[str] | None, _MANY] = None,
    cluster: str = "",
    design: Annotated[list[str] | None, _MANY] = None,
    jobs: Annotated[int | None, _JOBS] = None,
    json: Annotated[bool, _FLAG] = False,
    log_format: LogFormat | None = None,
    markdown: Path | None = None,
    out: Annotated[Path, Parameter(alias="-o")] = Path("out/matrix"),
    runs: Annotated[int, _RUNS] = RUNS_DEFAULT,
    seed: Annotated[int, number(0, SEED_MAX)] = 0,
    summary: Path | None = None,
    session: Here,
) -> int:
    """Which wait closes which window, for ops and text, under which preemption model: every cell is run.

    Runs are made by the bare driver.

    Parameters
    ----------
    cell
        Only cells whose name contains this, as full.rude; may be repeated.
    cluster
        Have the cells run on a cluster of Dask: the address of its scheduler, or local for --jobs processes here.
    design
        Only this design: a name (list --designs), or a Python file with one of your own. More than one is fine.
    jobs
        Worker processes; the number of cores when not given. The answers do not depend on it.
    json
        One object an answer on stdout.
    log_format
        Show on stderr what came of each cell: one JSON object a line, or columns for people.
    markdown
        Write the tables to this file, as a page.
    out
        Directory for replay files.
    runs
        Runs that must have had a chance to show harm before a window is called closed; never fewer than 30.
    seed
        Where draws come from.
    summary
        Write to this file, as a part of a page, what each wait leaves open.
    """
    asked = tuple(design or ()), tuple(cell or ())
    options = MatrixOptions(
        *asked, runs, seed, jobs or cores(), cluster, out, json, markdown, summary, log_format
    )
    return matrix(session, options)


def matrix(session: Session, options: MatrixOptions) -> ExitCode:
    """The command; its exit code: 1 when a cell has too few runs or something happened that has no row."""
    for path in (options.markdown, options.summary, options.out / LIST_NAME):
        if path is not None:
            _check(path)
    cells = select(table_cells(designs(options.designs)), options.cells)
    session.note(
        f"seed {options.seed}, {counted(len(cells), 'cell')}, a yes takes {counted(options.runs, 'run')}, driver bare, "
        + (f"cluster {options.cluster}" if options.cluster else counted(options.jobs, "job"))
    )
    done, interrupted = _run(session, cells, options)
    answers = list(answers_of(done))
    if options.json:
        for answer in answers:
            session.plain(msgspec.json.encode(as_json(answer)).decode())
    elif answers:
        _print(session, answers, options)
    remarks = list(_remarks(done, answers))
    for remark in remarks:
        session.note(remark)
    if interrupted:
        session.note(
            f"interrupted: {len(done)} of {len(cells)} cells are finished; of a cell that was begun nothing is kept"
        )
        return ExitCode.INTERRUPTED
    _write_pages(answers, options)
    return ExitCode.UNEXPECTED if remarks else ExitCode.OK


def _write_pages(answers: Sequence[Answer], options: MatrixOptions) -> None:
    blocks = blocks_of(answers)
    for path, page in ((options.markdown, markdown), (options.summary, summary)):
        if path is not None:
            _write(path, page(blocks, runs=options.runs, seed=options.seed))


def _run(session: Session, cells: Sequence[Cell], options: MatrixOptions) -> tuple[list[CellDone], bool]:
    """What was finished, and whether Ctrl-C came before the end."""
    done: list[CellDone] = []
    form = options.log_format
    log = silent() if form is None else live_log(session, form)
    told = CellLog(log, cells, seed=options.seed, runs=options.runs)
    with shown_bar(session) as bar:
        if bar is not None:
            bar.update("matrix", 0, len(cells))
        try:
            for one in run_cells(
                cells,
                seed=options.seed,
                runs=options.runs,
                jobs=options.jobs,
                out=options.out,
                cluster=options.cluster,
            ):
                done.append(one)
                told.took(one)
                if bar is not None:
                    bar.update("matrix", len(done), len(cells))
        except KeyboardInterrupt:
            told.ended(interrupted=True)
            return _in_order(done, cells), True
    told.ended(interrupted=False)
    return _in_order(done, cells), False


def _in_order(done: Sequence[CellDone], cells: Sequence[Cell]) -> list[CellDone]:
    """As the grid has them, however the workers were scheduled."""
    places = {cell.name: place for place, cell in enumerate(cells)}
    return sorted(done, key=lambda one: places[one.report.cell.name])


def _print(session: Session, answers: Sequence[Answer], options: MatrixOptions) -> None:
    numbers = _numbers(answers)
    for block in blocks_of(answers):
        session.plain(f"{block.design}: {block.subject}")
        if block.reason:
            session.plain(f"  n/a: {block.reason}\n")
            continue
        for table in (summary_table(block), whole_table(block, numbers)):
            session.plain("")
            _print_table(session, table)
        for note in block.notes:
            session.plain(f"  n/a: {note}")
        session.plain("")
    for line in fold(" ".join(LEGEND), session.width):
        session.plain(line)
    _list_replays(session, answers, numbers, options)


def _print_table(session: Session, table: Table) -> None:
    """Without the blanks that rich fills its last column up with."""
    with session.out.capture() as captured:
        session.out.print(table, soft_wrap=False, width=session.width)
    for line in captured.get().splitlines():
        session.plain(line.rstrip())


def _numbers(answers: Sequence[Answer]) -> dict[tuple[str, str, str], int]:
    """Every "no" gets a number, from 1."""
    nos = [id_of(answer) for answer in answers if answer.answer == NO]
    return {name: number for number, name in enumerate(nos, 1)}


def _list_replays(
    session: Session,
    answers: Sequence[Answer],
    numbers: dict[tuple[str, str, str], int],
    options: MatrixOptions,
) -> None:
    lines = [
        f"[{numbers[id_of(answer)]}] {one_line(str(answer.evidence.path))}"
        for answer in answers
        if answer.evidence is not None and not answer.evidence.unwritten
    ]
    if not lines:
        return
    if len(lines) <= _LISTED:
        for line in lines:
            session.plain(line)
        return
    path = options.out / LIST_NAME
    try:
        write_whole(path, ("\n".join(lines) + "\n").encode())
    except OSError as error:
        session.note(f"no list of replay files: cannot write {path}: {error.strerror}")
        return
    session.plain(f"no [N]: the replay file number N, of {len(lines)}, in {path}")


def _remarks(done: Sequence[CellDone], answers: Sequence[Answer]) -> Iterator[str]:
    """What keeps the table from being complete, or has no place in it."""
    for answer in answers:
        if answer.answer == FEW:
            yield (
                f"{answer.cell.name}: {answer.object} {answer.place}: too few runs, {answer.covered} of "
                f"{answer.runs} could have shown harm"
            )
    missing = [one.evidence.unwritten for one in answers if one.evidence and one.evidence.unwritten]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        yield f"no replay file: {missing[0]}{more}"
    for one in done:
        if one.lost:
            yield f"{one.report.cell.name}: given up, it killed its worker twice"
        for hang, count in sorted(one.report.hangs.items()):
            yield f"{one.report.cell.name}: runs that ended in a {hang}: {count}"
        for strange in one.report.strange[:1]:
            yield f"{one.report.cell.name}: {strange}"


def _check(path: Path) -> None:
    """Hours later would be too late to say so."""
    try:
        can_be_written(path)
    except OSError as error:
        raise InputError(str(path), "", f"cannot be written: {error.strerror}") from None


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise InputError(str(path), "", f"cannot be written: {error.strerror}") from None
