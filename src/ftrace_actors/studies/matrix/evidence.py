"""The replay file of a "no": shrunk while the same row still breaks, then recorded with every check attached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...actors.choices import ReplayChooser
from ...checks import Finding
from ...explore import replay
from ...explore.evidence import prove
from ...explore.replay import DesignPart, Origin
from ...explore.shrink import Target
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
    name = replay_name(cell, use)
    own = None if cell.own is None else DesignPart.of(cell.own)
    origin = Origin(name, scenario_path(cell), scenario_text(cell), {}, STRATEGY, seed, caught.run, own)
    variant = "" if cell.own is None else replay.variant_of({}, cell.own.digest)
    proof = prove(
        origin,
        caught.picks,
        Target(Verdict.VIOLATED, row.invariant, row.subject),
        replay.replay_path(out, name, seed, caught.run, variant),
        attempt=lambda chooser: _result(Attempt(world).run(chooser)),
        record=lambda chooser: world.run(chooser, record=True),
        point=lambda result: _finding_of(world, row, result),
        same=lambda result: _finding_of(world, row, result) is not None,
        replays_max=_REPLAYS_MAX,
    )
    finding = proof.finding
    assert finding is not None, "that it is there is what makes the run the same"
    return Evidence(
        proof.path, proof.before, proof.after, finding.invariant, finding.message, proof.unwritten
    )


def _finding_of(world: World, row: Finding, result: RunResult) -> Finding | None:
    """The finding that a run, recorded with every check, is kept for; None when it does not show the row.

    In the shrunk run that may be another access than in the one it was made from, which a check words otherwise: so it
    is asked of the run itself what it used, and that is looked for among its findings.
    """
    seen = Attempt(world).run(ReplayChooser(result.picks))
    for use in seen.uses:
        if (_row(use).subject, use.invariant) == (row.subject, row.invariant):
            wanted = (use.invariant, use.subject)
            return next((one for one in result.findings if (one.invariant, one.subject) == wanted), None)
    return None
