"""INV-LIVE: patching and grace periods come to an end under a fair schedule.

The runtime sees a hang, no event does; so this invariant is derived from a run's outcome.  The run's verdict stays
"deadlock" or "livelock".
"""

from __future__ import annotations

from typing import Final

from ..words import Hang, Severity
from .finding import Finding

__all__ = ["INV_LIVE", "LIVE_ABOUT", "liveness"]

INV_LIVE: Final = "INV-LIVE"
LIVE_ABOUT: Final = (
    "under a fair schedule, every patch and every grace period completes: no deadlock, no livelock"
)


_SAID: Final = {
    Hang.DEADLOCK: "nobody can go on, even if every timer fires",
    Hang.LIVELOCK: "the fair bound is used up and nothing completes",
}


def liveness(hang: Hang | None, explanation: str, culprits: tuple[str, ...] = ()) -> Finding | None:
    """The finding that a hang is; None for a run that came to its end.

    `explanation` is the wait-for graph or who kept running, in words; `culprits` are the names on the cycle, or those
    that kept running: sorted, they are the finding's subject.
    """
    if hang is None:
        return None
    message = f"{hang}: {_SAID[hang]}"
    if explanation:
        message += f": {explanation}"
    return Finding(INV_LIVE, Severity.HANG, message, None, " ".join(sorted(culprits)) or hang.value, ())
