"""Making a failing run short.

A run is its non-zero choices, so shrinking is pushing that list towards nothing while the same thing still
breaks: the same verdict, and for a violation the same invariant with the same subject; where a scenario says what
it expects, that finding must still be the one its expectation picks, in the same window. (Any violation would do
for a test runner; a person who asked about one bug must not be shown another.)

How a shorter list is tried. Positions are absolute, and taking a choice away shifts all later ones: a run
without one preemption asks its loads at other positions. So a candidate names each choice by something that
survives, and since no name survives everything, four namings take turns on the best run so far:

- *operation*: who would have gone on, what it was about to do and on which occasion; who goes instead;
- *touched*: the same by what that touches instead of where the instruction is, so that code may be another;
- *actor*: who would have gone on, which decision of that actor it was; who goes instead;
- *ordinal*: which decision of the run it was; which option.

(Choices other than who moves are named alike; by what the actor touches they are named by the actor alone. A
tape that does not say what a choice is about, `actors.hearing`, makes *operation* the same as *touched*.) A
candidate is replayed leniently: what no longer fits is taken as 0. What such a run then really picked is what
is kept, so the result always replays strictly.

Passes, repeated until none helps or the budget is used up:

1. drop all relaxations, then those of one kind: goal order puts them before preemptions;
2. ddmin (Zeller, Hildebrandt, TSE'02) over the list: drop halves, quarters, ... and at last every run of three,
   two and one, wherever it begins, since a switch away and the switch back go together or not at all;
3. lower each pick to the smallest option that still fails;
4. regroup: where one actor gives way to another only for that to give way to a third, go to the third at once; and put
   two actors of a kind in each other's place, since which of them is the dull one may save a choice. (Cf. Tinertia,
   FSE'10, which moves blocks of one thread together.)
5. leave out one choice and follow the others by their anchors (`lenient`). A naming wants a choice at one place and on
   one occasion; an anchor waits for the next occasion where its option is not there yet, and may be found by the
   routine. When that helped, the other passes are tried again.

Shrinking makes no runs itself: `shrinking` is a generator of choosers to run under, which is sent the results, so
that a run may be anything, also something to be awaited. `shrink` is the loop for a plain function.

Deterministic: nothing is drawn. Idempotent: a result that was reached within the budget is a fixpoint of all
passes under all namings. The best so far is always kept, so a spent budget costs minimality and nothing else.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..actors.choices import Chooser, Kind, Pick
from ..checks import Finding
from ..result import Expect, RunResult
from ..words import Verdict
from .judge import headline
from .lenient import AnchoringChooser, FollowingChooser, Way
from .proposals import Proposals, drive
from .steps import (
    SLIDING,
    LenientChooser,
    Naming,
    Numbering,
    Step,
    exchanged,
    kin,
    order,
    redirected,
    without_parts,
)

__all__ = [
    "REPLAYS_MAX",
    "LenientChooser",
    "Naming",
    "Numbering",
    "Shrunk",
    "Step",
    "Target",
    "order",
    "shrink",
    "shrinking",
    "target_of",
]

REPLAYS_MAX = 660
"""Replays a shrink may take by default: it is for one run, which somebody waits for.  The table takes fewer."""
_KEPT_BACK = 11
"""One in this many replays is kept for leaving out by anchors, which begins when all else is done or the rest is used
up. A long run often has one choice too many left by then."""


@dataclass(frozen=True, slots=True)
class Target:
    """What must keep failing.

    `invariant` and `subject` are "" when the verdict says it all.  With `expect` the finding must be its headline,
    in this `window`; without, any finding of the run will do.
    """

    verdict: str
    invariant: str = ""
    subject: str = ""
    window: str | None = None
    expect: Expect | None = None

    def met(self, result: RunResult) -> bool:
        """Whether a run shows it."""
        if result.verdict != self.verdict:
            return False
        if not self.invariant:
            return True
        if self.expect is None:
            return any(self._same(finding) for finding in result.findings)
        shown = headline(self.expect, result.findings)
        return shown is not None and self._same(shown) and shown.window == self.window

    def _same(self, finding: Finding) -> bool:
        return finding.invariant == self.invariant and finding.subject == self.subject


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The shortest failing run found.

    Attributes:
        result: that run (not recorded).
        before: non-zero choices of the run it was made from.
        replays: runs it took.
        minimal: every pass was tried in vain on it; False when the budget ended first.
    """

    result: RunResult
    before: int
    replays: int
    minimal: bool


