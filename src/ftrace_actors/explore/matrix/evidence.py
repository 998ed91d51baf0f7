"""The replay file of a "no": shrunk while the same row still breaks, then recorded with every check attached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...actors.choices import Chooser, Pick, ReplayChooser
from ...errors import ModelError
from ...scenario import World
from .. import replay
from ..model import Finding, RunResult
from ..replay import DesignPart, Origin
from ..shrink import Target, shrink
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


@dataclass(frozen=True, slots=True)
class _Row:
    """A bad use as a finding of shrinking: its subject is the row."""

    invariant: str
    severity: str
    message: str
    window: str | None
    subject: str
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Result:
    """A run as shrinking sees it."""

    seen: Seen

    @property
    def verdict(self) -> str:
        return "violated" if self.seen.uses else "holds"

    @property
    def findings(self) -> tuple[_Row, ...]:
        return tuple(_row(use) for use in self.seen.uses)

    @property
    def picks(self) -> tuple[Pick, ...]:
        return self.seen.picks


def _row(use: BadUse) -> _Row:
    return _Row(use.invariant, use.severity, use.message, None, f"{use.object} {use.place}", (use.seq,))


def replay_name(cell: Cell, use: BadUse) -> str:
    """How the file of a row is called, without seed and run."""
    return f"{cell.name}.{use.object}.{use.place.replace(' ', '-')}"


def record(cell: Cell, caught: Caught, seed: int, out: Path) -> Evidence:
    """Shrink, record, write where that is possible.  Raises ModelError when the run cannot be made again."""
    world = build_cell(cell)
    use = caught.use
    row = _row(use)

    def run(chooser: Chooser) -> RunResult:
        return _Result(Attempt(world).run(chooser))  # type: ignore[return-value]  # what shrinking looks at

    shrunk = shrink(
        run, caught.picks, Target("violated", row.invariant, row.subject), replays_max=_REPLAYS_MAX
    )
    if shrunk is None:
        raise ModelError(f"{cell.name}: run {caught.run} of seed {seed} came out differently the second time")
    kept = _same_row(shrunk.result, row)
    result, finding = _recorded(world, shrunk.result.picks, kept, cell)
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


def _same_row(result: RunResult, row: _Row) -> BadUse:
    """The bad use of that row in the shrunk run: another access, perhaps, that a check words otherwise."""
    uses: tuple[BadUse, ...] = result.seen.uses  # type: ignore[attr-defined]  # it is a `_Result`
    return next(use for use in uses if (_row(use).subject, use.invariant) == (row.subject, row.invariant))


def _recorded(world: World, picks: tuple[Pick, ...], use: BadUse, cell: Cell) -> tuple[RunResult, Finding]:
    """The run with all checks and its events, and the finding it is kept for."""
    result = world.run(ReplayChooser(picks), record=True)
    for finding in result.findings:
        if (finding.invariant, finding.subject) == (use.invariant, use.subject):
            return result, finding
    raise ModelError(f"{cell.name}: recording a run changed what happened")
