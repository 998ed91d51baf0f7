"""Where failing schedules of tests are kept, and in what form.

A test has at most one pinned schedule, a file named after its node id. It runs first next time, a new failure replaces
it, and it goes away when the test passes under it and all others. It does not go away untried: see `exploration`. To
keep a schedule for good, put its file somewhere else and name it in `@explore(replays=[...])`.

Runs of a scenario are pinned as the replay files of `ftrace_actors.explore.replay`, so the command line can replay
them as well. Runs of actors that a test wrote itself have no scenario; their file names the test instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from .. import __version__
from ..actors import Kind, Pick, RunInfo, RunOutcome
from ..atomic_file import write_whole
from ..checks import ranked
from ..explore import replay
from ..explore.replay import Format, PickPart
from .schedule import Schedule

__all__ = ["Kept", "Numbers", "PinnedChooser", "failure_of", "load", "pin_path", "save"]

_NAME_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class Numbers:
    """Where a schedule came from; after shrinking, where the one before it came from."""

    strategy: str
    seed: int
    run: int

    def __str__(self) -> str:
        return f"seed {self.seed:#x}, run {self.run}, strategy {self.strategy}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A schedule read from a file.

    Attributes:
        numbers: where it came from.
        picks: the non-zero choices.
        positions: how many choices the run asked.
        failure: what went wrong in it, in one line.
        test: node id of the test, "" in the file of a scenario's run.
        scenario: what such a file holds, else None.
        code: digest of the file the test was in, "" where that is not known.
    """

    numbers: Numbers
    picks: tuple[Pick, ...]
    positions: int
    failure: str
    test: str = ""
    scenario: replay.Recording | None = None
    code: str = ""


class RunOfTest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file of a run without a scenario: `test` is a node id, `failure` what went wrong in one line.

    `code` is a digest of the file the test was in; earlier versions did not write it.
    """

    format: Format
    tool: str
    test: str
    strategy: str
    seed: int
    run: int
    failure: str
    positions: int
    shrunk_from: int | None
    picks: tuple[PickPart, ...]
    code: str = ""


class PinnedChooser:
    """Answers by position as long as that fits, and with 0 where it does not.

    A pinned schedule is tried on code that was changed to fix it, so it must not insist.
    """

    __slots__ = ("_picks", "_position")

    def __init__(self, picks: Sequence[Pick]) -> None:
        self._picks = {(pick.position, pick.kind): pick.picked for pick in picks}
        self._position = 0

    def begin(self, run: RunInfo) -> None:
        """Start from the first choice."""
        self._position = 0

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """What was pinned, when there is such an option."""
        picked = self._picks.get((self._position, kind), 0)
        self._position += 1
        return picked if picked < count else 0

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""


def pin_path(directory: Path, test: str) -> Path:
    """``DIRECTORY/FILE/TEST.replay.json`` for the node id ``FILE::TEST``; different tests have different files."""
    file, _, name = test.partition("::")
    parts = [re.sub(r"[^\w.\-]", "_", part) if part.strip(".") else "_" for part in file.split("/") if part]
    plain = name.replace("::", ".")
    safe = re.sub(r"[^\w.\-\[\]=+,]", "_", plain)[:_NAME_MAX]
    # What `::` becomes must not be mistaken for a dot of a parameter.
    if safe != plain or "." in name or "/".join(parts) != file:
        safe = f"{safe}-{blake2b(test.encode(), digest_size=4).hexdigest()}"
    return directory.joinpath(*parts, f"{safe}.replay.json")


def save(
    path: Path,
    test: str,
    schedule: Schedule,
    numbers: Numbers,
    failure: str,
    shrunk_from: int,
    code: str = "",
) -> bool:
    """Write the run that `schedule` made, whole or not at all; whether the command line can replay it.

    Raises OSError when it cannot be written.
    """
    source = schedule.source()
    if source is not None:
        origin = source.origin(numbers.strategy, numbers.seed, numbers.run)
        result = schedule.recorded()
        replay.save(path, replay.make(origin, result, next(iter(ranked(result.findings)), None), shrunk_from))
        return True
    run = RunOfTest(
        format=replay.FORMAT,
        tool=__version__,
        test=test,
        strategy=numbers.strategy,
        seed=numbers.seed,
        run=numbers.run,
        failure=failure,
        positions=schedule.positions,
        shrunk_from=shrunk_from,
        picks=tuple(PickPart.of(pick) for pick in schedule.picks or ()),
        code=code,
    )
    write_whole(path, msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")
    return False


def load(path: Path) -> Kept:
    """Read a schedule, of either form; raises `FormatError`, also when it cannot be read."""
    plain = replay.read_json(path)
    if not (isinstance(plain, dict) and "test" in plain):
        return _of_scenario(replay.recording_of(path, plain))
    run = replay.convert(path, plain, RunOfTest)
    replay.check_picks(path, run.picks)
    numbers = Numbers(run.strategy, run.seed, run.run)
    return Kept(numbers, _picks(run.picks), run.positions, run.failure, run.test, code=run.code)


def _of_scenario(file: replay.Recording) -> Kept:
    numbers = Numbers(file.strategy, file.seed, file.run)
    failure = f"{file.verdict} {file.finding.invariant if file.finding else ''}".rstrip()
    return Kept(numbers, _picks(file.picks), file.positions, failure, scenario=file)


def _picks(parts: Sequence[PickPart]) -> tuple[Pick, ...]:
    return tuple(part.pick() for part in parts)


def failure_of(error: BaseException) -> str:
    """What files say of what a test raised: one line."""
    return (str(error) or type(error).__name__).splitlines()[0]
