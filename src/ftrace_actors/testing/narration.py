"""What matters while a test is explored, said to the structlog of the program that runs the tests.

`started`, `finding`, `shrunk`, `pinned`, `ended`, each with the test, its seed and its strategy bound to it, and no
clock. From the finding on, the scenario and the design of the run are bound as well, where it has them. The words are
those of a campaign (`explore.narration`), and files are named from the rootdir. Nothing is said where nobody configured
structlog: its default prints, and a test's output is the test's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import structlog
from structlog.typing import FilteringBoundLogger

from ..checks import ranked
from ..explore.narration import finding_facts, silent
from ..result import RunResult
from .files import from_root

__all__ = ["Narration"]


class Narration:
    """Says what happens to one test under `@explore`."""

    __slots__ = ("_log",)

    def __init__(self, test: str, seed: int, strategy: str) -> None:
        logger: FilteringBoundLogger = structlog.get_logger() if structlog.is_configured() else silent()
        self._log = logger.bind(test=test, seed=seed, strategy=strategy)

    def started(self, runs: int, driver: str) -> None:
        """Schedules are about to be tried."""
        self._log.info("started", runs=runs, driver=driver)

    def finding(self, run: int, result: RunResult, facts: Mapping[str, str]) -> None:
        """The test failed under the schedule of that number; `facts` say which world it ran, and stay bound."""
        self._log = self._log.bind(**facts)
        found = finding_facts(next(iter(ranked(result.findings)), None))
        self._log.info("finding", run=run, verdict=result.verdict, **found)

    def shrunk(self, run: int, before: int, after: int, *, minimal: bool) -> None:
        """Non-zero choices of that schedule, before and after."""
        self._log.info("shrunk", run=run, before=before, after=after, minimal=minimal)

    def pinned(self, run: int, file: Path) -> None:
        """The schedule is kept, and will be tried first."""
        self._log.info("pinned", run=run, path=from_root(file))

    def ended(self, *, ok: bool) -> None:
        """Nothing more is tried."""
        self._log.info("ended", ok=ok)