_DROPPING = (Naming.TOUCHED, Naming.ACTOR, Naming.ORDINAL)
"""Namings under which choices are left out, in this order."""
_REGROUPING = (Naming.TOUCHED, Naming.OPERATION, Naming.ACTOR)
"""Namings, all by actors, under which they are regrouped as well."""


class _Spent(Exception):
    """The budget is used up."""


_Trying: TypeAlias = Proposals[RunResult, bool]
"""Asks for a run under each chooser it yields; returns whether that helped."""


class _Shrinker:
    """The best run so far, and how to try a better one."""

    def __init__(self, target: Target, replays_max: int, stop: Callable[[], bool]) -> None:
        self._target = target
        self._replays_max = replays_max
        self._limit = replays_max - replays_max // _KEPT_BACK
        self._stop = stop
        self._tried: set[tuple[Naming, tuple[Step, ...]]] = set()
        self._naming = _DROPPING[0]
        self._names: Sequence[str] = ()
        self.replays = 0
        self.best: tuple[Step, ...] = ()
        self.result: RunResult | None = None

    def start(self, picks: Sequence[Pick], naming: Naming) -> _Trying:
        """Name the picks of a failing run; False when they do not fail."""
        numbering = Numbering(picks, naming)
        self._naming = naming
        self.replays += 1
        result = yield numbering
        self._names = numbering.names
        return self._keep(numbering.steps, result)

    def _keep(self, steps: Sequence[Step], result: RunResult) -> bool:
        if not self._target.met(result):
            return False
        self.best = tuple(steps)
        self.result = result
        self._tried.add((self._naming, self.best))
        return True

    def improves(self, steps: Sequence[Step]) -> _Trying:
        """Try a candidate; keep it when it still fails and is closer to dull."""
        candidate = tuple(steps)
        if (self._naming, candidate) in self._tried:
            return False
        self._tried.add((self._naming, candidate))
        chooser = LenientChooser(candidate, self._naming)
        result = yield from self._counted(chooser)
        return order(chooser.steps) < order(self.best) and self._keep(chooser.steps, result)

    def is_settled(self) -> _Trying:
        """Whether nothing can be left out under the first naming; raises `_Spent`."""
        before = self.best
        yield from self._drop()
        return self.best == before

    def to_fixpoint(self) -> _Trying:
        """All passes until none helps; whether that was reached.  Raises `_Spent`."""
        while True:
            try:
                yield from self._by_names()
                settled = True
            except _Spent:
                settled = False
            self._limit = self._replays_max
            if not (yield from self._by_anchors()):
                return settled

    def _by_names(self) -> Proposals[RunResult, None]:
        """The passes under all namings until none helps; raises `_Spent`."""
        while True:
            before = self._reached()
            for naming in _DROPPING:
                yield from self._under(naming)
                yield from self._drop()
            if self._reached() < before:
                continue
            # Only where leaving out is at its end: a list that is regrouped early ends in a longer one more often.
            for naming in _REGROUPING:
                yield from self._under(naming)
                yield from self._drop()
                yield from self._regroup()
            if self._reached() == before:
                return

    def _under(self, naming: Naming) -> Proposals[RunResult, None]:
        """Give the best so far the names of another naming."""
        assert self.result is not None
        if self.replays >= self._limit or self._stop():
            raise _Spent
        yield from self.start(self.result.picks, naming)

    def _drop(self) -> Proposals[RunResult, None]:
        while True:
            before = self.best
            yield from self._drop_kinds()
            yield from self._drop_parts()
            yield from self._lower()
            if self.best == before:
                return

    def _drop_kinds(self) -> Proposals[RunResult, None]:
        yield from self.improves([step for step in self.best if step.kind is Kind.SCHEDULE])
        for kind in Kind:
            if kind is not Kind.SCHEDULE:
                yield from self.improves([step for step in self.best if step.kind is not kind])

    def _drop_parts(self) -> Proposals[RunResult, None]:
        size = len(self.best)
        while size:
            if (yield from self._first_of(without_parts(self.best, size))):
                size = min(size, len(self.best))
            else:
                size = size // 2 if size > 2 * SLIDING else size - 1

    def _regroup(self) -> Proposals[RunResult, None]:
        while (yield from self._first_of(redirected(self.best))):
            pass
        if self._naming is Naming.TOUCHED:
            for one, other in kin(self._names, self.best):
                while (yield from self._first_of(exchanged(self.best, one, other))):
                    pass

    def _first_of(self, candidates: Iterable[Sequence[Step]]) -> _Trying:
        for candidate in candidates:
            if (yield from self.improves(candidate)):
                return True
        return False

    def _by_anchors(self) -> _Trying:
        """Leave out by anchors until nothing can be; whether that helped, and names are then out of date."""
        helped = False
        while (yield from self._drop_an_anchor()):
            helped = True
        return helped

    def _drop_an_anchor(self) -> _Trying:
        """Leave out one choice and follow the others by their anchors."""
        assert self.result is not None
        learning = AnchoringChooser(self.result.picks)
        yield from self._counted(learning)
        anchors = learning.anchors
        for at in range(len(anchors) - 1, -1, -1):
            for way in Way:
                result = yield from self._counted(FollowingChooser((*anchors[:at], *anchors[at + 1 :]), way))
                if self._target.met(result):
                    self.result = result  # each choice is of an anchor, so there is one less
                    return True
        return False

    def _counted(self, chooser: Chooser) -> Proposals[RunResult, RunResult]:
        """A run under a chooser; raises `_Spent`."""
        if self.replays >= self._limit or self._stop():
            raise _Spent
        self.replays += 1
        return (yield chooser)

    def _reached(self) -> tuple[int, int, int]:
        """How far from dull the best so far is."""
        assert self.result is not None
        return order(self.result.picks)

    def _lower(self) -> Proposals[RunResult, None]:
        at = 0
        while at < len(self.best):
            step = self.best[at]
            by_actor = step.kind is Kind.SCHEDULE and self._naming is not Naming.ORDINAL
            for picked in range(1, 0 if by_actor else step.picked):
                lower = [*self.best[:at], step._replace(picked=picked), *self.best[at + 1 :]]
                if (yield from self.improves(lower)):
                    break
            at += 1


