"""What ``needed`` prints: a row a part, and how each answer is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..kernel.designs import DesignFile
from ..scenario import kernel_facts
from ..studies.needed import Answer, AsItIs, Cell, Evidence, Strength
from ..terminal import fold, unbroken
from .report import finding_json
from .session import Session
from .setting import setting_json, setting_lines

__all__ = ["broken_lines", "in_order", "report_json", "strength_words", "table_lines"]

_LEGEND = {
    Answer.NEEDED: "[N]: without it there is a run that breaks, in the replay file of that number.",
    Answer.NOT_NEEDED: "not needed: without it no run of this scenario breaks; all of them were gone through.",
    Answer.UP_TO: "not needed up to K: without it no run with K deviations (docs/search.md) or fewer breaks.",
    Answer.NOT_SEEN: "not seen: no sampled run breaks; the bound is for such a run, at 95 % confidence.",
}
_UNREACHED = "no run comes to it: the scenario has no run that the part could change."


def table_lines(whole: AsItIs, cells: Sequence[Cell], session: Session) -> list[str]:
    """The head, a row for every part, and what the words mean."""
    assert isinstance(whole.outcome, Strength)
    cells = in_order(whole, cells)
    numbers = _numbers(cells)
    lines = [*_head(whole, session), f"  as it is  holds, {strength_words(whole.outcome)}", ""]
    named = max((len(cell.name) for cell in cells), default=0)
    for cell in cells:
        lines.extend(fold(_said(cell, numbers), session.width, f"{cell.name:<{named}}  ", " " * (named + 4)))
    lines.append("")
    answers = {cell.answer for cell in cells}
    legend = [text for answer, text in _LEGEND.items() if answer in answers]
    legend += [_UNREACHED] if any(cell.unreached for cell in cells) else []
    lines += [line for text in legend for line in fold(text, session.width, "", "  ")]
    return [*lines, *_files(cells, numbers, session)]


def broken_lines(whole: AsItIs, session: Session) -> list[str]:
    """For a scenario that breaks with all its parts: nothing can be asked of those."""
    evidence = whole.outcome
    assert isinstance(evidence, Evidence)
    said = f"breaks as it is: {evidence.broke}; what is needed can be asked of a protocol that holds"
    lines = [*_head(whole, session), *fold(said, session.width, "  as it is  ", " " * 12)]
    if evidence.unwritten:
        return [*lines, f"  no replay file: {evidence.unwritten}"]
    return [*lines, f"  replay    ftrace-actors replay {unbroken(str(evidence.path))}{session.own_option}"]


def _head(whole: AsItIs, session: Session) -> list[str]:
    subject = whole.subject
    scenario = subject.scenario()
    design = scenario.spec.protocol.design
    overrides = dict(subject.overrides)
    return [
        f"{unbroken(subject.path)}: which parts of {design} are needed",
        *setting_lines(kernel_facts(scenario.spec), overrides, session.own_path, session.width),
    ]


def in_order(whole: AsItIs, cells: Iterable[Cell]) -> list[Cell]:
    """As the protocol has its parts, however workers were scheduled; names without a step last."""
    places = {part.name: place for place, part in enumerate(whole.parts)}
    return sorted(cells, key=lambda cell: places.get(cell.name, len(places)))


def _numbers(cells: Sequence[Cell]) -> dict[str, int]:
    needed = [cell.name for cell in cells if cell.answer is Answer.NEEDED]
    return {name: number for number, name in enumerate(needed, 1)}


def _said(cell: Cell, numbers: Mapping[str, int]) -> str:
    """The answer, in words."""
    if cell.evidence is not None:
        fewest = cell.evidence.deviations
        counted = "" if fewest is None else f", fewest deviations {fewest}"
        return f"needed: {cell.evidence.broke}{counted} [{numbers[cell.name]}]"
    if cell.strength is None or cell.answer is Answer.LOST:
        reason = cell.reason or ("time was up" if cell.answer is Answer.LOST else "")
        return f"{cell.answer}{f': {reason}' if reason else ''}"
    tail = "; no run comes to it" if cell.unreached else ""
    match cell.answer:
        case Answer.NOT_NEEDED:
            return f"not needed, {strength_words(cell.strength)}{tail}"
        case Answer.UP_TO:
            return f"not needed, {strength_words(cell.strength)}{tail}"
        case _:
            return f"not seen, {strength_words(cell.strength)}{tail}"


def strength_words(strength: Strength) -> str:
    """How far it was looked for a run that breaks."""
    early = "" if strength.early is None else f", early stores <= {strength.early}"
    if strength.complete:
        return f"complete{early}"
    parts = []
    if strength.deviations >= 0:
        count = strength.deviations
        parts.append(f"complete up to {count} deviation{'' if count == 1 else 's'}{early}")
    if strength.runs:
        parts.append(f"{strength.runs:,} runs (below {100 * strength.bound:.2g} %)")
    return ", ".join(parts) or "nothing was made in time"


def _files(cells: Sequence[Cell], numbers: Mapping[str, int], session: Session) -> list[str]:
    lines = []
    for cell in cells:
        evidence = cell.evidence
        if evidence is None:
            continue
        where = f"no replay file: {evidence.unwritten}" if evidence.unwritten else str(evidence.path)
        lines.append(f"[{numbers[cell.name]}] {unbroken(where)}{session.own_option}")
    return lines


# -- as JSON ----------------------------------------------------------------------------------------------------------


def report_json(whole: AsItIs, cells: Sequence[Cell], own: DesignFile | None) -> dict[str, object]:
    """One object: the protocol as it is, and its parts."""
    subject = whole.subject
    spec = subject.scenario().spec
    return {
        "name": subject.name,
        "as_it_is": _outcome_json(whole.outcome),
        "parts": [_cell_json(cell) for cell in in_order(whole, cells)],
        **setting_json(kernel_facts(spec), dict(subject.overrides), own),
    }


def _cell_json(cell: Cell) -> dict[str, object]:
    outcome = cell.evidence or cell.strength
    return {
        "part": cell.name,
        "kind": cell.kind,
        "answer": cell.answer,
        "reason": cell.reason,
        "unreached": cell.unreached,
        **({} if outcome is None else _outcome_json(outcome)),
    }


def _outcome_json(outcome: Strength | Evidence) -> dict[str, object]:
    if isinstance(outcome, Evidence):
        return {
            "verdict": outcome.verdict,
            **finding_json(outcome.finding),
            "fewest_deviations": outcome.deviations,
            "choices": outcome.choices,
            "replay": None if outcome.unwritten else str(outcome.path),
        }
    return {
        "verdict": "holds",
        "complete": outcome.complete,
        "deviations": None if outcome.deviations < 0 else outcome.deviations,
        "early": outcome.early,
        "places": outcome.places,
        "runs": outcome.runs,
        "independent": outcome.independent,
        "bound": outcome.bound if outcome.independent else None,
    }
