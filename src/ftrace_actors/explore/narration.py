"""What matters in a campaign, said to a structlog logger in the order of the runs.

One event for each thing that matters: `started`, `finding` (the first run in which something broke that had not
broken before), `shrunk`, `replay written`, `log written`, `ended`. Each has the scenario, its seed, the strategy and
the design bound to it, and the number of the run where it is about one. No clock is read, and nothing is said of a run
before all earlier ones are in, so the events are a function of what was asked, whatever the number of workers.

The logger is the caller's.  What becomes of an event (a file, a terminal, nothing) is a matter of its processors.
"""

from pathlib import Path
from typing import Any

import structlog
from structlog.typing import FilteringBoundLogger

from ..checks import Finding
from ..result import Expect
from .chunk import Plan, Sighting
from .portable import portable

__all__ = ["Narrator", "finding_facts", "silent"]


def silent() -> FilteringBoundLogger:
    """A logger that says nothing."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        None, processors=[], wrapper_class=structlog.make_filtering_bound_logger("critical")
    )
    return logger


def finding_facts(found: Finding | None) -> dict[str, str | None]:
    """What a `finding` says of what broke; nothing of a failure that is none."""
    if found is None:
        return {}
    return {
        "invariant": found.invariant,
        "window": found.window,
        "severity": found.severity,
        "subject": found.subject,
        "message": found.message,
    }


class Narrator:
    """Says what happens in one campaign; `facts` are bound in addition to those of the plan (the design)."""

    __slots__ = ("_log", "_plan")

    def __init__(self, logger: FilteringBoundLogger, plan: Plan, **facts: object) -> None:
        self._plan = plan
        self._log = logger.bind(scenario=plan.name, seed=plan.seed, strategy=plan.strategy, **facts)

    def started(self, expect: Expect, runs: int | None) -> None:
        """The scenario could be built; `runs` is how many there may be, None when only time limits them."""
        plan = self._plan
        overrides = dict(sorted(plan.overrides.items()))
        self._log.info(
            "started",
            path=portable(plan.path),
            driver=plan.driver,
            runs=runs,
            expected=list(expect.verdicts),
            **{"with": overrides},
        )

    def finding(self, seen: Sighting) -> None:
        """A run broke what no earlier one had broken."""
        self._log.bind(run=seen.run).info("finding", verdict=seen.verdict, **finding_facts(seen.finding))

    def shrunk(self, run: int, before: int, after: int, *, minimal: bool) -> None:
        """Non-zero choices of the run that is shown, before and after."""
        self._log.bind(run=run).info("shrunk", before=before, after=after, minimal=minimal)

    def written(self, run: int, what: str, path: Path) -> None:
        """A file about a run: `what` is "replay" or "log"."""
        self._log.bind(run=run).info(f"{what} written", path=str(path))

    def ended(self, **summary: Any) -> None:
        """What came of it."""
        self._log.info("ended", **summary)
