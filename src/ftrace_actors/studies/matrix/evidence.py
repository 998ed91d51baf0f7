"""The replay file of a "no": shrunk while the same row still breaks, then recorded with every check attached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...actors.choices import Chooser, Pick, ReplayChooser
from ...checks import Finding
from ...errors import ModelError
from ...explore import replay
from ...explore.replay import DesignPart, Origin
from ...explore.shrink import Target, shrink
from ...result import RunResult
from ...scenario import World
from ...words import Verdict
from .attempt import Attempt, Seen
from .campaign import Caught
from .grid import Cell
from .uses import BadUse
from .worlds import build_cell, scenario_path, scenario_text

__all__ = ["STRATEGY", "Evidence", "record", "replay_name"]

STRATEGY = "matrix"
"""What replay files say they come from."""
_REPLAYS_MAX = 48
"""Replays that shrinking may take: there are hundreds of files to make."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run to show: the choices before and after shrinking, and what the finding says.

    `path` is that of its replay file; where that could not be written, `unwritten` says why.
    """

    path: Path
    before: int
    after: int
    invariant: str
    message: str
    unwritten: str = ""


def _row(use: BadUse) -> Finding:
    """A bad use as a finding whose subject is the row: that is what must go on breaking while a run is shrunk."""
    return Finding(use.invariant, use.severity, use.message, None, f"{use.object} {use.place}", (use.seq,))


def _result(seen: Seen) -> RunResult:
    """A run as shrinking sees it."""
    verdict = Verdict.VIOLATED if seen.uses else Verdict.HOLDS
    return RunResult(verdict, tuple(map(_row, seen.uses)), seen.picks)


def replay_name(cell: Cell, use: BadUse) -> str:
    """How the file of a row is called, without seed and run."""
    return f"{cell.name}.{use.object}.{use.place.replace(' ', '-')}"


def record(cell: Cell, caught: Caught, seed: int, out: Path) -> Evidence:
    """Shrink, record, write where that is possible.  Raises ModelError when the run cannot be made again."""
    world = build_cell(cell)
    use = caught.use
    row = _row(use)

    def run(chooser: Chooser) -> RunResult:
        return _result(Attempt(world).run(chooser))

    shrunk = shrink(
        run, caught.picks, Target(Verdict.VIOLATED, row.invariant, row.subject), replays_max=_REPLAYS_MAX
    )
    if shrunk is None:
        raise ModelError(f"{cell.name}: run {caught.run} of seed {seed} came out differently the second time")
    picks = shrunk.result.picks
    kept = _same_row(Attempt(world).run(ReplayChooser(picks)), row)
    result, finding = _recorded(world, picks, kept, cell)
    origin = Origin(
        replay_name(cell, use), scenario_path(cell), scenario_text(cell), {}, STRATEGY, seed, caught.run,
        _own_part(cell),
    )  # fmt: skip
    variant = "" if cell.own is None else replay.variant_of({}, cell.own.digest)
    path = replay.replay_path(out, replay_name(cell, use), seed, caught.run, variant)
    unwritten = ""
    try:
        replay.save(path, replay.make(origin, result, finding, shrunk_from=len(caught.picks)))
    except OSError as error:
        unwritten = f"cannot write {path}: {error.strerror or error}"
    return Evidence(path, len(caught.picks), len(result.picks), finding.invariant, finding.message, unwritten)


def _own_part(cell: Cell) -> DesignPart | None:
    """What the file says of a user's own design."""
    own = cell.own
    if own is None:
        return None
    path = Path(own.path)
    # What a file says must not depend on where a directory is.
    return DesignPart(
        name=cell.design, file=path.name if path.is_absolute() else path.as_posix(), hash=own.digest
    )


def _same_row(seen: Seen, row: Finding) -> BadUse:
    """The bad use of that row in the shrunk run: another access, perhaps, that a check words otherwise."""
    return next(
        use for use in seen.uses if (_row(use).subject, use.invariant) == (row.subject, row.invariant)
    )


def _recorded(world: World, picks: tuple[Pick, ...], use: BadUse, cell: Cell) -> tuple[RunResult, Finding]:
    """The run with all checks and its events, and the finding it is kept for."""
    result = world.run(ReplayChooser(picks), record=True)
    for finding in result.findings:
        if (finding.invariant, finding.subject) == (use.invariant, use.subject):
            return result, finding
    raise ModelError(f"{cell.name}: recording a run changed what happened")
