"""Making a failing run short.

A run is its non-zero choices, so shrinking is pushing that list towards nothing while the same thing still
breaks: the same verdict, and for a violation the same invariant with the same subject. (Any violation would
do for a test runner; a person who asked about one bug must not be shown another.)

How a shorter list is tried. Positions are absolute, and taking a choice away shifts all later ones: a run
without one preemption asks its loads at other positions. So a candidate names each choice by its kind and
its number among choices of that kind, which survives much better, and it is replayed leniently: a pick that
no longer fits is taken as 0. What such a run then really picked is what is kept, so the result always
replays strictly.

Passes, repeated until none helps or the budget is used up:

1. drop all relaxations of one kind, then all of every kind: goal order puts them before preemptions;
2. ddmin (Zeller, Hildebrandt, TSE'02) over the list: drop halves, quarters, ... single choices;
3. lower each pick to the smallest option that still fails.

Deterministic: nothing is drawn. Idempotent: a result that was reached within the budget is a fixpoint of all
passes. The best so far is always kept, so a spent budget costs minimality and nothing else.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..actors.choices import Kind, Pick, RunInfo
from ..actors.outcome import RunOutcome
from .judge import VIOLATED
from .model import RunResult

__all__ = ["REPLAYS_MAX", "LenientChooser", "Shrunk", "Step", "Target", "order", "shrink", "target_of"]

REPLAYS_MAX = 400
"""Replays a shrink may take unless told otherwise."""


class Step(NamedTuple):
    """One non-zero choice, by the name that survives shrinking: the `number`-th of its kind, from 0."""

    kind: Kind
    number: int
    picked: int


@dataclass(frozen=True, slots=True)
class Target:
    """What must go on failing. `invariant` and `subject` are "" when the verdict says it all."""

    verdict: str
    invariant: str = ""
    subject: str = ""

    def met(self, result: RunResult) -> bool:
        """Whether a run shows it."""
        if result.verdict != self.verdict:
            return False
        return not self.invariant or any(
            finding.invariant == self.invariant and finding.subject == self.subject
            for finding in result.findings
        )


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


class LenientChooser:
    """Answers by kind and number, 0 where a pick does not fit; `steps` is what it really answered."""

    __slots__ = ("_numbers", "_wanted", "steps")

    def __init__(self, steps: Sequence[Step]) -> None:
        self._wanted = {(step.kind, step.number): step.picked for step in steps}
        self._numbers = dict.fromkeys(Kind, 0)
        self.steps: list[Step] = []

    def begin(self, run: RunInfo) -> None:
        """Nothing to prepare."""

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """The wanted index when there is such an option."""
        number = self._numbers[kind]
        self._numbers[kind] = number + 1
        picked = self._wanted.get((kind, number), 0)
        if not 0 < picked < count:
            return 0
        self.steps.append(Step(kind, number, picked))
        return picked

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""


class _Numbering:
    """A strict replay that learns the name of each pick."""

    __slots__ = ("_numbers", "_picks", "_position", "steps")

    def __init__(self, picks: Sequence[Pick]) -> None:
        self._picks = {pick.position: pick.picked for pick in picks}
        self._numbers = dict.fromkeys(Kind, 0)
        self._position = 0
        self.steps: list[Step] = []

    def begin(self, run: RunInfo) -> None:
        """Nothing to prepare."""

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """The recorded index."""
        picked = self._picks.get(self._position, 0)
        if picked >= count:
            picked = 0
        if picked:
            self.steps.append(Step(kind, self._numbers[kind], picked))
        self._position += 1
        self._numbers[kind] += 1
        return picked

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""


def order(steps: Sequence[Step]) -> tuple[int, int, int]:
    """How far from dull: fewer relaxations, then fewer changes of actor, then smaller picks."""
    switches = sum(step.kind is Kind.SCHEDULE for step in steps)
    return len(steps) - switches, switches, sum(step.picked for step in steps)


class _Spent(Exception):
    """The budget is used up."""


class _Shrinker:
    """The best run so far, and how to try a better one."""

    def __init__(self, run: Callable[[LenientChooser], RunResult], target: Target, replays_max: int) -> None:
        self._run = run
        self._target = target
        self._replays_max = replays_max
        self._tried: set[tuple[Step, ...]] = set()
        self.replays = 0
        self.best: tuple[Step, ...] = ()
        self.result: RunResult | None = None

    def start(self, steps: Sequence[Step], result: RunResult) -> None:
        self.best = tuple(steps)
        self.result = result
        self._tried.add(self.best)

    def improves(self, steps: Sequence[Step]) -> bool:
        """Try a candidate; keep it when it still fails and is closer to dull."""
        candidate = tuple(steps)
        if candidate in self._tried:
            return False
        if self.replays >= self._replays_max:
            raise _Spent
        self._tried.add(candidate)
        self.replays += 1
        chooser = LenientChooser(candidate)
        result = self._run(chooser)
        if not self._target.met(result) or order(chooser.steps) >= order(self.best):
            return False
        self.start(chooser.steps, result)
        return True

    def to_fixpoint(self) -> None:
        """All passes until none helps; raises `_Spent`."""
        while True:
            before = self.best
            self._drop_kinds()
            self._drop_parts()
            self._lower()
            if self.best == before:
                return

    def _drop_kinds(self) -> None:
        self.improves([step for step in self.best if step.kind is Kind.SCHEDULE])
        for kind in Kind:
            if kind is not Kind.SCHEDULE:
                self.improves([step for step in self.best if step.kind is not kind])

    def _drop_parts(self) -> None:
        size = len(self.best)
        while size:
            # From the end: what came after the failure, or only delayed it, goes first and shifts nothing.
            if any(self.improves(rest) for rest in _without_parts(self.best, size)):
                size = min(size, len(self.best))
            else:
                size //= 2

    def _lower(self) -> None:
        at = 0
        while at < len(self.best):
            step = self.best[at]
            for picked in range(1, step.picked):
                if self.improves([*self.best[:at], step._replace(picked=picked), *self.best[at + 1 :]]):
                    break
            at += 1


def _without_parts(steps: Sequence[Step], size: int) -> Iterator[list[Step]]:
    """The list without each part of `size` in turn, last part first."""
    for end in range(len(steps), 0, -size):
        yield [*steps[: max(0, end - size)], *steps[end:]]


def shrink(
    run: Callable[..., RunResult],
    picks: Sequence[Pick],
    target: Target,
    *,
    replays_max: int = REPLAYS_MAX,
) -> Shrunk | None:
    """Shrink a failing run.

    `run(chooser)` makes one run, `picks` are those of the failing one. Returns None when the picks do not
    lead to the target any more, which means that the scenario or the tool is not the one they were recorded
    with.
    """
    numbering = _Numbering(picks)
    first = run(numbering)
    if not target.met(first):
        return None
    shrinker = _Shrinker(run, target, replays_max)
    shrinker.start(numbering.steps, first)
    try:
        shrinker.to_fixpoint()
    except _Spent:
        minimal = False
    else:
        minimal = True
    return Shrunk(shrinker.result or first, len(picks), shrinker.replays + 1, minimal)


def target_of(verdict: str, invariant: str = "", subject: str = "") -> Target:
    """What to keep failing of a run: a finding where that is the verdict, else the verdict alone."""
    return Target(verdict, invariant, subject) if verdict == VIOLATED else Target(verdict)