def shrink(
    run: Callable[[Chooser], RunResult],
    picks: Sequence[Pick],
    target: Target,
    *,
    replays_max: int = REPLAYS_MAX,
    stop: Callable[[], bool] = lambda: False,
    again: bool = False,
) -> Shrunk | None:
    """Shrink a failing run.

    `run(chooser)` makes one run, `picks` are those of the failing one. `stop` is asked before each replay; once it
    says yes, what was reached is the result. `again`: the picks are those of a run that was shrunk in another world, so
    unless one of them can be left out, all passes are not gone through once more. Returns None when the picks do not
    lead to the target any more, which means that the scenario or the tool is not the one they were recorded with.
    """
    return drive(shrinking(picks, target, replays_max=replays_max, stop=stop, again=again), run)


def shrinking(
    picks: Sequence[Pick],
    target: Target,
    *,
    replays_max: int = REPLAYS_MAX,
    stop: Callable[[], bool] = lambda: False,
    again: bool = False,
) -> Proposals[RunResult, Shrunk | None]:
    """As `shrink`, for runs made by somebody else: yields a chooser, is sent the result of a run under it."""
    shrinker = _Shrinker(target, replays_max, stop)
    if target.verdict == Verdict.LIVELOCK and picks:
        # Code that never ends seldom needs a choice for it, and such a run is as long as a run can get: with its
        # choices it takes a hundred times as long as without, so they are not even replayed first.
        dull = yield LenientChooser((), _DROPPING[0])
        if target.met(dull):
            return Shrunk(dull, len(picks), 1, True)
    if not (yield from shrinker.start(picks, _DROPPING[0])):
        return None
    minimal = True
    try:
        if shrinker.best and not (again and (yield from shrinker.is_settled())):
            minimal = yield from shrinker.to_fixpoint()
    except _Spent:
        minimal = False
    assert shrinker.result is not None
    return Shrunk(shrinker.result, len(picks), shrinker.replays, minimal)


def target_of(
    verdict: str,
    invariant: str = "",
    subject: str = "",
    *,
    window: str | None = None,
    expect: Expect | None = None,
) -> Target:
    """What to keep failing of a run: a finding where that is the verdict, else the verdict alone."""
    return (
        Target(verdict, invariant, subject, window, expect)
        if verdict == Verdict.VIOLATED
        else Target(verdict)
    )
