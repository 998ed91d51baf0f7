"""The answers of ``matrix`` as tables: for a terminal, as Markdown, as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table

from ..explore.matrix import MODELS, OBJECTS, STALE, Answer
from ..explore.matrix.answers import NA, NO, UNCOVERED, YES, row_title

__all__ = ["Block", "as_json", "blocks_of", "markdown", "summary_table", "whole_table"]

_LATE = "late"
"""How the summary calls `STALE`."""
_LATE_SYNC = "late*"
"""And what comes in late although switches synchronize context."""
_NOTHING = "-"
_OBJECT_WORDS = {
    "ops": "the ops, freed by its owner after unregister",
    "text": "the text of its trampoline, freed by unregister",
    "literal": "the word in front of the function, taken back by unregister",
}


@dataclass(frozen=True, slots=True)
class Block:
    """All answers about one object under one design, in the order of the grid."""

    design: str
    object: str
    answers: tuple[Answer, ...]

    @property
    def title(self) -> str:
        """Design and object."""
        return f"{self.design}: {_OBJECT_WORDS[self.object]}"

    @property
    def reason(self) -> str:
        """Why there is nothing to ask; "" when there is."""
        return self.answers[0].reason if all(answer.answer == NA for answer in self.answers) else ""

    @property
    def waits(self) -> tuple[str, ...]:
        """The waits tried."""
        return tuple(dict.fromkeys(answer.cell.wait.name for answer in self.answers))

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

    def open_places(self, wait: str, model: str) -> str | None:
        """What the wait leaves open; "-" for nothing, None when it was not asked."""
        answers = [
            answer
            for answer in self.answers
            if answer.cell.wait.name == wait and answer.cell.model.name == model
        ]
        if not answers:
            return None
        left = [_short(answer) for answer in answers if answer.answer != YES]
        return " ".join(dict.fromkeys(sorted(left))) or _NOTHING


def _rank(title: str) -> tuple[bool, str]:
    return title.startswith(STALE), title


def _short(answer: Answer) -> str:
    name = answer.place
    if name == STALE:
        name = _LATE_SYNC if answer.cell.sync else _LATE
    return f"{name}?" if answer.answer == UNCOVERED else name


def blocks_of(answers: Iterable[Answer]) -> list[Block]:
    """Answers by design and object."""
    listed = list(answers)
    keys = dict.fromkeys((answer.cell.design, kind) for answer in listed for kind in OBJECTS)
    return [
        Block(design, kind, tuple(one for one in listed if (one.cell.design, one.object) == (design, kind)))
        for design, kind in keys
    ]


def summary_table(block: Block) -> Table:
    """What each wait leaves open under each model."""
    table = _table(block)
    for wait in block.waits:
        table.add_row(wait, *(block.open_places(wait, model) or "" for model in _models(block)))
    return table


def whole_table(block: Block, numbers: dict[int, int]) -> Table:
    """Every window with every wait.  `numbers`: position of an answer in the block -> number of its replay file."""
    table = _table(block)
    positions = {id_of(answer): index for index, answer in enumerate(block.answers)}
    before = ""
    for title, wait, row in block.rows():
        if title != before:
            table.add_section()
            table.add_row(f"{title}:", style="bold")
            before = title
        cells = (row.get(model) for model in _models(block))
        table.add_row(
            f"  {wait}",
            *("" if one is None else _cell(one, numbers.get(positions[id_of(one)])) for one in cells),
        )
    return table


def id_of(answer: Answer) -> tuple[str, str, str]:
    """What makes an answer the only one of its kind."""
    return answer.cell.name, answer.object, answer.place


def _cell(answer: Answer, number: int | None) -> str:
    if answer.answer == NO and number is not None:
        return f"no [{number}]"
    return f"yes {answer.covered}" if answer.answer == YES else answer.answer


def _models(block: Block) -> list[str]:
    tried = {answer.cell.model.name for answer in block.answers}
    return [model.name for model in MODELS if model.name in tried]


def _table(block: Block) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("wait", no_wrap=True)
    for model in _models(block):
        table.add_column(model.replace(", ", ",\n"))
    return table


# -- Markdown ---------------------------------------------------------------------------------------------------------


def markdown(blocks: Sequence[Block], *, runs: int, seed: int) -> str:
    """The tables as a page's part."""
    lines = [
        f"<!-- Written by `make answers`: ftrace-actors matrix --runs {runs} --seed {seed}. -->",
        "",
        *_LEGEND,
        "",
    ]
    for block in blocks:
        lines += [f"### {block.title}", ""]
        lines += [f"n/a: {block.reason}.", ""] if block.reason else [*_markdown_block(block), ""]
    return "\n".join(lines)


_LEGEND = (
    "What a wait leaves open, then each window with how that is known. *yes 104*: in 104 runs a task was in that",
    "window when the wait began, and none of all runs used the object too late. *no, run 7*: run 7 of that cell did,",
    "and the command writes its replay file. *late*: calls that come in after the wait began, through an old",
    "instruction; *late\\**: the same where each task switch synchronizes context.",
)


def _markdown_block(block: Block) -> Iterator[str]:
    models = _models(block)
    yield _markdown_row("leaves open", *models)
    yield _markdown_row(*["---"] * (1 + len(models)))
    for wait in block.waits:
        left_open = (block.open_places(wait, model) or "" for model in models)
        yield _markdown_row(wait, *(places.replace("*", "\\*") for places in left_open))
    yield ""
    yield _markdown_row("window", "wait", *models)
    yield _markdown_row(*["---"] * (2 + len(models)))
    for title, wait, row in block.rows():
        cells = (row.get(model) for model in models)
        yield _markdown_row(title, wait, *("" if one is None else _markdown_cell(one) for one in cells))


def _markdown_cell(answer: Answer) -> str:
    if answer.answer == NO:
        return f"**no**, run {answer.first_run}"
    return f"yes {answer.covered}" if answer.answer == YES else answer.answer


def _markdown_row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


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
        "rude": cell.wait.rude,
        "switch_sync": cell.sync,
        "object": answer.object,
        "window": answer.place,
        "answer": answer.answer,
        "runs": answer.runs,
        "covered": answer.covered,
        "run": answer.first_run,
        "reason": answer.reason or None,
        "replay": str(found.path) if found else None,
        "invariant": found.invariant if found else None,
        "message": found.message if found else None,
    }
