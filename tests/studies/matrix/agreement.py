"""Do `run`, `matrix` and the invariants agree?  Shipped scenarios under every wait of the table, each run judged twice.

    python -m tests.studies.matrix.agreement --runs 20 [NAME ...]

is the whole sweep; a cheap part of it is `test_agreement.py`.  Of every run it asks

* that the matrix's witnesses saw what the checks of `run` found, and nothing else;
* that INV-GP broke as well, where something was used after it was freed or called late although it had been waited for:
  the notion of a user has no hole.

Over the runs of a scenario with a wait it counts where INV-GP broke and nothing bad was ever seen to come of it: there
the notion might be too coarse, or the runs too few.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ftrace_actors.actors import ReplayChooser
from ftrace_actors.errors import InputError
from ftrace_actors.events import Wait
from ftrace_actors.explore import make_chooser
from ftrace_actors.explore.chunk import profile_of
from ftrace_actors.scenario import RunResult, World, build, load
from ftrace_actors.studies.matrix import waits
from ftrace_actors.studies.matrix.attempt import Attempt
from ftrace_actors.studies.matrix.grid import Wait as TableWait
from ftrace_actors.words import Severity

__all__ = ["SCENARIOS", "WAITS_ALL", "Cell", "judge", "sweep"]

SCENARIOS = sorted((Path(__file__).parents[3] / "scenarios").glob("*.toml"))
WAITS_ALL = (*waits(), *(wait.kicked() for wait in waits()))
BOTH = frozenset({"INV-LIFE", "INV-LIT", "INV-GP"})
"""What the matrix judges by."""


@dataclass
class Cell:
    """A scenario with a wait, run.  `disagreements`: in words, what must not be."""

    name: str
    runs: int = 0
    too_short: int = 0
    bad: int = 0
    disagreements: list[str] = field(default_factory=list)


def judge(world: World, result: RunResult) -> tuple[str, ...]:
    """What is wrong with the judgement of a run that was recorded."""
    found = {finding.invariant for finding in result.findings}
    complaints: list[str] = []
    if "UNPREDICTABLE" not in found:  # after which the matrix holds nothing against the protocol
        seen = Attempt(world).run(ReplayChooser(result.picks))
        said = {use.finding.invariant for use in seen.uses}
        if said != found & BOTH:
            complaints.append(f"matrix: {sorted(said)}, run: {sorted(found & BOTH)}")
    waited = {name for event in result.events if isinstance(event, Wait) for name in event.objects}
    known = {finding.subject for finding in result.findings if finding.invariant == "INV-GP"}
    complaints += [
        f"{finding.invariant} of {finding.subject} without INV-GP: {finding.message}"
        for finding in result.findings
        if finding.invariant in {"INV-LIFE", "INV-QUIET"}
        and finding.subject in waited
        and finding.subject not in known
    ]
    return tuple(complaints)


def sweep(paths: Iterable[Path], waits: Iterable[TableWait], runs: int) -> Iterator[Cell]:
    """Each scenario under each wait; what cannot be built so is left out."""
    waits = tuple(waits)
    for path in paths:
        for wait in waits:
            world = _world(path, wait)
            if world is not None:
                yield _cell(world, f"{path.stem} ({wait.name})", runs)


def _world(path: Path, wait: TableWait) -> World | None:
    assert wait.flavours is not None
    overrides = {"protocol.wait": json.dumps(list(wait.flavours)), "kernel.rude": json.dumps("real")}
    try:
        return build(load(path, overrides))
    except InputError:
        return None


def _cell(world: World, name: str, runs: int) -> Cell:
    cell = Cell(name)
    profile = profile_of(world)
    for number in range(runs):
        result = world.run(make_chooser("mix", 0, number, profile), record=True, driver="bare")
        cell.runs += 1
        cell.too_short += any(finding.severity == Severity.WAIT_TOO_SHORT for finding in result.findings)
        cell.bad += any(finding.invariant in {"INV-LIFE", "INV-QUIET"} for finding in result.findings)
        cell.disagreements += [f"{name}, run {number}: {words}" for words in judge(world, result)]
    return cell


def main() -> None:
    """The sweep, with its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="scenarios; all of them without any")
    parser.add_argument("--runs", type=int, default=20, help="of each scenario under each wait")
    options = parser.parse_args()
    paths = [path for path in SCENARIOS if not options.names or path.stem in options.names]
    cells = []
    for cell in sweep(paths, WAITS_ALL, options.runs):
        cells.append(cell)
        _say(*cell.disagreements)
    alone = [cell.name for cell in cells if cell.too_short and not cell.bad]
    _say(
        f"{len(cells)} scenarios with a wait, {sum(cell.runs for cell in cells)} runs",
        f"disagreements: {sum(len(cell.disagreements) for cell in cells)}",
        f"INV-GP broke in {sum(bool(cell.too_short) for cell in cells)}; nothing bad was seen to come of it in",
        *(f"  {name}" for name in alone),
    )
    raise SystemExit(any(cell.disagreements for cell in cells))


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
