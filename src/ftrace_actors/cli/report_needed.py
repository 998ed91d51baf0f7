"""The report of what ``needed --json`` printed: the same words as its text, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from ..checks import Finding
from ..report import Fact, Table, TablesReport
from ..studies.needed import Answer, Cell, Evidence, Strength, Together
from ..studies.needed.cores import CoreAnswer
from ..words import Severity, counted
from .needed_report import as_it_is_words, legend_words, letters, together_words
from .needed_words import answer_words, short_words, strength_words
from .setting import setting_words

__all__ = ["NeededColumn", "report_of_needed"]

_BREAKS = ("needed", "breaks", "without all of")


class _Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What broke, or how far it was looked for; see `needed_words.outcome_json`."""

    verdict: str | None = None
    complete: bool = False
    level: int | None = None
    early: int | None = None
    places: int = 0
    runs: int = 0
    independent: int = 0
    invariant: str | None = None
    window: str | None = None
    severity: str | None = None
    breaks_at_level: int | None = None
    choices: int | None = None
    replay: str | None = None

    def evidence(self) -> Evidence | None:
        """The failing run; None where none was found."""
        if self.choices is None:
            return None
        finding = None
        if self.invariant is not None and self.severity is not None:
            severity = Severity(self.severity)
            finding = Finding(self.invariant, severity, "", self.window, "", ())
        path = Path(self.replay or "")
        unwritten = "" if self.replay else "it could not be written"
        return Evidence(path, unwritten, finding, self.verdict or "", self.choices, self.breaks_at_level)

    def strength(self) -> Strength:
        """How far it was looked for one."""
        level = -1 if self.level is None else self.level
        return Strength(self.complete, level, self.early, self.runs, self.independent, self.places)


class _Core(msgspec.Struct, frozen=True):
    patch: str
    allowed: bool


class _Part(_Outcome, frozen=True, kw_only=True):
    part: str
    kind: str
    answer: Answer
    reason: str = ""
    unreached: bool = False
    core: _Core | None = None

    def cell(self, label: str) -> Cell:
        """The answer as `needed` has it."""
        evidence = self.evidence()
        core = None if self.core is None else CoreAnswer(self.core.patch, self.core.allowed)
        # Where nothing was looked for, as for a part without a step, the object has no counts.
        looked = evidence is None and self.verdict is not None
        strength = self.strength() if looked or self.answer is Answer.LOST else None
        return Cell(
            self.part, self.kind, label, self.answer, strength, self.unreached, evidence, core, self.reason
        )


class _Set(_Outcome, frozen=True, kw_only=True):
    parts: tuple[str, ...]


class _Together(msgspec.Struct, frozen=True):
    breaking: tuple[_Set, ...]
    holding: tuple[_Set, ...]
    tried: int
    whole: bool

    def together(self) -> Together:
        """As `needed` has it."""
        broken = tuple(
            (one.parts, evidence) for one in self.breaking if (evidence := one.evidence()) is not None
        )
        held = tuple((one.parts, one.strength()) for one in self.holding)
        return Together(broken, held, self.tried, self.whole)


class NeededColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One object of ``needed --json``: a configuration."""

    name: str
    configuration: str
    as_it_is: _Outcome
    parts: tuple[_Part, ...]
    together: _Together | None = None
    kernel: Mapping[str, str] = {}
    with_: Mapping[str, str] = msgspec.field(name="with", default_factory=dict)


class _Numbers:
    """Numbers for replay files, as they come."""

    def __init__(self) -> None:
        self.files: dict[str, int] = {}

    def of(self, evidence: Evidence) -> int:
        """The number of a file; one that was not written has one of its own."""
        return self.files.setdefault(str(evidence.path), len(self.files) + 1)

    def table(self) -> Iterator[Table]:
        """Where they are."""
        rows = tuple((f"[{number}]", path) for path, number in self.files.items() if path != ".")
        if rows:
            yield Table("Replay files", ("number", "file"), rows, code=(1,))


def report_of_needed(columns: tuple[NeededColumn, ...]) -> TablesReport:
    """Of one configuration in words, of several as a table with a letter for each."""
    numbers = _Numbers()
    cells = [[part.cell(column.configuration) for part in column.parts] for column in columns]
    several = len(columns) > 1 or bool(columns[0].configuration)
    tables = [_several(columns, cells, numbers)] if several else [_one(cells[0], numbers)]
    tables += [table for column in columns for table in _together(column, numbers)]
    breaks = any(column.as_it_is.evidence() is not None for column in columns)
    lost = any(cell.answer is Answer.LOST for listed in cells for cell in listed)
    return TablesReport(
        kind="needed",
        title=f"{columns[0].name}: which parts are needed",
        verdict="breaks as it is" if breaks else "not finished" if lost else "",
        ok=not breaks and not lost,
        facts=tuple(_facts(columns)),
        sentences=() if several else tuple(_as_it_is(columns[0], numbers)),
        tables=(*tables, *numbers.table()),
        legend=tuple(legend_words([cell for listed in cells for cell in listed], several=several)),
    )


def _facts(columns: tuple[NeededColumn, ...]) -> Iterator[Fact]:
    """What all configurations have in common."""
    first = columns[0]
    kernel = {
        key: value
        for key, value in first.kernel.items()
        if all(one.kernel.get(key) == value for one in columns)
    }
    given = {
        key: value
        for key, value in first.with_.items()
        if all(one.with_.get(key) == value for one in columns)
    }
    yield Fact("scenario", first.name)
    yield from (Fact(name, words) for name, words in setting_words(kernel, given, ""))


def _as_it_is(column: NeededColumn, numbers: _Numbers) -> Iterator[str]:
    evidence = column.as_it_is.evidence()
    if evidence is not None:
        yield (
            f"As it is it breaks: {evidence.broke} [{numbers.of(evidence)}]; what is needed can be asked of a protocol "
            "that holds."
        )
        return
    strength = column.as_it_is.strength()
    said = strength_words(strength)
    yield f"As it is it holds, {said}." if strength.looked else f"As it is: {said}."


def _number(cell: Cell, numbers: _Numbers) -> int:
    return 0 if cell.evidence is None else numbers.of(cell.evidence)


def _one(cells: list[Cell], numbers: _Numbers) -> Table:
    rows = tuple((cell.name, answer_words(cell, _number(cell, numbers))) for cell in cells)
    return Table("Each part left out", ("part", "answer"), rows, bad=_BREAKS)


def _several(columns: tuple[NeededColumn, ...], cells: list[list[Cell]], numbers: _Numbers) -> Table:
    heads = letters(len(columns))
    names = list(dict.fromkeys(cell.name for listed in cells for cell in listed))
    first = []
    for column in columns:
        evidence = column.as_it_is.evidence()
        first.append(
            as_it_is_words(column.as_it_is.strength(), 0)
            if evidence is None
            else as_it_is_words(evidence, numbers.of(evidence))
        )
    rows = [("as it is", *first)]
    by_name = [{cell.name: cell for cell in listed} for listed in cells]
    for name in names:
        found = [listed.get(name) for listed in by_name]
        rows.append(
            (name, *("" if cell is None else short_words(cell, _number(cell, numbers)) for cell in found))
        )
    said = "; ".join(f"{head}: {column.configuration}" for head, column in zip(heads, columns, strict=True))
    return Table("Each part left out", ("part", *heads), tuple(rows), note=said, bad=_BREAKS)


def _together(column: NeededColumn, numbers: _Numbers) -> Iterator[Table]:
    if column.together is None:
        return
    together = column.together.together()
    label = f", {column.configuration}" if column.configuration else ""
    title = f"Several left out at once ({counted(together.tried, 'set')} tried){label}"
    rows = tuple((said,) for said in together_words(together, numbers.of))
    yield Table(title, ("what",), rows or (("no set of several parts breaks or holds",),))
