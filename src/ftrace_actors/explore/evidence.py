"""From a failing run to something to show: shrink it, make it once more with its events, write the replay file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..actors.choices import Chooser, Pick, ReplayChooser
from ..checks import Finding
from ..errors import ModelError
from ..result import Expect, RunResult
from . import replay
from .judge import headline
from .replay import Origin
from .shrink import REPLAYS_MAX, Target, shrink, target_of

__all__ = ["Proof", "Shortest", "prove", "shorten", "target_for", "write"]


@dataclass(frozen=True, slots=True)
class Shortest:
    """A failing run after shrinking.

    Attributes:
        result: the shrunk run, with its events.
        minimal: shrinking was not cut short.
    """

    result: RunResult
    minimal: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """A failing run, ready to be shown.

    Attributes:
        result: the shrunk run, with its events.
        finding: what to point at, when something broke.
        before: non-zero choices before shrinking.
        minimal: shrinking was not cut short.
        path: of the replay file.  unwritten: why there is none, "" when there is.
    """

    result: RunResult
    finding: Finding | None
    before: int
    minimal: bool
    path: Path
    unwritten: str = ""

    @property
    def after(self) -> int:
        """Non-zero choices after shrinking."""
        return len(self.result.picks)

    @property
    def replay(self) -> Path | None:
        """The file written, None when it could not be."""
        return None if self.unwritten else self.path


def target_for(expect: Expect, verdict: str, findings: Sequence[Finding]) -> Target:
    """What shrinking must keep of a run: the finding that is pointed at, or the verdict where there is none.

    What was said of the failing run must be true of the one that is shown.
    """
    wanted = headline(expect, findings)
    if wanted is None:
        return target_of(verdict)
    return target_of(verdict, wanted.invariant, wanted.subject, window=wanted.window, expect=expect)


def shorten(
    name: str,
    picks: Sequence[Pick],
    target: Target,
    *,
    attempt: Callable[[Chooser], RunResult],
    record: Callable[[Chooser], RunResult],
    same: Callable[[RunResult], bool],
    replays_max: int = REPLAYS_MAX,
    stop: Callable[[], bool] = lambda: False,
) -> Shortest:
    """Shrink a failing run and record the shortest one; the arguments are those of `prove`, `name` says which run.

    Raises `ModelError` when the run cannot be made again.
    """
    shrunk = shrink(attempt, picks, target, replays_max=replays_max, stop=stop)
    if shrunk is None:
        raise ModelError(f"{name} came out differently the second time")
    result = record(ReplayChooser(shrunk.result.picks))
    if not same(result):
        raise ModelError(f"{name}: recording it changed what happened")
    return Shortest(result, shrunk.minimal)


def prove(
    origin: Origin,
    picks: Sequence[Pick],
    target: Target,
    path: Path,
    *,
    attempt: Callable[[Chooser], RunResult],
    record: Callable[[Chooser], RunResult],
    point: Callable[[RunResult], Finding | None],
    same: Callable[[RunResult], bool],
    replays_max: int = REPLAYS_MAX,
    stop: Callable[[], bool] = lambda: False,
) -> Proof:
    """Shrink a failing run, record it, and write it to `path` where that is possible.

    `origin` and `picks` say which run it is.  `attempt` makes the runs of shrinking, which keeps `target` true until
    `stop` says yes.  `record` makes the shortest one again with its events; of that run `same` says whether it shows
    what `target` is about, and `point` which finding that is.  Raises `ModelError` when the run cannot be made again.
    """
    shortest = shorten(
        f"{origin.name}: run {origin.run} of seed {origin.seed}",
        picks,
        target,
        attempt=attempt,
        record=record,
        same=same,
        replays_max=replays_max,
        stop=stop,
    )
    finding = point(shortest.result)
    recording = replay.make(origin, shortest.result, finding, shrunk_from=len(picks))
    unwritten = write(path, lambda: replay.save(path, recording))
    return Proof(shortest.result, finding, len(picks), shortest.minimal, path, unwritten)


def write(path: Path, how: Callable[[], object]) -> str:
    """Write a file; "", or why it could not be: a run is shown all the same."""
    try:
        how()
    except OSError as error:
        return f"cannot write {path}: {error.strerror or error}"
    return ""
