"""How strong an answer is, in words and as JSON."""

from __future__ import annotations

from typing import Any

from ..explore import Strength
from ..explore.strength import Failing, Ordered, Unseen
from ..words import counted

__all__ = ["behaviour_words", "strength_json", "strength_words", "unseen_words"]


def behaviour_words(strength: Strength, runs: int) -> str:
    """How many behaviours there were; "" where that is not known."""
    if not strength.looked_at:
        return ""
    among = "" if strength.looked_at == runs else f" in the first {strength.looked_at}"
    return f"{counted(strength.behaviours, 'behaviour')}{among}"


def unseen_words(unseen: Unseen) -> str:
    """How probable a new behaviour is."""
    below = "" if unseen.bound is None or unseen.bound >= 1.0 else f", below {unseen.bound:.2g}"
    return f"one more run shows a new one with probability about {unseen.estimate:.2g}{below}"


def strength_words(strength: Strength, runs: int) -> list[str]:
    """All that is known, a sentence each; what is below or between something is so with 95 % confidence."""
    words = []
    if known := behaviour_words(strength, runs):
        if strength.unseen is not None:
            known += f"; {unseen_words(strength.unseen)} ({strength.unseen.runs} independent draws)"
        words.append(known)
    words += [_failing_words(failing) for failing in strength.failing]
    if strength.ordered is not None:
        words.append(_ordered_words(strength.ordered))
    return words


def _failing_words(failing: Failing) -> str:
    failed = f"{failing.failed} of {counted(failing.runs, 'run')} failed"
    how = f"{failing.strategy}: {failed}, so one fails with probability"
    if not failing.failed:
        return f"{how} below {failing.high:.2g}"
    return f"{how} {failing.low:.2g} to {failing.high:.2g}"


def _ordered_words(ordered: Ordered) -> str:
    return (
        f"pct: a failure that needs two orderings of who moves, and nothing early, is shown by a run with probability "
        f"1/{ordered.actors * ordered.drawn_from} or more ({ordered.actors} actors, a change point among "
        f"{ordered.drawn_from} decisions, and no run had more than {ordered.decisions}), by one of the "
        f"{ordered.counted} such runs of {ordered.runs} with {ordered.all_runs:.2g} or more"
    )


def strength_json(strength: Strength) -> dict[str, Any]:
    """The same for programs."""
    unseen, ordered = strength.unseen, strength.ordered
    return {
        "looked_at": strength.looked_at,
        "behaviours": strength.behaviours if strength.looked_at else None,
        "unseen": unseen
        and {"draws": unseen.runs, "once": unseen.once, "estimate": unseen.estimate, "bound": unseen.bound},
        "failing": [
            {
                "strategy": failing.strategy,
                "draws": failing.runs,
                "failed": failing.failed,
                "low": failing.low,
                "high": failing.high,
            }
            for failing in strength.failing
        ],
        "pct": ordered
        and {
            "runs": ordered.runs,
            "counted": ordered.counted,
            "actors": ordered.actors,
            "drawn_from": ordered.drawn_from,
            "decisions": ordered.decisions,
            "one": ordered.one,
            "all": ordered.all_runs,
        },
    }
