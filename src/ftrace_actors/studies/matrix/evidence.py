"""The replay file of a "no": shrunk while the same row still breaks, then recorded with every check attached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...actors.choices import Chooser, ReplayChooser
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
from .uses import Use
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


def _alike(use: Use, seen: Seen) -> list[Finding]:
    """What a run shows of the row that `use` belongs to, by the same invariant.

    That is what must still break while a run is shrunk.  The access may be another one, which a check words otherwise.
    """
    row = (use.object, use.place, use.finding.invariant)
    return [one.finding for one in seen.uses if (one.object, one.place, one.finding.invariant) == row]


def replay_name(cell: Cell, use: Use) -> str:
    """How the file of a row is called, without seed and run."""
    return f"{cell.name}.{use.object}.{use.place.replace(' ', '-')}"


def record(cell: Cell, caught: Caught, seed: int, out: Path) -> Evidence:
    """Shrink, record, write where that is possible.  Raises ModelError when the run cannot be made again."""
    world = build_cell(cell)
    use = caught.use

    def attempt(chooser: Chooser) -> RunResult:
        seen = Attempt(world).run(chooser)
        found = tuple(_alike(use, seen))
        return RunResult(Verdict.VIOLATED if found else Verdict.HOLDS, found, seen.picks)

    name = replay_name(cell, use)
    own = None if cell.own is None else DesignPart.of(cell.own)
    origin = Origin(name, scenario_path(cell), scenario_text(cell), {}, STRATEGY, seed, caught.run, own)
    variant = "" if cell.own is None else replay.variant_of({}, cell.own.digest)
    proof = prove(
        origin,
        caught.picks,
        Target(Verdict.VIOLATED),
        replay.replay_path(out, name, seed, caught.run, variant),
        attempt=attempt,
        record=lambda chooser: world.run(chooser, driver="bare", record=True),
        point=lambda result: _finding_of(world, use, result),
        same=lambda result: _finding_of(world, use, result) is not None,
        replays_max=_REPLAYS_MAX,
    )
    finding = proof.finding
    assert finding is not None, "that it is there is what makes the run the same"
    return Evidence(
        proof.path, proof.before, proof.after, finding.invariant, finding.message, proof.unwritten
    )


def _finding_of(world: World, use: Use, result: RunResult) -> Finding | None:
    """The finding that a run, recorded with every check, is kept for; None when it does not show the row of `use`.

    The run itself is asked what it used (`_alike`), and that is looked for among its findings.
    """
    for shown in _alike(use, Attempt(world).run(ReplayChooser(result.picks))):
        wanted = (shown.invariant, shown.subject)
        return next((one for one in result.findings if (one.invariant, one.subject) == wanted), None)
    return None
