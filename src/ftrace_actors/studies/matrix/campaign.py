"""A cell's campaign: it continues until each of its rows is a "no" or has earned its "yes".

It stops at no finding: rows that are open take turns, each run holding a caller in the place of one of them, for its
object, and one run in five holds nobody.  A row is settled by its first bad use, or when enough runs said something
about it (`pressure`); that of late comers also needs runs in which a caller came to the site only when everything was
gone.  No row is asked of late comers where none of at least as many runs left anybody an old instruction to come in by
(`places`).  What comes out is a function of (cell, seed, runs): a cell is run by one process from its first run to its
last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from ...actors.choices import Chooser, Pick
from ...explore.chunk import profile_of
from ...explore.collection import collecting_rarely
from ...explore.proposals import drive
from ...explore.strategies import Profile, make_chooser
from ...explore.strategies.holding import Holding
from ...scenario import World
from .attempt import Attempt, Seen
from .grid import LITERAL, OBJECTS, OPS, PLACES, STALE, TEXT, Cell
from .places import Hold
from .uses import LifeWitness, Use
from .worlds import CALLERS, build_cell

__all__ = ["RUNS_DEFAULT", "Caught", "CellReport", "inapplicable", "run_cell"]

RUNS_DEFAULT = 50
"""Runs to say something about a place (`pressure`), before its row is left."""
_TRIES = 4
"""At least one in this many must have a caller at the site when everything is gone, for the row of late comers."""
_PATIENCE = 32
"""Runs a row may take, as a multiple of those that must cover it: a row that fewer runs reach is left as too few."""
_HANGS_MAX = 8
"""That number of runs that hang, or the dull one, ends a campaign: a hang takes long, and says nothing of a wait."""
_UNHELD = 5
"""One run in this many holds nobody."""
_UNAIMED = "mix"
"""The strategy of such a run, whatever the default is.

It is aimed at nothing, so it shows what the other runs do not.  A portfolio that holds tasks by itself would not add
that, and the numbers of these runs are not those for which its first runs are made."""
_WHO = (CALLERS, CALLERS[:1], CALLERS[1:])
_LATER = {
    OPS: {
        "W0": ("W1", "W2", ""),
        "W1": ("W2", ""),
        "W2": ("",),
        "W3": ("",),
        STALE: ("", "W2", "W0", "", "W1", "W2"),
    },
    TEXT: {
        "W0": ("", "W1", "", "W2"),
        "W1": ("", "W2"),
        "W2": ("",),
        "W3": ("",),
        STALE: ("", "W0", "W3", "", "W1", "W2"),
    },
    LITERAL: {"W0": ("",), "W1": ("",), "W2": ("",), "W3": ("",), STALE: ("", "W0")},
}
"""How far a held caller may get when the wait begins, on its way to the last use of the object; it stays, or it
takes with it what it loads on the way.

Runs of a row take these by turns, so what is listed twice gets twice as many."""


@dataclass(frozen=True, slots=True)
class Aimed:
    """A run that is proposed: its chooser looks at the attempt's situation."""

    attempt: Attempt
    chooser: Chooser

    def run(self) -> Seen:
        """Make it; once only."""
        return self.attempt.run(self.chooser)


@dataclass(frozen=True, slots=True)
class Caught:
    """The first bad use of a row: in which run, and the choices that lead there."""

    run: int
    use: Use
    picks: tuple[Pick, ...]


