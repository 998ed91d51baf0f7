"""The answers of ``matrix`` as tables for a terminal of 80 columns, and as JSON."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil

from rich.table import Table

from ..studies.matrix import MODELS, OBJECTS, STALE, WINDOWS, Answer, Model
from ..studies.matrix.answers import FEW, NO, RUNS_MIN, YES, row_title

__all__ = [
    "ABSENT",
    "LATE",
    "LEGEND",
    "NOTHING",
    "Block",
    "as_json",
    "blocks_of",
    "id_of",
    "kernel_title",
    "percent",
    "summary_rows",
    "summary_table",
    "whole_rows",
    "whole_table",
]

LATE = {"": "late", "alone": "late, alone", "PAC": "late, PAC", "alone, PAC": "late, alone, PAC"}
"""How summaries call `STALE`, by the variant of the cell that was asked."""
NOTHING = "-"
"""Nothing is left open."""
ABSENT = "x"
"""There is no such kernel."""
_LETTERS = dict(zip(LATE.values(), "LAPQ", strict=True))
_OBJECT_WORDS = {
    "ops": "the ops, freed by its owner after unregister",
    "text": "the text of its trampoline, freed by unregister",
    "literal": "the word in front of the function, taken back by unregister",
}

LEGEND = (
    "Left open: W012 is W0, W1 and W2; L, who comes in late, by an old instruction; A, the same where the ops is the",
    "only one, so that its going ends with the kernel's own interrupt; P and Q, the same two with machine.pac: each",
    "switch of tasks synchronizes context; ?, what follows has too few runs. x: that version has no such model.",
    "yes <3%: nothing was used too late by a task that was there when the wait began. Told by runs in which it",
    "stayed until the object was gone, or until nothing else could move; 95 % sure, such a run shows a bad use",
    f"with a probability below that. few N: N such runs; fewer than {RUNS_MIN} are not an answer.",
)


@dataclass(frozen=True, slots=True)
class Block:
    """All answers about one object under one design, in the order of the grid."""

    design: str
    object: str
    answers: tuple[Answer, ...]

    @property
    def subject(self) -> str:
        """The object in words."""
        return _OBJECT_WORDS[self.object]

    @property
    def reason(self) -> str:
        """Why there is nothing to ask of the object; "" when there is something."""
        reasons = {answer.reason for answer in self.answers}
        return self.answers[0].reason if len(reasons) == 1 else ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Why single answers are n/a."""
        return tuple(dict.fromkeys(answer.reason for answer in self.answers if answer.reason))

    @property
    def waits(self) -> tuple[str, ...]:
        """The waits tried."""
        return tuple(dict.fromkeys(answer.cell.wait.name for answer in self.answers))

    @property
    def models(self) -> tuple[str, ...]:
        """The preemption models tried."""
        tried = {answer.cell.model.name for answer in self.answers}
        return tuple(model.name for model in MODELS if model.name in tried)

    def rows(self) -> Iterator[tuple[str, str, dict[str, Answer]]]:
        """(window, wait, model -> answer), window by window."""
        titles = dict.fromkeys(sorted({row_title(answer) for answer in self.answers}, key=_rank))
        for title in titles:
            for wait in self.waits:
                found = {
                    answer.cell.model.name: answer
                    for answer in self.answers
                    if answer.cell.wait.name == wait and row_title(answer) == title
                }
                if found:
                    yield title, wait, found

    def asked(self, wait: str, model: str) -> set[str]:
        """What there are answers about, as `open_places` calls it."""
        return {
            _short(answer)
            for answer in self.answers
            if answer.cell.wait.name == wait and answer.cell.model.name == model
        }

    def open_places(self, wait: str, model: str) -> tuple[list[str], list[str]] | None:
        """What the wait leaves open, and what has too few runs; None when it was not asked."""
        answers = [
            answer
            for answer in self.answers
            if answer.cell.wait.name == wait and answer.cell.model.name == model
        ]
        if not answers:
            return None
        left = sorted({_short(answer) for answer in answers if answer.answer == NO})
        few = sorted({_short(answer) for answer in answers if answer.answer == FEW})
        return left, few


_TITLES = (*WINDOWS, *(f"{STALE}, {variant}" if variant else STALE for variant in LATE))


def _rank(title: str) -> int:
    return _TITLES.index(title)


def _short(answer: Answer) -> str:
    return LATE[answer.cell.variant] if answer.place == STALE else answer.place


