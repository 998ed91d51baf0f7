"""Making the scenario of a failing run small, once its schedule is short.

A schedule of four choices in a world of five tasks still has to be understood among five tasks. So the scenario is
made smaller as well: one thing at a time is left out (what there is to leave out, the scenario's room knows), and the
smaller one is kept when the same thing still breaks in it with no more choices. Whether it does is asked first by
following the schedule (`lenient`), which costs up to three runs; where the schedule means another thing in the
smaller world, since an actor that is not there any more leaves a decision to others, by a few sampled runs, the best
of which is shrunk.

Greedy, to a fixpoint: what was refused is tried again after something else was left out, until a round changes
nothing. Deterministic: runs are numbered and nothing is drawn but from their numbers. Bounded by runs, and the best
so far is always kept, as in `shrink`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ..actors.choices import Chooser, DullChooser, Pick, ReplayChooser
from ..errors import InputError, ReplayDiverged
from ..result import RunResult
from .lenient import Schedule, follow, schedule_of
from .shrink import Target, shrink
from .strategies import Profile, make_chooser

__all__ = ["RUNS_MAX", "Less", "Smaller", "make_smaller"]

RUNS_MAX = 600
"""Runs that one scenario may take by default."""
SAMPLES = 16
"""Sampled runs of the first smaller world in which following the schedule shows nothing.  Each time that they show
nothing either there are half as many: where names say enough, sampling finds nothing (not once in 362 worlds of nine
scenarios of `benchmarks.shrinking`), and took a fifth of the time."""
_STRATEGY = "near"
"""Of all strategies the one that finds short failures most often, and it makes the cheapest runs."""
_RESHRINK = 60
"""Replays for a run that was found by sampling."""

Make: TypeAlias = Callable[[Chooser], RunResult]


class Less(Protocol):
    """A scenario with one thing less."""

    @property
    def words(self) -> str:
        """What."""

    @property
    def text(self) -> str:
        """The scenario."""


@dataclass(frozen=True, slots=True)
class Smaller:
    """What became of a scenario.

    Attributes:
        text: the smallest found.
        dropped: what it lacks, in the order in which it went.
        result: the failing run of it (not recorded).
        runs: how many it took.
        minimal: everything was tried in vain on it; False when the budget ended first.
    """

    text: str
    dropped: tuple[str, ...]
    result: RunResult
    runs: int
    minimal: bool


class _Spent(Exception):
    """The budget is used up."""


class _Maker:
    """The smallest scenario so far, and how to try a smaller one."""

    def __init__(
        self, build: Callable[[str], Make], target: Target, runs_max: int, stop: Callable[[], bool]
    ) -> None:
        self._build = build
        self._target = target
        self._runs_max = runs_max
        self._stop = stop
        self._samples = SAMPLES
        self.runs = 0
        self.text = ""
        self.dropped: list[str] = []
        self.result: RunResult | None = None
        self._schedule = Schedule((), False)

    def _counted(self, run: Make) -> Make:
        """The same runs, counted."""

        def make(chooser: Chooser) -> RunResult:
            self.runs += 1
            return run(chooser)

        return make

    def start(self, text: str, picks: Sequence[Pick]) -> bool:
        """Make the failing run itself; whether it fails."""
        run = self._counted(self._build(text))
        try:
            result = run(ReplayChooser(picks))
        except ReplayDiverged:
            return False
        if self._target.met(result):
            self._keep(text, run, result)
            return True
        return False

    def _keep(self, text: str, run: Make, result: RunResult) -> None:
        self.text, self.result = text, result
        self._schedule = schedule_of(result.picks, run=run)

    def to_fixpoint(self, reductions: Callable[[str], Iterable[Less]]) -> None:
        """Leave out what can be, until a round changes nothing; raises `_Spent`."""
        changed = True
        while changed:
            changed = False
            refused: set[str] = set()
            while self._one_less(reductions, refused):
                changed = True

    def _one_less(self, reductions: Callable[[str], Iterable[Less]], refused: set[str]) -> bool:
        """Leave out the first thing that is not needed, of those not refused in this round."""
        for less in reductions(self.text):
            if less.words in refused:
                continue
            if self._improves(less):
                self.dropped.append(less.words)
                return True
            refused.add(less.words)
        return False

    def _improves(self, less: Less) -> bool:
        """Keep a smaller scenario when it still fails, with no more choices."""
        if self.runs >= self._runs_max or self._stop():
            raise _Spent
        try:
            run = self._counted(self._build(less.text))
        except InputError:
            return False  # what is left does not make sense
        followed = follow(self._schedule, run, self._target.met)
        result = followed.result if followed.shows else self._sampled(run)
        if result is None or len(result.picks) > len(self._schedule.anchors):
            return False
        self._keep(less.text, run, result)
        return True

    def _sampled(self, run: Make) -> RunResult | None:
        """The first failing one of a few runs, shrunk."""
        if not self._samples:
            return None
        profile = Profile(run(DullChooser()).schedule_choices)
        for number in range(self._samples):
            result = run(make_chooser(_STRATEGY, 0, number, profile))
            if self._target.met(result):
                shrunk = shrink(run, result.picks, self._target, replays_max=_RESHRINK, stop=self._stop)
                return None if shrunk is None else shrunk.result
        self._samples //= 2
        return None


def make_smaller(
    text: str,
    picks: Sequence[Pick],
    target: Target,
    *,
    build: Callable[[str], Make],
    reductions: Callable[[str], Iterable[Less]],
    runs_max: int = RUNS_MAX,
    stop: Callable[[], bool] = lambda: False,
) -> Smaller | None:
    """Leave out of a scenario what its failing run does not need.

    `build` makes a world of a text and returns what makes runs of it; it raises `InputError` for a text that makes no
    sense. `reductions` are the texts with one thing less, in the order in which to try them. `picks` and `target` are
    the run and what must keep failing. `stop` is asked before each try. Returns None when the picks do not lead to the
    target.
    """
    maker = _Maker(build, target, runs_max, stop)
    if not maker.start(text, picks):
        return None
    minimal = True
    try:
        maker.to_fixpoint(reductions)
    except _Spent:
        minimal = False
    assert maker.result is not None
    return Smaller(maker.text, tuple(maker.dropped), maker.result, maker.runs, minimal)