@dataclass(slots=True)
class CellReport:
    """A campaign, over.

    Attributes:
        runs: how many were made.
        covered: (object, place) -> runs that say something about it.  preempted: those in which its task was preempted.
        tried: how many had a caller at the site when everything was gone.  exposed: how many left somebody an old
            instruction to come in by.  aimed: how many looked for that.
        caught: (object, place) -> its first bad use.
        reasons: object -> why it has no rows here ("n/a").
        hangs: how many runs ended in a deadlock or livelock.
        strange: bad uses that belong to no row, in words.
    """

    cell: Cell
    runs: int = 0
    covered: Counter[tuple[str, str]] = field(default_factory=Counter)
    preempted: Counter[tuple[str, str]] = field(default_factory=Counter)
    caught: dict[tuple[str, str], Caught] = field(default_factory=dict)
    tried: int = 0
    exposed: int = 0
    aimed: int = 0
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
        """A "no", or covered by `runs` runs, or there are no late comers."""
        if row in self.caught:
            return True
        if row[1] != STALE:
            return self.covered[row] >= runs
        return (self.covered[row] >= runs and self._tried_enough(runs)) or self.shut(runs)

    def counted(self, row: tuple[str, str]) -> int:
        """How many runs say something about a row.

        For late callers that is at most `_TRIES` for each run in which a task tried to be late.
        """
        return min(self.covered[row], self.tried * _TRIES) if row[1] == STALE else self.covered[row]

    def shut(self, runs: int) -> bool:
        """Nobody can come in late, as far as `runs` runs can show."""
        return not self.exposed and self.aimed >= runs and self._tried_enough(runs)

    def _tried_enough(self, runs: int) -> bool:
        return self.tried * _TRIES >= runs

    def add(self, run: int, seen: Seen) -> None:
        """Count the next run."""
        self.runs += 1
        self.covered.update(seen.covered)
        self.preempted.update(seen.preempted)
        self.tried += seen.tried
        self.exposed += seen.exposed
        if seen.hang:
            self.hangs[seen.hang] += 1
        else:
            # Rows were left out for what the dull run has shown: so it must be in every one.
            self.strange.extend(
                f"run {run}: not so: {reason}"
                for kind, reason in self.reasons.items()
                if inapplicable(seen).get(kind) != reason
            )
        for use in seen.uses:
            # What is neither ops nor text was reached through a word that held no pointer.
            kind = use.object or LITERAL
            if kind in self.reasons:
                self._note(run, use)
            elif use.place in PLACES and use.place not in self.cell.places:
                continue  # the cell with a bystander and without PAC answers that
            elif use.place not in PLACES:
                self.strange.append(_in_words(run, use))
            else:
                self.caught.setdefault((kind, use.place), Caught(run, use, seen.picks))

    def _note(self, run: int, use: Use) -> None:
        """A bad use of what has no row.  INV-LIT of a safe literal is about the ops, whose uses INV-LIFE sees."""
        if use.finding.invariant == LifeWitness.name:
            self.strange.append(_in_words(run, use))


def _in_words(run: int, use: Use) -> str:
    return f"run {run}: {use.finding.invariant} in {use.place}: {use.finding.message}"


def inapplicable(seen: Seen) -> dict[str, str]:
    """Objects that this design cannot use too late, and why: as a run of it has shown."""
    reasons: dict[str, str] = {}
    if OPS not in seen.freed:
        reasons[OPS] = "no ops is freed"
    if TEXT not in seen.freed:
        reasons[TEXT] = "no text is freed"
    if seen.resting is None:
        reasons[LITERAL] = "there is no literal"
    elif seen.resting:
        reasons[LITERAL] = f"a disabled site's literal names {seen.resting}, which nothing frees"
    return reasons


def run_cell(cell: Cell, seed: int, runs: int = RUNS_DEFAULT) -> CellReport:
    """Run a cell's campaign; `runs` as for `RUNS_DEFAULT`."""
    world = build_cell(cell)
    with collecting_rarely():
        return drive(_runs_of(cell, world, profile_of(world), seed, runs), Aimed.run)


def _runs_of(
    cell: Cell, world: World, profile: Profile, seed: int, runs: int
) -> Generator[Aimed, Seen, CellReport]:
    """Proposes the dull run, then runs for the rows that are open, in turn, until none is."""
    report = CellReport(cell)
    dull = yield Aimed(Attempt(world), make_chooser("dull", seed, 0, profile))
    report.reasons = inapplicable(dull)
    if dull.hang:
        report.hangs[dull.hang] += 1
        return report
    spent: Counter[tuple[str, str]] = Counter()
    while True:
        rows = _open_rows(report, runs, spent)
        if not rows or report.hangs.total() >= _HANGS_MAX:
            return report
        number = report.runs
        row = rows[number % len(rows)]
        seen = yield _aimed(world, profile, seed, number, _whom(row, spent[row]))
        report.add(number, seen)
        spent[row] += 1
        report.aimed += row[1] == STALE


def _open_rows(report: CellReport, runs: int, spent: Counter[tuple[str, str]]) -> list[tuple[str, str]]:
    """Rows that are not settled and still have runs left.

    Where nobody could be late so far, what is missing are callers when everything is gone: rare after long waits.
    """
    late = _PATIENCE * (1 if report.exposed else _TRIES)
    return [
        row
        for row in report.rows()
        if spent[row] < runs * (late if row[1] == STALE else _PATIENCE) and not report.settled(row, runs)
    ]


def _whom(row: tuple[str, str], turn: int) -> Hold | None:
    """The task held in the `turn`-th run that looks at a row: nobody now and then, else all ways in turn."""
    if turn % _UNHELD == _UNHELD - 1:
        return None
    turn -= turn // _UNHELD
    kind, place = row
    later = _LATER[kind][place]
    return Hold(place, _WHO[turn // len(later) % len(_WHO)], later[turn % len(later)])


def _aimed(world: World, profile: Profile, seed: int, number: int, hold: Hold | None) -> Aimed:
    attempt = Attempt(world, hold)
    if hold is None:
        return Aimed(attempt, make_chooser(_UNAIMED, seed, number, profile))
    outside, goal = hold.place == STALE, bool(hold.then)
    return Aimed(attempt, Holding(seed, number, profile, attempt.situation, outside=outside, goal=goal))
