"""What broke, as a value: findings are never exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..words import PROMISES, Severity

__all__ = ["Finding", "rank", "ranked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant that broke in one run; the same value from the check to the terminal, and between processes.

    Attributes:
        invariant: its name, as ``INV-LIFE``.
        severity: how bad it is.
        message: one sentence in the kernel's words, with symbols.
        window: the window ("W0" to "W4") the victim task was in, None when in none.
        subject: what broke (ops, function); the same bug has the same subject in every run.
        events: `seq` numbers of the events that prove it, ascending.
    """

    invariant: str
    severity: Severity
    message: str
    window: str | None
    subject: str
    events: tuple[int, ...]


def rank(finding: Finding) -> tuple[bool, bool]:
    """Where a finding comes in the order in which they are shown.

    What was done wrong comes before a promise that broke: that is why it could be done.  What the architecture gives no
    answer to comes last: where an invariant broke, the verdict is violated.
    """
    return finding.severity == Severity.UNPREDICTABLE, finding.severity in PROMISES


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in the order in which they are shown; see `rank`."""
    return sorted(findings, key=rank)
