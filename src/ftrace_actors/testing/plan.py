"""What is to be explored of a test: the options of `@explore` and of the command line, put together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..explore import Driver
from .until import Until

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to explore.

    Attributes:
        test: node id.
        runs, strategy, seed: the numbered runs.
        pin: the file of the pinned schedule, which need not exist.
        replays: schedules that run first.
        replay: the one schedule to run, strictly and nothing else.
        thorough: all runs that the test asks for are made, so that what never happened counts.
        twice: execute the test twice under each schedule, and compare.
        code: digest of the file that the test is in.
        driver: of all executions but those that shrinking makes, which are bare.
        until: what ends it; None: `runs` were made, of which there are no more otherwise either.
        log: a log is wanted, so the dull schedule is executed once more when none fails.
    """

    test: str
    runs: int
    strategy: str
    seed: int
    pin: Path
    replays: tuple[Path, ...] = ()
    replay: Path | None = None
    thorough: bool = True
    twice: bool = False
    code: str = ""
    driver: Driver = "trio"
    until: Until | None = None
    log: bool = False
