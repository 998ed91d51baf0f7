"""The answers of ``needed`` in words, at length, in a table, and as JSON."""

from __future__ import annotations

from typing import assert_never

from ..studies.needed import Answer, Cell, Evidence, Strength
from ..terminal import unbroken
from ..words import counted
from .report import finding_json

__all__ = ["answer_words", "cell_json", "outcome_json", "short_words", "strength_words"]


def answer_words(cell: Cell, number: int) -> str:
    """An answer at length; `number` is that of its replay file."""
    if cell.evidence is not None:
        fewest = cell.evidence.deviations
        counted = "" if fewest is None else f", at level {fewest}"
        return f"needed: {cell.evidence.broke}{counted} [{number}]"
    if cell.strength is None or cell.answer is Answer.LOST:
        reason = cell.reason or ("time was up" if cell.answer is Answer.LOST else "")
        return f"{cell.answer}{f': {reason}' if reason else ''}"
    if cell.core is not None and cell.core.allowed:
        return f"needed: the core of {cell.core.patch} breaks; not seen, {strength_words(cell.strength)}"
    answer = Answer.NOT_SEEN if cell.answer is Answer.NOT_SEEN else Answer.NOT_NEEDED
    said = "not asked here: no run comes to it" if cell.unreached else answer
    core = "" if cell.core is None else f"; holds in the core of {cell.core.patch}"
    return f"{said}, {strength_words(cell.strength)}{core}"


def strength_words(strength: Strength) -> str:
    """How far it was looked for a run that breaks."""
    early = "" if strength.early is None else f", early stores <= {strength.early}"
    if strength.complete:
        return f"complete{early}"
    parts = []
    if strength.deviations >= 0:
        parts.append(f"complete up to level {strength.deviations}{early}")
    if strength.runs:
        parts.append(_sample_words(strength))
    return ", ".join(parts) or "nothing was made in time"


def _sample_words(strength: Strength) -> str:
    """How many runs were sampled, and the bound that those of them give which are independent draws."""
    words = counted(strength.runs, "run", thousands=True)
    if not strength.independent:
        return words
    if strength.independent < strength.runs:
        words += f", {strength.independent:,} of them random"
    return f"{words} ({unbroken(f'below {100 * strength.bound:.2g} %')})"


def short_words(cell: Cell, number: int) -> str:
    """An answer as a table has room for it."""
    match cell.answer:
        case Answer.NEEDED:
            return f"needed [{number}]"
        case Answer.CORE:
            return "needed (core)"
        case Answer.NO_STEP:
            return "-"
        case Answer.LOST:
            return "?"
        case Answer.NOT_NEEDED | Answer.NOT_SEEN | Answer.UP_TO:
            said = cell.answer.value
            if cell.answer is Answer.UP_TO and cell.strength is not None:
                said = f"level {cell.strength.deviations}"
            return f"({said})" if cell.unreached else said
        case _:
            assert_never(cell.answer)


def cell_json(cell: Cell) -> dict[str, object]:
    """An answer for scripts."""
    outcome = cell.evidence or cell.strength
    return {
        "part": cell.name,
        "kind": cell.kind,
        "answer": cell.answer,
        "reason": cell.reason,
        "unreached": cell.unreached,
        "core": None if cell.core is None else {"patch": cell.core.patch, "allowed": cell.core.allowed},
        **({} if outcome is None else outcome_json(outcome)),
    }


def outcome_json(outcome: Strength | Evidence) -> dict[str, object]:
    """What broke, or how far it was looked for that."""
    if isinstance(outcome, Evidence):
        return {
            "verdict": outcome.verdict,
            **finding_json(outcome.finding),
            "breaks_at_level": outcome.deviations,
            "choices": outcome.choices,
            "replay": None if outcome.unwritten else str(outcome.path),
        }
    return {
        "verdict": "holds" if outcome.looked else None,
        "complete": outcome.complete,
        "level": None if outcome.deviations < 0 else outcome.deviations,
        "early": outcome.early,
        "places": outcome.places,
        "runs": outcome.runs,
        "independent": outcome.independent,
        "bound": outcome.bound if outcome.independent else None,
    }
