"""A run's verdict: what was found and how the run ended, put together in one place.

The same function judges a run when it is over and its log years later, so both say the same.  What a judge needs beyond
events is in two values: `Settings`, which checks must know of the machine before they see an event, and `Ending`, what
only the runtime sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..words import Hang, Severity, Verdict
from .catalogue import default_checks
from .checker import Check
from .cmodx import LINE_BYTES
from .finding import Finding
from .live import liveness
from .sometimes import Sometimes

__all__ = ["Ending", "Settings", "settle"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What checks know of a world before they see an event.

    Attributes:
        hazards, idc, line: see `default_checks`.
        cpus, routines, filters: see `Sometimes`.
    """

    hazards: frozenset[int] = frozenset()
    idc: bool = True
    line: int = LINE_BYTES
    cpus: int = 0
    routines: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def checks(self) -> list[Check]:
        """All checks, fresh, for one run on this machine."""
        return default_checks(self.hazards, idc=self.idc, line=self.line)

    def sometimes(self, wanted: Iterable[str]) -> Sometimes:
        """What notes the properties `wanted` of one run, and in any case how quiescent states came about."""
        return Sometimes((*wanted, "quiescent"), cpus=self.cpus, routines=self.routines, filters=self.filters)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, as far as it matters for its verdict.

    Attributes:
        hang: None when everybody who had to finish did.
        explanation: the wait-for graph, or who kept running, in words.
        culprits: the names on the cycle, or those that kept running.
    """

    hang: Hang | None = None
    explanation: str = ""
    culprits: tuple[str, ...] = ()


def settle(findings: tuple[Finding, ...], ending: Ending) -> tuple[Verdict, tuple[Finding, ...]]:
    """The verdict of one run, and its findings with the one that a hang is.

    The verdict is the strongest of violated, unpredictable, deadlock, livelock and holds; unpredictable only when
    nothing else broke.
    """
    live = liveness(ending.hang, ending.explanation, ending.culprits)
    return _verdict(findings, ending.hang), findings if live is None else (*findings, live)


def _verdict(findings: tuple[Finding, ...], hang: Hang | None) -> Verdict:
    if any(finding.severity != Severity.UNPREDICTABLE for finding in findings):
        return Verdict.VIOLATED
    if findings:
        return Verdict.UNPREDICTABLE
    return Verdict.HOLDS if hang is None else Verdict(hang)