def kernel_title(model: Model, wait: str = "") -> str:
    """A model and the version it was asked of, unless the wait says that."""
    return model.name if wait.startswith("its own") else f"{model.name} ({model.profile})"


def blocks_of(answers: Iterable[Answer]) -> list[Block]:
    """Answers by design and object."""
    listed = list(answers)
    keys = dict.fromkeys((answer.cell.design, kind) for answer in listed for kind in OBJECTS)
    return [
        Block(design, kind, tuple(one for one in listed if (one.cell.design, one.object) == (design, kind)))
        for design, kind in keys
    ]


def id_of(answer: Answer) -> tuple[str, str, str]:
    """What makes an answer the only one of its kind."""
    return answer.cell.name, answer.object, answer.place


def percent(answer: Answer) -> str:
    """The bound of a "yes", rounded up."""
    assert answer.bound is not None
    return f"<{ceil(answer.bound * 1000) / 10:g}%"


# -- terminal ---------------------------------------------------------------------------------------------------------


def summary_table(block: Block) -> Table:
    """What each wait leaves open under each model."""
    table = _table(block, "left open")
    for row in summary_rows(block):
        table.add_row(*row)
    return table


def summary_rows(block: Block) -> Iterator[tuple[str, ...]]:
    """(wait, what it leaves open under each model)."""
    for wait in block.waits:
        yield _wait(wait), *(_letters(block.open_places(wait, model)) for model in block.models)


def _letters(places: tuple[list[str], list[str]] | None) -> str:
    if places is None:
        return ABSENT
    left, few = (_compact(one) for one in places)
    return (left or ("" if few else NOTHING)) + (f"?{few}" if few else "")


def _compact(places: list[str]) -> str:
    """W0 W1 late -> W01L."""
    windows = "".join(place[1:] for place in places if place.startswith("W"))
    letters = "".join(letter for place, letter in _LETTERS.items() if place in places)
    return f"W{windows}{letters}" if windows else letters


def whole_table(block: Block, numbers: dict[tuple[str, str, str], int]) -> Table:
    """Every window with every wait.  `numbers`: `id_of` an answer -> number of its replay file."""
    table = _table(block, "known by")
    before = ""
    for section, wait, *shown in whole_rows(block, numbers):
        if section != before:
            table.add_row(f"{section}:")
            before = section
        table.add_row(f"  {wait}", *shown)
    return table


def whole_rows(block: Block, numbers: dict[tuple[str, str, str], int]) -> Iterator[tuple[str, ...]]:
    """(window, wait, the answer under each model)."""
    for title, wait, row in block.rows():
        cells = (row.get(model) for model in block.models)
        shown = (ABSENT if one is None else _cell(one, numbers.get(id_of(one))) for one in cells)
        yield _section(title), _wait(wait), *shown


def _section(title: str) -> str:
    if not title.startswith(STALE):
        return title
    return f"{title} ({_LETTERS[LATE[title.removeprefix(STALE).removeprefix(', ')]]})"


def _cell(answer: Answer, number: int | None) -> str:
    if answer.answer == NO and number is not None:
        return f"no [{number}]"
    if answer.answer == FEW:
        return f"{FEW} {answer.covered}"
    return f"{YES} {percent(answer)}" if answer.answer == YES else answer.answer


def _wait(name: str) -> str:
    return name.removeprefix("its ") if "," in name else name


def _table(block: Block, corner: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(corner, no_wrap=True)
    for model in MODELS:
        if model.name in block.models:
            table.add_column(f"{model.name}\n{model.profile}", no_wrap=True)
    return table


# -- JSON -------------------------------------------------------------------------------------------------------------


def as_json(answer: Answer) -> dict[str, object]:
    """One answer, whole."""
    cell, found = answer.cell, answer.evidence
    return {
        "cell": cell.name,
        "design": cell.design,
        "preempt": cell.model.preempt,
        "preemption": cell.model.preemption,
        "wait": cell.wait.name,
        "flavours": None if cell.wait.flavours is None else list(cell.wait.flavours),
        "profile": cell.profile,
        "alone": cell.alone,
        "pac": cell.pac,
        "object": answer.object,
        "window": answer.place,
        "answer": answer.answer,
        "runs": answer.runs,
        "covered": answer.covered,
        "preempted": answer.preempted,
        "bound": answer.bound,
        "run": answer.first_run,
        "reason": answer.reason or None,
        "replay": str(found.path) if found and not found.unwritten else None,
        "invariant": found.invariant if found else None,
        "message": found.message if found else None,
    }
