"""What ``needed`` prints: a row a part, a column a configuration, and how each answer is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from ..scenario import kernel_facts
from ..studies.needed import Answer, AsItIs, Cell, Evidence, Strength, Together
from ..terminal import fold, unbroken
from ..words import counted
from .needed_words import answer_words, short_words, strength_words
from .session import Session
from .setting import setting_lines

__all__ = [
    "Column",
    "as_it_is_words",
    "in_order",
    "legend_words",
    "letters",
    "report_lines",
    "together_words",
]

_LEGEND = {
    Answer.NEEDED: "[N]: without it there is a run that breaks, in the replay file of that number.",
    Answer.NOT_NEEDED: "not needed: without it no run of this scenario breaks; all of them were gone through.",
    Answer.UP_TO: "complete up to level K: nothing breaks without it up to that level of the search (docs/search.md).",
    Answer.NOT_SEEN: "not seen: no sampled run breaks; the bound is for a random one, at 95 % confidence.",
}
_CORE = (
    "core: one patch and one caller as a litmus test, all executions (litmus --from --patch); what it forbids is the"
    " outcome that it asks for, and nothing else."
)
_UNREACHED = "not asked here: the scenario has no run that the part could change, so it says nothing of it."
_SEVERAL = {
    Answer.UP_TO: "level K: nothing breaks without it up to that level (docs/search.md), and in no sampled run.",
    Answer.NO_STEP: "-: there is no such step in this design.",
    Answer.CORE: "needed (core): its patching core breaks without it, and no run was found.",
    Answer.LOST: "?: no answer; time was up, or the worker process was killed twice.",
}
_NO_RUN = "(...): not asked here: the scenario has no run that the part could change."


@dataclass(slots=True)
class Column:
    """A configuration with the answers that are there, and what was left out together."""

    whole: AsItIs
    cells: list[Cell]
    together: Together | None = None

    def evidence(self) -> Iterator[Evidence]:
        """Every failing run, in the order of the report."""
        if isinstance(self.whole.outcome, Evidence):
            yield self.whole.outcome
        yield from (cell.evidence for cell in in_order(self) if cell.evidence is not None)
        if self.together is not None:
            yield from (evidence for _, evidence in self.together.breaking)


def in_order(column: Column) -> list[Cell]:
    """The answers as the protocol has its parts, however workers were scheduled; names without a step last."""
    places = {part.name: place for place, part in enumerate(column.whole.parts)}
    return sorted(column.cells, key=lambda cell: places.get(cell.name, len(places)))


def report_lines(columns: Sequence[Column], session: Session) -> list[str]:
    """The whole report."""
    numbers = {
        id_of(evidence): number
        for number, evidence in enumerate((one for column in columns for one in column.evidence()), 1)
    }
    first = columns[0].whole.subject
    design = first.scenario().spec.protocol.design
    lines = [f"{unbroken(first.path)}: which parts of {design} are needed"]
    lines += _one(columns[0], numbers, session) if not first.label else _several(columns, numbers, session)
    for column in columns:
        if column.together is not None:
            lines += ["", *_together_lines(column, column.together, numbers, session)]
    legend = list(
        legend_words([cell for column in columns for cell in column.cells], several=bool(first.label))
    )
    if legend:
        lines += ["", *(line for text in legend for line in fold(text, session.width, "", "  "))]
    return [*lines, *_files(columns, numbers, session)]


def id_of(evidence: Evidence) -> str:
    """No two failing runs are written to one file."""
    return str(evidence.path)


def _setting(whole: AsItIs, session: Session) -> list[str]:
    spec = whole.subject.scenario().spec
    return setting_lines(kernel_facts(spec), dict(whole.subject.overrides), session.own_path, session.width)


def _one(column: Column, numbers: Mapping[str, int], session: Session) -> list[str]:
    """A configuration alone: each answer in words."""
    outcome = column.whole.outcome
    lines = _setting(column.whole, session)
    if isinstance(outcome, Evidence):
        number = numbers[id_of(outcome)]
        said = f"breaks: {outcome.broke} [{number}]; what is needed can be asked of a protocol that holds"
        return [*lines, *fold(said, session.width, "  as it is  ", " " * 12)]
    said = strength_words(outcome)
    lines += [
        *fold(f"holds, {said}" if outcome.looked else said, session.width, "  as it is  ", " " * 12),
        "",
    ]
    cells = in_order(column)
    named = max((len(cell.name) for cell in cells), default=0)
    for cell in cells:
        said = answer_words(cell, _number(cell, numbers))
        lines.extend(fold(said, session.width, f"{cell.name:<{named}}  ", " " * (named + 4)))
    return lines


def _number(cell: Cell, numbers: Mapping[str, int]) -> int:
    return 0 if cell.evidence is None else numbers[id_of(cell.evidence)]


def _several(columns: Sequence[Column], numbers: Mapping[str, int], session: Session) -> list[str]:
    """A table, a letter for each configuration, as many columns side by side as there is room for."""
    heads = letters(len(columns))
    lines = _setting_of_all(columns, session)
    for head, column in zip(heads, columns, strict=True):
        lines.extend(fold(column.whole.subject.label, session.width, f"  {head:<3}", " " * 5))
    names = list(dict.fromkeys(cell.name for column in columns for cell in in_order(column)))
    rows = {"as it is": [_as_it_is(column, numbers) for column in columns]}
    for name in names:
        found = [{cell.name: cell for cell in column.cells}.get(name) for column in columns]
        rows[name] = ["" if cell is None else short_words(cell, _number(cell, numbers)) for cell in found]
    named = max(map(len, rows))
    wide = max(len(text) for texts in rows.values() for text in texts) + 2
    room = max(1, (session.width - named) // wide)
    for start in range(0, len(columns), room):
        shown = slice(start, start + room)
        lines += ["", _row("", heads[shown], named, wide)]
        lines += [_row(name, texts[shown], named, wide) for name, texts in rows.items()]
    return lines


def _row(name: str, texts: Sequence[str], named: int, wide: int) -> str:
    return f"{name:<{named}}{''.join(f'  {text:<{wide - 2}}' for text in texts)}".rstrip()


def letters(count: int) -> list[str]:
    """Heads of columns: A, B, ..., and AA, AB, ... where those are not enough."""
    last = len(ascii_uppercase)
    return [
        (ascii_uppercase[index // last - 1] if index >= last else "") + ascii_uppercase[index % last]
        for index in range(count)
    ]


def _setting_of_all(columns: Sequence[Column], session: Session) -> list[str]:
    """What all configurations have in common of the overrides and of the kernel."""
    specs = [column.whole.subject.scenario().spec for column in columns]
    facts = [kernel_facts(spec) for spec in specs]
    common = {key: value for key, value in facts[0].items() if all(each[key] == value for each in facts)}
    given = [dict(column.whole.subject.overrides) for column in columns]
    shared = {key: value for key, value in given[0].items() if all(each.get(key) == value for each in given)}
    return setting_lines(common, shared, session.own_path, session.width)


def _as_it_is(column: Column, numbers: Mapping[str, int]) -> str:
    outcome = column.whole.outcome
    return as_it_is_words(outcome, numbers[id_of(outcome)] if isinstance(outcome, Evidence) else 0)


def as_it_is_words(outcome: Strength | Evidence, number: int) -> str:
    """The protocol with all its parts, as a table has room for it; `number` is that of its replay file."""
    if isinstance(outcome, Evidence):
        return f"breaks [{number}]"
    if outcome.complete:
        return "complete"
    return (
        f"level {outcome.deviations}"
        if outcome.deviations >= 0
        else counted(outcome.runs, "run", thousands=True)
    )


# -- several parts at once --------------------------------------------------------------------------------------------


def _together_lines(
    column: Column, together: Together, numbers: Mapping[str, int], session: Session
) -> list[str]:
    """Which parts can replace each other, and which may go together."""
    label = column.whole.subject.label
    sets = counted(together.tried, "set")
    lines = [f"several left out at once ({sets} tried){f', {label}' if label else ''}:"]
    for said in together_words(together, lambda evidence: numbers[id_of(evidence)]):
        lines.extend(fold(said, session.width, "  ", "    "))
    return lines


def together_words(together: Together, number_of: Callable[[Evidence], int]) -> Iterator[str]:
    """Which parts can replace each other, and which may go together, a sentence each."""
    for names, evidence in together.breaking:
        count = "either" if len(names) == 2 else "any one"
        yield f"without all of {', '.join(names)}: {evidence.broke} [{number_of(evidence)}]; {count} is enough"
    for names, strength in together.holding:
        yield f"may go together, {strength_words(strength)}: {', '.join(names)}"
    if not together.whole:
        yield "not all sets were tried: there may be others (--sets, --time)"


def legend_words(cells: Sequence[Cell], *, several: bool) -> Iterator[str]:
    """What the words of these answers mean, `several`: in a table of several configurations."""
    answers = {cell.answer for cell in cells}
    words = {**_LEGEND, **_SEVERAL, **_not_seen(cells)} if several else _LEGEND
    yield from (text for answer, text in words.items() if answer in answers)
    if any(cell.core is not None for cell in cells):
        yield _CORE
    if any(cell.unreached for cell in cells):
        yield _NO_RUN if several else _UNREACHED


def _not_seen(cells: Sequence[Cell]) -> dict[Answer, str]:
    """The weakest of the samples: a table has no room for the numbers."""
    strengths = [cell.strength for cell in cells if cell.answer is Answer.NOT_SEEN and cell.strength]
    if not strengths:
        return {}
    weakest = strength_words(min(strengths, key=lambda each: each.independent))
    return {Answer.NOT_SEEN: f"not seen: no sampled run breaks, at least {weakest}, at 95 % confidence."}


def _files(columns: Sequence[Column], numbers: Mapping[str, int], session: Session) -> list[str]:
    lines = []
    for column in columns:
        for evidence in column.evidence():
            where = f"no replay file: {evidence.unwritten}" if evidence.unwritten else str(evidence.path)
            lines.append(f"[{numbers[id_of(evidence)]}] {unbroken(where)}{session.own_option}")
    return lines
