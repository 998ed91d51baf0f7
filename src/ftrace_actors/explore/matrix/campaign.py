"""A cell's campaign: it goes on until each of its rows is a "no" or has earned its "yes".

It stops at no finding: rows that are open take turns, each run holding a caller in the place of one of them, and one
run in five holds nobody.  A row is settled by its first bad use, or when enough runs had a task in that place at the
moment.  What comes out is a function of (cell, seed, runs): a cell is run by one process from its first run to its
last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...actors.choices import Chooser, Pick
from ...kernel.designs import DESIGNS
from ...scenario import World
from ..chunk import profile_of
from ..collection import collecting_rarely
from ..strategies import Profile, make_chooser
from ..strategies.holding import Holding
from .attempt import Attempt, Seen
from .grid import LITERAL, OBJECTS, OPS, PLACES, STALE, TEXT, Cell
from .places import Hold
from .uses import BadUse, LifeWitness
from .worlds import CALLERS, build_cell

__all__ = ["RUNS_DEFAULT", "Caught", "CellReport", "inapplicable", "run_cell"]

RUNS_DEFAULT = 100
"""Runs that must have had a task in a place before nothing bad there is a "yes"."""
_PATIENCE = 8
"""Runs a row may take, as a multiple of those that must cover it."""
_UNHELD = 5
"""One run in so many holds nobody."""
_WHO = (CALLERS, CALLERS[:1], CALLERS[1:])
_LATER = {
    "W0": ("", "W1", "W2"),
    "W1": ("", "W2"),
    "W2": ("",),
    "W3": ("",),
    STALE: ("", "W1", "", "W0", "W2", "", "W3"),
}
"""Where a held caller may go on to when the wait begins; it stays, or it takes with it what it loads on the way."""


@dataclass(frozen=True, slots=True)
class Caught:
    """The first bad use of a row: in which run, and the choices that lead there."""

    run: int
    use: BadUse
    picks: tuple[Pick, ...]


@dataclass(slots=True)
class CellReport:
    """A campaign, over.

    Attributes:
        runs: how many were made.
        covered: (object, place) -> runs with a task there.
        caught: (object, place) -> its first bad use.
        reasons: object -> why it has no rows here ("n/a").
        hangs: how many runs ended in a deadlock or livelock.
        strange: bad uses that belong to no row, in words.
    """

    cell: Cell
    runs: int = 0
    covered: Counter[tuple[str, str]] = field(default_factory=Counter)
    caught: dict[tuple[str, str], Caught] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    hangs: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[str, str]]:
        """The (object, place) this campaign answers."""
        for kind in OBJECTS:
            if kind not in self.reasons:
                for place in self.cell.places:
                    yield kind, place

    def settled(self, row: tuple[str, str], runs: int) -> bool:
        """A "no", or covered by `runs` runs."""
        return row in self.caught or self.covered[row] >= runs

    def add(self, run: int, seen: Seen) -> None:
        """Count the next run."""
        self.runs += 1
        self.covered.update(seen.covered)
        if seen.hang:
            self.hangs[seen.hang] += 1
        for use in seen.uses:
            # What is neither ops nor text was reached through a word that held no pointer.
            kind = use.object or LITERAL
            if kind in self.reasons:
                self._note(run, use)
            elif use.place not in PLACES:
                self.strange.append(f"run {run}: {use.invariant} in {use.place}: {use.message}")
            else:
                self.caught.setdefault((kind, use.place), Caught(run, use, seen.picks))

    def _note(self, run: int, use: BadUse) -> None:
        """A bad use of what has no row.  INV-LIT of a safe literal is about the ops, whose uses INV-LIFE sees."""
        if use.invariant == LifeWitness.name:
            self.strange.append(f"run {run}: {use.invariant} in {use.place}: {use.message}")


def inapplicable(world: World, freed: frozenset[str]) -> dict[str, str]:
    """Objects that this design cannot use too late, and why: said by what it is and by what a run of it frees."""
    reasons: dict[str, str] = {}
    if OPS not in freed:
        reasons[OPS] = "no ops is freed"
    if TEXT not in freed:
        reasons[TEXT] = "no text is freed"
    spec = world.scenario.spec
    resting = DESIGNS[spec.protocol.design].resting(spec.protocol)
    if not resting:
        reasons[LITERAL] = "there is no literal"
    elif resting in _SAFE:
        reasons[LITERAL] = f"a disabled site's literal names ftrace_{resting}_ops, which is always right"
    return reasons


_SAFE = ("nop", "list")


def run_cell(cell: Cell, seed: int, runs: int = RUNS_DEFAULT) -> CellReport:
    """Run a cell's campaign; `runs` as for `RUNS_DEFAULT`."""
    world = build_cell(cell)
    profile = profile_of(world)
    report = CellReport(cell)
    with collecting_rarely():
        dull = Attempt(world).run(make_chooser("dull", seed, 0, profile))
        report.reasons = inapplicable(world, dull.freed)
        spent: Counter[str] = Counter()
        while True:
            open_places = _open_places(report, runs, spent)
            if not open_places:
                return report
            number = report.runs
            place = open_places[number % len(open_places)]
            report.add(number, _make(world, profile, seed, number, _whom(place, spent[place])))
            spent[place] += 1


def _open_places(report: CellReport, runs: int, spent: Counter[str]) -> list[str]:
    """Places with a row that is not settled and still has runs left."""
    places = dict.fromkeys(place for kind, place in report.rows() if not report.settled((kind, place), runs))
    return [place for place in places if spent[place] < _PATIENCE * runs]


def _whom(place: str, turn: int) -> Hold | None:
    """Who is held in the `turn`-th run that looks at a place: nobody now and then, else all ways in turn."""
    if turn % _UNHELD == _UNHELD - 1:
        return None
    turn -= turn // _UNHELD
    later = _LATER[place]
    return Hold(place, _WHO[turn % len(_WHO)], later[turn // len(_WHO) % len(later)])


def _make(world: World, profile: Profile, seed: int, number: int, hold: Hold | None) -> Seen:
    attempt = Attempt(world, hold)
    if hold is None:
        return attempt.run(make_chooser("mix", seed, number, profile))
    outside, goal = hold.place == STALE, bool(hold.then)
    chooser: Chooser = Holding(seed, number, profile, attempt.situation, outside=outside, goal=goal)
    return attempt.run(chooser)
