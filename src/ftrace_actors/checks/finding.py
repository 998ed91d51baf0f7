"""What broke, as a value: findings are never exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = [
    "BROKEN_GRACE_PERIOD",
    "CORRUPTION",
    "HANG",
    "LATE_CALL",
    "LOST_CALL",
    "SEVERITIES",
    "UNGUARDED",
    "UNPREDICTABLE",
    "USE_AFTER_FREE",
    "WARNING",
    "Finding",
]

USE_AFTER_FREE: Final = "use after free"
CORRUPTION: Final = "corruption"
LOST_CALL: Final = "lost call"
LATE_CALL: Final = "late call"
BROKEN_GRACE_PERIOD: Final = "broken grace period"
UNGUARDED: Final = "unguarded call"
WARNING: Final = "kernel warning"
HANG: Final = "hang"
UNPREDICTABLE: Final = "unpredictable"

SEVERITIES: Final[dict[str, str]] = {
    USE_AFTER_FREE: "memory was used, or may be used any moment, after it was given back",
    CORRUPTION: "a value that nobody wrote, or that does not belong there, was used",
    LATE_CALL: "a tracer was called after its owner was told that it would not be",
    BROKEN_GRACE_PERIOD: "a wait ended before what it waits for had happened",
    UNGUARDED: "a tracer was called without the protection it asks for",
    WARNING: "the kernel noticed itself that its books contradict each other",
    LOST_CALL: "a call that had to be traced was not",
    HANG: "nothing can go on, or nothing gets anywhere",
    UNPREDICTABLE: "the architecture gives no answer (CONSTRAINED UNPREDICTABLE)",
}
"""How bad a finding is, worst first, with a sentence each."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant that broke in one run.

    Attributes:
        invariant: its name, as ``INV-LIFE``.
        severity: a key of `SEVERITIES`.
        message: one sentence in the kernel's words, with symbols.
        window: the window ("W0" to "W4") the victim task was in, None when in none.
        subject: what broke (ops, function); the same bug has the same subject in every run.
        events: `seq` numbers of the events that prove it, ascending.
    """

    invariant: str
    severity: str
    message: str
    window: str | None
    subject: str
    events: tuple[int, ...]
