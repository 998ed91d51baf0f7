"""What broke, as a value: findings are never exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

__all__ = [
    "BROKEN_GRACE_PERIOD",
    "CORRUPTION",
    "HANG",
    "LATE_CALL",
    "LOST_CALL",
    "PROMISES",
    "SEVERITIES",
    "STALE_POINTER",
    "UNGUARDED",
    "UNPREDICTABLE",
    "USE_AFTER_FREE",
    "WAIT_BEFORE_UNLINK",
    "WAIT_TOO_SHORT",
    "WARNING",
    "Finding",
    "ranked",
]

USE_AFTER_FREE: Final = "use after free"
CORRUPTION: Final = "corruption"
LOST_CALL: Final = "lost call"
LATE_CALL: Final = "late call"
STALE_POINTER: Final = "stale pointer"
WAIT_TOO_SHORT: Final = "wait too short"
WAIT_BEFORE_UNLINK: Final = "wait before unlink"
BROKEN_GRACE_PERIOD: Final = "broken grace period"
UNGUARDED: Final = "unguarded call"
WARNING: Final = "kernel warning"
HANG: Final = "hang"
UNPREDICTABLE: Final = "unpredictable"

SEVERITIES: Final[dict[str, str]] = {
    USE_AFTER_FREE: "memory was used after it was given back",
    CORRUPTION: "a value that nobody wrote, or that does not belong there, was used",
    LATE_CALL: "a tracer was called after its owner was told that it would not be",
    STALE_POINTER: "a pointer was read where it should not have been any more",
    WAIT_TOO_SHORT: "something was used after the wait for its users had returned",
    WAIT_BEFORE_UNLINK: "a wait for users began while new ones could still come",
    BROKEN_GRACE_PERIOD: "a grace period ended before what it waits for had happened",
    UNGUARDED: "a tracer was called without the protection it asks for",
    WARNING: "the kernel noticed itself that its books contradict each other",
    LOST_CALL: "a call that had to be traced was not",
    HANG: "nothing can go on, or nothing gets anywhere",
    UNPREDICTABLE: "the architecture gives no answer (CONSTRAINED UNPREDICTABLE)",
}
"""How bad a finding is, worst first, with a sentence each."""

PROMISES: Final = frozenset({STALE_POINTER, WAIT_TOO_SHORT, WAIT_BEFORE_UNLINK, BROKEN_GRACE_PERIOD})
"""Severities of what makes a bad access possible: nothing bad need have come of it in that run."""


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


class _Graded(Protocol):
    @property
    def severity(self) -> str: ...


_G = TypeVar("_G", bound=_Graded)


def ranked(findings: Iterable[_G]) -> list[_G]:
    """Findings in the order in which they are shown.

    What was done wrong comes before a promise that broke: that is why it could be done.  What the architecture gives no
    answer to comes last: where an invariant broke, the verdict is violated.
    """
    return sorted(findings, key=lambda found: (found.severity == UNPREDICTABLE, found.severity in PROMISES))
