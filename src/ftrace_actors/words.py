"""The words of a judgement: how a run came out, how it hung, how bad a finding is.

They are plain text wherever they are written (terminal, JSON, logs, replay files); a member equals its text.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

__all__ = ["PROMISES", "SEVERITIES", "Hang", "Severity", "Verdict", "counted", "hang_of"]


def counted(count: int, thing: str, *, thousands: bool = False) -> str:
    """How many there are of a thing, as 1 run or 2 runs; 2,000 runs where `thousands` are set apart."""
    number = f"{count:,}" if thousands else str(count)
    return f"{number} {thing}" if count == 1 else f"{number} {thing}s"


class Verdict(StrEnum):
    """How a run came out; how strong each is, `explore.judge` says."""

    HOLDS = "holds"
    VIOLATED = "violated"
    DEADLOCK = "deadlock"
    LIVELOCK = "livelock"
    UNPREDICTABLE = "unpredictable"


class Hang(StrEnum):
    """How a run failed to come to an end; the verdict of the same text is that of a run in which nothing else broke."""

    DEADLOCK = "deadlock"
    LIVELOCK = "livelock"


_HANGS: Final = {hang.value: hang for hang in Hang}


def hang_of(status: str) -> Hang | None:
    """The hang that a run which ended so is (`actors.Status`, and what logs say); None when it came to its end."""
    return _HANGS.get(status)


class Severity(StrEnum):
    """How bad a finding is; `SEVERITIES` has a sentence for each."""

    USE_AFTER_FREE = "use after free"
    CORRUPTION = "corruption"
    LATE_CALL = "late call"
    STALE_POINTER = "stale pointer"
    WAIT_TOO_SHORT = "wait too short"
    WAIT_BEFORE_UNLINK = "wait before unlink"
    BROKEN_GRACE_PERIOD = "broken grace period"
    UNGUARDED = "unguarded call"
    WARNING = "kernel warning"
    LOST_CALL = "lost call"
    HANG = "hang"
    UNPREDICTABLE = "unpredictable"


SEVERITIES: Final[dict[Severity, str]] = {
    Severity.USE_AFTER_FREE: "memory was used after it was given back",
    Severity.CORRUPTION: "a value that nobody wrote, or that does not belong there, was used",
    Severity.LATE_CALL: "a tracer was called after its owner was promised that it would not be",
    Severity.STALE_POINTER: "a pointer was read where it should not have been any more",
    Severity.WAIT_TOO_SHORT: "something was used after the wait for its users had returned",
    Severity.WAIT_BEFORE_UNLINK: "a wait for users began while new ones could still come",
    Severity.BROKEN_GRACE_PERIOD: "a grace period ended before what it waits for had happened",
    Severity.UNGUARDED: "a tracer was called without the protection it asks for",
    Severity.WARNING: "the kernel noticed itself that its books contradict each other",
    Severity.LOST_CALL: "a call that had to be traced was not",
    Severity.HANG: "nothing can continue, or nothing gets anywhere",
    Severity.UNPREDICTABLE: "the architecture gives no answer (CONSTRAINED UNPREDICTABLE)",
}
"""What each severity means. Findings are shown in the order of `checks.ranked`, not in this one."""

PROMISES: Final = frozenset(
    {
        Severity.STALE_POINTER,
        Severity.WAIT_TOO_SHORT,
        Severity.WAIT_BEFORE_UNLINK,
        Severity.BROKEN_GRACE_PERIOD,
    }
)
"""Severities of what makes a bad access possible: nothing bad need have come of it in that run."""
