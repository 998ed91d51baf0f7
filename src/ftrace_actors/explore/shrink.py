"""Making a failing run short.

A run is its non-zero choices, so shrinking is pushing that list towards nothing while the same thing still
breaks: the same verdict, and for a violation the same invariant with the same subject; where a scenario says what
it expects, that finding must still be the one its expectation picks, in the same window. (Any violation would do
for a test runner; a person who asked about one bug must not be shown another.)

How a shorter list is tried. Positions are absolute, and taking a choice away shifts all later ones: a run
without one preemption asks its loads at other positions. So a candidate names each choice by something that
survives, and since no name survives everything, three namings take turns on the best run so far:

- *operation*: who would have gone on, what it was about to do and on which occasion; who goes instead;
- *actor*: who would have gone on, which decision of that actor it was; who goes instead;
- *ordinal*: which decision of the run it was; which option.

(Choices other than who moves are named by the actor that runs and their number of that kind.) A candidate is
replayed leniently: what no longer fits is taken as 0. What such a run then really picked is what is kept, so
the result always replays strictly.

Passes, repeated until none helps or the budget is used up:

1. drop all relaxations, then those of one kind: goal order puts them before preemptions;
2. ddmin (Zeller, Hildebrandt, TSE'02) over the list: drop halves, quarters, ... and at last every run of three,
   two and one, wherever it begins, since a switch away and the switch back go together or not at all;
3. lower each pick to the smallest option that still fails.

Shrinking makes no runs itself: `shrinking` is a generator of choosers to run under, which is sent the results, so
that a run may be anything, also something to be awaited. `shrink` is the loop for a plain function.

Deterministic: nothing is drawn. Idempotent: a result that was reached within the budget is a fixpoint of all
passes under all namings. The best so far is always kept, so a spent budget costs minimality and nothing else.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from ..actors.choices import Chooser, Kind, Pick, RunInfo
from ..actors.outcome import RunOutcome
from ..checks import Finding
from ..result import Expect, RunResult
from ..words import Verdict
from .judge import headline
from .proposals import Proposals, drive

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

REPLAYS_MAX = 600
"""Replays a shrink may take by default: it is for one run, which somebody waits for.  The table takes fewer."""


class Naming(StrEnum):
    """Which name of a change of actor survives what; see the module."""

    OPERATION = "operation"
    ACTOR = "actor"
    ORDINAL = "ordinal"


Place: TypeAlias = tuple[int | str, ...]
"""Where a choice is asked, by some naming."""


class Step(NamedTuple):
    """One non-zero choice: the `number`-th asked at `place`, from 0.

    `picked` is the index, or for SCHEDULE under a naming by actors the actor that goes instead.
    """

    kind: Kind
    place: Place
    number: int
    picked: int


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


class _Namer:
    """Names choices as they are asked, and remembers the names of those that were not dull."""

    __slots__ = ("_actor", "_asked", "_naming", "_pending", "steps")

    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self._actor = -1
        self._asked: dict[tuple[Kind, Place], int] = {}
        self._pending: Callable[[int], tuple[str, int | str]] = _nothing_pending
        self.steps: list[Step] = []

    def begin(self, run: RunInfo) -> None:
        """Learn how to ask what an actor is about to do."""
        self._pending = run.pending

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""

    def _name(self, kind: Kind, actors: Sequence[int]) -> tuple[Place, int]:
        """The name of the choice that is asked now."""
        if actors:
            self._actor = actors[0]
        place: Place = ()
        if self._naming is not Naming.ORDINAL:
            place = (self._actor,)
            if actors and self._naming is Naming.OPERATION:
                place = (self._actor, *self._pending(self._actor))
        number = self._asked.get((kind, place), 0)
        self._asked[kind, place] = number + 1
        return place, number

    def _answer(self, kind: Kind, place: Place, number: int, actors: Sequence[int], index: int) -> int:
        if index:
            by_actor = actors and self._naming is not Naming.ORDINAL
            self.steps.append(Step(kind, place, number, actors[index] if by_actor else index))
        if actors:
            self._actor = actors[index]
        return index


class LenientChooser(_Namer):
    """Answers by name, 0 where a choice does not fit; `steps` is what it really answered."""

    __slots__ = ("_wanted",)

    def __init__(self, steps: Sequence[Step], naming: Naming = Naming.OPERATION) -> None:
        super().__init__(naming)
        self._wanted = {step[:3]: step.picked for step in steps}

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """What is wanted, when there is such an option."""
        place, number = self._name(kind, actors)
        picked = self._wanted.get((kind, place, number))
        if picked is None:
            index = 0
        elif actors and self._naming is not Naming.ORDINAL:
            index = actors.index(picked) if picked in actors else 0
        else:
            index = picked if picked < count else 0
        return self._answer(kind, place, number, actors, index)


class Numbering(_Namer):
    """A replay by position that learns the name of each pick."""

    __slots__ = ("_picks", "_position")

    def __init__(self, picks: Sequence[Pick], naming: Naming) -> None:
        super().__init__(naming)
        self._picks = {pick.position: pick.picked for pick in picks}
        self._position = 0

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """The recorded index."""
        place, number = self._name(kind, actors)
        index = self._picks.get(self._position, 0)
        self._position += 1
        return self._answer(kind, place, number, actors, index if index < count else 0)


def _nothing_pending(actor: int) -> tuple[str, int | str]:
    return "", ""


def order(steps: Sequence[Step]) -> tuple[int, int, int]:
    """How far from dull: fewer relaxations, then fewer changes of actor, then smaller picks."""
    switches = sum(step.kind is Kind.SCHEDULE for step in steps)
    return (
        len(steps) - switches,
        switches,
        sum(step.picked for step in steps if step.kind is not Kind.SCHEDULE),
    )


class _Spent(Exception):
    """The budget is used up."""


_Trying: TypeAlias = Proposals[RunResult, bool]
"""Asks for a run under each chooser it yields; returns whether that helped."""


class _Shrinker:
    """The best run so far, and how to try a better one."""

    def __init__(self, target: Target, replays_max: int, stop: Callable[[], bool]) -> None:
        self._target = target
        self._replays_max = replays_max
        self._stop = stop
        self._tried: set[tuple[Naming, tuple[Step, ...]]] = set()
        self._naming = Naming.OPERATION
        self.replays = 0
        self.best: tuple[Step, ...] = ()
        self.result: RunResult | None = None

    def start(self, picks: Sequence[Pick], naming: Naming) -> _Trying:
        """Name the picks of a failing run; False when they do not fail."""
        numbering = Numbering(picks, naming)
        self._naming = naming
        self.replays += 1
        result = yield numbering
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
        if self.replays >= self._replays_max or self._stop():
            raise _Spent
        self._tried.add((self._naming, candidate))
        self.replays += 1
        chooser = LenientChooser(candidate, self._naming)
        result = yield chooser
        return order(chooser.steps) < order(self.best) and self._keep(chooser.steps, result)

    def to_fixpoint(self) -> _Trying:
        """All passes under all namings until none helps, then true; raises `_Spent`."""
        while True:
            before = order(self.best)
            for naming in Naming:
                assert self.result is not None
                if self.replays >= self._replays_max or self._stop():
                    raise _Spent
                yield from self.start(self.result.picks, naming)
                yield from self._passes()
            if order(self.best) == before:
                return True

    def _passes(self) -> Proposals[RunResult, None]:
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
            if (yield from self._drop_one(size)):
                size = min(size, len(self.best))
            else:
                size = size // 2 if size > 2 * _SLIDING else size - 1

    def _drop_one(self, size: int) -> _Trying:
        for rest in _without_parts(self.best, size):
            if (yield from self.improves(rest)):
                return True
        return False

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


_SLIDING = 3
"""Parts up to this size are tried at every place, not only at multiples of their size."""


def _without_parts(steps: Sequence[Step], size: int) -> Iterator[list[Step]]:
    """The list without each part of `size` in turn.

    Last part first: what came after the failure, or only delayed it, goes first and shifts nothing.
    """
    for end in range(len(steps), 0, -1 if size <= _SLIDING else -size):
        yield [*steps[: max(0, end - size)], *steps[end:]]


def shrink(
    run: Callable[[Chooser], RunResult],
    picks: Sequence[Pick],
    target: Target,
    *,
    replays_max: int = REPLAYS_MAX,
    stop: Callable[[], bool] = lambda: False,
) -> Shrunk | None:
    """Shrink a failing run.

    `run(chooser)` makes one run, `picks` are those of the failing one. `stop` is asked before each replay; once it
    says yes, what was reached is the result. Returns None when the picks do not lead to the target any more, which
    means that the scenario or the tool is not the one they were recorded with.
    """
    return drive(shrinking(picks, target, replays_max=replays_max, stop=stop), run)


def shrinking(
    picks: Sequence[Pick],
    target: Target,
    *,
    replays_max: int = REPLAYS_MAX,
    stop: Callable[[], bool] = lambda: False,
) -> Proposals[RunResult, Shrunk | None]:
    """As `shrink`, for runs made by somebody else: yields a chooser, is sent the result of a run under it."""
    shrinker = _Shrinker(target, replays_max, stop)
    if not (yield from shrinker.start(picks, Naming.OPERATION)):
        return None
    minimal = True
    try:
        yield from shrinker.to_fixpoint()
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
