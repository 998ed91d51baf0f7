"""INV-LIVE: patching and grace periods come to an end under a fair schedule.

The runtime sees a hang, no event does; so this invariant is derived from a run's outcome.  The run's verdict stays
"deadlock" or "livelock".
"""

from __future__ import annotations

from typing import Final

from .finding import HANG, Finding

__all__ = ["INV_LIVE", "LIVE_ABOUT", "liveness"]

INV_LIVE: Final = "INV-LIVE"
LIVE_ABOUT: Final = (
    "under a fair schedule, every patch and every grace period completes: no deadlock, no livelock"
)


def liveness(outcome: str, explanation: str, culprits: tuple[str, ...] = ()) -> Finding | None:
    """The finding for a run that ended as `outcome`; None unless that is "deadlock" or "livelock".

    `explanation` is the wait-for graph or who kept running, in words; `culprits` are the names on the cycle, or those
    that kept running: sorted, they are the finding's subject.
    """
    if outcome not in {"deadlock", "livelock"}:
        return None
    said = {
        "deadlock": "nobody can go on, even if every timer fires",
        "livelock": "the fair bound is used up and nothing completes",
    }[outcome]
    message = f"{outcome}: {said}"
    if explanation:
        message += f": {explanation}"
    return Finding(INV_LIVE, HANG, message, None, " ".join(sorted(culprits)) or outcome, ())
